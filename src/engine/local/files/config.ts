/**
 * Which transformer a Hugging Face `config.json` describes. Meanings and defaults are those of the configuration
 * classes of transformers; what the local engine cannot compute exactly is refused, never approximated.
 */
import { InputError } from '../../../errors.js';
import { issueText } from '../../../schema-issue.js';
import type { Architecture, FloatType } from './architecture.js';
import { type ConfigFields, configFields } from './config-fields.js';
import { readLocalRope, readRope } from './config-rope.js';
import { readUnrotated, readWindow } from './config-window.js';
import { FAMILIES, type Family, isFamily, SUPPORTED_MODELS, traitsOf, unsupported } from './families.js';
import { type JsonObject, parseJsonObject, wholeFloatKeys } from './json.js';

export * from './architecture.js';

const FLOAT_TYPES: Readonly<Record<string, FloatType>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/**
 * Reads the text of a `config.json`.
 *
 * @param file the name that errors show.
 * @throws {InputError} when a field is missing or invalid
 * @throws {UnsupportedError} when the model is not supported
 */
export function readArchitecture(text: string, file: string): Architecture {
  const architecture = architectureOf(parseJsonObject(text, file), file);
  const floatKeys = wholeFloatKeys(text);
  return floatKeys.length === 0 ? architecture : { ...architecture, floatKeys };
}

/** As readArchitecture, from the parsed object. */
export function architectureOf(raw: JsonObject, file: string): Architecture {
  // The family first: another kind of model should be told so, not that a field of ours is missing.
  const family = readFamily(raw, file);
  const parsed = configFields.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(issueText(issue, raw, 'not a model configuration'), {
      file,
      ...(issue !== undefined && issue.path.length > 0 ? { field: issue.path.map(String).join('.') } : {}),
      remedy: 'Use the config.json that came with the weights.',
    });
  }
  const config = parsed.data;
  refuseUnsupported(config, raw, family, file);
  const heads = config.num_attention_heads;
  const keyValueHeads = readKeyValueHeads(config, family, file);
  const headSize = readHeadSize(config, family, file);
  const declaredType = readDeclaredType(config, file);
  const { defaults, queryKeyNorm } = traitsOf(family);
  const unrotated = readUnrotated(config, family, file);
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
    normEpsilon: config.rms_norm_eps ?? defaults?.normEpsilon ?? 1e-6,
    ...readRope(config, family, file),
    tiedEmbeddings: config.tie_word_embeddings ?? defaults?.tiedEmbeddings ?? false,
    attentionBias: attentionBias(config, family),
    queryKeyNorm: queryKeyNorm !== undefined,
    ...readWindow(config, family, unrotated, file),
    ...readLocalRope(config, family, file),
    ...(unrotated.includes(true) ? { unrotated } : {}),
    ...readScales(config, family, headSize),
    ...(declaredType === undefined ? {} : { declaredType }),
    raw,
  };
}

function readFamily(raw: JsonObject, file: string): Family {
  const type = raw.model_type;
  if (typeof type !== 'string') {
    throw new InputError('model_type is missing', { file, field: 'model_type', remedy: SUPPORTED_MODELS });
  }
  if (!isFamily(type)) throw unsupported(`model_type ${JSON.stringify(type)}`, file, 'model_type');
  const classes = raw.architectures;
  const expected = FAMILIES[type].class;
  if (Array.isArray(classes) && classes.length > 0 && !classes.includes(expected)) {
    throw unsupported(`architectures ${JSON.stringify(classes)} without ${expected}`, file, 'architectures');
  }
  return type;
}

function refuseUnsupported(config: ConfigFields, raw: JsonObject, family: Family, file: string): void {
  // transformers maps both names of silu to the same function.
  const { field, names } = traitsOf(family).gelu ?? { field: 'hidden_act', names: ['silu', 'swish'] };
  const activation = config[field] ?? names[0] ?? '';
  if (!names.includes(activation)) throw unsupported(`activation ${JSON.stringify(activation)}`, file, field);
  if (config.mlp_bias) throw unsupported('biases in the feed-forward layers', file, 'mlp_bias');
  if (config.use_bidirectional_attention) {
    throw unsupported('attention to later tokens', file, 'use_bidirectional_attention');
  }
  if (raw.quantization_config !== undefined && raw.quantization_config !== null) {
    throw unsupported('quantised weights', file, 'quantization_config');
  }
}

function attentionBias(config: ConfigFields, family: Family): Architecture['attentionBias'] {
  const { attentionBias: rule, defaults } = traitsOf(family);
  const asked = config.attention_bias ?? defaults?.attentionBias ?? false;
  const [input, output] = {
    attention_bias: [asked, asked],
    'attention_bias and attention_out_bias': [asked, config.attention_out_bias ?? false],
    'q, k and v': [true, false],
    none: [false, false],
  }[rule] as [boolean, boolean];
  return { query: input, key: input, value: input, output };
}

function readScales(config: ConfigFields, family: Family, headSize: number): Partial<Architecture> {
  const { scaledEmbeddings, multipliers, softCaps } = traitsOf(family);
  const scales: { -readonly [key in keyof Architecture]?: Architecture[key] } = {};
  if (scaledEmbeddings) scales.embeddingScale = Math.sqrt(config.hidden_size);
  if (multipliers) {
    scales.embeddingScale = config.embedding_multiplier ?? 1;
    scales.attentionScale = config.attention_multiplier ?? 1;
    scales.residualScale = config.residual_multiplier ?? 1;
    scales.logitScale = 1 / (config.logits_scaling ?? 1);
  }
  if (softCaps !== undefined) {
    scales.attentionScale = (config.query_pre_attn_scalar ?? 256) ** -0.5;
    // Absent is the default of the class, null is no cap.
    const { attn_logit_softcapping: scores, final_logit_softcapping: logits } = config;
    const attentionCap = scores === undefined ? softCaps.attention : scores;
    const logitCap = logits === undefined ? softCaps.logits : logits;
    if (attentionCap !== null) scales.attentionCap = attentionCap;
    if (logitCap !== null) scales.logitCap = logitCap;
  }
  // Steps that change nothing are left out of the graph.
  for (const key of ['embeddingScale', 'residualScale', 'logitScale'] as const)
    if (scales[key] === 1) delete scales[key];
  if (scales.attentionScale === 1 / Math.sqrt(headSize)) delete scales.attentionScale;
  return scales;
}

function readKeyValueHeads(config: ConfigFields, family: Family, file: string): number {
  const heads = config.num_attention_heads;
  // Absent, Qwen's classes mean 32 and null means `heads`: too easily confused to guess.
  if (config.num_key_value_heads === undefined && traitsOf(family).defaults?.keyValueHeads !== 'heads') {
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
  const known = config.head_dim === undefined ? traitsOf(family).defaults?.headSize : undefined;
  // Elsewhere, the heads divide the hidden size.
  const absent = known ?? hiddenSize / heads;
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

function readDeclaredType(config: ConfigFields, file: string): FloatType | undefined {
  const field = config.dtype == null ? 'torch_dtype' : 'dtype';
  const name = config[field];
  // "auto" leaves the decision to the files, as an absent field does.
  if (name == null || name === 'auto') return undefined;
  const type = Object.hasOwn(FLOAT_TYPES, name) ? FLOAT_TYPES[name] : undefined;
  if (type === undefined) throw unsupported(`weights of type ${JSON.stringify(name)}`, file, field);
  return type;
}
