/** How the figures of several seeds become one value with a 95 % interval. */
import { normalQuantile, tQuantile } from '../../dist/evaluation/statistics/distributions.js';
import { scoreInterval } from '../../dist/evaluation/statistics/intervals.js';
import { mean, pearson, sampleStd, spearman } from '../../dist/method/statistics.js';

/** Accuracy over the problems of all seeds together; each problem counts once, with the share of its samples that were right. */
export function pooledAccuracy(tallies) {
  const [first] = tallies;
  if (first === undefined) return undefined;
  const scores = tallies.flatMap(({ samples, problemsWithRight }) =>
    problemsWithRight.flatMap((problems, right) => Array.from({ length: problems }, () => right / samples)),
  );
  const { low, high } = scoreInterval(scores, first.samples);
  return { value: mean(scores), low, high, problems: scores.length };
}

/** A share of independent cases, pooled over seeds. */
export function pooledShare(shares) {
  if (shares.length === 0) return undefined;
  return pooledAccuracy(
    shares.map(({ share, of }) => ({
      samples: 1,
      problemsWithRight: [of - Math.round(share * of), Math.round(share * of)],
    })),
  );
}

/** Mean of one value a seed with Student's interval, which seeds as units need; without one for a single seed. */
export function overSeeds(values) {
  if (values.length === 0) return undefined;
  const value = mean(values);
  if (values.length < 2) return { value, low: null, high: null, seeds: values.length };
  const half = (tQuantile(0.975, values.length - 1) * sampleStd(values)) / Math.sqrt(values.length);
  return { value, low: value - half, high: value + half, seeds: values.length };
}

/** Slope of the least-squares line through values at 0, 1, 2, ...; 0 for a single one. */
export function slope(values) {
  const [middle, average] = [(values.length - 1) / 2, mean(values)];
  const covariance = values.reduce((sum, value, at) => sum + (at - middle) * (value - average), 0);
  const variance = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}

/** Pearson's and Spearman's correlation; the interval of the former is Fisher's. Undefined where one side does not vary. */
export function correlation(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const r = pearson(xs, ys);
  if (r === undefined) return undefined;
  // Only one of exactly 1 has no transform.
  const z = Math.atanh(Math.min(Math.max(r, -1 + 1e-12), 1 - 1e-12));
  const half = points.length > 3 ? normalQuantile(0.975) / Math.sqrt(points.length - 3) : Number.POSITIVE_INFINITY;
  return {
    pearson: r,
    low: Math.tanh(z - half),
    high: Math.tanh(z + half),
    spearman: spearman(xs, ys),
    points: points.length,
  };
}

/** Whether the interval of `better` lies above that of `worse`. */
export const above = (better, worse) => better.low > worse.high;

/**
 * On which side of 0 the interval of a difference lies; 0 where it contains it. Undefined for one seed, or some of the
 * seeds, of which nothing is said.
 * @param difference as from `overSeeds`
 * @param seeds how many there are in all
 */
export function sideOf({ low, high, seeds: own }, seeds) {
  if (low === null || own < seeds) return undefined;
  return low > 0 ? 1 : high < 0 ? -1 : 0;
}
