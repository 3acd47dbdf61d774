import { at, type Emitter, GraphError, type Node, type Operation, type Tensor } from '../graph.js';
import { first, float, flowing, input, namesOf, out } from './node.js';

/**
 * log sum exp over the last axis, which stays with size 1, as `most` + `rest`: the sum of exponentials is taken after
 * the largest logit was subtracted. WebGPU's ReduceLogSumExp does not subtract it and overflows from logits of 89 on.
 */
function logSumExp(emitter: Emitter, logits: string): { readonly most: string; readonly rest: string } {
  const last = emitter.integers([1]);
  const most = emitter.value('ReduceMax', [logits, last], { keepdims: 1 });
  const exponentials = emitter.value('Exp', [emitter.value('Sub', [logits, most])]);
  return { most, rest: emitter.value('Log', [emitter.value('ReduceSum', [exponentials, last], { keepdims: 1 })]) };
}

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
    const [logits, targets] = namesOf(node.inputs, 2);
    const [chosen, all] = namesOf(node.outputs, 2);
    const last = emitter.integers([1]);
    if (emitter.dialect === 'onnxruntime') {
      emitter.node('LogSoftmax', [logits], [all], { axis: -1 });
    } else {
      // WebGPU has no LogSoftmax: the logits, the largest tensor of all, would go to the CPU and back.
      const { most, rest } = logSumExp(emitter, logits);
      emitter.node('Sub', [emitter.value('Sub', [logits, most]), rest], [all]);
    }
    const picked = emitter.value('GatherElements', [all, emitter.value('Unsqueeze', [targets, last])], { axis: 1 });
    emitter.node('Squeeze', [picked, last], [chosen]);
  },
  derivative(node, gradients) {
    const gradient = flowing(gradients);
    if (gradients[1] !== undefined) throw new GraphError('tokenLogProb passes gradients through its first output only');
    const all = at(node.outputs, 1);
    return [first(all.graph.apply(tokenLogProbGradient, [all, input(node, 1), gradient], {})), undefined];
  },
};

const tokenLogProbGradient: Operation<object> = {
  name: 'tokenLogProbGradient',
  place: 'input',
  types: ([all]) => (all === undefined ? 'takes log-probs' : float(all.shape)),
  emit(emitter, node) {
    // d log p(target) / d logits = onehot(target) - p, times the gradient that flows back.
    const [all, targets, gradient] = namesOf(node.inputs, 3);
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

export interface ChunkAttributes {
  readonly chunks: number;
  /** Logits become cap * tanh(logit / cap), times the factor of their row. */
  readonly cap: number | undefined;
}

/** The logits of a piece of the hidden states, capped where they are; `bent` is then tanh(logit / cap). */
function pieceLogits(
  emitter: Emitter,
  [piece, head, factors]: readonly [string, string, string | undefined],
  cap: number | undefined,
): { readonly logits: string; readonly bent: string | undefined } {
  const raw = emitter.value('Gemm', [piece, head], { transB: 1 });
  if (cap === undefined || factors === undefined) return { logits: raw, bent: undefined };
  const bent = emitter.value('Tanh', [emitter.value('Mul', [raw, emitter.float(1 / cap)])]);
  const factor = emitter.value('Mul', [factors, emitter.float(cap)]);
  return { logits: emitter.value('Mul', [bent, factor]), bent };
}

/** Bytes of a piece's logits: products of one row of `hidden` with every row of `head`, for the rows of a piece. */
function pieceBytes(node: Node<ChunkAttributes>, bytes: (tensor: Tensor) => number): number {
  const [hidden, head] = [input(node, 0), input(node, 1)];
  const width = 4 * Number(hidden.shape[1]);
  return (4 * (bytes(hidden) / width) * (bytes(head) / width)) / node.attributes.chunks;
}

/** A product with the vocabulary in pieces: one after the other, so that the logits of one are held at a time. */
const chunkedLogProbOperation: Operation<ChunkAttributes> = {
  name: 'chunkedLogProb',
  scratch: pieceBytes,
  types([hidden, head, targets, sizes, factors], { chunks, cap }) {
    if (hidden?.shape.length !== 2 || head?.shape.length !== 2 || hidden.shape[1] !== head.shape[1])
      return 'takes hidden states [M, H] and a head [V, H]';
    if (targets?.elements !== 'int64' || targets.shape[0] !== hidden.shape[0]) return 'takes M targets';
    if (sizes?.elements !== 'int64' || sizes.shape[0] !== chunks) return 'takes one size per chunk';
    if ((cap === undefined) !== (factors === undefined)) return 'takes a cap with factors [M, 1], or neither';
    const tokens = hidden.shape.slice(0, 1);
    return [...float(tokens), ...float([...tokens, 1])];
  },
  emit(emitter, node) {
    const [hidden, head, targets, sizes] = namesOf(node.inputs, 4);
    const factors = node.inputs[4]?.name;
    const [chosen, sums] = namesOf(node.outputs, 2);
    const { chunks, cap } = node.attributes;
    const last = emitter.integers([1]);
    const sumOf = (logits: string): string => {
      if (emitter.dialect === 'onnxruntime') return emitter.value('ReduceLogSumExp', [logits, last], { keepdims: 1 });
      const { most, rest } = logSumExp(emitter, logits);
      return emitter.value('Add', [most, rest]);
    };
    const pieces = emitter.values('Split', [hidden, sizes], chunks, { axis: 0 });
    const goals = emitter.values('Split', [emitter.value('Unsqueeze', [targets, last]), sizes], chunks, { axis: 0 });
    const rows = factors === undefined ? [] : emitter.values('Split', [factors, sizes], chunks, { axis: 0 });
    const parts = pieces.map((piece, i) => {
      const { logits } = pieceLogits(emitter, [piece, head, rows[i]], cap);
      const picked = emitter.value('GatherElements', [logits, at(goals, i)], { axis: 1 });
      return [picked, sumOf(logits)] as const;
    });
    emitter.node(
      'Concat',
      parts.map(([, sum]) => sum),
      [sums],
      { axis: 0 },
    );
    const picked = emitter.value(
      'Concat',
      parts.map(([one]) => one),
      { axis: 0 },
    );
    emitter.node('Squeeze', [emitter.value('Sub', [picked, sums]), last], [chosen]);
  },
  derivative(node, gradients, wanted) {
    const gradient = flowing(gradients);
    if (gradients[1] !== undefined)
      throw new GraphError('chunkedLogProb passes gradients through its first output only');
    const sums = at(node.outputs, 1);
    const { chunks, cap } = node.attributes;
    const ofHead = wanted[1] === true;
    if (wanted[4]) throw new GraphError('chunkedLogProb passes no gradient to the factors of rows');
    const inputs = [...node.inputs.slice(0, 4), sums, gradient, ...node.inputs.slice(4)];
    const [hidden, head] = sums.graph.apply(chunkedLogProbGradient, inputs, { chunks, cap, ofHead });
    return [hidden, head, undefined, undefined, undefined];
  },
};

/** The gradient of logits before the cap: times 1 - tanh^2 and the factor of the row. */
function unbent(emitter: Emitter, gradient: string, bent: string, factors: string): string {
  const slope = emitter.value('Sub', [emitter.float(1), emitter.value('Mul', [bent, bent])]);
  return emitter.value('Mul', [emitter.value('Mul', [gradient, slope]), factors]);
}

/** Computes the logits anew: one product more than keeping them, which are the largest tensors of small models. */
const chunkedLogProbGradient: Operation<ChunkAttributes & { readonly ofHead: boolean }> = {
  name: 'chunkedLogProbGradient',
  scratch: pieceBytes,
  types([hidden, head], { ofHead }) {
    if (hidden === undefined || head === undefined) return 'takes what chunkedLogProb takes and gives, and a gradient';
    return [...float(hidden.shape), ...(ofHead ? float(head.shape) : [])];
  },
  emit(emitter, node) {
    const [hidden, head, targets, sizes, sums, gradient] = namesOf(node.inputs, 6);
    const factors = node.inputs[6]?.name;
    const { chunks, cap, ofHead } = node.attributes;
    const last = emitter.integers([1]);
    const column = (vector: string) => emitter.value('Unsqueeze', [vector, last]);
    const cut = (whole: string) => emitter.values('Split', [whole, sizes], chunks, { axis: 0 });
    const [targetColumn, gradientColumn] = [column(targets), column(gradient)];
    const [pieces, goals, logSums, flows] = [cut(hidden), cut(targetColumn), cut(sums), cut(gradientColumn)];
    const rows = factors === undefined ? [] : cut(factors);
    let total: string | undefined;
    const ofPieces = pieces.map((piece, i) => {
      // d log p(target) / d logits = onehot(target) - p, times the gradient that flows back.
      const flow = at(flows, i);
      const { logits, bent } = pieceLogits(emitter, [piece, head, rows[i]], cap);
      const probabilities = emitter.value('Exp', [emitter.value('Sub', [logits, at(logSums, i)])]);
      const pull = emitter.value('Mul', [probabilities, emitter.value('Neg', [flow])]);
      const scattered = [pull, at(goals, i), flow];
      const ofCapped = emitter.value('ScatterElements', scattered, { axis: 1, reduction: 'add' });
      const ofLogits = bent === undefined ? ofCapped : unbent(emitter, ofCapped, bent, at(rows, i));
      if (ofHead) {
        const addend = total === undefined ? [] : [total];
        total = emitter.value('Gemm', [ofLogits, piece, ...addend], { transA: 1 });
      }
      return emitter.value('Gemm', [ofLogits, head]);
    });
    emitter.node('Concat', ofPieces, [out(node)], { axis: 0 });
    const [, ofTable] = node.outputs;
    if (ofTable !== undefined && total !== undefined) emitter.node('Identity', [total], [ofTable.name]);
  },
};

/**
 * log softmax(hidden head^T)[m, targets[m]]: [M, H], [V, H], [M] -> [M], in chunks of `sizes` [chunks] positions, each
 * at least 1, that sum to M. With `capped`, the softmax is over cap * tanh(logit / cap) * factors [M, 1].
 */
export const chunkedLogProb = (
  hidden: Tensor,
  head: Tensor,
  targets: Tensor,
  sizes: Tensor,
  capped?: { readonly cap: number; readonly factors: Tensor },
): Tensor => {
  const inputs = [hidden, head, targets, sizes, ...(capped === undefined ? [] : [capped.factors])];
  const attributes = { chunks: Number(sizes.shape[0]), cap: capped?.cap };
  return first(hidden.graph.apply(chunkedLogProbOperation, inputs, attributes));
};

/** This part of the table. */
export const vocabularyOperations = {
  tokenLogProb: tokenLogProbOperation,
  tokenLogProbGradient,
  chunkedLogProb: chunkedLogProbOperation,
  chunkedLogProbGradient,
};
