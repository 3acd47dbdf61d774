/** What the files of a model tell without its weights being read. */
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { StorageError, UnsupportedError } from '../errors.js';
import { readText } from '../storage.js';
import { type DirectorySource, LORA_TARGETS, type LoraSettings } from './engine.js';
import { readAdapterForm } from './local/files/adapter.js';
import { type Architecture, parameterShapes } from './local/files/architecture.js';
import { architectureOf } from './local/files/config.js';
import { readModelDirectory } from './local/files/directory.js';
import type { JsonObject } from './local/files/json.js';
import { openSafetensors } from './local/files/safetensors.js';
import { readIndex } from './local/files/weights.js';
import { adapterForm } from './local/weights/adapter-form.js';
import { linearLayersOf } from './local/weights/parameters.js';
import type { ModelShapeSource } from './memory-use.js';

async function architectureIn(directory: string): Promise<Architecture> {
  const model = await readModelDirectory(directory);
  await model.close();
  return model.architecture;
}

/**
 * The longest sequence that the model in a directory can read, in tokens. config.json and the headers of the weights
 * are checked as they are when the embedded engine opens the model, and so are those of its adapter.
 * @throws {StorageError | InputError | UnsupportedError} when the embedded engine could not open it
 */
export async function contextTokensOf({ directory, adapter }: DirectorySource): Promise<number> {
  const architecture = await architectureIn(directory);
  if (adapter !== undefined) await readAdapterForm(adapter, linearLayersOf(architecture));
  return architecture.contextTokens;
}

/** The settings of LoRA that say which form an adapter has. */
export type LoraForm = Omit<LoraSettings, 'seed'>;

/** The adapter that a model comes with, where another is to be trained. */
export interface OtherAdapter {
  /** The settings with which it would be trained further; undefined where no settings say its form. */
  readonly form: LoraForm | undefined;
}

/**
 * The adapter that a model comes with, if training with these settings would not train it further, but merge it and begin
 * another.
 * @throws {StorageError | InputError | UnsupportedError} when the embedded engine could not open it
 */
export async function otherAdapter(source: DirectorySource, lora: LoraForm): Promise<OtherAdapter | undefined> {
  const { directory, adapter } = source;
  if (adapter === undefined) return undefined;
  const architecture = await architectureIn(directory);
  const { layers } = await readAdapterForm(adapter, linearLayersOf(architecture));
  const isOf = (form: LoraForm): boolean =>
    isDeepStrictEqual(adapterForm(architecture, { ...form, seed: 0 }).layers, layers);
  if (isOf(lora)) return undefined;
  const [{ rank, scale } = { rank: 1, scale: 1 }] = layers;
  const targets = LORA_TARGETS.filter((target) => layers.some(({ kind }) => kind === target));
  // 32 / 3 * 3 is 32 but for rounding.
  const form = { rank, alpha: Number((scale * rank).toPrecision(12)), targets };
  return { form: isOf(form) ? form : undefined };
}

/** What the size of a model decides about a run. */
export interface ModelSize {
  readonly contextTokens: number;
  readonly parameters: number;
}

/**
 * The size of a model from its files, or from what would stand in its config.json.
 * @throws {StorageError | InputError | UnsupportedError} when the embedded engine could not open it
 */
export async function modelSizeOf(shape: ModelShapeSource): Promise<ModelSize> {
  let architecture: Architecture;
  if ('config' in shape) architecture = architectureOf(shape.config as JsonObject, 'the recipe');
  else architecture = await architectureIn(shape.directory);
  const sizes = [...parameterShapes(architecture).values()].map((of) => of.reduce((a, b) => a * b, 1));
  return { contextTokens: architecture.contextTokens, parameters: sizes.reduce((total, size) => total + size, 0) };
}

/**
 * Checks, among files of a directory, that those with weights are as long as their headers say, and that every shard that an
 * index names is there. Paths have `/` between their parts.
 * @throws {InputError} when a file of weights or an index is damaged, or was cut short
 * @throws {StorageError} when a shard is missing, or a file cannot be read
 */
export async function requireWholeWeights(
  files: readonly { readonly path: string; readonly file: string }[],
): Promise<void> {
  const paths = new Set(files.map(({ path }) => path));
  for (const { path, file } of files) {
    if (path.endsWith('.safetensors')) await requireWhole(file);
    if (!path.endsWith('.safetensors.index.json')) continue;
    const text = await readText(file);
    for (const shard of new Set(readIndex(text, file).values())) {
      if (paths.has(posix.join(posix.dirname(path), shard))) continue;
      throw new StorageError(`the shard ${shard} that the index names is missing`, {
        file,
        remedy: 'Put it beside the index, or run again what wrote the model.',
      });
    }
  }
}

async function requireWhole(file: string): Promise<void> {
  try {
    await (await openSafetensors(file)).close();
  } catch (error) {
    // Whole or not: of a type that this version cannot read, the length is not known.
    if (!(error instanceof UnsupportedError)) throw error;
  }
}
