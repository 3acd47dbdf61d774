/** LoRA adapters in the form of the peft library: `adapter_config.json` and `adapter_model.safetensors`. */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { hubModelAt } from '../../../data/hub/hub.js';
import { InputError, NumericError, UnsupportedError } from '../../../errors.js';
import { readBytes, recoverDirectory, writeDirectoryAtomically, writeSynced } from '../../../storage.js';
import { decodeUtf8, type JsonObject, parseJsonObject } from './json.js';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.js';

const CONFIG_FILE = 'adapter_config.json';
const WEIGHTS_FILE = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** A linear layer that an adapter may change; its weight is [outputSize, inputSize]. */
export interface AdaptableLayer {
  /** `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  /** `q_proj`. */
  readonly kind: string;
  readonly inputSize: number;
  readonly outputSize: number;
}

/** W + (alpha / rank) * B A for each layer whose kind is a target (Hu et al., arXiv 2106.09685). */
export interface AdapterForm {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
}

export interface Adapter {
  readonly shape: AdapterForm;
  /** `MODULE.lora_A` [rank, inputSize] and `MODULE.lora_B` [outputSize, rank]. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

const configFields = z.looseObject({
  peft_type: z.string(),
  r: z.int().min(1).max(65536),
  lora_alpha: z.number().positive(),
  target_modules: z.union([z.string(), z.array(z.string()).min(1)]),
  base_model_name_or_path: z.string().nullish(),
});

/** Fields of peft that don't change what a trained adapter computes. Every field that is not here must be unset. */
const HARMLESS = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'bias',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'inference_mode',
  'init_lora_weights',
  'loftq_config',
  'lora_alpha',
  'lora_dropout',
  'lora_ga_config',
  'megatron_core',
  'peft_type',
  'peft_version',
  'qalora_group_size',
  'r',
  'revision',
  'runtime_config',
  'target_modules',
  'task_type',
]);

function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === false;
}

/**
 * What an adapter_config.json says.
 * @throws {InputError} when a field is missing or invalid
 * @throws {UnsupportedError} when the adapter is of another kind than plain LoRA
 */
export function readAdapterConfig(
  text: string,
  file: string,
  kinds: readonly string[],
): AdapterForm & { readonly base?: string } {
  const raw = parseJsonObject(text, file);
  const parsed = configFields.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(issue?.message ?? 'not an adapter configuration', {
      file,
      ...(issue !== undefined && issue.path.length > 0 ? { field: issue.path.map(String).join('.') } : {}),
    });
  }
  const config = parsed.data;
  const remedy = 'Supported is plain LoRA: one rank and alpha, without biases, patterns or variants.';
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
  const asked = config.target_modules === 'all-linear' ? kinds : config.target_modules;
  const targets = typeof asked === 'string' ? [asked] : [...new Set(asked)].sort();
  const unknown = targets.filter((target) => !kinds.includes(target));
  if (unknown.length > 0) {
    throw new UnsupportedError(`adapters of ${unknown.map((name) => JSON.stringify(name)).join(', ')}`, {
      file,
      field: 'target_modules',
      remedy: `Supported are ${kinds.join(', ')}.`,
    });
  }
  return {
    rank: config.r,
    alpha: config.lora_alpha,
    targets,
    ...(config.base_model_name_or_path ? { base: config.base_model_name_or_path } : {}),
  };
}

/**
 * Reads an adapter directory for a model with these linear layers.
 *
 * @throws {InputError} when a factor is missing, of another shape or belongs to no layer
 * @throws {UnsupportedError} when the adapter is of another kind than plain LoRA
 * @throws {StorageError} when a file cannot be read
 * @throws {NumericError} when a number is not finite
 */
export async function readAdapter(directory: string, layers: readonly AdaptableLayer[]): Promise<Adapter> {
  const path = resolve(directory);
  await recoverDirectory(path);
  const configPath = join(path, CONFIG_FILE);
  const kinds = [...new Set(layers.map(({ kind }) => kind))];
  const { base: _, ...shape } = readAdapterConfig(
    decodeUtf8(await readBytes(configPath), configPath),
    configPath,
    kinds,
  );
  const file = await openSafetensors(join(path, WEIGHTS_FILE));
  try {
    return { shape, values: await readFactors(file, shape, layers) };
  } finally {
    await file.close();
  }
}

/** The factors' tensors by the names that we use for them, with their shapes. */
function factorsOf(form: AdapterForm, layers: readonly AdaptableLayer[]): Map<string, readonly [number, number]> {
  return new Map(
    layers
      .filter(({ kind }) => form.targets.includes(kind))
      .flatMap(({ module, inputSize, outputSize }) => [
        [`${module}.lora_A`, [form.rank, inputSize]] as const,
        [`${module}.lora_B`, [outputSize, form.rank]] as const,
      ]),
  );
}

async function readFactors(
  file: SafetensorsFile,
  form: AdapterForm,
  layers: readonly AdaptableLayer[],
): Promise<Map<string, Float32Array>> {
  const factors = factorsOf(form, layers);
  const values = new Map<string, Float32Array>();
  for (const [name, { shape }] of file.tensors) {
    const ours = name.startsWith(PREFIX) ? name.slice(PREFIX.length).replace(/\.weight$/, '') : name;
    const expected = factors.get(ours);
    const place = { file: file.path, tensor: name };
    if (expected === undefined || name !== `${PREFIX}${ours}.weight`) {
      throw new InputError('a tensor that belongs to no targeted layer of this model', {
        ...place,
        remedy: 'The adapter must have been trained on this model.',
      });
    }
    if (shape.join() !== expected.join()) {
      throw new InputError(
        `a shape of [${shape.join(', ')}] where rank and layer give [${expected.join(', ')}]`,
        place,
      );
    }
    const array = await file.read(name);
    const at = array.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new NumericError(`element ${at} is ${array[at]}`, place);
    values.set(ours, array);
  }
  const missing = [...factors.keys()].filter((name) => !values.has(name));
  if (missing.length > 0) {
    throw new InputError(`${missing.length} of ${factors.size} factors are missing`, {
      file: file.path,
      tensor: `${PREFIX}${missing[0]}.weight`,
    });
  }
  return values;
}

/**
 * Writes an adapter directory that peft loads, whole or not at all.
 *
 * @param adapter `base` is the model directory that the adapter belongs to.
 * @throws {StorageError} when it cannot be written
 * @throws {InputError} when a factor is missing or of another size
 */
export async function writeAdapter(
  directory: string,
  adapter: Adapter & { readonly layers: readonly AdaptableLayer[]; readonly base: string },
): Promise<void> {
  const { shape: form, layers, values, base } = adapter;
  const shapes = new Map([...factorsOf(form, layers)].map(([name, shape]) => [`${PREFIX}${name}.weight`, shape]));
  const named = [...values].map(([name, array]) => [`${PREFIX}${name}.weight`, array] as const);
  await writeDirectoryAtomically(directory, async (partial) => {
    await writeSynced(join(partial, CONFIG_FILE), `${JSON.stringify(configOf(form, directory, base), null, 2)}\n`);
    await writeSynced(join(partial, WEIGHTS_FILE), (handle) =>
      writeSafetensors(handle, join(directory, WEIGHTS_FILE), shapes, named, { metadata: { format: 'pt' } }),
    );
  });
}

/**
 * How an adapter names its base: as the hub does, which peft loads from anywhere; else by the path from the adapter's
 * folder, so that folders which move together still find each other and hold the same bytes wherever they lie.
 */
function baseNames(directory: string, base: string): JsonObject {
  const model = hubModelAt(base);
  if (model !== undefined) return { base_model_name_or_path: model.repository, revision: model.revision };
  const path = relative(resolve(directory), resolve(base)).split(sep).join('/');
  // Another drive has no relative path. A path must not look like a name on the hub.
  const isPlain = isAbsolute(path) || path.startsWith('../');
  return { base_model_name_or_path: isPlain ? path : `./${path}`, revision: null };
}

function configOf({ rank, alpha, targets }: AdapterForm, directory: string, base: string): JsonObject {
  return {
    ...baseNames(directory, base),
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    target_modules: [...targets].sort(),
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
}
