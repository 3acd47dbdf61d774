/** The reward of RL on correctness: for a student after its cold start, or for the baseline without one. */
import { UsageError } from '../errors.js';
import { requireArguments } from './arguments.js';
import { RELEASED } from './released.js';

/** How a completion was graded; `malformed` is one without an answer in the required form. */
export type Outcome = 'right' | 'wrong' | 'malformed';

/** The reward of each outcome. */
export type CorrectnessSettings = Readonly<Record<Outcome, number>>;

/** The reward of one outcome. */
export function correctnessReward(outcome: Outcome, settings: CorrectnessSettings = RELEASED.correctness): number {
  requireArguments("correctnessReward('right')", { settings: [settings, { keys: [] }] });
  const reward: number | undefined = settings[outcome];
  if (reward !== undefined) return reward;
  const known = Object.keys(settings).join(', ');
  throw new UsageError(`correctnessReward: outcome: expected one of ${known}, not ${outcome}`, {
    field: 'outcome',
    remedy: "Call it as correctnessReward('right').",
  });
}
