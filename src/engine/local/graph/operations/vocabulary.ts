import { at, type Emitter, GraphError, type Operation, type Tensor } from '../graph.js';
import { onceComputed } from './layout.js';
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
  /** Of what gradients are computed at once, from the one that flows back; absent: none. */
  readonly gradientOf: 'hidden' | 'hidden and head' | undefined;
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

/** The gradient of logits before the cap: times 1 - tanh^2 and the factor of the row. */
function unbent(emitter: Emitter, gradient: string, bent: string, factors: string): string {
  const slope = emitter.value('Sub', [emitter.float(1), emitter.value('Mul', [bent, bent])]);
  return emitter.value('Mul', [emitter.value('Mul', [gradient, slope]), factors]);
}

/**
 * A product with the vocabulary in pieces: one after the other, so that the logits of one are held at a time. The
 * gradient that flows back to log-probs is known beforehand (the weights of positions), so a piece's way back follows
 * its way forward at once: it needs no second product and keeps no logits.
 */
const chunkedLogProbOperation: Operation<ChunkAttributes> = {
  name: 'chunkedLogProb',
  scratch(node, bytes) {
    const { chunks, cap, gradientOf } = node.attributes;
    const [hidden, head] = [input(node, 0), input(node, 1)];
    const width = 4 * Number(hidden.shape[1]);
    const logits = (4 * (bytes(hidden) / width) * (bytes(head) / width)) / chunks;
    // One piece's logits; exponentials, which ONNX Runtime writes to new memory, as it does tanh, whose derivative needs it.
    const places = 1 + Number(gradientOf !== undefined) + Number(cap !== undefined);
    // Sums of the head's gradient are added to a piece's in new memory, the last ones in that of the result.
    const sums = gradientOf === 'hidden and head' ? Math.min(2, chunks - 1) * bytes(head) : 0;
    return places * logits + sums;
  },
  types([hidden, head, targets, sizes, ...more], { chunks, cap, gradientOf }) {
    if (hidden?.shape.length !== 2 || head?.shape.length !== 2 || hidden.shape[1] !== head.shape[1])
      return 'takes hidden states [M, H] and a head [V, H]';
    if (targets?.elements !== 'int64' || targets.shape[0] !== hidden.shape[0]) return 'takes M targets';
    if (sizes?.elements !== 'int64' || sizes.shape[0] !== chunks) return 'takes one size per chunk';
    if (more.length !== Number(cap !== undefined) + Number(gradientOf !== undefined))
      return 'takes factors [M, 1] with a cap only, and a gradient [M] where those of its inputs are wanted';
    return [
      ...float(hidden.shape.slice(0, 1)),
      ...(gradientOf === undefined ? [] : float(hidden.shape)),
      ...(gradientOf === 'hidden and head' ? float(head.shape) : []),
    ];
  },
  emit(emitter, node) {
    const { chunks, cap, gradientOf } = node.attributes;
    const [hidden, head, targets, sizes] = namesOf(node.inputs, 4);
    const [factors, gradient] = [
      cap === undefined ? undefined : node.inputs[4]?.name,
      gradientOf === undefined ? undefined : node.inputs.at(-1)?.name,
    ];
    const [, ofHidden, ofHead] = node.outputs;
    const last = emitter.integers([1]);
    const cut = (whole: string) => emitter.values('Split', [whole, sizes], chunks, { axis: 0 });
    const column = (vector: string) => emitter.value('Unsqueeze', [vector, last]);
    const joined = (values: readonly string[]) => emitter.value('Concat', values, { axis: 0 });
    const sumOf = (logits: string): string => {
      if (emitter.dialect === 'onnxruntime') return emitter.value('ReduceLogSumExp', [logits, last], { keepdims: 1 });
      const { most, rest } = logSumExp(emitter, logits);
      return emitter.value('Add', [most, rest]);
    };
    const goals = cut(column(targets));
    const rows = factors === undefined ? [] : cut(factors);
    const flows = gradient === undefined ? undefined : cut(column(gradient));
    const [logProbs, ofPieces]: [string[], string[]] = [[], []];
    let total: string | undefined;
    for (const [i, own] of cut(hidden).entries()) {
      // No piece begins before the one before it is done with.
      const piece = onceComputed(emitter, own, [...ofPieces.slice(-1), ...(total === undefined ? [] : [total])]);
      const { logits, bent } = pieceLogits(emitter, [piece, head, rows[i]], cap);
      const picked = emitter.value('GatherElements', [logits, at(goals, i)], { axis: 1 });
      const sum = sumOf(logits);
      logProbs.push(emitter.value('Sub', [picked, sum]));
      if (flows === undefined) continue;
      // d log p(target) / d logits = onehot(target) - p, times the gradient that flows back. It is written over the
      // logits, so what is read of them is read before.
      const flow = at(flows, i);
      const relative = emitter.value('Sub', [logits, onceComputed(emitter, sum, [picked])]);
      const pull = emitter.value('Mul', [emitter.value('Exp', [relative]), emitter.value('Neg', [flow])]);
      const scattered = [pull, at(goals, i), flow];
      const ofCapped = emitter.value('ScatterElements', scattered, { axis: 1, reduction: 'add' });
      const ofLogits = bent === undefined ? ofCapped : unbent(emitter, ofCapped, bent, at(rows, i));
      ofPieces.push(emitter.value('Gemm', [ofLogits, head]));
      if (ofHead === undefined) continue;
      const addends: readonly string[] = [ofLogits, piece, ...(total === undefined ? [] : [total])];
      if (i < chunks - 1) total = emitter.value('Gemm', addends, { transA: 1 });
      else emitter.node('Gemm', addends, [ofHead.name], { transA: 1 });
    }
    emitter.node('Squeeze', [joined(logProbs), last], [out(node)]);
    if (ofHidden === undefined) return;
    emitter.node('Concat', ofPieces, [ofHidden.name], { axis: 0 });
  },
  derivative(node, gradients, wanted) {
    const { gradientOf } = node.attributes;
    const [, ofHidden, ofHead] = node.outputs;
    if (flowing(gradients) !== node.inputs.at(-1) || gradientOf === undefined)
      throw new GraphError('chunkedLogProb has gradients only of the one that was given to it');
    if (wanted[1] === true && ofHead === undefined) throw new GraphError('chunkedLogProb has no gradient of the head');
    if (node.inputs.slice(2).some((_, i) => wanted[2 + i]))
      throw new GraphError('chunkedLogProb passes gradients to hidden states and the head only');
    return [ofHidden, ofHead];
  },
};

/** How `chunkedLogProb` is computed. */
export interface ChunkOptions {
  /** Makes it that of a softmax over cap * tanh(logit / cap) * factors [M, 1]. */
  readonly capped?: { readonly cap: number; readonly factors: Tensor } | undefined;
  /** The gradient [M] that will flow back to it, and whether the head learns; it has a derivative for no other. */
  readonly seed?: { readonly gradient: Tensor; readonly ofHead: boolean } | undefined;
}

/**
 * log softmax(hidden head^T)[m, targets[m]]: [M, H], [V, H], [M] -> [M], in chunks of `sizes` [chunks] positions, each
 * at least 1, that sum to M.
 */
export const chunkedLogProb = (
  hidden: Tensor,
  head: Tensor,
  targets: Tensor,
  sizes: Tensor,
  { capped, seed }: ChunkOptions = {},
): Tensor => {
  const more = [...(capped === undefined ? [] : [capped.factors]), ...(seed === undefined ? [] : [seed.gradient])];
  const gradientOf = seed === undefined ? undefined : seed.ofHead ? 'hidden and head' : 'hidden';
  const attributes = { chunks: Number(sizes.shape[0]), cap: capped?.cap, gradientOf } as const;
  return first(hidden.graph.apply(chunkedLogProbOperation, [hidden, head, targets, sizes, ...more], attributes));
};

/** This part of the table. */
export const vocabularyOperations = {
  tokenLogProb: tokenLogProbOperation,
  tokenLogProbGradient,
  chunkedLogProb: chunkedLogProbOperation,
};
