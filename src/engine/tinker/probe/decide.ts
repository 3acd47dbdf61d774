/** What measured gradients say about a loss: whether it is linear in signed weights, as the primitive is. */
import type { Pattern } from './patterns.js';

/** What one step on a pattern did. */
export interface Measured {
  /** By how much the log-prob of each token grew, divided by the step size. */
  readonly effect: readonly number[];
  /** As the server reports it. */
  readonly norm: number | undefined;
}
export type Measurements = ReadonlyMap<Pattern, Measured>;

/** How much a relation may be missed: steps are finite, and servers compute in few bits. */
const TOLERANCE = 0.2;

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0);

/** `effects` compares what steps did; `norms` what the server reports, where Adam hides the size of a gradient. */
export type Yardstick = 'effects' | 'norms';

/** How many times as large as `b` the gradient of `a` is; with its sign, where effects tell it. */
export function ratio(a: Measured, b: Measured, yardstick: Yardstick): number {
  if (yardstick === 'effects') return dot(a.effect, b.effect) / dot(b.effect, b.effect);
  return a.norm === undefined || b.norm === undefined ? Number.NaN : a.norm / b.norm;
}

/** By how much a step raised the log-probs. */
export const growth = ({ effect }: Measured): number => effect.reduce((total, value) => total + value, 0);

/** The share of `a` that is not `b`. */
function difference(a: readonly number[], b: readonly number[]): number {
  const apart = a.map((value, i) => value - (b[i] ?? 0));
  return Math.sqrt(dot(apart, apart) / Math.max(dot(b, b), Number.MIN_VALUE));
}

/** A relation that holds for every model where the loss is linear. */
interface Relation {
  readonly patterns: readonly Pattern[];
  /** Why it does not hold; undefined when it does, or cannot be judged. */
  readonly broken: (found: readonly Measured[], yardstick: Yardstick) => string | undefined;
}

const proportional = (pattern: Pattern, to: Pattern, factor: number, words: string): Relation => ({
  patterns: [pattern, to],
  broken([a, b], yardstick) {
    if (a === undefined || b === undefined) return undefined;
    const times = ratio(a, b, yardstick);
    const expected = yardstick === 'effects' ? factor : Math.abs(factor);
    return Math.abs(times / expected - 1) <= TOLERANCE
      ? undefined
      : `${words} has ${number(times)} times the gradient, not ${expected} times`;
  },
});

/** In an order in which those come last that ruin the model of a server which fails them. */
export const RELATIONS: readonly Relation[] = [
  {
    patterns: ['ones'],
    broken([ones]) {
      return ones !== undefined && growth(ones) > 0 ? undefined : 'a positive weight lowers the log-probs';
    },
  },
  proportional('twos', 'ones', 2, 'a weight of 2'),
  proportional('twice', 'ones', 2, 'a sequence that is there twice'),
  proportional('head', 'short', 1, 'a sequence with more tokens, of weight 0,'),
  {
    patterns: ['mixed', 'rest', 'ones'],
    broken([mixed, rest, ones], yardstick) {
      if (yardstick === 'norms' || mixed === undefined || rest === undefined || ones === undefined) return undefined;
      const sum = mixed.effect.map((value, i) => value + (rest.effect[i] ?? 0));
      const apart = difference(sum, ones.effect);
      return apart <= TOLERANCE ? undefined : `signed weights do not add up (${number(100 * apart)} % apart)`;
    },
  },
  proportional('negative', 'mixed', -1, 'the opposite of a batch'),
];

const number = (value: number): string => String(Number(value.toPrecision(3)));

/** The first relation that does not hold. */
export function firstBroken(measurements: Measurements, yardstick: Yardstick): string | undefined {
  for (const { patterns, broken } of RELATIONS) {
    const found = patterns.flatMap((pattern) => measurements.get(pattern) ?? []);
    if (found.length < patterns.length) continue;
    const why = broken(found, yardstick);
    if (why !== undefined) return why;
  }
  return undefined;
}
