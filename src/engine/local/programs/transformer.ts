/**
 * The forward pass of the Llama family, written once: every program (score, train, prefill, decode) is this with
 * another way to attend. Tokens of all sequences lie flat, [N, hidden]; only attention knows which belong together.
 */
import type { Architecture } from '../files/architecture.js';
import { product } from '../graph/dimension.js';
import { at, type Tensor } from '../graph/graph.js';
import {
  add,
  gatherRows,
  matmul,
  multiply,
  reshape,
  rmsNorm,
  rotary,
  silu,
  split,
  transpose,
} from '../graph/operations.js';
import type { WeightTensors } from './weight-inputs.js';

/**
 * x [N, in] times weight [out, in]^T + bias, its `out` columns cut into parts of `sizes`: [N, size] each.
 *
 * A product rearranges its right side, and weights are much larger than a few rows of x. So with few rows the product
 * is weight x^T, [out, N], turned afterwards: twice as fast with 16 rows. The turn has three axes, since ONNX Runtime
 * joins a transpose of two axes to the product that it follows, which undoes the exchange.
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
  const rows = at(x.shape, 0);
  const joint = matmul(weight, x, { transposeB: true });
  const whole = bias === undefined ? joint : add(joint, reshape(bias, [...bias.shape, 1]));
  return split(whole, 0, sizes).map((part) => {
    const size = at(part.shape, 0);
    return reshape(transpose(reshape(part, [size, rows, 1]), [1, 0, 2]), [rows, size]);
  });
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
  const added = bias === undefined ? undefined : weights.parameter(bias);
  const parts = times(x, weights.parameter(name), added, sizes, weights.fewRows);
  return parts.map((part, i) => {
    const adapter = weights.adapter(layers[i]?.[0] ?? '');
    if (adapter === undefined) return part;
    const inner = matmul(x, adapter.a, { transposeB: true });
    return add(part, matmul(inner, adapter.b, { transposeB: true, scale: adapter.scale }));
  });
}

/** The position of each token, and the tables of its rotation. */
export interface RotaryInputs {
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
  weights: WeightTensors,
  embedded: Tensor,
  rotaryInputs: RotaryInputs,
  attend: Attend,
): Tensor {
  const { positions, cosine, sine } = rotaryInputs;
  const turn = (x: Tensor, heads: number, norm: string, normed: boolean) => {
    if (!normed) return rotary(x, positions, cosine, sine, heads);
    const tokens = at(x.shape, 0);
    const perHead = rmsNorm(reshape(x, [product([tokens, heads]), a.headSize]), weights.parameter(norm), a.normEpsilon);
    return rotary(reshape(perHead, x.shape), positions, cosine, sine, heads);
  };
  let x = embedded;
  for (let layer = 0; layer < a.layers; layer++) {
    const to = `layers.${layer}`;
    const from = `model.layers.${layer}`;
    const attentionInput = rmsNorm(x, weights.parameter(`${to}.attentionNorm`), a.normEpsilon);
    const qkv = linear(attentionInput, weights, `${to}.qkv`, a.attentionBias.query ? `${to}.qkvBias` : undefined, [
      [`${from}.self_attn.q_proj`, a.heads * a.headSize],
      [`${from}.self_attn.k_proj`, a.keyValueHeads * a.headSize],
      [`${from}.self_attn.v_proj`, a.keyValueHeads * a.headSize],
    ]);
    const [query, key, value] = [at(qkv, 0), at(qkv, 1), at(qkv, 2)];
    const turnedQuery = turn(query, a.heads, `${to}.queryNorm`, a.queryKeyNorm);
    const turnedKey = turn(key, a.keyValueHeads, `${to}.keyNorm`, a.queryKeyNorm);
    const attended = attend(layer, turnedQuery, turnedKey, value);
    const mixed = linear(attended, weights, `${to}.output`, a.attentionBias.output ? `${to}.outputBias` : undefined, [
      [`${from}.self_attn.o_proj`, a.hiddenSize],
    ]);
    x = add(x, at(mixed, 0));
    const feedForwardInput = rmsNorm(x, weights.parameter(`${to}.feedForwardNorm`), a.normEpsilon);
    const gateUp = linear(feedForwardInput, weights, `${to}.gateUp`, undefined, [
      [`${from}.mlp.gate_proj`, a.feedForwardSize],
      [`${from}.mlp.up_proj`, a.feedForwardSize],
    ]);
    const gated = multiply(silu(at(gateUp, 0)), at(gateUp, 1));
    const down = linear(gated, weights, `${to}.down`, undefined, [[`${from}.mlp.down_proj`, a.hiddenSize]]);
    x = add(x, at(down, 0));
  }
  return x;
}

/** What the vocabulary is multiplied with: normed hidden states [M, hidden] / temperature (smaller than the logits). */
export function readout(a: Architecture, weights: WeightTensors, hidden: Tensor, inverseTemperature: Tensor): Tensor {
  return multiply(rmsNorm(hidden, weights.parameter('norm'), a.normEpsilon), inverseTemperature);
}

/** Logits / temperature [M, V] of hidden states [M, hidden]. `head` is the embedding where the two are tied. */
export function project(
  a: Architecture,
  weights: WeightTensors,
  hidden: Tensor,
  head: Tensor,
  inverseTemperature: Tensor,
): Tensor {
  const ready = readout(a, weights, hidden, inverseTemperature);
  return at(times(ready, head, undefined, [a.vocabularySize], weights.fewRows), 0);
}

export function embed(table: Tensor, ids: Tensor): Tensor {
  return gatherRows(table, ids);
}
