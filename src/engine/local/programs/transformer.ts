/**
 * The forward pass of the Llama family, written once: every program (score, train, prefill, decode) is this with another
 * way to attend. Tokens of all sequences lie flat, [N, hidden]; only attention knows which belong together.
 */
import type { AdaptableLayer } from '../files/adapter.js';
import type { Architecture } from '../files/architecture.js';
import { type Dimension, product, type Shape } from '../graph/dimension.js';
import { type Graph, GraphError, type Tensor } from '../graph/graph.js';
import {
  add,
  concat,
  constant,
  gatherRows,
  matmul,
  multiply,
  reduceSum,
  reshape,
  rmsNorm,
  rotary,
  silu,
  softmax,
  split,
  transpose,
} from '../graph/operations.js';
import type { Parameter } from '../weights/parameters.js';

/** The trained parts of a graph: weights as inputs, by parameter name, and adapters by module name. */
export interface Weights {
  readonly parameter: (name: string) => Tensor;
  /** A [rank, in] and B [out, rank] of an adapted linear layer, with the factor alpha / rank. */
  readonly adapter: (module: string) => { readonly a: Tensor; readonly b: Tensor; readonly scale: number } | undefined;
  /** Whether the program runs on at most FEW_ROWS rows: see `times`. */
  readonly fewRows: boolean;
}

/** Up to here, products with the weights on the left are the faster ones (docs/performance.md). */
export const FEW_ROWS = 64;

/** Declares a graph's weight inputs. */
export function weightInputs(
  graph: Graph,
  parameters: readonly Parameter[],
  adapted: { readonly layers: readonly AdaptableLayer[]; readonly rank: number; readonly scale: number } | undefined,
  fewRows: boolean,
): Weights {
  const known = new Map(parameters.map(({ name, shape }) => [name, graph.input(name, shape)]));
  const adapters = new Map(
    adapted?.layers.map(({ module, inputSize, outputSize }) => {
      const a = graph.input(`${module}.lora_A`, [adapted.rank, inputSize]);
      const b = graph.input(`${module}.lora_B`, [outputSize, adapted.rank]);
      return [module, { a, b, scale: adapted.scale }];
    }),
  );
  return {
    parameter(name) {
      const tensor = known.get(name);
      if (tensor === undefined) throw new GraphError(`the architecture has no parameter ${name}`);
      return tensor;
    },
    adapter: (module) => adapters.get(module),
    fewRows,
  };
}

/**
 * x [N, in] times weight [out, in]^T + bias, its `out` columns cut into parts of `sizes`: [N, size] each.
 *
 * A product rearranges its right side, and weights are much larger than a few rows of x. So with few rows the product is
 * weight x^T, [out, N], turned afterwards: twice as fast with 16 rows. The turn has three axes, since ONNX Runtime joins
 * a transpose of two axes to the product that it follows, which undoes the exchange.
 */
function times(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  sizes: readonly number[],
  fewRows: boolean,
): readonly Tensor[] {
  if (!fewRows) {
    const joint = matmul(x, weight, { transposeB: true });
    return split(bias === undefined ? joint : add(joint, bias), 1, sizes);
  }
  const [rows] = x.shape as [Dimension];
  const joint = matmul(weight, x, { transposeB: true });
  const whole = bias === undefined ? joint : add(joint, reshape(bias, [...bias.shape, 1]));
  return split(whole, 0, sizes).map((part) => {
    const [size] = part.shape as [number];
    return reshape(transpose(reshape(part, [size, rows, 1]), [1, 0, 2]), [rows, size]);
  });
}

/** x [N, in] through the linear layers whose weights lie together in one parameter: one [N, out] each. */
function linear(
  x: Tensor,
  weights: Weights,
  name: string,
  bias: string | undefined,
  layers: readonly (readonly [module: string, outputSize: number])[],
): readonly Tensor[] {
  const sizes = layers.map(([, size]) => size);
  const added = bias === undefined ? undefined : weights.parameter(bias);
  const parts = times(x, weights.parameter(name), added, sizes, weights.fewRows);
  return parts.map((part, i) => {
    const adapter = weights.adapter(layers[i]?.[0] ?? '');
    if (adapter === undefined) return part;
    const inner = matmul(x, adapter.a, { transposeB: true });
    return add(part, matmul(inner, adapter.b, { transposeB: true, scale: adapter.scale }));
  });
}

/** Where each token stands, and the tables of its rotation. */
export interface Places {
  /** [N] int64. */
  readonly positions: Tensor;
  /** [P, headSize / 2]. */
  readonly cosine: Tensor;
  readonly sine: Tensor;
}

/** q [N, heads * headSize], k and v [N, keyValueHeads * headSize] of a layer -> [N, heads * headSize]. */
export type Attend = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** All layers: embedded tokens [N, hidden] -> [N, hidden], before the last norm. */
export function transformerLayers(
  a: Architecture,
  weights: Weights,
  embedded: Tensor,
  places: Places,
  attend: Attend,
): Tensor {
  const turn = (x: Tensor, heads: number, norm: string, normed: boolean) => {
    if (!normed) return rotary(x, places.positions, places.cosine, places.sine, heads);
    const [tokens] = x.shape as [Dimension];
    const perHead = rmsNorm(reshape(x, [product([tokens, heads]), a.headSize]), weights.parameter(norm), a.normEpsilon);
    return rotary(reshape(perHead, x.shape), places.positions, places.cosine, places.sine, heads);
  };
  let x = embedded;
  for (let layer = 0; layer < a.layers; layer++) {
    const to = `layers.${layer}`;
    const from = `model.layers.${layer}`;
    const attentionInput = rmsNorm(x, weights.parameter(`${to}.attentionNorm`), a.normEpsilon);
    const [query, key, value] = linear(
      attentionInput,
      weights,
      `${to}.qkv`,
      a.attentionBias.query ? `${to}.qkvBias` : undefined,
      [
        [`${from}.self_attn.q_proj`, a.heads * a.headSize],
        [`${from}.self_attn.k_proj`, a.keyValueHeads * a.headSize],
        [`${from}.self_attn.v_proj`, a.keyValueHeads * a.headSize],
      ],
    ) as [Tensor, Tensor, Tensor];
    const turnedQuery = turn(query, a.heads, `${to}.queryNorm`, a.queryKeyNorm);
    const turnedKey = turn(key, a.keyValueHeads, `${to}.keyNorm`, a.queryKeyNorm);
    const attended = attend(layer, turnedQuery, turnedKey, value);
    const [mixed] = linear(attended, weights, `${to}.output`, a.attentionBias.output ? `${to}.outputBias` : undefined, [
      [`${from}.self_attn.o_proj`, a.hiddenSize],
    ]) as [Tensor];
    x = add(x, mixed);
    const feedForwardInput = rmsNorm(x, weights.parameter(`${to}.feedForwardNorm`), a.normEpsilon);
    const [gate, up] = linear(feedForwardInput, weights, `${to}.gateUp`, undefined, [
      [`${from}.mlp.gate_proj`, a.feedForwardSize],
      [`${from}.mlp.up_proj`, a.feedForwardSize],
    ]) as [Tensor, Tensor];
    const [down] = linear(multiply(silu(gate), up), weights, `${to}.down`, undefined, [
      [`${from}.mlp.down_proj`, a.hiddenSize],
    ]) as [Tensor];
    x = add(x, down);
  }
  return x;
}

/** What the vocabulary is multiplied with: normed hidden states [M, hidden] / temperature (smaller than the logits). */
export function readout(a: Architecture, weights: Weights, hidden: Tensor, inverseTemperature: Tensor): Tensor {
  return multiply(rmsNorm(hidden, weights.parameter('norm'), a.normEpsilon), inverseTemperature);
}

/** Logits / temperature [M, V] of hidden states [M, hidden]. `head` is the embedding where the two are tied. */
export function project(
  a: Architecture,
  weights: Weights,
  hidden: Tensor,
  head: Tensor,
  inverseTemperature: Tensor,
): Tensor {
  const ready = readout(a, weights, hidden, inverseTemperature);
  const [logits] = times(ready, head, undefined, [a.vocabularySize], weights.fewRows) as [Tensor];
  return logits;
}

export function embed(table: Tensor, ids: Tensor): Tensor {
  return gatherRows(table, ids);
}

/** How tokens lie: `groups` prompts, `rows` sequences in each, `tokens` in each sequence. */
export interface Layout {
  readonly groups: Dimension;
  readonly rows: Dimension;
  readonly tokens: Dimension;
}

/** Keys and values that queries may look at. */
export interface Memory {
  /** One per sequence [G, K, S, L, headSize], or shared by a group [G, K, L, headSize]. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** Added to the scores [G, K, S, heads per key * tokens, L]; absent where everything may be seen. */
  readonly bias?: Tensor;
}

/** [G*S*T, K*R*headSize] -> [G, K, S, R*T, headSize] (R query heads share a key head; R = 1 for keys and values). */
export function headsFirst(x: Tensor, layout: Layout, keyValueHeads: number, headSize: number): Tensor {
  const { groups, rows, tokens } = layout;
  const sharing = Number(x.shape[1]) / (keyValueHeads * headSize);
  const lead: Shape = [groups, keyValueHeads, rows];
  if (tokens === 1) {
    const byRow = reshape(x, [groups, rows, keyValueHeads, sharing, headSize]);
    return transpose(byRow, [0, 2, 1, 3, 4]);
  }
  if (sharing === 1) {
    const byToken = reshape(x, [groups, rows, tokens, keyValueHeads, headSize]);
    return transpose(byToken, [0, 3, 1, 2, 4]);
  }
  const byToken = reshape(x, [groups, rows, tokens, keyValueHeads, sharing, headSize]);
  return reshape(transpose(byToken, [0, 3, 1, 4, 2, 5]), [...lead, product([sharing, tokens]), headSize]);
}

function tokensFirst(x: Tensor, layout: Layout, keyValueHeads: number, sharing: number, headSize: number): Tensor {
  const { groups, rows, tokens } = layout;
  const flat: Shape = [product([groups, rows, tokens]), keyValueHeads * sharing * headSize];
  const split = reshape(x, [groups, keyValueHeads, rows, sharing, tokens, headSize]);
  return reshape(transpose(split, [0, 2, 4, 1, 3, 5]), flat);
}

/**
 * Softmax attention of queries (headsFirst form) over one or more memories at once:
 * softmax over their joint length of q k^T / sqrt(headSize) + bias, times the values. `jointBias` is one for all memories.
 */
export function attention(
  query: Tensor,
  memories: readonly Memory[],
  layout: Layout,
  keyValueHeads: number,
  headSize: number,
  jointBias?: Tensor,
): Tensor {
  const [groups, heads, rows, width] = query.shape as [Dimension, Dimension, Dimension, Dimension];
  const together = reshape(query, [groups, heads, product([rows, width]), headSize]);
  const scale = 1 / Math.sqrt(headSize);
  const scores = memories.map(({ keys, bias }) => {
    const own = keys.shape.length === 5;
    if (isSingle(keys)) return multiply(reduceSum(multiply(query, keys), [4]), constant(query.graph, scale));
    const raw = matmul(own ? query : together, keys, { transposeB: true, scale });
    const perRow = own ? raw : reshape(raw, [groups, heads, rows, width, keys.shape[2] as Dimension]);
    return bias === undefined ? perRow : add(perRow, bias);
  });
  const lengths = scores.map((score) => score.shape[4] as Dimension);
  const joint = concat(scores, 4);
  const shares = split(softmax(jointBias === undefined ? joint : add(joint, jointBias)), 4, lengths);
  const mixed = memories.map(({ values }, i) => {
    const share = shares[i];
    if (share === undefined) throw new GraphError('attention lost a memory');
    if (isSingle(values)) return multiply(share, values);
    if (values.shape.length === 5) return matmul(share, values);
    const flat = reshape(share, [groups, heads, product([rows, width]), lengths[i] as Dimension]);
    return reshape(matmul(flat, values), [groups, heads, rows, width, headSize]);
  });
  const sharing = layout.tokens === 1 ? Number(width) : undefined;
  const total = mixed.reduce((sum, part) => add(sum, part));
  return tokensFirst(total, layout, keyValueHeads, sharing ?? sharingOf(width, layout.tokens), headSize);
}

/** One place a sequence, as a decoded token is to itself: products with a single row or column, which kernels of products are slow at. */
const isSingle = (x: Tensor): boolean => x.shape.length === 5 && x.shape[3] === 1;

/** How many query heads share a key head, from the joint width sharing * tokens. */
function sharingOf(width: Dimension, tokens: Dimension): number {
  for (let sharing = 1; sharing <= 256; sharing++) if (product([sharing, tokens]) === width) return sharing;
  throw new GraphError(`${width} is no multiple of ${tokens}`);
}
