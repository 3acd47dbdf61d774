/** The reward of RL on correctness: for a student after its cold start, or for the baseline without one. */
import { UsageError } from '../errors.js';
import { finiteNumber, requireArguments, settingsOf } from './arguments.js';
import { RELEASED } from './released.js';

/** How a completion was graded; `malformed` is one without an answer in the required form. */
export type Outcome = 'right' | 'wrong' | 'malformed';

/** The reward of each outcome. */
export type CorrectnessSettings = Readonly<Record<Outcome, number>>;

const SETTINGS = settingsOf({ right: finiteNumber, wrong: finiteNumber, malformed: finiteNumber });

/** The reward of one outcome. @throws {UsageError} when there is no such outcome */
export function correctnessReward(outcome: Outcome, settings: CorrectnessSettings = RELEASED.correctness): number {
  requireArguments("correctnessReward('right')", { settings: [settings, SETTINGS] });
  const reward = Object.hasOwn(settings, outcome) ? settings[outcome] : undefined;
  if (reward !== undefined) return reward;
  const known = Object.keys(settings).join(', ');
  throw new UsageError(`correctnessReward: outcome: expected one of ${known}, not ${JSON.stringify(outcome)}`, {
    field: 'outcome',
    remedy: "Call it as correctnessReward('right').",
  });
}
