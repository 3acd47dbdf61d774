/**
 * A decoder-only transformer of the Llama family and its relatives as plain data, and the shapes of its parameters.
 */
import { type Family, traitsOf } from './families.js';
import type { JsonObject } from './json.js';
import type { Rope } from './rope.js';

/** The number types of weight files that are read and written. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** Everything that the graph of a model depends on. What is absent is as in Llama. */
export interface Architecture extends Rope {
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
  /** The vocabulary projection is the embedding table; then there is no lm_head.weight. */
  readonly tiedEmbeddings: boolean;
  readonly attentionBias: {
    readonly query: boolean;
    readonly key: boolean;
    readonly value: boolean;
    readonly output: boolean;
  };
  /** An RMS norm over query and key before the rotation: of each head, or, as the family says, of all together. */
  readonly queryKeyNorm: boolean;
  /** Layers that attend to the latest `tokens` tokens only, the current one among them: `layers[l]` of layer l. */
  readonly window?: { readonly tokens: number; readonly layers: readonly boolean[] };
  /** The rotation of windowed layers, where it is another. */
  readonly localRope?: Rope;
  /** Layers whose queries and keys are not rotated: `[l]` of layer l. */
  readonly unrotated?: readonly boolean[];
  /** What embeddings are multiplied by. */
  readonly embeddingScale?: number;
  /** What products of queries and keys are multiplied by, where it is not 1 / sqrt(headSize). */
  readonly attentionScale?: number;
  /** What attention and feed-forward layers are multiplied by before they are added. */
  readonly residualScale?: number;
  /** What logits are multiplied by. */
  readonly logitScale?: number;
  /** Scores of attention become cap * tanh(score / cap). */
  readonly attentionCap?: number;
  /** Logits become cap * tanh(logit / cap). */
  readonly logitCap?: number;
  /** The number type that config.json announces; the files themselves decide how they are read. */
  readonly declaredType?: FloatType;
  /** config.json as it was read, for writing back. */
  readonly raw: JsonObject;
  /** Its keys with whole numbers that were written as floats. */
  readonly floatKeys?: readonly string[];
}

/** Whether a layer attends to a window only. */
export const isWindowed = ({ window }: Architecture, layer: number): boolean => window?.layers[layer] === true;

/** A tensor of a block: its name within the block, and its shape. */
type BlockTensor = readonly [name: string, shape: readonly number[]];

/** The tensors of one block, in the order of the computation. */
function blockTensors(architecture: Architecture): readonly BlockTensor[] {
  const { hiddenSize, feedForwardSize, headSize, heads, keyValueHeads, attentionBias, family } = architecture;
  const { norms = 'before', queryKeyNorm, fused } = traitsOf(family);
  const [queries, keys] = [heads * headSize, keyValueHeads * headSize];
  const linear = (module: string, input: number, output: number, bias = false): BlockTensor[] => [
    [`${module}.weight`, [output, input]],
    ...(bias ? [[`${module}.bias`, [output]] as const] : []),
  ];
  const norm = (name: string, size = hiddenSize): BlockTensor => [`${name}.weight`, [size]];
  const ofAll = queryKeyNorm === 'of all heads';
  return [
    ...(norms === 'after' ? [] : [norm('input_layernorm')]),
    ...(fused
      ? linear('self_attn.qkv_proj', hiddenSize, queries + 2 * keys)
      : [
          ...linear('self_attn.q_proj', hiddenSize, queries, attentionBias.query),
          ...linear('self_attn.k_proj', hiddenSize, keys, attentionBias.key),
          ...linear('self_attn.v_proj', hiddenSize, keys, attentionBias.value),
        ]),
    ...(architecture.queryKeyNorm
      ? [norm('self_attn.q_norm', ofAll ? queries : headSize), norm('self_attn.k_norm', ofAll ? keys : headSize)]
      : []),
    ...linear('self_attn.o_proj', queries, hiddenSize, attentionBias.output),
    norm('post_attention_layernorm'),
    ...(norms === 'before and after' ? [norm('pre_feedforward_layernorm')] : []),
    ...(fused
      ? linear('mlp.gate_up_proj', hiddenSize, 2 * feedForwardSize)
      : [
          ...linear('mlp.gate_proj', hiddenSize, feedForwardSize),
          ...linear('mlp.up_proj', hiddenSize, feedForwardSize),
        ]),
    ...linear('mlp.down_proj', feedForwardSize, hiddenSize),
    ...(norms === 'before' ? [] : [norm('post_feedforward_layernorm')]),
  ];
}

/**
 * Every parameter by its Hugging Face name, with its shape, in the order of the computation. Matrices are [output,
 * input].
 */
export function parameterShapes(architecture: Architecture): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize, vocabularySize } = architecture;
  const block = blockTensors(architecture);
  const shapes = new Map<string, readonly number[]>();
  shapes.set('model.embed_tokens.weight', [vocabularySize, hiddenSize]);
  for (let layer = 0; layer < architecture.layers; layer++)
    for (const [name, shape] of block) shapes.set(`model.layers.${layer}.${name}`, shape);
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!architecture.tiedEmbeddings) shapes.set('lm_head.weight', [vocabularySize, hiddenSize]);
  return shapes;
}
