/**
 * The reward of RL for correctness: of a student after its cold start, or of the baseline that starts without one.
 */
import { RELEASED } from './released.js';

/** What a grader says of an answer; `malformed` is an output that has no answer in the required form. */
export type Outcome = 'right' | 'wrong' | 'malformed';

export type CorrectnessSettings = Readonly<Record<Outcome, number>>;

/** The reward of one outcome. */
export function correctnessReward(outcome: Outcome, settings: CorrectnessSettings = RELEASED.correctness): number {
  return settings[outcome];
}
