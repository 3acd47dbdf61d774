/**
 * The keys of a run's random numbers. Each use of randomness has its own key, made of the seed of the run, the name of
 * the stage, the purpose, and the item (step, problem). Nothing depends on the order of work, on batching, or on what
 * other stages did.
 */
import { type RandomKey, randomKey } from '../random.js';

/** What randomness is used for. A new use gets a new word: two uses of one key would draw the same numbers. */
export type Purpose = 'sample' | 'shuffle' | 'initialise' | 'hold-out' | 'held-out' | 'probe' | 'bootstrap' | 'corpus';

/** The key of one use of randomness in a stage. */
export function stageKey(
  seed: number,
  stage: string,
  purpose: Purpose,
  ...of: readonly (string | number)[]
): RandomKey {
  return randomKey(seed, 'stage', stage, purpose, ...of);
}

/** A 31-bit seed from such a key, for what takes a number: a cursor, LoRA's first matrices. */
export function stageSeed(seed: number, stage: string, purpose: Purpose, ...of: readonly (string | number)[]): number {
  return stageKey(seed, stage, purpose, ...of).low >>> 1;
}
