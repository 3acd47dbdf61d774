/** Converts the reward settings of a recipe to those of the method. */
import type { RewardPart, RewardSettings } from '../../method/reward.js';
import type { Reduction } from '../../method/statistics.js';
import type { RewardBlock } from '../definition/settings.js';

const parts = (coefficients: Readonly<Record<Reduction, number>>): RewardPart[] =>
  (Object.entries(coefficients) as [Reduction, number][]).flatMap(([reduction, coefficient]) =>
    coefficient === 0 ? [] : [{ reduction, coefficient }],
  );

export function rewardSettings({ temperature: _, solution, kl, penalties, ...others }: RewardBlock): RewardSettings {
  return { ...others, solution: parts(solution), kl: parts(kl), penalties: { ...penalties } };
}
