/**
 * The reward of RL for correctness: of a student after its cold start, or of the baseline that starts without one.
 */

/** What a grader says of an answer; `malformed` is an output that has no answer in the required form. */
export type Verdict = 'right' | 'wrong' | 'malformed';

export type CorrectnessSettings = Readonly<Record<Verdict, number>>;

/** The published values: wrong -1, bad format -0.5, right +1 (docs/method.md, implementation detail 22). */
export const PUBLISHED_CORRECTNESS: CorrectnessSettings = { right: 1, malformed: -0.5, wrong: -1 };

/** The reward of one verdict. */
export function correctnessReward(verdict: Verdict, settings: CorrectnessSettings = PUBLISHED_CORRECTNESS): number {
  return settings[verdict];
}
