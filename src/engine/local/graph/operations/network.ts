/** What transformers are made of. */

import { product, sameShape } from '../dimension.js';
import { at, type Node, type Operation, type Tensor } from '../graph.js';
import { add, constant, meanOfLast, multiply, power, reduceSum, subtract, sumTo, unary } from './arithmetic.js';
import { reshape } from './layout.js';
import { columnOf, first, float, flowing, input, names, namesOf, out } from './node.js';

function softmaxGradient(node: Node, gradient: Tensor): Tensor {
  const y = first(node.outputs);
  return multiply(y, subtract(gradient, reduceSum(multiply(gradient, y), [y.shape.length - 1])));
}

const softmaxOperation = unary<object>(
  'softmax',
  (emitter, node) => emitter.node('Softmax', names(node), [out(node)], { axis: -1 }),
  softmaxGradient,
);
/** Over the last axis. */
export const softmax = (x: Tensor): Tensor => first(x.graph.apply(softmaxOperation, [x], {}));

/**
 * How far below the first score of a row the floor lies: exp(-60) is 9e-27, which changes no sum of float32. Of scores in the
 * millions it is a share of them, since of larger ones float32 has no neighbours 60 apart.
 */
const BELOW_FIRST = 60;
const SHARE_BELOW_FIRST = 2 ** -16;

const maskedSoftmaxOperation = unary<object>(
  'maskedSoftmax',
  (emitter, node) => {
    const [scores] = namesOf(node.inputs, 1);
    const ready = () => {
      const [zero, one, last] = [emitter.integers([0]), emitter.integers([1]), emitter.integers([-1])];
      const start = emitter.value('Slice', [scores, zero, one, last]);
      const share = emitter.value('Mul', [emitter.value('Abs', [start]), emitter.float(SHARE_BELOW_FIRST)]);
      const below = emitter.value('Max', [share, emitter.float(BELOW_FIRST)]);
      return emitter.value('Max', [scores, emitter.value('Sub', [start, below])]);
    };
    emitter.node('Softmax', [emitter.floors ? ready() : scores], [out(node)], { axis: -1 });
  },
  softmaxGradient,
);
/**
 * Softmax over the last axis of scores of which many are masked: far below any other. Where the session asks for it, no score is
 * lower than 60 (or a share of it) below the first one of its row, which is at most the largest. Shares are the same then, but
 * exponentials stay in the normal range of float32, below which some processors are slow. A row whose first score is masked
 * is as without a floor.
 */
export const maskedSoftmax = (x: Tensor): Tensor => first(x.graph.apply(maskedSoftmaxOperation, [x], {}));

const rmsNormOperation: Operation<{ readonly epsilon: number }> = {
  name: 'rmsNorm',
  types([x, weight]) {
    if (x === undefined || weight === undefined || typeof x.shape.at(-1) !== 'number') return 'takes x and a weight';
    return sameShape(weight.shape, x.shape.slice(-1))
      ? float(x.shape)
      : 'the weight must have the size of the last axis';
  },
  emit(emitter, node) {
    const [x, weight] = namesOf(node.inputs, 2);
    const { epsilon } = node.attributes;
    if (emitter.dialect !== 'portable') {
      emitter.node('SimplifiedLayerNormalization', [x, weight], [out(node)], { axis: -1, epsilon: { float: epsilon } });
      return;
    }
    const square = emitter.value('Mul', [x, x]);
    const mean = emitter.value('ReduceMean', [square, emitter.integers([-1])], { keepdims: 1 });
    const root = emitter.value('Sqrt', [emitter.value('Add', [mean, emitter.float(epsilon)])]);
    emitter.node('Mul', [emitter.value('Div', [x, root]), weight], [out(node)]);
  },
  derivative(node, gradients, wanted) {
    // y = w x r with r = (mean(x^2) + eps)^(-1/2):  dx = r (g w) - x r^3 mean(g w x),  dw = sum g x r.
    const gradient = flowing(gradients);
    const [x, weight] = [input(node, 0), input(node, 1)];
    const { graph } = x;
    const r = power(add(meanOfLast(multiply(x, x)), constant(graph, node.attributes.epsilon)), -0.5);
    const ofX = () => {
      const weighted = multiply(gradient, weight);
      const pull = multiply(meanOfLast(multiply(weighted, x)), multiply(r, multiply(r, r)));
      return subtract(multiply(weighted, r), multiply(x, pull));
    };
    const ofWeight = () => sumTo(multiply(gradient, multiply(x, r)), weight.shape);
    return [wanted[0] ? ofX() : undefined, wanted[1] ? ofWeight() : undefined];
  },
};
/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis (Zhang and Sennrich, arXiv 1910.07467). */
export const rmsNorm = (x: Tensor, weight: Tensor, epsilon: number): Tensor =>
  first(x.graph.apply(rmsNormOperation, [x, weight], { epsilon }));

export interface RotaryAttributes {
  readonly heads: number;
  readonly inverse: boolean;
}

const rotaryOperation: Operation<RotaryAttributes> = {
  name: 'rotary',
  types([x, positions, cosine, sine], { heads }) {
    if (x === undefined || positions === undefined || cosine === undefined || sine === undefined)
      return 'takes x, positions, cosine, sine';
    if (!sameShape(cosine.shape, sine.shape)) return 'the tables must have one size';
    const headSize = product([2, at(cosine.shape, 1)]);
    const flat = positions.shape.length === 1;
    const lead = flat ? [...positions.shape, 1] : [at(positions.shape, 0), heads, at(positions.shape, 1)];
    return sameShape(x.shape, [...lead, flat ? product([heads, headSize]) : headSize])
      ? float(x.shape)
      : 'takes x [N, 1, heads * headSize] and N positions, or [B, heads, T, headSize] and [B, T], and tables of half a head';
  },
  emit(emitter, node) {
    const [x, positions, cosine, sine] = namesOf(node.inputs, 4);
    const { heads, inverse } = node.attributes;
    const sines = inverse ? emitter.value('Neg', [sine]) : sine;
    const half = Number(input(node, 2).shape[1]);
    const flat = input(node, 1).shape.length === 1;
    if (emitter.dialect !== 'portable') {
      const batch = [x, flat ? columnOf(emitter, positions) : positions, cosine, sines];
      emitter.node('com.microsoft:RotaryEmbedding', batch, [out(node)], { num_heads: heads, interleaved: 0 });
      return;
    }
    const middle = emitter.integers([1]);
    const c = emitter.value('Unsqueeze', [emitter.value('Gather', [cosine, positions], { axis: 0 }), middle]);
    const s = emitter.value('Unsqueeze', [emitter.value('Gather', [sines, positions], { axis: 0 }), middle]);
    const byHead = flat ? emitter.value('Reshape', [x, emitter.integers([-1, heads, 2 * half])]) : x;
    const axis = flat ? 2 : 3;
    const part = (from: number) =>
      emitter.value('Slice', [
        byHead,
        emitter.integers([from]),
        emitter.integers([from + half]),
        emitter.integers([axis]),
      ]);
    const [lower, upper] = [part(0), part(half)];
    const left = emitter.value('Sub', [emitter.value('Mul', [lower, c]), emitter.value('Mul', [upper, s])]);
    const right = emitter.value('Add', [emitter.value('Mul', [upper, c]), emitter.value('Mul', [lower, s])]);
    if (!flat) {
      emitter.node('Concat', [left, right], [out(node)], { axis });
      return;
    }
    const joined = emitter.value('Concat', [left, right], { axis });
    emitter.node('Reshape', [joined, emitter.integers([-1, 1, heads * 2 * half])], [out(node)]);
  },
  derivative(node, gradients) {
    // A rotation's transpose is the rotation by the opposite angle.
    const { heads, inverse } = node.attributes;
    const [positions, cosine, sine] = [input(node, 1), input(node, 2), input(node, 3)];
    const turned = positions.graph.apply(rotaryOperation, [flowing(gradients), positions, cosine, sine], {
      heads,
      inverse: !inverse,
    });
    return [first(turned), undefined, undefined, undefined];
  },
};
/**
 * Rotary position embedding (Su et al., arXiv 2104.09864), halves convention of Llama: x [N, heads * headSize] and
 * positions [N], or x [B, heads, T, headSize] and positions [B, T]; tables of cosines and sines [P, headSize / 2] by
 * position, where ONNX Runtime's kernel wants no T above P.
 */
export const rotary = (x: Tensor, positions: Tensor, cosine: Tensor, sine: Tensor, heads: number): Tensor => {
  const turned = (y: Tensor) =>
    first(x.graph.apply(rotaryOperation, [y, positions, cosine, sine], { heads, inverse: false }));
  if (positions.shape.length === 2) return turned(x);
  // A batch of single tokens.
  return reshape(turned(reshape(x, [at(x.shape, 0), 1, at(x.shape, 1)])), x.shape);
};

/** This part of the table. */
export const networkOperations = {
  softmax: softmaxOperation,
  maskedSoftmax: maskedSoftmaxOperation,
  rmsNorm: rmsNormOperation,
  rotary: rotaryOperation,
};
