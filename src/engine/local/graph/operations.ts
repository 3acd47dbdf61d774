/**
 * The table of operations: for each its shape rule, the ONNX nodes that compute it and its reverse-mode derivative.
 * Adding an operation is one more entry here, with a function that applies it.
 */
import { broadcast, type Dimension, product, type Shape, sameShape, showShape, sum } from './dimension.js';
import { type Graph, GraphError, type Node, type Operation, type Tensor, type TensorType } from './graph.js';

const float = (shape: Shape): readonly TensorType[] => [{ elements: 'float32', shape }];
const nameOf = (tensor: Tensor | undefined): string => {
  if (tensor === undefined) throw new GraphError('a node misses an input or output');
  return tensor.name;
};
const names = (node: { readonly inputs: readonly Tensor[] }) => node.inputs.map((input) => input.name);
const out = (node: { readonly outputs: readonly Tensor[] }): string => nameOf(node.outputs[0]);
const flowing = (gradients: readonly (Tensor | undefined)[]): Tensor => {
  const [gradient] = gradients;
  if (gradient === undefined) throw new GraphError('a derivative was asked for without a gradient');
  return gradient;
};
const first = (tensors: readonly Tensor[]): Tensor => {
  const [tensor] = tensors;
  if (tensor === undefined) throw new GraphError('an operation has no output');
  return tensor;
};
const input = (node: { readonly inputs: readonly Tensor[] }, index: number): Tensor => {
  const tensor = node.inputs[index];
  if (tensor === undefined) throw new GraphError(`a node has no input ${index}`);
  return tensor;
};

/** Sums a gradient over the axes along which its tensor was broadcast. */
function sumTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? gradient : reduceSum(gradient, axes);
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}

// Elementwise, with NumPy's broadcasting -----------------------------------------------------------------------------

type BinaryRule = (node: Node<object>, gradient: Tensor) => readonly [() => Tensor, () => Tensor];

function binary(name: string, type: string, rule: BinaryRule): Operation<object> {
  return {
    name,
    types([a, b]) {
      if (a === undefined || b === undefined) return 'takes two tensors';
      const shape = broadcast(a.shape, b.shape);
      return shape === undefined ? 'shapes do not broadcast' : float(shape);
    },
    emit: (emitter, node) => emitter.node(type, names(node), [out(node)]),
    derivative(node, gradients, wanted) {
      return rule(node, flowing(gradients)).map((side, i) =>
        wanted[i] ? sumTo(side(), input(node, i).shape) : undefined,
      );
    },
  };
}

const addition = binary('add', 'Add', (_, gradient) => [() => gradient, () => gradient]);
const subtraction = binary('subtract', 'Sub', (_, gradient) => [() => gradient, () => scale(gradient, -1)]);
const multiplication = binary('multiply', 'Mul', (node, gradient) => [
  () => multiply(gradient, input(node, 1)),
  () => multiply(gradient, input(node, 0)),
]);

export const add = (a: Tensor, b: Tensor): Tensor => first(a.graph.apply(addition, [a, b], {}));
export const subtract = (a: Tensor, b: Tensor): Tensor => first(a.graph.apply(subtraction, [a, b], {}));
export const multiply = (a: Tensor, b: Tensor): Tensor => first(a.graph.apply(multiplication, [a, b], {}));
export const scale = (x: Tensor, factor: number): Tensor => multiply(x, constant(x.graph, factor));

const constantOperation: Operation<{ readonly value: number }> = {
  name: 'constant',
  types: () => float([]),
  emit: (emitter, node) => emitter.node('Identity', [emitter.float(node.attributes.value)], [out(node)]),
};

const constants = new WeakMap<Graph, Map<number, Tensor>>();

/** A scalar. */
export function constant(graph: Graph, value: number): Tensor {
  const known = constants.get(graph) ?? new Map<number, Tensor>();
  constants.set(graph, known);
  const tensor = known.get(value) ?? first(graph.apply(constantOperation, [], { value }));
  known.set(value, tensor);
  return tensor;
}

function unary<A extends object>(
  name: string,
  emit: Operation<A>['emit'],
  rule: (node: Node<A>, gradient: Tensor) => Tensor,
): Operation<A> {
  return {
    name,
    types: ([x]) => (x === undefined ? 'takes a tensor' : float(x.shape)),
    emit,
    derivative: (node, gradients) => [rule(node, flowing(gradients))],
  };
}

const exponential = unary<object>(
  'exp',
  (emitter, node) => emitter.node('Exp', names(node), [out(node)]),
  (node, gradient) => multiply(gradient, first(node.outputs)),
);
export const exp = (x: Tensor): Tensor => first(x.graph.apply(exponential, [x], {}));

const logistic = unary<object>(
  'sigmoid',
  (emitter, node) => emitter.node('Sigmoid', names(node), [out(node)]),
  (node, gradient) => {
    const y = first(node.outputs);
    return multiply(gradient, subtract(y, multiply(y, y)));
  },
);
export const sigmoid = (x: Tensor): Tensor => first(x.graph.apply(logistic, [x], {}));

const siluOperation = unary<object>(
  'silu',
  (emitter, node) => {
    const [x] = names(node);
    if (emitter.dialect === 'onnxruntime')
      emitter.node('com.microsoft:QuickGelu', [x as string], [out(node)], { alpha: { float: 1 } });
    else emitter.node('Mul', [x as string, emitter.value('Sigmoid', [x as string])], [out(node)]);
  },
  (node, gradient) => {
    // d silu / dx = s + y - s y with s = sigmoid(x), y = x s.
    const y = first(node.outputs);
    const s = sigmoid(input(node, 0));
    return multiply(gradient, add(s, subtract(y, multiply(y, s))));
  },
);
/** x * sigmoid(x). */
export const silu = (x: Tensor): Tensor => first(x.graph.apply(siluOperation, [x], {}));

const powerOperation = unary<{ readonly exponent: number }>(
  'power',
  (emitter, node) => {
    const [x] = names(node);
    const { exponent } = node.attributes;
    if (exponent === -0.5) emitter.node('Reciprocal', [emitter.value('Sqrt', [x as string])], [out(node)]);
    else emitter.node('Pow', [x as string, emitter.float(exponent)], [out(node)]);
  },
  (node, gradient) => {
    const { exponent } = node.attributes;
    return multiply(gradient, scale(power(input(node, 0), exponent - 1), exponent));
  },
);
/** x to a constant power, for positive x. */
export const power = (x: Tensor, exponent: number): Tensor => first(x.graph.apply(powerOperation, [x], { exponent }));

// Reductions ----------------------------------------------------------------------------------------------------------

function reduced(shape: Shape, axes: readonly number[]): Shape | undefined {
  if (axes.some((axis) => axis < 0 || axis >= shape.length)) return undefined;
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

const sumOperation: Operation<{ readonly axes: readonly number[] }> = {
  name: 'reduceSum',
  types([x], { axes }) {
    const shape = x === undefined ? undefined : reduced(x.shape, axes);
    return shape === undefined ? 'axes out of range' : float(shape);
  },
  emit(emitter, node) {
    emitter.node('ReduceSum', [...names(node), emitter.integers(node.attributes.axes)], [out(node)], { keepdims: 1 });
  },
  derivative: (node, gradients) => [expand(flowing(gradients), input(node, 0).shape)],
};
/** Sum over axes, which stay with size 1. */
export const reduceSum = (x: Tensor, axes: readonly number[]): Tensor =>
  first(x.graph.apply(sumOperation, [x], { axes }));

const meanOperation: Operation<object> = {
  name: 'meanOfLast',
  types([x]) {
    if (x === undefined || typeof x.shape.at(-1) !== 'number') return 'takes a tensor whose last size is known';
    return float([...x.shape.slice(0, -1), 1]);
  },
  emit: (emitter, node) =>
    emitter.node('ReduceMean', [...names(node), emitter.integers([-1])], [out(node)], { keepdims: 1 }),
  derivative(node, gradients) {
    const { shape } = input(node, 0);
    return [expand(scale(flowing(gradients), 1 / Number(shape.at(-1))), shape)];
  },
};
/** Mean over the last axis, which stays with size 1. */
export const meanOfLast = (x: Tensor): Tensor => first(x.graph.apply(meanOperation, [x], {}));

const expandOperation: Operation<{ readonly shape: Shape }> = {
  name: 'expand',
  types([x], { shape }) {
    const result = x === undefined ? undefined : broadcast(x.shape, shape);
    return result === undefined || !sameShape(result, shape)
      ? `does not broadcast to ${showShape(shape)}`
      : float(shape);
  },
  emit: (emitter, node) => emitter.node('Expand', [...names(node), emitter.shape(node.attributes.shape)], [out(node)]),
  derivative: (node, gradients) => [sumTo(flowing(gradients), input(node, 0).shape)],
};
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : first(x.graph.apply(expandOperation, [x], { shape }));

// Products ------------------------------------------------------------------------------------------------------------

interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly scale: number;
}

const matmulOperation: Operation<MatmulAttributes> = {
  name: 'matmul',
  types([a, b], { transposeA, transposeB }) {
    if (a === undefined || b === undefined || a.shape.length < 2 || a.shape.length !== b.shape.length) {
      return 'takes two tensors of one rank, at least 2';
    }
    const batch = a.shape.slice(0, -2);
    if (!sameShape(batch, b.shape.slice(0, -2))) return 'batch sizes differ';
    const [m, k] = [a.shape.at(transposeA ? -1 : -2), a.shape.at(transposeA ? -2 : -1)] as [Dimension, Dimension];
    const [l, n] = [b.shape.at(transposeB ? -1 : -2), b.shape.at(transposeB ? -2 : -1)] as [Dimension, Dimension];
    return k === l ? float([...batch, m, n]) : `inner sizes ${k} and ${l} differ`;
  },
  emit(emitter, node) {
    const { transposeA, transposeB, scale: alpha } = node.attributes;
    const [a, b] = names(node) as [string, string];
    const rank = input(node, 0).shape.length;
    if (rank === 2) {
      emitter.node('Gemm', [a, b], [out(node)], { transA: +transposeA, transB: +transposeB, alpha: { float: alpha } });
    } else if (!transposeA && !transposeB && alpha === 1) {
      emitter.node('MatMul', [a, b], [out(node)]);
    } else if (emitter.dialect === 'onnxruntime') {
      const attributes = { transA: +transposeA, transB: +transposeB, alpha: { float: alpha } };
      emitter.node('com.microsoft:FusedMatMul', [a, b], [out(node)], attributes);
    } else {
      const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
      const left = transposeA ? emitter.value('Transpose', [a], { perm }) : a;
      const right = transposeB ? emitter.value('Transpose', [b], { perm }) : b;
      if (alpha === 1) emitter.node('MatMul', [left, right], [out(node)]);
      else emitter.node('Mul', [emitter.value('MatMul', [left, right]), emitter.float(alpha)], [out(node)]);
    }
  },
  derivative(node, gradients, wanted) {
    const gradient = flowing(gradients);
    const [a, b] = [input(node, 0), input(node, 1)];
    const { transposeA, transposeB, scale: alpha } = node.attributes;
    const ofA = () =>
      transposeA
        ? matmul(b, gradient, { transposeA: transposeB, transposeB: true, scale: alpha })
        : matmul(gradient, b, { transposeB: !transposeB, scale: alpha });
    const ofB = () =>
      transposeB
        ? matmul(gradient, a, { transposeA: true, transposeB: transposeA, scale: alpha })
        : matmul(a, gradient, { transposeA: !transposeA, scale: alpha });
    return [wanted[0] ? ofA() : undefined, wanted[1] ? ofB() : undefined];
  },
};
/** scale * op(a) op(b) over the last two axes, op being the transpose where asked for; batch axes equal. */
export const matmul = (a: Tensor, b: Tensor, options: Partial<MatmulAttributes> = {}): Tensor =>
  first(a.graph.apply(matmulOperation, [a, b], { transposeA: false, transposeB: false, scale: 1, ...options }));

// Layout --------------------------------------------------------------------------------------------------------------

const reshapeOperation: Operation<{ readonly shape: Shape }> = {
  name: 'reshape',
  types([x], { shape }) {
    if (x === undefined) return 'takes a tensor';
    const [from, to] = [product(x.shape), product(shape)];
    return from === to ? [{ elements: x.elements, shape }] : `${from} elements do not fill ${showShape(shape)}`;
  },
  emit(emitter, node) {
    const { shape } = node.attributes;
    const open = shape.filter((size) => typeof size === 'string').length;
    const target =
      open === 1 ? emitter.integers(shape.map((size) => (typeof size === 'string' ? -1 : size))) : emitter.shape(shape);
    emitter.node('Reshape', [...names(node), target], [out(node)]);
  },
  derivative: (node, gradients) => [reshape(flowing(gradients), input(node, 0).shape)],
};
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : first(x.graph.apply(reshapeOperation, [x], { shape }));

const transposeOperation: Operation<{ readonly order: readonly number[] }> = {
  name: 'transpose',
  types([x], { order }) {
    if (
      x === undefined ||
      [...order].sort((a, b) => a - b).some((axis, i) => axis !== i) ||
      order.length !== x.shape.length
    ) {
      return 'the order must name each axis once';
    }
    return float(order.map((axis) => x.shape[axis] as Dimension));
  },
  emit: (emitter, node) => emitter.node('Transpose', names(node), [out(node)], { perm: node.attributes.order }),
  derivative(node, gradients) {
    const { order } = node.attributes;
    return [
      transpose(
        flowing(gradients),
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ];
  },
};
/** Axis i of the result is axis order[i] of x. */
export const transpose = (x: Tensor, order: readonly number[]): Tensor =>
  first(x.graph.apply(transposeOperation, [x], { order }));

const concatOperation: Operation<{ readonly axis: number }> = {
  name: 'concat',
  types(parts, { axis }) {
    const [head] = parts;
    if (head === undefined || axis < 0 || axis >= head.shape.length) return 'axis out of range';
    const fits = parts.every(
      (part) =>
        part.shape.length === head.shape.length && part.shape.every((size, i) => i === axis || size === head.shape[i]),
    );
    if (!fits) return 'sizes beside the joined axis differ';
    const joined = sum(parts.map((part) => part.shape[axis] as Dimension));
    return [{ elements: head.elements, shape: head.shape.map((size, i) => (i === axis ? joined : size)) }];
  },
  emit: (emitter, node) => emitter.node('Concat', names(node), [out(node)], { axis: node.attributes.axis }),
  derivative(node, gradients) {
    const { axis } = node.attributes;
    return split(
      flowing(gradients),
      axis,
      node.inputs.map((part) => part.shape[axis] as Dimension),
    );
  },
};
export const concat = (parts: readonly Tensor[], axis: number): Tensor => {
  const head = first(parts);
  return parts.length === 1 ? head : first(head.graph.apply(concatOperation, parts, { axis }));
};

const splitOperation: Operation<{ readonly axis: number; readonly sizes: readonly Dimension[] }> = {
  name: 'split',
  types([x], { axis, sizes }) {
    if (x === undefined || axis < 0 || axis >= x.shape.length) return 'axis out of range';
    if (sum(sizes) !== x.shape[axis]) return `parts of ${sizes.join(' + ')} do not make ${x.shape[axis]}`;
    return sizes.map((part) => ({ elements: 'float32', shape: x.shape.map((size, i) => (i === axis ? part : size)) }));
  },
  emit(emitter, node) {
    const { axis, sizes } = node.attributes;
    const outputs = node.outputs.map((output) => output.name);
    emitter.node('Split', [...names(node), emitter.shape(sizes)], outputs, { axis });
  },
  derivative(node, gradients) {
    const parts = node.outputs.map((output, i) => gradients[i] ?? zeros(output.graph, output.shape));
    return [concat(parts, node.attributes.axis)];
  },
};
export const split = (x: Tensor, axis: number, sizes: readonly Dimension[]): readonly Tensor[] =>
  sizes.length === 1 ? [x] : x.graph.apply(splitOperation, [x], { axis, sizes });

const zerosOperation: Operation<{ readonly shape: Shape }> = {
  name: 'zeros',
  types: (_, { shape }) => float(shape),
  emit: (emitter, node) => emitter.node('ConstantOfShape', [emitter.shape(node.attributes.shape)], [out(node)]),
};
export const zeros = (graph: Graph, shape: Shape): Tensor => first(graph.apply(zerosOperation, [], { shape }));

const gatherOperation: Operation<object> = {
  name: 'gatherRows',
  types([table, indices]) {
    if (table === undefined || indices?.elements !== 'int64' || indices.shape.length !== 1)
      return 'takes a table and a vector of indices';
    return float([...indices.shape, ...table.shape.slice(1)]);
  },
  emit: (emitter, node) => emitter.node('Gather', names(node), [out(node)], { axis: 0 }),
  derivative(node, gradients) {
    const table = input(node, 0);
    const rows = table.graph.apply(scatterOperation, [flowing(gradients), input(node, 1)], {
      rows: table.shape[0] as Dimension,
    });
    return [first(rows), undefined];
  },
};
/** Rows of `table` [R, ...] at `indices` [N], which must be distinct where a gradient flows back (scatterRows does not add). */
export const gatherRows = (table: Tensor, indices: Tensor): Tensor =>
  first(table.graph.apply(gatherOperation, [table, indices], {}));

const scatterOperation: Operation<{ readonly rows: Dimension }> = {
  name: 'scatterRows',
  types([x, indices], { rows }) {
    if (x === undefined || indices?.elements !== 'int64' || indices.shape[0] !== x.shape[0])
      return 'takes rows and one index a row';
    return float([rows, ...x.shape.slice(1)]);
  },
  emit(emitter, node) {
    const [x, indices] = names(node) as [string, string];
    const blank = emitter.value('ConstantOfShape', [emitter.shape(first(node.outputs).shape)]);
    const places = emitter.value('Unsqueeze', [indices, emitter.integers([1])]);
    emitter.node('ScatterND', [blank, places, x], [out(node)]);
  },
  derivative: (node, gradients) => [gatherRows(flowing(gradients), input(node, 1)), undefined],
};

// What transformers are made of ---------------------------------------------------------------------------------------

const softmaxOperation = unary<object>(
  'softmax',
  (emitter, node) => emitter.node('Softmax', names(node), [out(node)], { axis: -1 }),
  (node, gradient) => {
    const y = first(node.outputs);
    return multiply(y, subtract(gradient, reduceSum(multiply(gradient, y), [y.shape.length - 1])));
  },
);
/** Over the last axis. */
export const softmax = (x: Tensor): Tensor => first(x.graph.apply(softmaxOperation, [x], {}));

const rmsNormOperation: Operation<{ readonly epsilon: number }> = {
  name: 'rmsNorm',
  types([x, weight]) {
    if (x === undefined || weight === undefined || typeof x.shape.at(-1) !== 'number') return 'takes x and a weight';
    return sameShape(weight.shape, x.shape.slice(-1))
      ? float(x.shape)
      : 'the weight must have the size of the last axis';
  },
  emit(emitter, node) {
    const [x, weight] = names(node) as [string, string];
    const { epsilon } = node.attributes;
    if (emitter.dialect === 'onnxruntime') {
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

interface RotaryAttributes {
  readonly heads: number;
  readonly inverse: boolean;
}

const rotaryOperation: Operation<RotaryAttributes> = {
  name: 'rotary',
  types([x, positions, cosine, sine], { heads }) {
    if (x === undefined || positions === undefined || cosine === undefined || sine === undefined)
      return 'takes x, positions, cosine, sine';
    const [tokens, width] = x.shape;
    if (x.shape.length !== 2 || positions.shape[0] !== tokens || !sameShape(cosine.shape, sine.shape))
      return 'takes x [N, heads * headSize] and N positions';
    return width === product([heads, 2, cosine.shape[1] as Dimension])
      ? float(x.shape)
      : 'the tables must have half the size of a head';
  },
  emit(emitter, node) {
    const [x, positions, cosine, sine] = names(node) as [string, string, string, string];
    const { heads, inverse } = node.attributes;
    const sines = inverse ? emitter.value('Neg', [sine]) : sine;
    const half = Number(input(node, 2).shape[1]);
    if (emitter.dialect === 'onnxruntime') {
      const one = emitter.integers([1]);
      const batch = [emitter.value('Unsqueeze', [x, one]), emitter.value('Unsqueeze', [positions, one]), cosine, sines];
      const turned = emitter.value('com.microsoft:RotaryEmbedding', batch, { num_heads: heads, interleaved: 0 });
      emitter.node('Squeeze', [turned, one], [out(node)]);
      return;
    }
    const middle = emitter.integers([1]);
    const c = emitter.value('Unsqueeze', [emitter.value('Gather', [cosine, positions], { axis: 0 }), middle]);
    const s = emitter.value('Unsqueeze', [emitter.value('Gather', [sines, positions], { axis: 0 }), middle]);
    const split3 = emitter.value('Reshape', [x, emitter.integers([-1, heads, 2 * half])]);
    const lower = emitter.value('Slice', [
      split3,
      emitter.integers([0]),
      emitter.integers([half]),
      emitter.integers([2]),
    ]);
    const upper = emitter.value('Slice', [
      split3,
      emitter.integers([half]),
      emitter.integers([2 * half]),
      emitter.integers([2]),
    ]);
    const left = emitter.value('Sub', [emitter.value('Mul', [lower, c]), emitter.value('Mul', [upper, s])]);
    const right = emitter.value('Add', [emitter.value('Mul', [upper, c]), emitter.value('Mul', [lower, s])]);
    const joined = emitter.value('Concat', [left, right], { axis: 2 });
    emitter.node('Reshape', [joined, emitter.integers([-1, heads * 2 * half])], [out(node)]);
  },
  derivative(node, gradients) {
    // A rotation's transpose is the rotation by the opposite angle.
    const { heads, inverse } = node.attributes;
    const [, positions, cosine, sine] = node.inputs as readonly [Tensor, Tensor, Tensor, Tensor];
    const turned = positions.graph.apply(rotaryOperation, [flowing(gradients), positions, cosine, sine], {
      heads,
      inverse: !inverse,
    });
    return [first(turned), undefined, undefined, undefined];
  },
};
/**
 * Rotary position embedding (Su et al., arXiv 2104.09864), halves convention of Llama: x [N, heads * headSize],
 * positions [N], tables of cosines and sines [P, headSize / 2] by position.
 */
export const rotary = (x: Tensor, positions: Tensor, cosine: Tensor, sine: Tensor, heads: number): Tensor =>
  first(x.graph.apply(rotaryOperation, [x, positions, cosine, sine], { heads, inverse: false }));

const tokenLogProbOperation: Operation<object> = {
  name: 'tokenLogProb',
  types([logits, targets]) {
    if (logits?.shape.length !== 2 || targets?.elements !== 'int64' || targets.shape[0] !== logits.shape[0])
      return 'takes logits [M, V] and M targets';
    const tokens = logits.shape.slice(0, 1);
    return [
      { elements: 'float32', shape: tokens },
      { elements: 'float32', shape: logits.shape },
    ];
  },
  emit(emitter, node) {
    const [logits, targets] = names(node) as [string, string];
    const [chosen, all] = node.outputs.map((output) => output.name) as [string, string];
    const last = emitter.integers([1]);
    emitter.node('LogSoftmax', [logits], [all], { axis: -1 });
    const picked = emitter.value('GatherElements', [all, emitter.value('Unsqueeze', [targets, last])], { axis: 1 });
    emitter.node('Squeeze', [picked, last], [chosen]);
  },
  derivative(node, gradients) {
    const gradient = flowing(gradients);
    if (gradients[1] !== undefined) throw new GraphError('tokenLogProb passes gradients through its first output only');
    const [, all] = node.outputs as readonly [Tensor, Tensor];
    return [first(all.graph.apply(tokenLogProbGradient, [all, input(node, 1), gradient], {})), undefined];
  },
};

const tokenLogProbGradient: Operation<object> = {
  name: 'tokenLogProbGradient',
  types: ([all]) => (all === undefined ? 'takes log-probs' : float(all.shape)),
  emit(emitter, node) {
    // d log p(target) / d logits = onehot(target) - p, times the gradient that flows back.
    const [all, targets, gradient] = names(node) as [string, string, string];
    const last = emitter.integers([1]);
    const column = emitter.value('Unsqueeze', [gradient, last]);
    const pull = emitter.value('Mul', [emitter.value('Exp', [all]), emitter.value('Neg', [column])]);
    const places = emitter.value('Unsqueeze', [targets, last]);
    emitter.node('ScatterElements', [pull, places, column], [out(node)], { axis: 1, reduction: 'add' });
  },
};
/** log softmax(logits)[m, targets[m]]: [M, V], [M] -> [M]. */
export const tokenLogProb = (logits: Tensor, targets: Tensor): Tensor =>
  first(logits.graph.apply(tokenLogProbOperation, [logits, targets], {}));

/** Every operation by name, for tests that walk the table. */
export const operations = {
  add: addition,
  subtract: subtraction,
  multiply: multiplication,
  constant: constantOperation,
  exp: exponential,
  sigmoid: logistic,
  silu: siluOperation,
  power: powerOperation,
  reduceSum: sumOperation,
  meanOfLast: meanOperation,
  expand: expandOperation,
  matmul: matmulOperation,
  reshape: reshapeOperation,
  transpose: transposeOperation,
  concat: concatOperation,
  split: splitOperation,
  zeros: zerosOperation,
  gatherRows: gatherOperation,
  scatterRows: scatterOperation,
  softmax: softmaxOperation,
  rmsNorm: rmsNormOperation,
  rotary: rotaryOperation,
  tokenLogProb: tokenLogProbOperation,
  tokenLogProbGradient,
};
