/**
 * A transformer of the Llama family as plain data, and what follows from it: the shapes of its parameters, its rotary
 * frequencies.
 */
import type { JsonObject } from './json.js';

export type Family = 'llama' | 'qwen2' | 'qwen3';

/** Llama 3.1's stretching of the rotary frequencies (`rope_type` "llama3"). */
export interface Llama3RopeScaling {
  readonly kind: 'llama3';
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalContextTokens: number;
}

/** The number types of weight files that are read and written. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** A decoder-only transformer of the Llama family: everything that its graph depends on. */
export interface Architecture {
  readonly family: Family;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Divides `heads`: query head h reads key-value head floor(h / (heads / keyValueHeads)). */
  readonly keyValueHeads: number;
  /** Even; need not be hiddenSize / heads. */
  readonly headSize: number;
  readonly feedForwardSize: number;
  readonly contextTokens: number;
  /** Epsilon of every RMS norm. */
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: Llama3RopeScaling;
  /** The vocabulary projection is the embedding table; then there is no lm_head.weight. */
  readonly tiedEmbeddings: boolean;
  readonly attentionBias: {
    readonly query: boolean;
    readonly key: boolean;
    readonly value: boolean;
    readonly output: boolean;
  };
  /** Qwen 3: an RMS norm over each head's query and key before the rotation. */
  readonly queryKeyNorm: boolean;
  /** The number type that config.json announces; the files themselves decide how they are read. */
  readonly declaredType?: FloatType;
  /** config.json as it was read, for writing back. */
  readonly raw: JsonObject;
}

/** The linear layers of a block: where each sits, and the sizes that it maps between. */
function linearLayers(
  architecture: Architecture,
): readonly { readonly module: string; readonly input: number; readonly output: number; readonly bias: boolean }[] {
  const { hiddenSize, feedForwardSize, attentionBias } = architecture;
  const queries = architecture.heads * architecture.headSize;
  const keys = architecture.keyValueHeads * architecture.headSize;
  return [
    { module: 'self_attn.q_proj', input: hiddenSize, output: queries, bias: attentionBias.query },
    { module: 'self_attn.k_proj', input: hiddenSize, output: keys, bias: attentionBias.key },
    { module: 'self_attn.v_proj', input: hiddenSize, output: keys, bias: attentionBias.value },
    { module: 'self_attn.o_proj', input: queries, output: hiddenSize, bias: attentionBias.output },
    { module: 'mlp.gate_proj', input: hiddenSize, output: feedForwardSize, bias: false },
    { module: 'mlp.up_proj', input: hiddenSize, output: feedForwardSize, bias: false },
    { module: 'mlp.down_proj', input: feedForwardSize, output: hiddenSize, bias: false },
  ];
}

/**
 * Every parameter by its Hugging Face name, with its shape, in the order of the computation. Matrices are [output,
 * input].
 */
export function parameterShapes(architecture: Architecture): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize, vocabularySize, headSize } = architecture;
  const linears = linearLayers(architecture);
  const shapes = new Map<string, readonly number[]>();
  shapes.set('model.embed_tokens.weight', [vocabularySize, hiddenSize]);
  for (let layer = 0; layer < architecture.layers; layer++) {
    const block = `model.layers.${layer}`;
    shapes.set(`${block}.input_layernorm.weight`, [hiddenSize]);
    for (const linear of linears) {
      if (linear.module === 'mlp.gate_proj') shapes.set(`${block}.post_attention_layernorm.weight`, [hiddenSize]);
      shapes.set(`${block}.${linear.module}.weight`, [linear.output, linear.input]);
      if (linear.bias) shapes.set(`${block}.${linear.module}.bias`, [linear.output]);
    }
    if (architecture.queryKeyNorm) {
      shapes.set(`${block}.self_attn.q_norm.weight`, [headSize]);
      shapes.set(`${block}.self_attn.k_norm.weight`, [headSize]);
    }
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!architecture.tiedEmbeddings) shapes.set('lm_head.weight', [vocabularySize, hiddenSize]);
  return shapes;
}

/**
 * The angle by which each pair of a head turns from one position to the next, in radians; headSize / 2 numbers. Pair i
 * is made of elements i and i + headSize / 2. theta^(-2i / headSize) (Su et al., arXiv 2104.09864); with llama3
 * scaling, wavelengths beyond originalContextTokens / lowFrequencyFactor are stretched by `factor`, those below
 * originalContextTokens / highFrequencyFactor are kept, and those between are blended.
 */
export function inverseFrequencies(architecture: Architecture): Float64Array {
  const { headSize, ropeTheta, ropeScaling: scaling } = architecture;
  return Float64Array.from({ length: headSize / 2 }, (_, pair) => {
    const frequency = ropeTheta ** ((-2 * pair) / headSize);
    if (scaling === undefined) return frequency;
    const turns = (scaling.originalContextTokens * frequency) / (2 * Math.PI);
    const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + ((1 - kept) * frequency) / scaling.factor;
  });
}
