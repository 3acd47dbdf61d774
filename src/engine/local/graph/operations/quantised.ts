/** Matrices in few bits, by blocks of their rows: weights/quantised.ts says what the codes mean. */
import { sameShape } from '../dimension.js';
import { at, type Operation, type Tensor } from '../graph.js';
import { first, float, input, namesOf, out } from './node.js';

export interface DequantiseAttributes {
  readonly rows: number;
  readonly columns: number;
  /** Whether it is made once more, for a derivative. */
  readonly again: boolean;
}

/** Weights of a block: neighbours along the input dimension. */
export const BLOCK = 32;

const dequantiseOperation: Operation<DequantiseAttributes> = {
  name: 'dequantise',
  // Of 4 bits: the codes by their place in a byte, and a byte for each.
  scratch: (node, bytes) => (node.inputs.length > 2 ? 4 * bytes(input(node, 0)) : 0),
  types([codes, scales, zeros], { rows, columns }) {
    const blocks = rows * Math.ceil(columns / BLOCK);
    if (scales?.shape.length !== 1 || scales.shape[0] !== blocks) return `takes a scale for each of ${blocks} blocks`;
    const width = codes?.elements === 'int8' ? BLOCK : codes?.elements === 'uint8' ? BLOCK / 2 : undefined;
    if (codes?.shape.length !== 2 || codes.shape[0] !== blocks || codes.shape[1] !== width)
      return 'takes codes [blocks, 32] of 8 bits, or [blocks, 16] of twice 4';
    if ((zeros === undefined) !== (codes.elements === 'int8')) return 'takes zero points with 4 bits only';
    return float([rows, columns]);
  },
  emit(emitter, node) {
    const { rows, columns, again } = node.attributes;
    const [codes, scales] = namesOf(node.inputs, 2);
    const zeros = node.inputs[2]?.name;
    // Blocks are the first of two axes: its kernel is many times faster by whole rows than with a block_size. Where the
    // output is made again, everything is written another way, since ONNX Runtime joins nodes that are equal.
    const axis = again ? -2 : 0;
    const floats = (of: string) =>
      emitter.value('DequantizeLinear', zeros === undefined ? [of, scales] : [of, scales, zeros], { axis });
    // Interleaved as bytes, of which there are a quarter as many as of floats.
    const unpacked = () => {
      const [mask, four] = [emitter.byte(15), emitter.byte(4)];
      const lower = emitter.value('BitwiseAnd', again ? [mask, codes] : [codes, mask]);
      const upper = again
        ? emitter.value('BitShift', [emitter.value('BitwiseOr', [codes, mask]), four], { direction: 'RIGHT' })
        : emitter.value('BitShift', [codes, four], { direction: 'RIGHT' });
      const column = emitter.integers([-1, 1]);
      const halves = [lower, upper].map((half) => emitter.value('Reshape', [half, column]));
      const pairs = emitter.value('Concat', halves, { axis: 1 });
      return emitter.value('Reshape', [pairs, emitter.integers([-1, BLOCK])]);
    };
    const blocks = floats(zeros === undefined ? codes : unpacked());
    const width = Math.ceil(columns / BLOCK) * BLOCK;
    const shape = emitter.integers([rows, width]);
    if (width === columns) {
      emitter.node('Reshape', [blocks, shape], [out(node)]);
      return;
    }
    const whole = emitter.value('Reshape', [blocks, shape]);
    const [from, to, last] = [emitter.integers([0]), emitter.integers([columns]), emitter.integers([1])];
    emitter.node('Slice', [whole, from, to, last], [out(node)]);
  },
  again: (node) =>
    first(first(node.inputs).graph.apply(dequantiseOperation, node.inputs, { ...node.attributes, again: true })),
};
/**
 * A matrix [rows, columns] from codes by block, a scale for each and, of 4 bits, a zero point for each:
 * scale * (code - zero point). Of 4 bits two neighbours lie in a byte, the first in the lower half.
 */
export const dequantise = (
  codes: Tensor,
  scales: Tensor,
  zeros: Tensor | undefined,
  [rows, columns]: readonly [number, number],
): Tensor => {
  const inputs = [codes, scales, ...(zeros === undefined ? [] : [zeros])];
  return first(codes.graph.apply(dequantiseOperation, inputs, { rows, columns, again: false }));
};

export interface BlockMatmulAttributes {
  readonly rows: number;
  readonly columns: number;
  readonly integer: boolean;
}

/** Products by ONNX Runtime's own kernel, which takes its weights from constants of the graph only. */
const blockMatmulOperation: Operation<BlockMatmulAttributes> = {
  name: 'blockMatmul',
  types([x, codes, scales, zeros], { rows, columns, integer }) {
    const blocks = Math.ceil(columns / BLOCK);
    if (x?.shape.length !== 2 || x.shape[1] !== columns) return `takes x [M, ${columns}]`;
    if (zeros === undefined && !integer) return 'multiplies codes of 8 bits in integers only';
    return sameShape(codes?.shape ?? [], [rows, blocks, zeros === undefined ? BLOCK : BLOCK / 2]) &&
      sameShape(scales?.shape ?? [], [rows, blocks]) &&
      sameShape(zeros?.shape ?? [], zeros === undefined ? [] : [rows, Math.ceil(blocks / 2)])
      ? float([at(x.shape, 0), rows])
      : 'takes codes, scales and, of 4 bits, zero points of each block of each row';
  },
  emit(emitter, node) {
    const { rows, columns, integer } = node.attributes;
    const bits = node.inputs.length > 3 ? 4 : 8;
    // Level 0 adds up in float32; level 4 rounds x to 8 bits by blocks, and multiplies integers.
    const attributes = { K: columns, N: rows, bits, block_size: BLOCK, accuracy_level: integer ? 4 : 0 };
    const names = node.inputs.map(({ name }) => name);
    emitter.node('com.microsoft:MatMulNBits', names, [out(node)], attributes);
  },
};
/**
 * x [M, columns] times the transpose of a matrix in few bits, from constants: of 4 bits its codes [rows, blocks, 16], two
 * neighbours in a byte, the first in the lower half, scales [rows, blocks] and zero points [rows, blocks / 2] likewise; of
 * 8 bits codes [rows, blocks, 32] with 128 for 0, and scales. `integer`: x is rounded to 8 bits, by blocks of 32, so that
 * integers are multiplied, as 8 bits need it.
 */
export const blockMatmul = (
  x: Tensor,
  weights: readonly Tensor[],
  [rows, columns]: readonly [number, number],
  integer = false,
): Tensor => first(x.graph.apply(blockMatmulOperation, [x, ...weights], { rows, columns, integer }));

/** This part of the table. */
export const quantisedOperations = { dequantise: dequantiseOperation, blockMatmul: blockMatmulOperation };
