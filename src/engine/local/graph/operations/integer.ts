/** Products of integers: a frozen matrix in 8 bits, with a scale for each of its rows, meets rows that are rounded to 8 bits. */
import { type Dimension, product } from '../dimension.js';
import { at, type Emitter, type Operation, type Tensor } from '../graph.js';
import { reshape } from './layout.js';
import { columnOf, first, float, flowing, input, namesOf, out } from './node.js';
import { matmul } from './product.js';

/**
 * What rows are rounded to: +-most. 127, or 63 on processors that add pairs of products in 16 bits, which 8 bits on both
 * sides would overflow.
 */
export type IntegerRange = 127 | 63;

export interface IntegerMatmulAttributes {
  readonly range: IntegerRange;
  /** Whether x meets the matrix itself, as a gradient does, and not its transpose. */
  readonly back: boolean;
}

/** Rows of a value as codes around `range` + 1, and the scale of each: x ~ scale (code - range - 1). */
interface RoundedRows {
  readonly codes: string;
  readonly scales: string;
}

/** Computed once for all products that a value goes into. A row of zeros has scale 0: whatever its codes are, they count as 0. */
const roundedRows = (emitter: Emitter, x: string, rows: Dimension, range: IntegerRange): RoundedRows => {
  const zeros = emitter.once(`rounded zeros ${rows} ${range}`, () =>
    emitter.value('Expand', [emitter.byte(range + 1), emitter.shape([rows])]),
  );
  const scales = emitter.once(`row scales ${x} ${range}`, () => {
    const most = emitter.value('ReduceMax', [emitter.value('Abs', [x]), emitter.integers([-1])], { keepdims: 0 });
    return emitter.value('Mul', [most, emitter.float(1 / range)]);
  });
  const codes = emitter.once(`rounded rows ${x} ${range}`, () =>
    emitter.value('QuantizeLinear', [x, scales, zeros], { axis: 0 }),
  );
  return { codes, scales };
};

const integerMatmulOperation: Operation<IntegerMatmulAttributes> = {
  name: 'integerMatmul',
  // Numbers without their signs, the rounded ones and, on the way back, the scaled ones.
  scratch: (node, bytes) => bytes(input(node, 0)) * (node.attributes.back ? 2.25 : 1.25),
  types([x, codes, scales], { back }) {
    if (codes?.elements !== 'int8' || codes.shape.length !== 2) return 'takes codes [columns, rows] of 8 bits';
    const [columns, rows] = [at(codes.shape, 0), at(codes.shape, 1)];
    if (scales?.shape.length !== 1 || scales.shape[0] !== rows) return `takes a scale for each of ${rows} rows`;
    const [from, to] = back ? [rows, columns] : [columns, rows];
    return x?.shape.length === 2 && x.shape[1] === from ? float([at(x.shape, 0), to]) : `takes x [M, ${from}]`;
  },
  emit(emitter, node) {
    const { range, back } = node.attributes;
    const [x, codes, scales] = namesOf(node.inputs, 3);
    const own = back ? emitter.value('Mul', [x, scales]) : x;
    const rounded = roundedRows(emitter, own, at(input(node, 0).shape, 0), range);
    const matrix = back ? emitter.value('Transpose', [codes], { perm: [1, 0] }) : codes;
    const one = emitter.float(1);
    const inputs = [rounded.codes, matrix, one, back ? one : scales, emitter.byte(range + 1)];
    const product = emitter.value('com.microsoft:MatMulIntegerToFloat', inputs);
    emitter.node('Mul', [product, columnOf(emitter, rounded.scales)], [out(node)]);
  },
  derivative(node, gradients, wanted) {
    if (!wanted[0]) return [undefined];
    const { range, back } = node.attributes;
    const gradient = flowing(gradients);
    // The codes never change. Of the rounding of x the gradient knows nothing, as is usual: it is 0 or undefined.
    const inputs = [gradient, input(node, 1), input(node, 2)];
    return gradient.graph.apply(integerMatmulOperation, inputs, { range, back: !back });
  },
};
/**
 * x [M, columns] times the transpose of a matrix [rows, columns] ~ scales [rows] times codes, which lie turned, [columns, rows]:
 * [M, rows]. Each row of x is rounded to 8 bits by its largest number. Its derivative is the product with the matrix, whose
 * left side is rounded likewise.
 */
export const integerMatmul = (x: Tensor, codes: Tensor, scales: Tensor, range: IntegerRange): Tensor =>
  first(x.graph.apply(integerMatmulOperation, [x, codes, scales], { range, back: false }));

/** Numbers of a row that are mixed. More would spread a large one further, and cost more; measured in docs/performance.md. */
const MIXED = 64;

/** How many neighbours `mixed` mixes in rows of this size: a power of 2 that divides it. */
export function mixedOf(columns: number): number {
  let size = 1;
  while (size < MIXED && columns % (2 * size) === 0) size *= 2;
  return size;
}

/** Entry [i, j] of the orthogonal Hadamard matrix of a size that is a power of 2: +-1 / sqrt(size) (Sylvester). */
function hadamard(size: number): Float32Array {
  const entry = 1 / Math.sqrt(size);
  const signs = (i: number): number => {
    let odd = 0;
    for (let rest = i; rest > 0; rest >>= 1) odd ^= rest & 1;
    return odd === 0 ? entry : -entry;
  };
  return Float32Array.from({ length: size * size }, (_, at) => signs(Math.floor(at / size) & (at % size)));
}

/**
 * x [M, columns] with neighbours mixed by a Hadamard matrix, so that a large number is spread over `mixedOf(columns)` of them
 * before rows are rounded by their largest (after QuaRot, arXiv:2404.00456). It is its own inverse, and a product with a
 * matrix whose rows are mixed too is the same.
 */
export function mixed(x: Tensor): Tensor {
  const [rows, columns] = [at(x.shape, 0), Number(at(x.shape, 1))];
  const size = mixedOf(columns);
  if (size === 1) return x;
  const name = `hadamard:${size}`;
  const known = x.graph.constants.get(name)?.tensor;
  const matrix = known ?? x.graph.constant(name, 'float32', [size, size], () => hadamard(size));
  return reshape(matmul(reshape(x, [product([rows, columns / size]), size]), matrix), [rows, columns]);
}

/** This part of the table. */
export const integerOperations = { integerMatmul: integerMatmulOperation };
