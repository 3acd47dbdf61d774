/** GRPO's group advantage: how much better a sample is than the other samples of its prompt. */

import { NumericError, type Place, UsageError } from '../errors.js';
import { fromZero, numbers, requireArguments, settingsOf, trueOrFalse } from './arguments.js';
import { RELEASED } from './released.js';
import { finite, mean, sampleStd } from './statistics.js';

/** How rewards of a group become advantages. */
export interface AdvantageSettings {
  /** Divide by the group's standard deviation. Dr. GRPO (arXiv 2503.20783) does not. */
  readonly scaleByStd: boolean;
  /** Added to the standard deviation, in units of reward. At least 0. */
  readonly epsilon: number;
}

/** The same, for calls without types. */
const ADVANTAGE_SETTINGS = settingsOf({ scaleByStd: trueOrFalse, epsilon: fromZero });

/** The advantages of a group, with its mean and spread. */
export interface GroupAdvantage {
  readonly advantages_G: Float64Array;
  /** Mean reward of the group. */
  readonly mean: number;
  /** Standard deviation of its rewards, with n - 1; 0 for a group of one. */
  readonly std: number;
}

/**
 * (r - mean) / (std + epsilon) over the G samples of one prompt, std with n - 1 (GRPO, arXiv 2402.03300; epsilon from
 * the released code).
 *
 * A group of one, and a group with all rewards equal, has advantages of exactly 0: there is nothing to prefer. A reward
 * of 0 is a reward like any other.
 * @throws {NumericError} when a reward is not finite, naming its index, or the rewards are so large that an advantage is not
 * @throws {UsageError} when the group is empty
 */
export function groupAdvantage(
  rewards_G: ArrayLike<number>,
  settings: AdvantageSettings = RELEASED.advantage,
  place: Place = {},
): GroupAdvantage {
  requireArguments('groupAdvantage([1, 0], { scaleByStd: true, epsilon: 1e-4 })', {
    rewards_G: [rewards_G, numbers],
    settings: [settings, ADVANTAGE_SETTINGS],
  });
  const rewards = finite(rewards_G, 'rewards', place);
  if (rewards.length === 0) throw new UsageError('the group has no samples; expected at least one', place);
  const centre = mean(rewards);
  const std = rewards.length === 1 ? 0 : sampleStd(rewards);
  // With no spread there is no preference, whatever the epsilon (0 / 0 if it is 0).
  const scale = settings.scaleByStd && std > 0 ? std + settings.epsilon : 1;
  const advantages_G = rewards.map((reward) => (reward - centre) / scale);
  if (!Number.isFinite(centre) || !Number.isFinite(std) || !advantages_G.every(Number.isFinite)) {
    throw new NumericError(`the advantages are not finite: the rewards have mean ${centre} and deviation ${std}`, {
      ...place,
      remedy: 'Check the rewards; some are so large that their difference or its square overflows.',
    });
  }
  return { advantages_G, mean: centre, std };
}
