/** LoRA adapters in the form of the peft library: `adapter_config.json` and `adapter_model.safetensors`. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { hubModelAt } from '../../../data/hub/hub.js';
import { recoverDirectory } from '../../../directory-swap.js';
import { decodeUtf8 } from '../../../downloaded-file.js';
import { InputError, NumericError, UnsupportedError, UsageError } from '../../../errors.js';
import { issueText } from '../../../schema-issue.js';
import { behindLinks, readBytes, writeSynced } from '../../../storage.js';
import { isAbsence, storageError } from '../../../system-errors.js';
import { MOST_ALPHA } from '../../engine.js';
import { type AdaptableLayer, type AdaptedLayer, type AdapterTargets, adaptedLayersOf } from './adapter-targets.js';
import { type JsonObject, parseJsonObject } from './json.js';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.js';
import { writeSavedFolder } from './saved-folder.js';

const CONFIG_FILE = 'adapter_config.json';
const WEIGHTS_FILE = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** Low-rank factors on linear layers of a model (Hu et al., arXiv 2106.09685). */
export interface AdapterForm {
  /** In the order of the model. */
  readonly layers: readonly AdaptedLayer[];
  /** What adapter_config.json says of them. */
  readonly targets: AdapterTargets;
}

export interface Adapter {
  readonly form: AdapterForm;
  /** `MODULE.lora_A` [rank, inputSize] and `MODULE.lora_B` [outputSize, rank]. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

const names = z.union([z.string(), z.array(z.string())]);
const rank = z.int().min(1).max(65536);
const configFields = z.looseObject({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  r: rank,
  lora_alpha: z.number().positive().max(MOST_ALPHA),
  target_modules: z.union([z.string(), z.array(z.string()).min(1)]),
  use_rslora: z.boolean().nullish(),
  rank_pattern: z.record(z.string(), rank).nullish(),
  alpha_pattern: z.record(z.string(), z.number().positive()).nullish(),
  layers_to_transform: z.union([z.int().min(0), z.array(z.int().min(0))]).nullish(),
  layers_pattern: names.nullish(),
  exclude_modules: names.nullish(),
});

/** Fields of peft that don't change what a trained adapter computes. Every field that is not here must be unset. */
const HARMLESS = new Set([
  'alpha_pattern',
  'auto_mapping',
  'base_model_name_or_path',
  'bias',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'exclude_modules',
  // peft itself sets it to false for linear layers.
  'fan_in_fan_out',
  'inference_mode',
  'init_lora_weights',
  'layers_pattern',
  'layers_to_transform',
  'loftq_config',
  'lora_alpha',
  'lora_dropout',
  'lora_ga_config',
  'megatron_core',
  'peft_type',
  'peft_version',
  'qalora_group_size',
  'r',
  'rank_pattern',
  'revision',
  'runtime_config',
  'target_modules',
  'task_type',
  'use_rslora',
]);

function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === false;
}

/**
 * What an adapter_config.json says.
 * @throws {InputError} when a field is missing or invalid
 * @throws {UnsupportedError} when the adapter is of another kind than LoRA on linear layers
 */
export function readAdapterConfig(text: string, file: string): AdapterTargets {
  const raw = parseJsonObject(text, file);
  const parsed = configFields.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(issueText(issue, raw, 'not an adapter configuration'), {
      file,
      ...(issue !== undefined && issue.path.length > 0 ? { field: issue.path.map(String).join('.') } : {}),
    });
  }
  const config = parsed.data;
  const remedy = 'Supported is LoRA on linear layers, without biases, whole modules and variants such as DoRA.';
  if (config.peft_type !== 'LORA') {
    throw new UnsupportedError(`an adapter of type ${JSON.stringify(config.peft_type)}`, {
      file,
      field: 'peft_type',
      remedy,
    });
  }
  const { bias = 'none', init_lora_weights: initial = true } = raw;
  if (bias !== 'none') throw new UnsupportedError(`bias ${JSON.stringify(bias)}`, { file, field: 'bias', remedy });
  // Other ways to begin (pissa, olora, loftq, ...) take their share out of the base weights.
  if (typeof initial !== 'boolean' && initial !== null && initial !== 'gaussian') {
    throw new UnsupportedError(`an adapter that began as ${JSON.stringify(initial)}`, {
      file,
      field: 'init_lora_weights',
      remedy: 'Convert it to plain LoRA first, as the documentation of peft describes.',
    });
  }
  for (const [field, value] of Object.entries(raw)) {
    if (HARMLESS.has(field) || isUnset(value)) continue;
    throw new UnsupportedError(`${field} ${JSON.stringify(value)}`, { file, field, remedy });
  }
  const { target_modules: targets } = config;
  return {
    r: config.r,
    lora_alpha: config.lora_alpha,
    target_modules: typeof targets === 'string' ? allLinear(targets) : [...new Set(targets)].sort(),
    use_rslora: config.use_rslora ?? false,
    rank_pattern: whereSet(config.rank_pattern),
    alpha_pattern: whereSet(config.alpha_pattern),
    layers_to_transform: whereSet(config.layers_to_transform),
    layers_pattern: whereSet(config.layers_pattern),
    exclude_modules: whereSet(config.exclude_modules),
  };
}

/** peft writes null, an empty object or an empty list for what is not set. */
const whereSet = <T>(value: T | null | undefined): T | undefined =>
  value == null || isUnset(value) || value === '' ? undefined : value;

/** peft reads this one word in any case. */
const allLinear = (targets: string): string => (targets.toLowerCase() === 'all-linear' ? 'all-linear' : targets);

/**
 * Reads an adapter directory for a model with these linear layers.
 *
 * @throws {InputError} when a factor is missing, of another shape or belongs to no layer
 * @throws {UnsupportedError} when the adapter is of another kind than LoRA on linear layers
 * @throws {StorageError} when a file cannot be read
 * @throws {NumericError} when a number is not finite
 */
export const readAdapter = (directory: string, layers: readonly AdaptableLayer[]): Promise<Adapter> =>
  withAdapterFile(directory, layers, async (form, file, tensors) => ({
    form,
    values: await readFactors(file, tensors),
  }));

/** The form of an adapter, from its settings and the header of its weights. Errors as `readAdapter`, but for numbers. */
export const readAdapterForm = (directory: string, layers: readonly AdaptableLayer[]): Promise<AdapterForm> =>
  withAdapterFile(directory, layers, async (form) => form);

async function withAdapterFile<Result>(
  directory: string,
  layers: readonly AdaptableLayer[],
  work: (form: AdapterForm, file: SafetensorsFile, tensors: ReadonlyMap<string, string>) => Promise<Result>,
): Promise<Result> {
  const path = resolve(directory);
  await recoverDirectory(path);
  const configPath = join(path, CONFIG_FILE);
  const targets = readAdapterConfig(decodeUtf8(await readBytes(configPath), configPath), configPath);
  const form = { layers: adaptedLayersOf(targets, layers, configPath), targets };
  const file = await openSafetensors(join(path, WEIGHTS_FILE));
  try {
    return await work(form, file, factorTensors(file, form));
  } finally {
    await file.close();
  }
}

/** The factors' tensors by the names that we use for them, with their shapes. */
function factorsOf({ layers }: AdapterForm): Map<string, readonly [number, number]> {
  return new Map(
    layers.flatMap(({ module, inputSize, outputSize, rank: size }) => [
      [`${module}.lora_A`, [size, inputSize]] as const,
      [`${module}.lora_B`, [outputSize, size]] as const,
    ]),
  );
}

const OF_THIS_MODEL = `The adapter must have been trained on this model, with the settings of its ${CONFIG_FILE}.`;

/** The names of the factors in a file, by those that we use. */
function factorTensors(file: SafetensorsFile, form: AdapterForm): ReadonlyMap<string, string> {
  const factors = factorsOf(form);
  const tensors = new Map<string, string>();
  for (const [name, { shape }] of file.tensors) {
    const ours = name.startsWith(PREFIX) ? name.slice(PREFIX.length).replace(/\.weight$/, '') : name;
    const expected = factors.get(ours);
    const place = { file: file.path, tensor: name };
    if (expected === undefined || name !== `${PREFIX}${ours}.weight`) {
      throw new InputError('a tensor that belongs to no targeted layer of this model', {
        ...place,
        remedy: OF_THIS_MODEL,
      });
    }
    if (shape.join() !== expected.join()) {
      throw new InputError(`a shape of [${shape.join(', ')}] where rank and layer give [${expected.join(', ')}]`, {
        ...place,
        remedy: OF_THIS_MODEL,
      });
    }
    tensors.set(ours, name);
  }
  const missing = [...factors.keys()].filter((name) => !tensors.has(name));
  if (missing.length > 0) {
    throw new InputError(`${missing.length} of ${factors.size} factors are missing`, {
      file: file.path,
      tensor: `${PREFIX}${missing[0]}.weight`,
      remedy: OF_THIS_MODEL,
    });
  }
  return tensors;
}

async function readFactors(
  file: SafetensorsFile,
  tensors: ReadonlyMap<string, string>,
): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [ours, tensor] of tensors) {
    const array = await file.read(tensor);
    const at = array.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new NumericError(`element ${at} is ${array[at]}`, { file: file.path, tensor });
    values.set(ours, array);
  }
  return values;
}

/**
 * Writes an adapter directory that peft loads, whole or not at all.
 *
 * @param adapter `base` is the model directory that the adapter belongs to.
 * @throws {UsageError} when something else than a saved model is at `directory`, or the base
 * @throws {StorageError} when it cannot be written
 * @throws {InputError} when a factor is missing or of another size
 */
export async function writeAdapter(directory: string, adapter: Adapter & { readonly base: string }): Promise<void> {
  const { form, values, base } = adapter;
  if ((await realPlace(directory)) === (await realPlace(base))) {
    throw new UsageError('the base of this adapter is here, and would be lost', {
      file: directory,
      remedy: 'Save the adapter to another folder.',
    });
  }
  const config = { ...(await baseNames(directory, base)), ...configOf(form.targets) };
  const shapes = new Map([...factorsOf(form)].map(([name, shape]) => [`${PREFIX}${name}.weight`, shape]));
  const named = [...values].map(([name, array]) => [`${PREFIX}${name}.weight`, array] as const);
  await writeSavedFolder('adapter', directory, async (partial) => {
    await writeSynced(join(partial, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
    await writeSynced(join(partial, WEIGHTS_FILE), (handle) =>
      writeSafetensors(handle, join(directory, WEIGHTS_FILE), shapes, named, { metadata: { format: 'pt' } }),
    );
  });
}

/**
 * How an adapter names its base: as the hub does, which peft loads from anywhere; else by the path from the adapter's
 * folder, so that folders which move together still find each other and hold the same bytes wherever they lie.
 */
async function baseNames(directory: string, base: string): Promise<JsonObject> {
  const model = hubModelAt(base);
  if (model !== undefined) return { base_model_name_or_path: model.repository, revision: model.revision };
  // `..` leads to the parent of a folder's real place, whatever link led there.
  const path = relative(await realPlace(directory), await realPlace(base))
    .split(sep)
    .join('/');
  // Another drive has no relative path. A path must not look like a name on the hub.
  const isPlain = isAbsolute(path) || path.startsWith('../');
  return { base_model_name_or_path: isPlain ? path : `./${path}`, revision: null };
}

/** A path without symbolic links; of what is not there yet, the part that is. */
async function realPlace(path: string): Promise<string> {
  const absolute = await behindLinks(path);
  try {
    return await realpath(absolute);
  } catch (cause) {
    const parent = dirname(absolute);
    if (!isAbsence(cause) || parent === absolute) throw storageError('find', absolute, cause);
    return join(await realPlace(parent), basename(absolute));
  }
}

function configOf({ r, lora_alpha, target_modules, use_rslora, ...forms }: AdapterTargets): JsonObject {
  return {
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r,
    target_modules,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora,
    // Absent where they are undefined.
    ...JSON.parse(JSON.stringify(forms)),
  };
}
