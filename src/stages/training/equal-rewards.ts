/**
 * What a stage says of steps from which it could learn nothing, since all completions of each problem had the same
 * reward. A run says it when the stage ends; reports and the studio say the same from the metrics.
 */
import { mean } from '../../method/statistics.js';

/** The values of a metric over the steps that have it. */
export type MetricSeries = (metric: string) => readonly number[];

/** In how many steps, why that is likely, and what to change; undefined where half of the steps or more could teach. */
export function equalRewardsText(valuesOf: MetricSeries): string | undefined {
  const shares = valuesOf('groups/zeroStd');
  const steps = shares.length;
  const equal = shares.filter((share) => share === 1).length;
  if (2 * equal <= steps) return undefined;
  // Only a step with a reference has a divergence from it, whose gradient does not depend on rewards.
  const norms = valuesOf('update/gradientNorm');
  const hasMoved = norms.length !== steps || norms.some((norm, step) => norm > 0 && shares[step] === 1);
  const moved = valuesOf('update/kl').length > 0 && hasMoved ? ' Only the KL term (beta) moved the weights then.' : '';
  return `${equal} of ${steps} steps taught nothing: all completions of each problem had the same reward.${moved} ${causeOf(valuesOf)}`;
}

/** Most of the completions. */
const MOST = 0.5;
/** All of them, or none, but for a few. */
const FEW = 0.02;

function causeOf(valuesOf: MetricSeries): string {
  const shareOf = (metric: string): number | undefined => {
    const values = valuesOf(metric);
    return values.length === 0 ? undefined : mean(values);
  };
  const right = shareOf('answers/right');
  if ((shareOf('completion/ended') ?? 1) < MOST)
    return 'Most completions were cut at the token limit: raise sampling.maxTokens, or let the model learn first to end what it writes (a longer warm-up of a teacher, a longer distillation of a student).';
  if (right === undefined)
    return (shareOf('penalized/emptyExplanation') ?? 0) > MOST
      ? (valuesOf('penalized/emptyExplanation')[0] ?? 0) > MOST
        ? 'Most explanations were empty, from the first step on: warm the teacher up longer, or on traces that are not empty.'
        : 'Most explanations were empty: saying nothing pays.'
      : 'The explanations of a problem are all alike: raise sampling.temperature, lift topK, topP or minP of sampling where they are set, or warm the teacher up for fewer steps.';
  if ((shareOf('answers/malformed') ?? 0) > MOST)
    return 'Most answers have no form that can be graded: distil the student first, so that it knows the format.';
  if (right < FEW)
    return 'Almost no answer was right: distil the student first, take easier problems, or raise samples.';
  if (right > 1 - FEW) return 'Almost every answer was right: take harder problems.';
  return 'The answers to a problem are all right or all wrong: raise samples or sampling.temperature.';
}
