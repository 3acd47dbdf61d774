import { at, type Emitter, GraphError, type Operation, type Tensor } from '../graph.js';
import { onceComputed } from './layout.js';
import { first, float, flowing, input, namesOf, out } from './node.js';

/**
 * log softmax over the last axis, as the node that ends it: its type, inputs and attributes. ONNX Runtime has it as one
 * operator; its ReduceLogSumExp adds exponentials one by one, which loses 3e-5 over 49,152 of them. WebGPU has no
 * LogSoftmax: logits, the largest tensors of all, would go to the CPU and back. Its ReduceLogSumExp does not subtract the
 * largest, and overflows from logits of 89 on.
 */
function logSoftmax(emitter: Emitter, logits: string): readonly [string, readonly string[], { axis?: number }] {
  if (emitter.dialect === 'onnxruntime') return ['LogSoftmax', [logits], { axis: -1 }];
  const last = emitter.integers([1]);
  const relative = emitter.value('Sub', [logits, emitter.value('ReduceMax', [logits, last], { keepdims: 1 })]);
  const sum = emitter.value('ReduceSum', [emitter.value('Exp', [relative]), last], { keepdims: 1 });
  return ['Sub', [relative, emitter.value('Log', [sum])], {}];
}

/**
 * The gradient of logits that `pull` [M, 1] on log-probs `all` [M, V] at `places` [M, 1] gives, as the node that ends it:
 * d log p(target) / d logits = onehot(target) - p.
 */
function logSoftmaxGradient(
  emitter: Emitter,
  [all, places, pull]: readonly [string, string, string],
): readonly [string, readonly string[], { axis: number; reduction: string }] {
  const spread = emitter.value('Mul', [emitter.value('Exp', [all]), emitter.value('Neg', [pull])]);
  return ['ScatterElements', [spread, places, pull], { axis: 1, reduction: 'add' }];
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
    const [type, inputs, attributes] = logSoftmax(emitter, logits);
    emitter.node(type, inputs, [all], attributes);
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
    const [all, targets, gradient] = namesOf(node.inputs, 3);
    const column = (vector: string) => emitter.value('Unsqueeze', [vector, emitter.integers([1])]);
    const pull = column(gradient);
    const [type, inputs, attributes] = logSoftmaxGradient(emitter, [all, column(targets), pull]);
    emitter.node(type, inputs, [out(node)], attributes);
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
    // One piece's logits and log-probs; tanh, whose derivative needs it.
    const places = 2 + Number(cap !== undefined);
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
    const goals = cut(column(targets));
    const rows = factors === undefined ? [] : cut(factors);
    const flows = gradient === undefined ? undefined : cut(column(gradient));
    const [logProbs, ofPieces]: [string[], string[]] = [[], []];
    let total: string | undefined;
    for (const [i, own] of cut(hidden).entries()) {
      // No piece begins before the one before it is done with.
      const piece = onceComputed(emitter, own, [...ofPieces.slice(-1), ...(total === undefined ? [] : [total])]);
      const { logits, bent } = pieceLogits(emitter, [piece, head, rows[i]], cap);
      const all = emitter.value(...logSoftmax(emitter, logits));
      const picked = emitter.value('GatherElements', [all, at(goals, i)], { axis: 1 });
      logProbs.push(picked);
      if (flows === undefined) continue;
      // Log-probs are read before the way back begins, so that they are not kept.
      const pull = onceComputed(emitter, at(flows, i), [picked]);
      const ofCapped = emitter.value(...logSoftmaxGradient(emitter, [all, at(goals, i), pull]));
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
