/** GRPO's group advantage: how much better a sample is than the others of the same prompt. */
import { type Place, UsageError } from '../errors.js';
import { RELEASED } from './released.js';
import { finite, mean, sampleStd } from './statistics.js';

export interface AdvantageSettings {
  /** Divide by the group's standard deviation. False as in Dr. GRPO (arXiv 2503.20783), where hard and easy prompts weigh alike. */
  readonly scaleByStd: boolean;
  /** Added to the standard deviation, in units of reward. */
  readonly epsilon: number;
}

export interface GroupAdvantage {
  readonly advantages_G: Float64Array;
  /** Mean reward of the group. */
  readonly mean: number;
  /** Standard deviation of its rewards, with n - 1; 0 for a group of one. */
  readonly std: number;
}

/**
 * (r - mean) / (std + epsilon) over the G samples of one prompt (GRPO, arXiv 2402.03300, with the released epsilon), std with n - 1.
 *
 * A group of one, and a group with all rewards equal, has advantages of exactly 0: there is nothing to prefer. A reward
 * of 0 is a reward like any other.
 * @throws NumericError for a reward that is not finite, naming its index
 */
export function groupAdvantage(
  rewards_G: ArrayLike<number>,
  settings: AdvantageSettings = RELEASED.advantage,
  place: Place = {},
): GroupAdvantage {
  const rewards = finite(rewards_G, 'rewards', place);
  if (rewards.length === 0) throw new UsageError('an advantage needs a group of at least one sample', place);
  const centre = mean(rewards);
  const std = rewards.length === 1 ? 0 : sampleStd(rewards);
  // With no spread there is no preference, whatever the epsilon (0 / 0 if it is 0).
  const scale = settings.scaleByStd && std > 0 ? std + settings.epsilon : 1;
  return { advantages_G: rewards.map((reward) => (reward - centre) / scale), mean: centre, std };
}
