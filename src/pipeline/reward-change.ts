/** What reinforcement did to the rewards of a teacher's explanations, in words. */
import { mean, sampleStd } from '../method/statistics.js';
import { shortNumber } from '../run/progress.js';
import { type ExplanationPair, rewardName } from './summary.js';

/** Fewer problems show nothing of the rewards in general. */
const FEWEST_PAIRS = 8;

/** What the rewards are called: by their estimator, where it is one. */
function nameIn(pairs: readonly ExplanationPair[]): string {
  const [estimator, ...others] = new Set(pairs.flatMap(({ before, after }) => [before.estimator, after.estimator]));
  return rewardName(others.length === 0 ? estimator : undefined);
}

/** What reinforcement did to a teacher's explanations: to their rewards, and to how many end; undefined where neither can be said. */
export function rewardChangeText(pairs: readonly ExplanationPair[]): string | undefined {
  const said = [rewardsText(pairs), endingsText(pairs)].filter((text) => text !== undefined);
  return said.length === 0 ? undefined : said.join(' ');
}

/** That many explanations no longer end, which their mean reward may not show; undefined where it is not so. */
function endingsText(pairs: readonly ExplanationPair[]): string | undefined {
  const unfinished = (when: 'before' | 'after'): number => pairs.filter((pair) => !pair[when].isWhole).length;
  const [before, after] = [unfinished('before'), unfinished('after')];
  if (after - before <= Math.max(2, pairs.length / 10)) return undefined;
  return `But ${after} of the ${pairs.length} explanations after it are not finished, ${before} before: its steps were too large; try a lower optimiser.learningRate in the teach stage.`;
}

/** The mean rewards before and after reinforcement, and what it did to them; undefined where they are not known. */
function rewardsText(pairs: readonly ExplanationPair[]): string | undefined {
  const both = pairs.flatMap(({ before, after }) =>
    before.reward === undefined || after.reward === undefined ? [] : [[before.reward, after.reward] as const],
  );
  if (both.length < FEWEST_PAIRS) return undefined;
  const changes = both.map(([before, after]) => after - before);
  const [first, last] = [mean(both.map(([before]) => before)), mean(both.map(([, after]) => after))].map(shortNumber);
  const [better, worse] = [
    changes.filter((change) => change > 0).length,
    changes.filter((change) => change < 0).length,
  ];
  const told = `Mean ${nameIn(pairs)} of the explanations of ${both.length} problems (higher is better): ${first} before, ${last} after; ${better} became better, ${worse} worse.`;
  // Two standard errors of the mean, problem by problem.
  const [change, twoErrors] = [mean(changes), (2 * sampleStd(changes)) / Math.sqrt(changes.length)];
  if (change > twoErrors) return `${told} Reinforcement raised the mean.`;
  if (change >= -twoErrors) {
    // Two standard errors of a count where each falls to one side or the other by chance.
    const isClear = Math.abs(better - worse) > 2 * Math.sqrt(better + worse);
    if (!isClear) return `${told} Reinforcement is not shown to have changed them.`;
    return `${told} Reinforcement ${better > worse ? 'raised' : 'lowered'} most of them; the mean shows no difference.`;
  }
  const few = better > worse ? ', by a few that became much worse' : '';
  return `${told} Reinforcement lowered the mean${few}: try fewer steps or a lower optimiser.learningRate in the teach stage (--set stages.NAME.optimiser.learningRate=...). Where the teacher explained well before, there may be nothing to gain.`;
}
