/** The models of a recipe: bundled, on disk, from the hub, or left by an earlier stage. */
import { access, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { fetchModel } from '../../data/hub/hub.js';
import { isHubModel } from '../../data/hub/source.js';
import type { ModelSource, Policy } from '../../engine/engine.js';
import { InputError, StorageError } from '../../errors.js';
import type { ModelSettings } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { writeFileAtomically } from '../../storage.js';

const BUILTIN_MODELS = fileURLToPath(new URL('../../../models/', import.meta.url));
const ADAPTER_CONFIG = 'adapter_config.json';
const adapterConfig = z.looseObject({ base_model_name_or_path: z.string().min(1), revision: z.string().nullish() });

/** What of a model's settings says where it is. */
type ModelPlace = Pick<ModelSettings, 'source' | 'adapter' | 'tokenizer'>;

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new InputError('the file is not JSON', { file, cause });
  }
}

/** A folder that holds a model, or an adapter that names its base: a path, from its folder or as given, or a model of the hub. */
export async function modelIn(directory: string): Promise<ModelSource> {
  const config = join(directory, ADAPTER_CONFIG);
  if (!(await isThere(config))) {
    if (await isThere(join(directory, 'config.json'))) return { kind: 'directory', directory };
    throw new StorageError('no model is here', {
      file: directory,
      remedy: `Give a folder with config.json and model.safetensors, or with ${ADAPTER_CONFIG}.`,
    });
  }
  const parsed = adapterConfig.safeParse(await readJson(config));
  if (!parsed.success)
    throw new InputError('the adapter names no base model', { file: config, field: 'base_model_name_or_path' });
  const { base_model_name_or_path: base, revision } = parsed.data;
  for (const path of [resolve(directory, base), resolve(base)])
    if (await isThere(join(path, 'config.json'))) return { kind: 'directory', directory: path, adapter: directory };
  if (isHubModel(base)) {
    return { kind: 'directory', directory: await fetchModel(base, revision ?? 'main'), adapter: directory };
  }
  throw new StorageError(`the base model of the adapter is not here: ${base}`, {
    file: config,
    field: 'base_model_name_or_path',
    remedy: 'Give the base as the source of the model, and this folder as its adapter.',
  });
}

/**
 * The model at a source as a recipe writes it: `builtin:base`, `hf:owner/name` (fetched first), or a folder in the Hugging
 * Face layout or with a PEFT adapter.
 * @throws {StorageError | InputError} when no model is there
 */
export const locateModel = (source: string): Promise<ModelSource> =>
  modelOf({ source, adapter: null, tokenizer: null });

/**
 * A model that a recipe names under `models`.
 * @throws {StorageError | InputError} when no model, adapter or tokenizer is at the place that is given
 */
export async function modelOf({ source, adapter, tokenizer }: ModelPlace): Promise<ModelSource> {
  const parsed = parseModelSource(source);
  if (parsed.kind === 'served') {
    if (tokenizer === null || !(await isThere(join(tokenizer, 'tokenizer.json')))) {
      throw new StorageError(tokenizer === null ? 'the model has no tokenizer' : 'no tokenizer is here', {
        ...(tokenizer === null ? {} : { file: tokenizer }),
        field: 'tokenizer',
        remedy: 'Give a folder with tokenizer.json and tokenizer_config.json: prompts are encoded on this machine.',
      });
    }
    return { kind: 'served', name: parsed.name, tokenizer };
  }
  const directory =
    parsed.kind === 'builtin'
      ? join(BUILTIN_MODELS, parsed.name)
      : parsed.kind === 'hub'
        ? await fetchModel(parsed.repository, parsed.revision)
        : parsed.path;
  if (adapter === null) return modelIn(directory);
  if (!(await isThere(join(adapter, ADAPTER_CONFIG)))) {
    throw new StorageError('no adapter is here', {
      file: dirname(join(adapter, ADAPTER_CONFIG)),
      remedy: `Give a folder with ${ADAPTER_CONFIG}.`,
    });
  }
  return { kind: 'directory', directory, adapter };
}

/** The model that a stage left lies in this folder of it, or this file says where it is on its engine's server. */
const MODEL_FOLDER = 'model';
const MODEL_REFERENCE = 'model.json';
const servedModel = z.strictObject({ kind: z.literal('served'), name: z.string(), tokenizer: z.string() });

/** Saves a policy as what a stage leaves. */
export async function writeModelArtifact(stage: string, policy: Policy): Promise<void> {
  const source = await policy.save(join(stage, MODEL_FOLDER));
  if (source.kind === 'directory') return;
  const fromStage = relative(stage, source.tokenizer);
  // Within the run, so that the run can be moved; elsewhere where it is.
  const tokenizer =
    fromStage.startsWith(join('..', '..', '..')) || isAbsolute(fromStage) ? source.tokenizer : fromStage;
  await writeFileAtomically(
    join(stage, MODEL_REFERENCE),
    `${JSON.stringify({ kind: 'served', name: source.name, tokenizer }, null, 2)}\n`,
  );
}

/** The model that a finished stage left. */
export async function readModelArtifact(stage: string): Promise<ModelSource> {
  const file = join(stage, MODEL_REFERENCE);
  if (!(await isThere(file))) return modelIn(join(stage, MODEL_FOLDER));
  const parsed = servedModel.safeParse(await readJson(file));
  if (!parsed.success) throw new InputError('the file does not say where a model is', { file });
  return { ...parsed.data, tokenizer: resolve(stage, parsed.data.tokenizer) };
}
