/** What the files of a model tell without its weights being read. */
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
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
import { linearLayersOf, parametersOf } from './local/weights/parameters.js';
import { adapterBytes, weightBytes } from './local/weights/weight-bytes.js';
import type { AdapterShape, ModelShapeSource, ModelUse } from './memory-use.js';

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

const architectureFrom = async (shape: ModelShapeSource): Promise<Architecture> =>
  'config' in shape ? architectureOf(shape.config as JsonObject, 'the recipe') : architectureIn(shape.directory);

/**
 * The size of a model from its files, or from what would stand in its config.json.
 * @throws {StorageError | InputError | UnsupportedError} when the embedded engine could not open it
 */
export async function modelSizeOf(shape: ModelShapeSource): Promise<ModelSize> {
  const architecture = await architectureFrom(shape);
  const sizes = [...parameterShapes(architecture).values()].map((of) => of.reduce((a, b) => a * b, 1));
  return { contextTokens: architecture.contextTokens, parameters: sizes.reduce((total, size) => total + size, 0) };
}

/** What the embedded engine writes of a model that learns, in bytes. */
export interface SavedSizes {
  /** The model when it is saved: all its weights and the files of its tokenizer, or its adapter alone. */
  readonly model: number;
  /** What learns, with its two moments: the policy in a checkpoint. */
  readonly state: number;
  /** The frozen copy that follows it, in a checkpoint; 0 where there is none. */
  readonly reference: number;
}

/** tokenizer.json per token of the vocabulary, where a stage makes it; the bundled model's is measured. */
const TOKENIZER_BYTES_PER_TOKEN = 40;

/** The sizes of what is saved of a model in training, from its shapes; undefined of one that is frozen. */
export async function savedSizes({ shape, adapter, training }: ModelUse): Promise<SavedSizes | undefined> {
  if (training === undefined) return undefined;
  const architecture = await architectureFrom(shape);
  // Weights that learn, and those that an adapter was merged into, are written as float32 whatever their files have.
  const weights = weightBytes({ architecture });
  const whole = async (): Promise<number> => weights + (await companionBytes(shape, architecture));
  const { lora, reference } = training;
  if (lora === null) {
    return { model: await whole(), state: 3 * weights, reference: reference === 'none' ? 0 : weights };
  }
  const form = adapterForm(architecture, { ...lora, alpha: lora.rank, seed: 0 });
  const own = adapterBytes(form);
  const isOther = adapter !== undefined && !isSameShape(adapter, lora);
  const adapted = new Set(form.layers.map(({ module }) => `${module}.weight`));
  // Products of adapters blend, not their factors: of each parameter with an adapted part, the whole.
  const blended = parametersOf(architecture)
    .filter(({ parts }) => parts.some(({ tensor }) => adapted.has(tensor)))
    .reduce((total, { size }) => total + 4 * size, 0);
  return {
    model: isOther ? await whole() : own,
    state: 3 * own,
    reference: { none: 0, copy: own, blend: blended }[reference],
  };
}

const isSameShape = (a: AdapterShape, b: AdapterShape): boolean =>
  a.rank === b.rank && isDeepStrictEqual(new Set(a.targets), new Set(b.targets));

/** Bytes of the files that go along when a model is saved. */
async function companionBytes(shape: ModelShapeSource, { vocabularySize }: Architecture): Promise<number> {
  if ('config' in shape) return vocabularySize * TOKENIZER_BYTES_PER_TOKEN;
  const { directory } = shape;
  const model = await readModelDirectory(directory);
  await model.close();
  const sizes = await Promise.all(model.companions.map(async (name) => (await stat(join(directory, name))).size));
  return sizes.reduce((total, size) => total + size, 0);
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
