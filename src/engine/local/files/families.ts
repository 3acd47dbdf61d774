/**
 * The families of models that the engine computes, as one table: reading config.json, error messages and the list in
 * docs/engine.md follow from it. Each entry says what the family's class in transformers does; what differs between
 * models of a family stands in their config.json.
 */

import { UnsupportedError } from '../../../errors.js';

/** How a family decides which layers attend to a window of the latest tokens only. */
export type WindowRule =
  /** No layer does. */
  | 'never'
  /** All layers do, where `sliding_window` is set. */
  | 'everywhere'
  /** Where `use_sliding_window` is set: as `layer_types` says, by default from layer `max_window_layers` on. */
  | 'last layers'
  /** Where `use_sliding_window` is set: as `layer_types` says, by default the layers without rotation. */
  | 'unrotated layers'
  /** As `layer_types` says, by default everywhere. */
  | 'by layer'
  /** As `layer_types` says, by default every other layer from the first on. */
  | 'alternating'
  /** As `layer_types` says, by default all but every sixth layer (`sliding_window_pattern`). */
  | 'all but one of six';

/** What the class of a family computes, where it differs from Llama. */
export interface FamilyTraits {
  /** The models by the names that people know. */
  readonly models: string;
  /** The class in `architectures`. */
  readonly class: string;
  /** Biases of the attention's layers: as `attention_bias` says, as that and `attention_out_bias` say, or fixed. */
  readonly attentionBias: 'attention_bias' | 'attention_bias and attention_out_bias' | 'q, k and v' | 'none';
  /** RMS norms of query and key before the rotation: of each head, or of all heads together. */
  readonly queryKeyNorm?: 'of each head' | 'of all heads';
  /** Where the norms of a block stand: before attention and feed-forward layers (the default), after them, or both. */
  readonly norms?: 'after' | 'before and after';
  /** Norms multiply by 1 + weight. */
  readonly normsAddOne?: true;
  /** The activation's field and the names of what is computed; the default is silu in `hidden_act`. */
  readonly gelu?: { readonly field: 'hidden_act' | 'hidden_activation'; readonly names: readonly string[] };
  readonly window: WindowRule;
  /** Whether layers without rotation are listed in `no_rope_layers`. */
  readonly unrotatedLayers?: true;
  /** Windowed layers rotate by a theta of their own. */
  readonly localRope?: true;
  /** Embeddings are multiplied by sqrt(hidden_size). */
  readonly scaledEmbeddings?: true;
  /** `embedding_multiplier`, `attention_multiplier`, `residual_multiplier` and `logits_scaling` are read. */
  readonly multipliers?: true;
  /** `query_pre_attn_scalar`, `attn_logit_softcapping` and `final_logit_softcapping` are read; where null, no cap. */
  readonly softCaps?: { readonly attention: 50 | null; readonly logits: 30 | null };
  /** q, k and v are one matrix in the files, and so are gate and up. */
  readonly fused?: true;
  /** Kinds of rope scaling; the default is all that the engine computes. */
  readonly ropeTypes?: readonly 'default'[];
  /** What the class assumes where a field is absent. */
  readonly defaults?: {
    readonly headSize?: number;
    readonly normEpsilon?: number;
    readonly ropeTheta?: number;
    readonly tiedEmbeddings?: true;
    readonly attentionBias?: true;
    /** Absent, `sliding_window` is no window; elsewhere it is 4096. */
    readonly noWindow?: true;
    /** Absent or null, there are as many key-value heads as heads. Elsewhere, absent is an error: classes differ. */
    readonly keyValueHeads?: 'heads';
  };
}

const GELU = ['gelu_pytorch_tanh'];
const GEMMA_DEFAULTS = { headSize: 256, tiedEmbeddings: true } as const;

/** By `model_type`. */
export const FAMILIES = {
  llama: {
    models: 'Llama 2 and 3, SmolLM2, TinyLlama',
    class: 'LlamaForCausalLM',
    attentionBias: 'attention_bias',
    window: 'never',
    defaults: { keyValueHeads: 'heads' },
  },
  qwen2: {
    models: 'Qwen 2 and 2.5',
    class: 'Qwen2ForCausalLM',
    attentionBias: 'q, k and v',
    window: 'last layers',
  },
  qwen3: {
    models: 'Qwen 3 (dense)',
    class: 'Qwen3ForCausalLM',
    attentionBias: 'attention_bias',
    queryKeyNorm: 'of each head',
    window: 'last layers',
    defaults: { headSize: 128 },
  },
  mistral: {
    models: 'Mistral 7B, Mistral Nemo',
    class: 'MistralForCausalLM',
    attentionBias: 'none',
    window: 'everywhere',
  },
  ministral: {
    models: 'Ministral 8B',
    class: 'MinistralForCausalLM',
    attentionBias: 'none',
    window: 'by layer',
  },
  seed_oss: {
    models: 'Seed-OSS',
    class: 'SeedOssForCausalLM',
    attentionBias: 'attention_bias and attention_out_bias',
    window: 'never',
    defaults: { headSize: 128, attentionBias: true },
  },
  smollm3: {
    models: 'SmolLM3',
    class: 'SmolLM3ForCausalLM',
    attentionBias: 'attention_bias',
    window: 'unrotated layers',
    unrotatedLayers: true,
    defaults: { ropeTheta: 2_000_000, tiedEmbeddings: true, noWindow: true },
  },
  olmo2: {
    models: 'OLMo 2',
    class: 'Olmo2ForCausalLM',
    attentionBias: 'attention_bias',
    queryKeyNorm: 'of all heads',
    norms: 'after',
    window: 'never',
    defaults: { normEpsilon: 1e-5, keyValueHeads: 'heads' },
  },
  phi3: {
    models: 'Phi 3 and 3.5 mini, Phi 4 (without longrope)',
    class: 'Phi3ForCausalLM',
    attentionBias: 'none',
    window: 'everywhere',
    fused: true,
    ropeTypes: ['default'],
    defaults: { normEpsilon: 1e-5, keyValueHeads: 'heads', noWindow: true },
  },
  granite: {
    models: 'Granite 3 (dense)',
    class: 'GraniteForCausalLM',
    attentionBias: 'attention_bias',
    window: 'never',
    multipliers: true,
    defaults: { keyValueHeads: 'heads' },
  },
  gemma: {
    models: 'Gemma',
    class: 'GemmaForCausalLM',
    attentionBias: 'attention_bias',
    normsAddOne: true,
    // Its class reads the old name of the first release as the approximation by tanh.
    gelu: { field: 'hidden_act', names: [...GELU, 'gelu'] },
    window: 'never',
    scaledEmbeddings: true,
    defaults: GEMMA_DEFAULTS,
  },
  gemma2: {
    models: 'Gemma 2',
    class: 'Gemma2ForCausalLM',
    attentionBias: 'attention_bias',
    norms: 'before and after',
    normsAddOne: true,
    gelu: { field: 'hidden_activation', names: GELU },
    window: 'alternating',
    scaledEmbeddings: true,
    softCaps: { attention: 50, logits: 30 },
    defaults: GEMMA_DEFAULTS,
  },
  gemma3_text: {
    models: 'Gemma 3 (text: 270M and 1B)',
    class: 'Gemma3ForCausalLM',
    attentionBias: 'attention_bias',
    queryKeyNorm: 'of each head',
    norms: 'before and after',
    normsAddOne: true,
    gelu: { field: 'hidden_activation', names: GELU },
    window: 'all but one of six',
    localRope: true,
    scaledEmbeddings: true,
    softCaps: { attention: null, logits: null },
    defaults: { ...GEMMA_DEFAULTS, ropeTheta: 1_000_000 },
  },
} as const satisfies Readonly<Record<string, FamilyTraits>>;

/** A `model_type` that the engine computes. */
export type Family = keyof typeof FAMILIES;

export const traitsOf = (family: Family): FamilyTraits => FAMILIES[family];

export const isFamily = (type: string): type is Family => Object.hasOwn(FAMILIES, type);

/** The families as error messages list them. */
const listed = Object.entries(FAMILIES).map(([type, { models }]) => `${type} (${models})`);

/** What can be computed, for those who have something else. */
export const SUPPORTED_MODELS =
  `Supported are decoder-only models with model_type ${listed.slice(0, -1).join(', ')} and ${listed.at(-1)}, ` +
  'activation silu (Gemma: gelu_pytorch_tanh), rope_type default, linear, llama3 or yarn, and float32, float16 or bfloat16 weights.';

/** What the engine cannot compute, with the list of what it can. */
export function unsupported(what: string, file: string, field: string): UnsupportedError {
  return new UnsupportedError(what, { file, field, remedy: SUPPORTED_MODELS });
}
