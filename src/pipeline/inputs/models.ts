/** The models of a recipe: bundled, on disk, from the hub, on a server, or left by an earlier stage. */

import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { checkArguments } from '../../call-arguments.js';
import { fetchModel, fetchTokenizer } from '../../data/hub/hub.js';
import { isHubModel } from '../../data/hub/source.js';
import { decodeUtf8 } from '../../downloaded-file.js';
import type { ModelSource, Policy, ServedSource, WeightBits } from '../../engine/engine.js';
import { InputError, StorageError } from '../../errors.js';
import type { ModelSettings } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { isThere, readBytes, writeFileAtomically } from '../../storage.js';

const BUILTIN_MODELS = fileURLToPath(new URL('../../../models/', import.meta.url));
const ADAPTER_CONFIG = 'adapter_config.json';
const adapterConfig = z.looseObject({ base_model_name_or_path: z.string().min(1), revision: z.string().nullish() });

/** The settings of a model that say where it is. */
type ModelPlace = Pick<ModelSettings, 'source' | 'adapter' | 'tokenizer' | 'bits'>;

export const builtinDirectory = (name: string): string => join(BUILTIN_MODELS, name);

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(decodeUtf8(await readBytes(file), file));
  } catch (cause) {
    if (cause instanceof InputError || cause instanceof StorageError) throw cause;
    throw new InputError('the file is not valid JSON', { file, cause });
  }
}

/**
 * The model in a folder, or the adapter in it together with the base model that it names: a path relative to the folder
 * or to the working directory, or a model on the hub.
 * @throws {StorageError | InputError} when there is no model, or the base of an adapter is missing
 */
export async function modelIn(directory: string): Promise<ModelSource> {
  const config = join(directory, ADAPTER_CONFIG);
  if (!(await isThere(config))) {
    if (await isThere(join(directory, 'config.json'))) return { kind: 'directory', directory };
    throw new StorageError('there is no model here', {
      file: directory,
      remedy: `${await hintFor(directory)}Give a folder with config.json and model.safetensors, or with ${ADAPTER_CONFIG}.`,
    });
  }
  const parsed = adapterConfig.safeParse(await readJson(config));
  if (!parsed.success)
    throw new InputError('the adapter does not name its base model', {
      file: config,
      field: 'base_model_name_or_path',
    });
  const { base_model_name_or_path: base, revision } = parsed.data;
  // The path is relative to the real place of the folder; before that, it was relative to the name that led to it.
  const places = [await realpath(directory), resolve(directory), process.cwd()];
  for (const path of places.map((place) => resolve(place, base)))
    if (await isThere(join(path, 'config.json'))) return { kind: 'directory', directory: path, adapter: directory };
  if (isHubModel(base)) {
    return { kind: 'directory', directory: await fetchModel(base, revision ?? 'main'), adapter: directory };
  }
  throw new StorageError(`the base model of the adapter was not found: ${base}`, {
    file: config,
    field: 'base_model_name_or_path',
    remedy: 'Set the source of the model to its base, and adapter to this folder.',
  });
}

/** `Did you mean hf:owner/name? ` of a path that is not there and ends so; nothing of another, and of what would be a run. */
export function hubHint(path: string): string {
  const owner = basename(dirname(path));
  const name = `${owner}/${basename(path)}`;
  return existsSync(dirname(path)) || owner === 'runs' || !isHubModel(name) ? '' : `Did you mean hf:${name}? `;
}

/** `Did you mean …`: the models of a stage or a run, which lie below its folder. */
async function hintFor(directory: string): Promise<string> {
  // The commands' way to name a model of a run.
  const hub = hubHint(directory);
  if (hub !== '') return hub;
  const colon = directory.lastIndexOf(':');
  const run = directory.slice(0, Math.max(0, colon));
  if (run !== '' && (await isThere(join(run, 'stages'))))
    return `In a program: (await openRun('${run}')).model('${directory.slice(colon + 1)}'). `;
  const stages = join(directory, 'stages');
  const folders = (await isThere(stages)) ? (await readdir(stages)).sort().map((name) => join(stages, name)) : [];
  const found: string[] = [];
  for (const folder of [directory, ...folders]) {
    const model = join(folder, MODEL_FOLDER);
    if (await holdsModel(model)) found.push(model);
  }
  const [first, ...others] = found;
  if (first === undefined) return '';
  return others.length === 0 ? `Did you mean ${first}? ` : `The models of this run: ${found.join(', ')}. `;
}

const holdsModel = async (folder: string): Promise<boolean> =>
  (await isThere(join(folder, 'config.json'))) || (await isThere(join(folder, ADAPTER_CONFIG)));

/** Whether a folder is that of a stage which left a model, here or on a server. */
const isLeftByStage = async (folder: string): Promise<boolean> =>
  (await isThere(join(folder, MODEL_REFERENCE))) || (await holdsModel(join(folder, MODEL_FOLDER)));

/**
 * The model at a source in the form that recipes use: `builtin:base`, `hf:owner/name` (fetched first), or a folder in
 * the Hugging Face layout or with a PEFT adapter, or that of a stage which left a model.
 * @throws {StorageError | InputError} when there is no model
 */
export async function locateModel(source: string): Promise<ModelSource> {
  checkArguments("locateModel('builtin:base')", { source }, { source: z.string() });
  const stage = parseModelSource(source);
  if (stage.kind === 'path' && !(await holdsModel(stage.path)) && (await isLeftByStage(stage.path)))
    return readModelArtifact(stage.path);
  return modelOf({ source, adapter: null, tokenizer: null });
}

/**
 * A model defined under `models` in a recipe. `names`: its engine knows models by name, as those of a server are; one of
 * the hub, or a bundled one, has there the name that it has here, and only its tokenizer is fetched.
 * @throws {StorageError | InputError} when there is no model, adapter or tokenizer at the given place
 */
export async function modelOf(place: ModelPlace, opens: 'folders' | 'names' = 'folders'): Promise<ModelSource> {
  return heldIn(await placeOf(place, opens), place.bits);
}

/** A model with the bits in which its frozen weights are held. */
export const heldIn = (source: ModelSource, bits: WeightBits | undefined): ModelSource =>
  bits === undefined || source.kind === 'served' ? source : { ...source, bits };

async function placeOf({ source, adapter, tokenizer }: ModelPlace, opens: 'folders' | 'names'): Promise<ModelSource> {
  const parsed = parseModelSource(source);
  if (opens === 'names' && parsed.kind === 'builtin')
    return { kind: 'served', name: parsed.name, tokenizer: builtinDirectory(parsed.name) };
  if (opens === 'names' && parsed.kind === 'hub') {
    if (parsed.revision !== 'main')
      throw new InputError('a server does not say which revision of a model it has', {
        field: 'source',
        remedy: `Write hf:${parsed.repository}, or served:NAME with a tokenizer.`,
      });
    return { kind: 'served', name: parsed.repository, tokenizer: await fetchTokenizer(parsed.repository) };
  }
  if (parsed.kind === 'served') {
    if (tokenizer === null || !(await isThere(join(tokenizer, 'tokenizer.json')))) {
      throw new StorageError(tokenizer === null ? 'the model has no tokenizer' : 'there is no tokenizer here', {
        ...(tokenizer === null ? {} : { file: tokenizer }),
        field: 'tokenizer',
        remedy: 'Give a folder with tokenizer.json and tokenizer_config.json: prompts are encoded on this machine.',
      });
    }
    return { kind: 'served', name: parsed.name, tokenizer };
  }
  const directory =
    parsed.kind === 'builtin'
      ? builtinDirectory(parsed.name)
      : parsed.kind === 'hub'
        ? await fetchModel(parsed.repository, parsed.revision)
        : parsed.path;
  if (adapter === null) return modelIn(directory);
  if (!(await isThere(join(adapter, ADAPTER_CONFIG)))) {
    throw new StorageError('there is no adapter here', {
      file: dirname(join(adapter, ADAPTER_CONFIG)),
      remedy: `${await hintFor(adapter)}Give a folder with ${ADAPTER_CONFIG}.`,
    });
  }
  return { kind: 'directory', directory, adapter };
}

/** A stage keeps its model in this folder, or this file says where it is on its engine's server. */
export const MODEL_FOLDER = 'model';
export const MODEL_REFERENCE = 'model.json';
const servedModel = z.strictObject({ kind: z.literal('served'), name: z.string(), tokenizer: z.string() });

/** Saves a policy as the artifact of a stage; `beside` adds files to its folder, or to that of the stage if a server has it. */
export async function writeModelArtifact(
  stage: string,
  policy: Policy,
  beside: (directory: string) => Promise<void>,
): Promise<void> {
  const folder = join(stage, MODEL_FOLDER);
  const source = await policy.save(folder);
  if (source.kind === 'directory') {
    await beside(folder);
    return;
  }
  const fromStage = relative(stage, source.tokenizer);
  // Relative within the run, so that the run can be moved; absolute elsewhere.
  const tokenizer =
    fromStage.startsWith(join('..', '..', '..')) || isAbsolute(fromStage) ? source.tokenizer : fromStage;
  await writeFileAtomically(
    join(stage, MODEL_REFERENCE),
    `${JSON.stringify({ kind: 'served', name: source.name, tokenizer }, null, 2)}\n`,
  );
  await beside(stage);
}

/** The model that a finished stage left. */
export async function readModelArtifact(stage: string): Promise<ModelSource> {
  const file = join(stage, MODEL_REFERENCE);
  if (!(await isThere(file))) return modelIn(join(stage, MODEL_FOLDER));
  const parsed = servedModel.safeParse(await readJson(file));
  if (!parsed.success) throw new InputError('the file does not say where a model is', { file });
  return { ...parsed.data, tokenizer: resolve(stage, parsed.data.tokenizer) };
}

/** The model of a stage on its engine's server; undefined of a model that is here, and where there is none. */
export async function servedArtifact(stage: string): Promise<ServedSource | undefined> {
  if (!(await isThere(join(stage, MODEL_REFERENCE)))) return undefined;
  const left = await readModelArtifact(stage);
  return left.kind === 'served' ? left : undefined;
}
