/**
 * Which transformer a Hugging Face `config.json` describes. Meanings and defaults are those of the transformers classes
 * LlamaConfig, Qwen2Config and Qwen3Config; what the local engine cannot compute exactly is refused, never
 * approximated.
 */
import { z } from 'zod';
import { InputError, UnsupportedError } from '../../../errors.js';
import type { Architecture, Family, FloatType, Llama3RopeScaling } from './architecture.js';
import { type JsonObject, parseJsonObject } from './json.js';

export * from './architecture.js';

const FAMILIES: Readonly<Record<Family, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};
const SUPPORTED_MODELS =
  'Supported are decoder-only models with model_type llama (Llama 2 and 3, SmolLM2), qwen2 (Qwen 2 and 2.5) and qwen3 (dense), ' +
  'activation silu, full attention, rope_type default or llama3, and float32, float16 or bfloat16 weights.';
const FLOAT_TYPES: Readonly<Record<string, FloatType>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

const count = z
  .int()
  .min(1)
  .max(2 ** 24);
const tokens = z
  .int()
  .min(1)
  .max(2 ** 31);
const positive = z.number().positive();
const ropeFields = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  factor: z.number().min(1).nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  original_max_position_embeddings: tokens.nullish(),
  partial_rotary_factor: positive.nullish(),
});
const configFields = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: z.int().min(1).max(4096),
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  max_position_embeddings: tokens,
  rms_norm_eps: positive.max(1).nullish(),
  hidden_act: z.string().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  rope_theta: positive.nullish(),
  rope_scaling: ropeFields.nullish(),
  rope_parameters: ropeFields.nullish(),
  partial_rotary_factor: positive.nullish(),
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
});
type ConfigFields = z.infer<typeof configFields>;

/**
 * Reads the text of a `config.json`.
 *
 * @param file the name that errors show.
 * @throws {InputError} when a field is missing or invalid
 * @throws {UnsupportedError} when the model is not supported
 */
export function readArchitecture(text: string, file: string): Architecture {
  return architectureOf(parseJsonObject(text, file), file);
}

/** As readArchitecture, from the parsed object. */
export function architectureOf(raw: JsonObject, file: string): Architecture {
  // The family first: another kind of model should be told so, not that a field of ours is missing.
  const family = readFamily(raw, file);
  const parsed = configFields.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(issue?.message ?? 'not a model configuration', {
      file,
      ...(issue !== undefined && issue.path.length > 0 ? { field: issue.path.map(String).join('.') } : {}),
      remedy: 'Use the config.json that came with the weights.',
    });
  }
  const config = parsed.data;
  refuseUnsupported(config, raw, file);
  const heads = config.num_attention_heads;
  const keyValueHeads = readKeyValueHeads(config, family, file);
  const headSize = readHeadSize(config, family, file);
  const attentionBias = config.attention_bias ?? false;
  const scaling = readRope(config, file);
  const declaredType = readDeclaredType(config, file);
  return {
    family,
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    feedForwardSize: config.intermediate_size,
    contextTokens: config.max_position_embeddings,
    normEpsilon: config.rms_norm_eps ?? 1e-6,
    ...scaling,
    tiedEmbeddings: config.tie_word_embeddings ?? false,
    // Qwen 2 has biases on q, k and v whatever the file says; its class does not read attention_bias.
    attentionBias:
      family === 'qwen2'
        ? { query: true, key: true, value: true, output: false }
        : { query: attentionBias, key: attentionBias, value: attentionBias, output: attentionBias },
    queryKeyNorm: family === 'qwen3',
    ...(declaredType === undefined ? {} : { declaredType }),
    raw,
  };
}

function unsupported(what: string, file: string, field: string): UnsupportedError {
  return new UnsupportedError(what, { file, field, remedy: SUPPORTED_MODELS });
}

const isFamily = (type: string): type is Family => Object.hasOwn(FAMILIES, type);

function readFamily(raw: JsonObject, file: string): Family {
  const type = raw.model_type;
  if (typeof type !== 'string') {
    throw new InputError('model_type is missing', { file, field: 'model_type', remedy: SUPPORTED_MODELS });
  }
  if (!isFamily(type)) throw unsupported(`model_type ${JSON.stringify(type)}`, file, 'model_type');
  const classes = raw.architectures;
  if (Array.isArray(classes) && classes.length > 0 && !classes.includes(FAMILIES[type])) {
    throw unsupported(`architectures ${JSON.stringify(classes)} without ${FAMILIES[type]}`, file, 'architectures');
  }
  return type;
}

function refuseUnsupported(config: ConfigFields, raw: JsonObject, file: string): void {
  const activation = config.hidden_act ?? 'silu';
  // transformers maps both names to the same function.
  if (activation !== 'silu' && activation !== 'swish') {
    throw unsupported(`activation ${JSON.stringify(activation)}`, file, 'hidden_act');
  }
  if (config.mlp_bias) throw unsupported('biases in the feed-forward layers', file, 'mlp_bias');
  if (config.use_sliding_window) throw unsupported('sliding-window attention', file, 'use_sliding_window');
  const layerType = config.layer_types?.find((type) => type !== 'full_attention');
  if (layerType !== undefined) throw unsupported(`layers of type ${JSON.stringify(layerType)}`, file, 'layer_types');
  if (raw.quantization_config !== undefined && raw.quantization_config !== null) {
    throw unsupported('quantised weights', file, 'quantization_config');
  }
}

function readKeyValueHeads(config: ConfigFields, family: Family, file: string): number {
  const heads = config.num_attention_heads;
  // Absent, Qwen's classes mean 32 and null means `heads`: too easily confused to guess.
  if (config.num_key_value_heads === undefined && family !== 'llama') {
    throw new InputError('num_key_value_heads is missing', {
      file,
      field: 'num_key_value_heads',
      remedy: 'Use the config.json that came with the weights.',
    });
  }
  const keyValueHeads = config.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0) {
    throw new InputError(`${heads} attention heads cannot share ${keyValueHeads} key-value heads equally`, {
      file,
      field: 'num_key_value_heads',
    });
  }
  return keyValueHeads;
}

function readHeadSize(config: ConfigFields, family: Family, file: string): number {
  const { hidden_size: hiddenSize, num_attention_heads: heads } = config;
  // Qwen3Config has the default 128; elsewhere the heads divide the hidden size.
  const absent = family === 'qwen3' && config.head_dim === undefined ? 128 : hiddenSize / heads;
  const headSize = config.head_dim ?? absent;
  if (!Number.isInteger(headSize)) {
    throw new InputError(`hidden_size ${hiddenSize} is not a multiple of the ${heads} attention heads`, {
      file,
      field: 'num_attention_heads',
    });
  }
  if (headSize % 2 !== 0) {
    throw new InputError(`a head of ${headSize} numbers cannot be rotated in pairs`, { file, field: 'head_dim' });
  }
  return headSize;
}

/** transformers 4 wrote rope_theta and rope_scaling side by side; 5 writes both into rope_parameters. */
function readRope(
  config: ConfigFields,
  file: string,
): { readonly ropeTheta: number; readonly ropeScaling?: Llama3RopeScaling } {
  const nested = config.rope_scaling ?? config.rope_parameters ?? {};
  const field = config.rope_scaling ? 'rope_scaling' : 'rope_parameters';
  if (config.rope_scaling && config.rope_parameters && !sameRope(config.rope_scaling, config.rope_parameters)) {
    throw new InputError('rope_scaling and rope_parameters say different things', { file, field: 'rope_parameters' });
  }
  if (config.rope_theta && nested.rope_theta && config.rope_theta !== nested.rope_theta) {
    throw new InputError(`rope_theta is both ${config.rope_theta} and ${nested.rope_theta}`, {
      file,
      field: 'rope_theta',
    });
  }
  if ((nested.partial_rotary_factor ?? config.partial_rotary_factor ?? 1) !== 1) {
    throw unsupported('rotation of a part of each head', file, 'partial_rotary_factor');
  }
  const ropeTheta = nested.rope_theta ?? config.rope_theta ?? 10_000;
  const kind = nested.rope_type ?? nested.type ?? 'default';
  if (kind === 'default') return { ropeTheta };
  if (kind !== 'llama3') throw unsupported(`rope_type ${JSON.stringify(kind)}`, file, `${field}.rope_type`);
  const { factor, low_freq_factor: low, high_freq_factor: high } = nested;
  if (factor == null || low == null || high == null) {
    throw new InputError('rope_type llama3 needs factor, low_freq_factor and high_freq_factor', { file, field });
  }
  if (low >= high) throw new InputError('low_freq_factor must be below high_freq_factor', { file, field });
  return {
    ropeTheta,
    ropeScaling: {
      kind: 'llama3',
      factor,
      lowFrequencyFactor: low,
      highFrequencyFactor: high,
      originalContextTokens: nested.original_max_position_embeddings ?? config.max_position_embeddings,
    },
  };
}

function sameRope(a: z.infer<typeof ropeFields>, b: z.infer<typeof ropeFields>): boolean {
  const keys = ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'] as const;
  return (
    (a.rope_type ?? a.type ?? 'default') === (b.rope_type ?? b.type ?? 'default') &&
    keys.every((key) => (a[key] ?? undefined) === (b[key] ?? undefined)) &&
    (a.rope_theta == null || b.rope_theta == null || a.rope_theta === b.rope_theta)
  );
}

function readDeclaredType(config: ConfigFields, file: string): FloatType | undefined {
  const field = config.dtype == null ? 'torch_dtype' : 'dtype';
  const name = config[field];
  // "auto" leaves the decision to the files, as an absent field does.
  if (name == null || name === 'auto') return undefined;
  const type = Object.hasOwn(FLOAT_TYPES, name) ? FLOAT_TYPES[name] : undefined;
  if (type === undefined) throw unsupported(`weights of type ${JSON.stringify(name)}`, file, field);
  return type;
}
