/** Elementwise operations with NumPy's broadcasting, and reductions. */

import { broadcast, type Shape, sameShape, showShape } from '../dimension.js';
import type { Graph, Node, Operation, Tensor } from '../graph.js';
import { reshape } from './layout.js';
import { first, float, flowing, input, names, namesOf, out } from './node.js';

/** Sums a gradient over the axes along which its tensor was broadcast. */
export function sumTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? gradient : reduceSum(gradient, axes);
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}

/** The number of float32 among the element types of ONNX. */
const ONNX_FLOAT = 1;

// Elementwise, with NumPy's broadcasting -----------------------------------------------------------------------------

type BinaryRule = (node: Node<object>, gradient: Tensor) => readonly [() => Tensor, () => Tensor];

function binary(name: string, type: string, rule: BinaryRule): Operation<object> {
  return {
    name,
    place: 'input',
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

export function unary<A extends object>(
  name: string,
  emit: Operation<A>['emit'],
  rule: (node: Node<A>, gradient: Tensor) => Tensor,
): Operation<A> {
  return {
    name,
    place: 'input',
    types: ([x]) => (x === undefined ? 'takes a tensor' : float(x.shape)),
    emit,
    derivative: (node, gradients) => [rule(node, flowing(gradients))],
  };
}

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
    const [x] = namesOf(node.inputs, 1);
    if (emitter.dialect !== 'portable')
      emitter.node('com.microsoft:QuickGelu', [x], [out(node)], { alpha: { float: 1 } });
    else emitter.node('Mul', [x, emitter.value('Sigmoid', [x])], [out(node)]);
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

const tanhOperation = unary<object>(
  'tanh',
  (emitter, node) => emitter.node('Tanh', names(node), [out(node)]),
  (node, gradient) => {
    const y = first(node.outputs);
    return subtract(gradient, multiply(gradient, multiply(y, y)));
  },
);
export const tanh = (x: Tensor): Tensor => first(x.graph.apply(tanhOperation, [x], {}));

/** cap * tanh(x / cap). */
export const softCap = (x: Tensor, cap: number): Tensor => scale(tanh(scale(x, 1 / cap)), cap);

/** sqrt(2 / pi) and the factor of the cube (Hendrycks and Gimpel, arXiv 1606.08415). */
const [GELU_LINEAR, GELU_CUBIC] = [Math.sqrt(2 / Math.PI), 0.044715];
/** x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): GELU as Gemma approximates it. */
export function geluTanh(x: Tensor): Tensor {
  const inner = multiply(x, add(scale(multiply(x, x), GELU_LINEAR * GELU_CUBIC), constant(x.graph, GELU_LINEAR)));
  return multiply(scale(x, 0.5), add(tanh(inner), constant(x.graph, 1)));
}

const powerOperation = unary<{ readonly exponent: number }>(
  'power',
  (emitter, node) => {
    const [x] = namesOf(node.inputs, 1);
    const { exponent } = node.attributes;
    if (exponent === -0.5) emitter.node('Reciprocal', [emitter.value('Sqrt', [x])], [out(node)]);
    else if (exponent === 0.5) emitter.node('Sqrt', [x], [out(node)]);
    else if (exponent === -1) emitter.node('Reciprocal', [x], [out(node)]);
    else emitter.node('Pow', [x, emitter.float(exponent)], [out(node)]);
  },
  (node, gradient) => {
    const { exponent } = node.attributes;
    return multiply(gradient, scale(power(input(node, 0), exponent - 1), exponent));
  },
);
/** x to a constant power, for positive x. */
export const power = (x: Tensor, exponent: number): Tensor => first(x.graph.apply(powerOperation, [x], { exponent }));

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

const equalOperation: Operation<object> = {
  name: 'equal',
  types([a, b]) {
    if (a === undefined || b === undefined) return 'takes two tensors';
    const shape = broadcast(a.shape, b.shape);
    return shape === undefined ? 'shapes do not broadcast' : float(shape);
  },
  emit: (emitter, node) => emitter.node('Cast', [emitter.value('Equal', names(node))], [out(node)], { to: ONNX_FLOAT }),
  derivative: () => [undefined, undefined],
};
/** 1 where a and b are equal, 0 elsewhere. */
export const equal = (a: Tensor, b: Tensor): Tensor => first(a.graph.apply(equalOperation, [a, b], {}));

/** This part of the table. */
export const arithmeticOperations = {
  equal: equalOperation,
  add: addition,
  subtract: subtraction,
  multiply: multiplication,
  constant: constantOperation,
  sigmoid: logistic,
  silu: siluOperation,
  tanh: tanhOperation,
  power: powerOperation,
  reduceSum: sumOperation,
  meanOfLast: meanOperation,
  expand: expandOperation,
};
