/**
 * The keys of a run's random numbers. Each use of randomness has a key of its own made of the seed of the run, the name of
 * the stage, the purpose, and what it is for (step, problem): nothing depends on the order of work, on batching, or on
 * what other stages did.
 */
import { type RandomKey, randomKey } from '../random.js';

/** What randomness is used for. A new use gets a new word: two uses of one key would be the same numbers. */
export type Purpose = 'sample' | 'shuffle' | 'initialise' | 'hold-out' | 'bootstrap' | 'corpus';

export function stageKey(
  seed: number,
  stage: string,
  purpose: Purpose,
  ...of: readonly (string | number)[]
): RandomKey {
  return randomKey(seed, 'stage', stage, purpose, ...of);
}

/** A 31-bit seed out of a key, for what takes a number (a cursor, LoRA's first matrices). */
export function stageSeed(seed: number, stage: string, purpose: Purpose, ...of: readonly (string | number)[]): number {
  return stageKey(seed, stage, purpose, ...of).low >>> 1;
}
