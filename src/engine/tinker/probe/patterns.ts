/** What the probe trains on: small batches whose gradients are related, whatever the model computes. */
import { type TokenIds, tokenIds } from '../../../text/tokens.js';

/** Ids of every vocabulary; the smallest are often special. */
export const SEQUENCE: TokenIds = tokenIds([5, 17, 9, 33, 12, 28, 7, 39, 21, 14, 36, 25, 10]);
const TARGETS = SEQUENCE.length - 1;
/** Targets of the short sequence, which begins as the long one. */
const SHORT = 4;

/** A sequence that predicts `weights.length` tokens. */
export interface Weighted {
  readonly ids: TokenIds;
  readonly weights: readonly number[];
}

const long = (weightOf: (target: number) => number): Weighted => ({
  ids: SEQUENCE,
  weights: Array.from({ length: TARGETS }, (_, target) => weightOf(target)),
});
/** Signs and sizes that add up to 3.5. */
const mixed = (target: number): number => [1, -0.5, 0, 1, -1, 0.5, 1, 0, 1, -0.5, 0.5, 0.5][target] ?? 0;

export const PATTERNS = {
  ones: [long(() => 1)],
  minus: [long(() => -1)],
  twos: [long(() => 2)],
  /** The same sequence twice: twice the gradient. */
  twice: [long(() => 1), long(() => 1)],
  head: [long((target) => (target < SHORT ? 1 : 0))],
  /** Has the gradient of `head`, with fewer tokens. */
  short: [{ ids: tokenIds(SEQUENCE.slice(0, SHORT + 1)), weights: Array.from({ length: SHORT }, () => 1) }],
  mixed: [long(mixed)],
  /** Adds up with `mixed` to `ones`. */
  rest: [long((target) => 1 - mixed(target))],
  /** The opposite of `mixed`: its weights add up to less than 0. */
  negative: [long((target) => -mixed(target))],
} as const satisfies Readonly<Record<string, readonly Weighted[]>>;
export type Pattern = keyof typeof PATTERNS;
