/**
 * The forward pass of the Llama family and its relatives, written once: every program (score, train, prefill, decode) is this with
 * another way to attend. Tokens of all sequences lie flat, [N, hidden]; only attention knows which belong together.
 */
import { type Architecture, isWindowed } from '../files/architecture.js';
import { traitsOf } from '../files/families.js';
import { product } from '../graph/dimension.js';
import { at, type Tensor } from '../graph/graph.js';
import {
  add,
  concat,
  constant,
  gatherRows,
  geluTanh,
  matmul,
  multiply,
  reshape,
  rmsNorm,
  rotary,
  scale,
  silu,
  softCap,
  split,
  transpose,
} from '../graph/operations.js';
import type { Adapter, RowCount, WeightTensors } from './weight-inputs.js';

/**
 * x [N, in] times weight [out, in]^T + bias, its `out` columns cut into parts of `sizes`: [N, size] each.
 *
 * A product rearranges its right side, and weights are much larger than a few rows of x. So with few rows the product
 * is weight x^T, [out, N], turned afterwards: twice as fast with 16 rows. The turn has three axes, since ONNX Runtime
 * joins a transpose of two axes to the product that it follows, which undoes the exchange. For one row it has a kernel
 * that reads weights as they lie.
 */
function times(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  sizes: readonly number[],
  count: RowCount,
): readonly Tensor[] {
  if (count !== 'few') {
    const joint = matmul(x, weight, { transposeB: true });
    return split(bias === undefined ? joint : add(joint, bias), 1, sizes);
  }
  const rows = at(x.shape, 0);
  const joint = matmul(weight, x, { transposeB: true });
  const whole = bias === undefined ? joint : add(joint, reshape(bias, [...bias.shape, 1]));
  return split(whole, 0, sizes).map((part) => {
    const size = at(part.shape, 0);
    return reshape(transpose(reshape(part, [size, rows, 1]), [1, 0, 2]), [rows, size]);
  });
}

/**
 * Layers of at least this many outputs are products of their own, where there are many rows: one product for all of
 * them is no faster, and cutting its result apart, and joining the gradients, costs 6 % of training.
 */
const WIDE = 256;

/** Outputs of layers whose biases lie one after the other in `bias`. */
function withBias(parts: readonly Tensor[], bias: Tensor | undefined, sizes: readonly number[]): readonly Tensor[] {
  if (bias === undefined) return parts;
  return split(bias, 0, sizes).map((own, i) => add(at(parts, i), own));
}

/** x [N, in] through the linear layers whose weights lie together in one parameter: one [N, out] each. */
function linear(
  x: Tensor,
  weights: WeightTensors,
  name: string,
  bias: string | undefined,
  layers: readonly (readonly [module: string, outputSize: number])[],
): readonly Tensor[] {
  const sizes = layers.map(([, size]) => size);
  const apart = layers.length > 1 && bias === undefined && weights.rows === 'many' && Math.min(...sizes) >= WIDE;
  const added = bias === undefined ? undefined : weights.parameter(bias);
  const held = weights.heldProduct(x, name);
  const integer = held === undefined ? weights.integerProducts(x, name) : undefined;
  const parts = held
    ? split(added === undefined ? held : add(held, added), 1, sizes)
    : integer
      ? withBias(integer, added, sizes)
      : apart
        ? weights.parts(name).map((weight) => matmul(x, weight, { transposeB: true }))
        : times(x, weights.parameter(name), added, sizes, weights.rows);
  const adapters = layers.map(([module]) => weights.adapter(module));
  const inner = throughA(x, adapters, weights.rows);
  return parts.map((part, i) => {
    const [adapter, own] = [adapters[i], inner[i]];
    if (adapter === undefined || own === undefined) return part;
    return add(part, matmul(own, adapter.b, { transposeB: true, scale: adapter.scale }));
  });
}

/**
 * x [N, in] through the A of each adapter: [N, rank]. With many rows they are one product, which takes hardly longer than
 * one of them.
 */
function throughA(
  x: Tensor,
  adapters: readonly (Adapter | undefined)[],
  rows: RowCount,
): readonly (Tensor | undefined)[] {
  const through = (a: Tensor) => matmul(x, a, { transposeB: true });
  const present = adapters.flatMap((adapter) => adapter?.a ?? []);
  if (rows !== 'many' || present.length < 2) return adapters.map((adapter) => adapter && through(adapter.a));
  const ranks = present.map((a) => at(a.shape, 0));
  const parts = split(through(concat(present, 0)), 1, ranks);
  return adapters.map((adapter) => adapter && parts[present.indexOf(adapter.a)]);
}

/** As `linear`; where `fused` is given, the layers are one module, which an adapter changes as one. */
function jointly(
  x: Tensor,
  weights: WeightTensors,
  name: string,
  bias: string | undefined,
  layers: readonly (readonly [module: string, outputSize: number])[],
  fused: string | undefined,
): readonly Tensor[] {
  if (fused === undefined) return linear(x, weights, name, bias, layers);
  const sizes = layers.map(([, size]) => size);
  const whole = linear(x, weights, name, bias, [[fused, sizes.reduce((sum, size) => sum + size, 0)]]);
  return split(at(whole, 0), 1, sizes);
}

/** Tables of a rotation, [P, headSize / 2]. */
interface RotaryTables {
  readonly cosine: Tensor;
  readonly sine: Tensor;
}

/** The position of each token, and the tables of its rotation. */
export interface RotaryInputs extends RotaryTables {
  /** int64 [N], or [B, T] where what is rotated lies by heads. */
  readonly positions: Tensor;
  /** For windowed layers, where their rotation is another. */
  readonly local?: RotaryTables;
}

/** q [N, heads * headSize], k and v [N, keyValueHeads * headSize] of a layer -> [N, heads * headSize]. */
export type Attend = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** How a program attends. */
export interface Attention {
  /** Lays q, k and v by heads, [B, heads, T, headSize], before they are rotated, and so `attend` gets them. */
  readonly byHeads?: (parts: readonly Tensor[]) => readonly Tensor[];
  readonly attend: Attend;
}

/** RMS norm by a parameter, which in some families holds the difference to 1. */
function normOf(a: Architecture, weights: WeightTensors, x: Tensor, name: string): Tensor {
  const weight = weights.parameter(name);
  const factor = traitsOf(a.family).normsAddOne ? add(weight, constant(x.graph, 1)) : weight;
  return rmsNorm(x, factor, a.normEpsilon);
}

/** Query or key, normed and rotated as the layer has it. */
function turned(
  a: Architecture,
  weights: WeightTensors,
  { positions, local, ...tables }: RotaryInputs,
  layer: number,
  [x, heads, norm]: readonly [Tensor, number, string],
): Tensor {
  const { cosine, sine } = (isWindowed(a, layer) ? local : undefined) ?? tables;
  const turn = (y: Tensor) => (a.unrotated?.[layer] === true ? y : rotary(y, positions, cosine, sine, heads));
  if (!a.queryKeyNorm || isNormedWhole(a)) return turn(x);
  const perHead = x.shape.length === 4 ? x : reshape(x, [product([at(x.shape, 0), heads]), a.headSize]);
  return turn(reshape(normOf(a, weights, perHead, norm), x.shape));
}

/** Whether queries and keys are normed over all heads at once. */
const isNormedWhole = ({ family, queryKeyNorm }: Architecture): boolean =>
  queryKeyNorm === true && traitsOf(family).queryKeyNorm === 'of all heads';

/** What the layers make of embedded tokens: hidden states, and what went into each layer, [N, hidden]. */
interface Layers {
  readonly hidden: Tensor;
  readonly inputs: readonly Tensor[];
}

/**
 * All layers: embedded tokens [N, hidden] -> [M, hidden] of the tokens at `chosen` [M], before the last norm; of all N
 * without it. In the last layer only keys and values are needed of the others, so what follows attention there is
 * computed for the chosen tokens alone.
 */
export function transformerLayers(
  a: Architecture,
  weights: WeightTensors,
  embedded: Tensor,
  rotaryInputs: RotaryInputs,
  { byHeads = (parts) => parts, attend }: Attention,
  chosen?: Tensor,
): Layers {
  const { norms = 'before', fused, gelu } = traitsOf(a.family);
  const [queries, keys] = [a.heads * a.headSize, a.keyValueHeads * a.headSize];
  const activation = gelu === undefined ? silu : geluTanh;
  // Where norms stand: on what goes into attention and feed-forward layers, or on what comes out of them.
  const into = (x: Tensor, name: string) => (norms === 'after' ? x : normOf(a, weights, x, name));
  const outOf = (x: Tensor, name: string) => {
    const result = norms === 'before' ? x : normOf(a, weights, x, name);
    return a.residualScale === undefined ? result : scale(result, a.residualScale);
  };
  let x = a.embeddingScale === undefined ? embedded : scale(embedded, a.embeddingScale);
  const inputs: Tensor[] = [];
  for (let layer = 0; layer < a.layers; layer++) {
    inputs.push(x);
    const to = `layers.${layer}`;
    const from = `model.layers.${layer}`;
    const qkv = jointly(
      into(x, `${to}.attentionNorm`),
      weights,
      `${to}.qkv`,
      a.attentionBias.query ? `${to}.qkvBias` : undefined,
      [
        [`${from}.self_attn.q_proj`, queries],
        [`${from}.self_attn.k_proj`, keys],
        [`${from}.self_attn.v_proj`, keys],
      ],
      fused ? `${from}.self_attn.qkv_proj` : undefined,
    );
    const [queryNorm, keyNorm] = [`${to}.queryNorm`, `${to}.keyNorm`];
    const whole = (i: number, norm: string) => (isNormedWhole(a) ? normOf(a, weights, at(qkv, i), norm) : at(qkv, i));
    const parts = byHeads([whole(0, queryNorm), whole(1, keyNorm), at(qkv, 2)]);
    const query = turned(a, weights, rotaryInputs, layer, [at(parts, 0), a.heads, queryNorm]);
    const key = turned(a, weights, rotaryInputs, layer, [at(parts, 1), a.keyValueHeads, keyNorm]);
    let attended = attend(layer, query, key, at(parts, 2));
    if (chosen !== undefined && layer === a.layers - 1) {
      attended = gatherRows(attended, chosen);
      x = gatherRows(x, chosen);
    }
    const mixed = linear(attended, weights, `${to}.output`, a.attentionBias.output ? `${to}.outputBias` : undefined, [
      [`${from}.self_attn.o_proj`, a.hiddenSize],
    ]);
    x = add(x, outOf(at(mixed, 0), `${to}.attentionOutputNorm`));
    const gateUp = jointly(
      into(x, `${to}.feedForwardNorm`),
      weights,
      `${to}.gateUp`,
      undefined,
      [
        [`${from}.mlp.gate_proj`, a.feedForwardSize],
        [`${from}.mlp.up_proj`, a.feedForwardSize],
      ],
      fused ? `${from}.mlp.gate_up_proj` : undefined,
    );
    const gated = multiply(activation(at(gateUp, 0)), at(gateUp, 1));
    const down = linear(gated, weights, `${to}.down`, undefined, [[`${from}.mlp.down_proj`, a.hiddenSize]]);
    x = add(x, outOf(at(down, 0), `${to}.feedForwardOutputNorm`));
  }
  return { hidden: x, inputs };
}

/** Hidden states after the last norm, scaled as logits are. */
export function normed(a: Architecture, weights: WeightTensors, hidden: Tensor): Tensor {
  const result = normOf(a, weights, hidden, 'norm');
  return a.logitScale === undefined ? result : scale(result, a.logitScale);
}

/** What the vocabulary is multiplied with: normed hidden states [M, hidden] / temperature (smaller than the logits). */
export function readout(a: Architecture, weights: WeightTensors, hidden: Tensor, inverseTemperature: Tensor): Tensor {
  return multiply(normed(a, weights, hidden), inverseTemperature);
}

/** Logits / temperature [M, V] of hidden states [M, hidden]. `head` is the embedding where the two are tied. */
export function project(
  a: Architecture,
  weights: WeightTensors,
  hidden: Tensor,
  head: Tensor,
  inverseTemperature: Tensor,
): Tensor {
  const logits = (ready: Tensor) =>
    weights.heldProduct(ready, 'head') ?? at(times(ready, head, undefined, [a.vocabularySize], weights.rows), 0);
  if (a.logitCap === undefined) return logits(readout(a, weights, hidden, inverseTemperature));
  return multiply(softCap(logits(normed(a, weights, hidden)), a.logitCap), inverseTemperature);
}

export function embed(table: Tensor, ids: Tensor): Tensor {
  return gatherRows(table, ids);
}
