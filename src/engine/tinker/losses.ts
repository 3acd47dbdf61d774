/**
 * How the losses of the protocol express the one primitive of the boundary: add sum_k w_k * log p(x_k) to the
 * objective, with signed weights.
 */
import type { TokenLogProbs, WeightedSequence } from '../engine.js';
import { float32Tensor, int64Tensor } from './protocol/arrays.js';
import type { Datum } from './protocol/messages.js';
import { datum } from './protocol/text.js';

/**
 * What a server divides a loss by, which the weights are multiplied by to undo it: n is the number of tokens of a
 * sequence, S the number of sequences of a step.
 */
export const DIVISORS = {
  1: () => 1,
  n: (tokens: number) => tokens,
  S: (_: number, sequences: number) => sequences,
  'n * S': (tokens: number, sequences: number) => tokens * sequences,
} as const;
export type Divisor = keyof typeof DIVISORS;

/** A loss whose gradient is that of the primitive. */
export type LossForm =
  /** -sum w * lp. */
  | { readonly loss: 'cross_entropy' }
  /**
   * -sum r * A / divisor with the ratio r = exp(lp - q), and q the log-probs themselves: r is 1, and so the gradient is A
   * times that of lp. It takes a forward pass first. Clipping, as of ppo, does nothing at r = 1.
   */
  | { readonly loss: 'importance_sampling' | 'ppo'; readonly divisor: Divisor };

/** Absolute bounds of the ratio, far from 1. Servers differ in their defaults. */
const CLIP = new Map([
  ['clip_low_threshold', 0.5],
  ['clip_high_threshold', 2],
]);
export const configOf = ({ loss }: LossForm): ReadonlyMap<string, number> => (loss === 'ppo' ? CLIP : new Map());

/** A sequence up to its last chosen position: what comes after changes nothing. */
export interface Span {
  /** Its index in the call. */
  readonly sample: number;
  readonly sequence: Pick<WeightedSequence, 'ids' | 'positions' | 'temperature'>;
  /** How many tokens are predicted: log-probs come for all of them. */
  readonly targets: number;
}

export function spanOf(sequence: Span['sequence'], sample: number): Span {
  return { sample, sequence, targets: sequence.positions.at(-1) ?? Math.min(1, sequence.ids.length - 1) };
}

/** About how many bytes the datum of a span takes. */
export const bytesOf = ({ targets }: Span): number => 24 * targets + 200;

/** Which targets of a sequence are asked for: all that are predicted, or, where the server can, the chosen ones alone. */
export type Asked = 'all' | 'chosen';

function targetsOf({ sequence: { ids, positions }, targets }: Span, asked: Asked): readonly number[] {
  if (asked === 'all' || positions.length === 0) return ids.slice(1, targets + 1);
  const chosen = new Array<number>(targets).fill(NOTHING);
  for (const position of positions) chosen[position - 1] = ids[position] ?? NOTHING;
  return chosen;
}

/** A target that asks for nothing (the extension `unasked_targets`). */
const NOTHING = -1;

const shifted = (span: Span, asked: Asked, arrays: Readonly<Record<string, ArrayLike<number>>>): Datum =>
  datum(span.sequence.ids.slice(0, span.targets), {
    target_tokens: int64Tensor(targetsOf(span, asked)),
    ...Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, float32Tensor(values)])),
  });

/** One number for each target: `values` at the chosen positions, 0 elsewhere. */
function spread({ sequence: { positions }, targets }: Span, values: ArrayLike<number>, factor = 1): Float32Array {
  const all = new Float32Array(targets);
  for (const [k, position] of positions.entries()) all[position - 1] = factor * (values[k] ?? 0);
  return all;
}

/** For a forward pass. */
export const plainDatum = (span: Span, asked: Asked): Datum =>
  shifted(span, asked, { weights: new Float32Array(span.targets) });

export const weightedDatum = (span: Span, asked: Asked, weights: ArrayLike<number>): Datum =>
  shifted(span, asked, { weights: spread(span, weights) });

/** `logProbs` are those of all targets, from a forward pass with the same weights of the model. */
export function ratioDatum(
  span: Span,
  weights: ArrayLike<number>,
  logProbs: TokenLogProbs,
  divisor: Divisor,
  sequences: number,
): Datum {
  const advantages = spread(span, weights, DIVISORS[divisor](span.targets, sequences));
  return shifted(span, 'all', { logprobs: logProbs, advantages });
}

/** Parts of a list that each fit one request, with items that are `alike`. */
export function* chunksOf<Item>(
  items: readonly Item[],
  bytesOfItem: (item: Item) => number,
  most: { readonly items: number; readonly bytes: number },
  alike: (a: Item, b: Item) => boolean = () => true,
): Generator<readonly Item[]> {
  let start = 0;
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    const size = bytesOfItem(item);
    const before = items[i - 1];
    const isOther = before !== undefined && !alike(before, item);
    if (i > start && (i - start >= most.items || bytes + size > most.bytes || isOther)) {
      yield items.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < items.length) yield items.slice(start);
}
