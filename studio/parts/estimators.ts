/** What rewards are called: with the estimator of their divergence, since those of k1 and of k3 do not compare. */

/** `reward (k1)`; the name alone where no estimator is known. */
export const rewardName = (estimator: string | null): string =>
  estimator === null ? 'reward' : `reward (${estimator})`;

/** Metrics that depend on the estimator. */
const HAS_KL = /^(?:held-out\/)?reward(?:$|\/kl)/;

/** A metric with the estimators of the stages that it is of. */
export const metricName = (metric: string, estimators: readonly string[]): string =>
  HAS_KL.test(metric) && estimators.length > 0 ? `${metric} (${estimators.join(', ')})` : metric;
