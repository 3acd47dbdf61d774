/** Operations that move numbers without changing them. */

import { type Dimension, product, type Shape, sameShape, showShape, sum } from '../dimension.js';
import { at, type Emitter, type Graph, type Operation, type Tensor } from '../graph.js';
import { first, float, flowing, input, names, namesOf, out } from './node.js';

const reshapeOperation: Operation<{ readonly shape: Shape }> = {
  name: 'reshape',
  place: 'same',
  types([x], { shape }) {
    if (x === undefined) return 'takes a tensor';
    const [from, to] = [product(x.shape), product(shape)];
    return from === to ? [{ elements: x.elements, shape }] : `${from} elements do not fill ${showShape(shape)}`;
  },
  emit(emitter, node) {
    const { shape } = node.attributes;
    // 0 takes the size of the same axis of x, -1 what is left over: no need to compute those when the graph runs.
    const from = input(node, 0).shape;
    const sizes = shape.map((size, axis) => (typeof size === 'number' ? size : size === from[axis] ? 0 : -1));
    const open = sizes.filter((size) => size === -1).length;
    const target = open <= 1 ? emitter.integers(sizes) : emitter.shape(shape);
    emitter.node('Reshape', [...names(node), target], [out(node)]);
  },
  derivative: (node, gradients) => [reshape(flowing(gradients), input(node, 0).shape)],
};
export const reshape = (x: Tensor, shape: Shape): Tensor => {
  // The first of two reshapes in sequence has no effect.
  const source = x.node?.operation === reshapeOperation ? input(x.node, 0) : x;
  return sameShape(source.shape, shape) ? source : first(x.graph.apply(reshapeOperation, [source], { shape }));
};

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
    return float(order.map((axis) => at(x.shape, axis)));
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
/** Whether an order of axes moves none but those of size 1, so that numbers stay in theirs. */
function keepsNumbers({ shape }: Tensor, order: readonly number[]): boolean {
  const isOrder = order.length === shape.length && shape.every((_, axis) => order.includes(axis));
  const long = order.filter((axis) => shape[axis] !== 1);
  return isOrder && long.every((axis, i) => i === 0 || axis > at(long, i - 1));
}

/** Axis i of the result is axis order[i] of x. */
export const transpose = (x: Tensor, order: readonly number[]): Tensor =>
  keepsNumbers(x, order)
    ? reshape(
        x,
        order.map((axis) => at(x.shape, axis)),
      )
    : first(x.graph.apply(transposeOperation, [x], { order }));

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
    const joined = sum(parts.map((part) => at(part.shape, axis)));
    return [{ elements: head.elements, shape: head.shape.map((size, i) => (i === axis ? joined : size)) }];
  },
  emit: (emitter, node) => emitter.node('Concat', names(node), [out(node)], { axis: node.attributes.axis }),
  derivative(node, gradients) {
    const { axis } = node.attributes;
    return split(
      flowing(gradients),
      axis,
      node.inputs.map((part) => at(part.shape, axis)),
    );
  },
};
export const concat = (parts: readonly Tensor[], axis: number): Tensor => {
  const head = first(parts);
  return parts.length === 1
    ? head
    : (wholeOf(parts, axis) ?? first(head.graph.apply(concatOperation, parts, { axis })));
};

/** What was split along this axis into just these parts. */
function wholeOf(parts: readonly Tensor[], axis: number): Tensor | undefined {
  const node = parts[0]?.node;
  if (node?.operation !== splitOperation || node.outputs.length !== parts.length) return undefined;
  const { axis: own } = node.attributes as { readonly axis: number };
  return own === axis && node.outputs.every((part, i) => part === parts[i]) ? node.inputs[0] : undefined;
}

/** No rows of a value: all that passes from it is that it has been computed. */
function nothingOf(emitter: Emitter, value: string): string {
  const zero = emitter.integers([0]);
  return emitter.value('Slice', [value, zero, zero, zero]);
}

/** The ONNX value x, not computed before `gates` are, which have the same sizes beside the first axis. */
export const onceComputed = (emitter: Emitter, x: string, gates: readonly string[]): string =>
  gates.length === 0 ? x : emitter.value('Concat', [x, ...gates.map((gate) => nothingOf(emitter, gate))], { axis: 0 });

const afterOperation: Operation = {
  name: 'after',
  types([x, gate]) {
    if (x === undefined || gate === undefined) return 'takes two tensors';
    return sameShape(x.shape.slice(1), gate.shape.slice(1)) ? [x] : 'sizes beside the first axis differ';
  },
  emit(emitter, node) {
    const [x, gate] = namesOf(node.inputs, 2);
    emitter.node('Concat', [x, nothingOf(emitter, gate)], [out(node)], { axis: 0 });
  },
  derivative: (_, gradients) => [flowing(gradients), undefined],
};
/** x, not computed before `gate` is. Both have the same sizes beside the first axis. */
export const after = (x: Tensor, gate: Tensor): Tensor => first(x.graph.apply(afterOperation, [x, gate], undefined));

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

/** Operator and inputs that make zeros. WebGPU has no ConstantOfShape: the CPU would make them and send them over. */
function zerosOf(emitter: Emitter, shape: Shape): readonly [type: string, inputs: readonly string[]] {
  const sizes = emitter.shape(shape);
  return emitter.dialect === 'onnxruntime' ? ['ConstantOfShape', [sizes]] : ['Expand', [emitter.float(0), sizes]];
}

const zerosOperation: Operation<{ readonly shape: Shape }> = {
  name: 'zeros',
  types: (_, { shape }) => float(shape),
  emit: (emitter, node) => emitter.node(...zerosOf(emitter, node.attributes.shape), [out(node)]),
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
    return [scatterRows(flowing(gradients), input(node, 1), at(table.shape, 0)), undefined];
  },
};
/**
 * Rows of `table` [R, ...] at `indices` [N], which must be distinct where a gradient flows back (scatterRows does not
 * add).
 */
export const gatherRows = (table: Tensor, indices: Tensor): Tensor =>
  first(table.graph.apply(gatherOperation, [table, indices], {}));

const scatterOperation: Operation<{ readonly rows: Dimension }> = {
  name: 'scatterRows',
  types([x, indices], { rows }) {
    if (x === undefined || indices?.elements !== 'int64' || indices.shape[0] !== x.shape[0])
      return 'takes rows and one index per row';
    return float([rows, ...x.shape.slice(1)]);
  },
  emit(emitter, node) {
    const [x, indices] = namesOf(node.inputs, 2);
    const blank = emitter.value(...zerosOf(emitter, first(node.outputs).shape));
    const places = emitter.value('Unsqueeze', [indices, emitter.integers([1])]);
    emitter.node('ScatterND', [blank, places, x], [out(node)]);
  },
  derivative: (node, gradients) => [gatherRows(flowing(gradients), input(node, 1)), undefined],
};

/** A tensor of `rows` rows, zero but for x [N, ...] at `indices` [N], which must be distinct. */
export const scatterRows = (x: Tensor, indices: Tensor, rows: Dimension): Tensor =>
  first(x.graph.apply(scatterOperation, [x, indices], { rows }));

/** This part of the table. */
export const layoutOperations = {
  reshape: reshapeOperation,
  transpose: transposeOperation,
  concat: concatOperation,
  after: afterOperation,
  split: splitOperation,
  zeros: zerosOperation,
  gatherRows: gatherOperation,
  scatterRows: scatterOperation,
};
