/** Products of matrices. */

import { sameShape } from '../dimension.js';
import { at, type Operation, type Tensor } from '../graph.js';
import { first, float, flowing, input, namesOf, out } from './node.js';

export interface MatmulAttributes {
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
    const rank = a.shape.length;
    const [m, k] = transposeA
      ? [at(a.shape, rank - 1), at(a.shape, rank - 2)]
      : [at(a.shape, rank - 2), at(a.shape, rank - 1)];
    const [l, n] = transposeB
      ? [at(b.shape, rank - 1), at(b.shape, rank - 2)]
      : [at(b.shape, rank - 2), at(b.shape, rank - 1)];
    return k === l ? float([...batch, m, n]) : `inner sizes ${k} and ${l} differ`;
  },
  emit(emitter, node) {
    const { transposeA, transposeB, scale: alpha } = node.attributes;
    const [a, b] = namesOf(node.inputs, 2);
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

/** This part of the table. */
export const productOperations = { matmul: matmulOperation };
