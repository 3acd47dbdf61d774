/**
 * The reward of RL for correctness: of a student after its cold start, or of the baseline that starts without one.
 */
import { RELEASED } from './released.js';

/** What a grader says of an answer; `malformed` is an output that has no answer in the required form. */
export type Verdict = 'right' | 'wrong' | 'malformed';

export type CorrectnessSettings = Readonly<Record<Verdict, number>>;

/** The reward of one verdict. */
export function correctnessReward(verdict: Verdict, settings: CorrectnessSettings = RELEASED.correctness): number {
  return settings[verdict];
}
