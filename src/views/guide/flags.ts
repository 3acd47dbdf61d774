/**
 * Red flags of docs/method.md that figures alone can show. They say where to look: nothing is enforced, and a flag is
 * raised only where the last steps agree, not for one odd step. The exception is what a run warns of at once.
 */
import { equalRewardsText } from '../../stages/training/equal-rewards.js';
import type { Flag, StageMetricsView } from '../api.js';

type Series = readonly number[];

/** Steps that must agree. */
const LAST = 5;

const meanOf = (values: Series): number => values.reduce((total, value) => total + value, 0) / values.length;
const lastOf = (values: Series): Series => values.slice(-LAST);
const firstOf = (values: Series): Series => values.slice(0, LAST);
const every = (values: Series, test: (value: number) => boolean): boolean =>
  values.length >= LAST && lastOf(values).every(test);
/** Where a whole run has few steps, the last two of them stand for it: nothing can follow that tells otherwise. */
const lasting = (values: Series, test: (value: number) => boolean): boolean =>
  values.length >= 2 * LAST ? every(values, test) : values.length >= 2 && values.slice(-2).every(test);
/** A run that stops because no explanation ends may have had few steps before. */
const most = (values: Series): boolean => (values.at(-1) ?? 0) > 0.5;
const rose = (values: Series, by: number): boolean =>
  values.length >= 2 * LAST && meanOf(lastOf(values)) > meanOf(firstOf(values)) + by;
const fell = (values: Series, by: number): boolean =>
  rose(
    values.map((value) => -value),
    by,
  );

interface Rule {
  readonly metric: string;
  readonly isRaised: (values: Series, others: (metric: string) => Series) => boolean;
  readonly message: string;
}

/** A completion of fewer tokens is next to nothing. */
const SILENT_TOKENS = 2;

const EQUAL_REWARDS = 'groups/zeroStd';

export const RULES: readonly Rule[] = [
  {
    metric: EQUAL_REWARDS,
    isRaised: (values) => every(values, (value) => value > 0.5),
    message: 'More than half of the groups teach nothing: all their rewards are the same.',
  },
  {
    metric: 'completion/ended',
    isRaised: (values) => every(values, (value) => value < 0.5),
    message: 'Fewer than half of the completions end by themselves: most rewards are for cut texts.',
  },
  {
    metric: 'completion/tokens',
    isRaised: (values) => every(values, (value) => value < SILENT_TOKENS),
    message: 'Completions have become empty: silence pays.',
  },
  {
    metric: 'completion/negLogProb',
    isRaised: (values, others) =>
      fell(values, 0) && every(values, (value) => value < 0.02) && rose(others('groups/zeroStd'), 0.1),
    message: 'The policy has collapsed: it always writes the same.',
  },
  {
    metric: 'penalized/emptyExplanation',
    isRaised: (values) => most(values) && !most(values.slice(0, 1)),
    message:
      'More than half of the explanations are empty (no token between the tags): saying nothing pays. Lower reward.kl.mean and reward.kl.max, or make reward.penalties.emptyExplanation more negative; no explanation helps a student that does not know the subject.',
  },
  {
    metric: 'penalized/emptyExplanation',
    isRaised: (values) => most(values) && most(values.slice(0, 1)),
    message:
      'More than half of the explanations are empty (no token between the tags), as before reinforcement: warm the teacher up longer, or on traces that are not empty.',
  },
  {
    metric: 'penalized/emptyExplanation',
    isRaised: (values) => rose(values, 0.02) && !most(values),
    message: 'Ever more explanations are empty: lambda is too high, or the penalty is too small.',
  },
  {
    metric: 'penalized/missingEndTag',
    isRaised: most,
    message:
      'More than half of the explanations lack their end tag, whether or not they end their turn: warm the teacher up longer.',
  },
  {
    metric: 'penalized/missingEndTag',
    isRaised: (values) => rose(values, 0.05) && !most(values),
    message: 'Ever more explanations lack their end tag: they grow into the token limit, or end their turn without it.',
  },
  {
    metric: 'reward/kl/max',
    isRaised: (values, others) => rose(values, 0.5) && rose(others('reward/solution'), 0),
    message: 'The most unnatural step rises together with r_SS: the solution may leak. Read explanations.',
  },
  {
    metric: 'reward/kl/mean',
    isRaised: (values) => every(values, (value) => value < -0.02),
    message:
      'Below 0 over whole batches: teacher and student are scored differently, or sampling cuts the distribution.',
  },
  {
    metric: 'explanation/controlTokens',
    isRaised: (values) => most(values) || rose(values, 0.02),
    message: 'The teacher writes tags where text belongs. An explanation ends at the first, and counts as not ended.',
  },
  {
    metric: 'explanation/trailing',
    isRaised: (values) => rose(values, 0.05),
    message: 'Ever more explanations go on after their end tag.',
  },
  {
    metric: 'update/kl',
    isRaised: (values) => lasting(values, (value) => value > 1),
    message: 'The policy is far from where it started.',
  },
  {
    metric: 'update/gradientNorm',
    isRaised: (values) => every(values, (value) => value === 0),
    message: 'No gradient: nothing to learn.',
  },
];

/** The flags of a stage, each at its last step. */
export function flagsIn({ stage, steps, series }: StageMetricsView): readonly Flag[] {
  const step = steps.at(-1);
  if (step === undefined) return [];
  const valuesOf = (metric: string): Series => (series[metric] ?? []).filter((value) => value !== null);
  // What the stage says of itself says more than a rule on the same metric.
  const equal = equalRewardsText(valuesOf);
  const own = equal === undefined ? [] : [{ stage, metric: EQUAL_REWARDS, step, message: equal }];
  const rules = equal === undefined ? RULES : RULES.filter(({ metric }) => metric !== EQUAL_REWARDS);
  const raised = rules.flatMap(({ metric, isRaised, message }) =>
    isRaised(valuesOf(metric), valuesOf) ? [{ stage, metric, step, message }] : [],
  );
  return [...own, ...raised];
}

/** Nats per token below which a policy writes as the model that it started from. */
const UNMOVED = 1e-3;
/** The first steps are taken before the first update, or at a learning rate that is only warming up. */
const FEWEST_STEPS = 3;

/** Below this the log-probs of two equal policies differ by rounding. */
const ROUNDING = 1e-6;

/** That training has left the policy as it was, in words; undefined where it has moved, or its reward has risen. */
export function unmoved(series: StageMetricsView['series']): string | undefined {
  const valuesOf = (metric: string): Series => (series[metric] ?? []).filter((value) => value !== null);
  const [kl, reward] = [valuesOf('update/kl'), valuesOf('reward')];
  const largest = Math.max(...kl.map(Math.abs));
  if (kl.length < FEWEST_STEPS || reward.length < FEWEST_STEPS || largest >= UNMOVED) return undefined;
  const isSame = largest < ROUNDING;
  const half = Math.floor(reward.length / 2);
  if (!isSame && meanOf(reward.slice(-half)) > Math.max(...reward.slice(0, half))) return undefined;
  const why = isSame
    ? 'update/kl is 0, so any change of the reward is chance'
    : `update/kl is at most ${largest.toPrecision(1)} nats per token, and the reward has not risen`;
  return `After ${kl.length} steps the policy writes as it did before: ${why}. Take more steps, or a higher learning rate; where update/gradientNorm is 0, there is nothing to learn.`;
}

/** What the number of steps keeps from being a flag, in words; undefined where every rule can be judged. */
export function tooFewSteps(steps: number): string | undefined {
  if (steps === 0 || steps >= 2 * LAST) return undefined;
  const count = steps === 1 ? '1 step is' : `${steps} steps are`;
  return steps < LAST
    ? `${count} too few for most red flags, which need ${LAST} steps that agree. Where none is raised, that says little.`
    : `${count} too few for red flags of a rise or a fall, which compare the first ${LAST} steps with the last ${LAST}.`;
}
