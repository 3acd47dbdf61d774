/** Confidence intervals of scores. The unit is the problem, because samples of one problem are not independent. */
import { UsageError } from '../../errors.js';
import { mean, sampleStd } from '../../method/statistics.js';
import { type RandomKey, RandomStream } from '../../random.js';
import { betaQuantile, normalCdf, normalQuantile, tQuantile } from './distributions.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const LEVEL = 0.95;

function requireProblems(problems: number): void {
  if (problems < 1)
    throw new UsageError('an interval needs at least one problem', {
      remedy: 'Use a set of problems that is not empty.',
    });
}

/** Wilson's score interval of a proportion of n independent trials (n need not be whole), with quantile z. */
export function wilson(share: number, n: number, z = normalQuantile((1 + LEVEL) / 2)): Interval {
  const factor = (z * z) / n;
  const centre = (share + factor / 2) / (1 + factor);
  const half = (z / (1 + factor)) * Math.sqrt((share * (1 - share)) / n + factor / (4 * n));
  // At 0 and 1 the bound is exact, and rounding must not cross it.
  return { low: share <= 0 ? 0 : Math.max(0, centre - half), high: share >= 1 ? 1 : Math.min(1, centre + half) };
}

/**
 * Clopper and Pearson's interval of a proportion of n independent trials (1934): it holds the true rate in at least 95
 * of 100 cases at every rate, also with few trials, and is wider for it.
 */
export function clopperPearson(share: number, n: number): Interval {
  const tail = (1 - LEVEL) / 2;
  const right = share * n;
  const wrong = n - right;
  return {
    low: share <= 0 ? 0 : betaQuantile(tail, right, wrong + 1),
    high: share >= 1 ? 1 : betaQuantile(1 - tail, right + 1, wrong),
  };
}

/** Below this number of single samples, Wilson's interval holds the true rate in as few as 86 of 100 cases. */
const FEW = 100;

/**
 * Interval of the mean of per-problem scores in [0, 1], each from `samples` samples, or worth so many.
 *
 * Wilson's interval with the effective number of problems n* = p (1 - p) / (s^2 / P), the number of independent single
 * samples with the same uncertainty (Korn and Graubard 1998; Franco et al. 2019). It is kept between P (all samples of
 * a problem agree) and P * samples (all problems are alike), so that scores without any spread still get a positive width.
 * With one sample per problem this is Wilson's interval itself, or for fewer than 100 problems Clopper and Pearson's.
 *
 * So it is of several samples too where all are right, all are wrong, or there is a single problem: then nothing tells how
 * much more than one the samples of a problem are worth. That holds the true rate q: a problem whose score may be any in
 * [0, 1] is above 0 with probability q or more, so P scores are all 0 with probability (1 - q)^P or less.
 * @throws {UsageError} when there are no problems
 */
export function scoreInterval(scores: readonly number[], samples: number): Interval {
  const problems = scores.length;
  requireProblems(problems);
  const share = mean(scores);
  const isOneEach = samples === 1 || share <= 0 || share >= 1 || problems < 2;
  if (isOneEach && problems < FEW) return clopperPearson(share, problems);
  if (isOneEach) return wilson(share, problems);
  const spread = sampleStd(scores) ** 2;
  const effective = spread > 0 ? (share * (1 - share) * problems) / spread : Number.POSITIVE_INFINITY;
  const n = Math.min(Math.max(effective, problems), problems * samples);
  // With few problems the spread itself is uncertain, hence Student's quantile. One sample needs no estimate of it.
  return wilson(share, n, tQuantile((1 + LEVEL) / 2, problems - 1));
}

interface BootstrapOptions {
  readonly key: RandomKey;
  /** Default 4,000. */
  readonly resamples?: number;
  readonly level?: number;
}

/**
 * Efron's bias-corrected and accelerated bootstrap interval of the mean of `values` (Efron 1987; DiCiccio and Efron
 * 1996, section 2). Resamples problems, never samples of one problem. Without any spread, the interval is the value
 * itself.
 */
export function bootstrapMeanInterval(values: readonly number[], options: BootstrapOptions): Interval {
  requireProblems(values.length);
  const { key, resamples = 4_000, level = LEVEL } = options;
  const centre = mean(values);
  const spread = values.some((value) => value !== values[0]);
  if (!spread) return { low: centre, high: centre };
  const stream = new RandomStream(key);
  const n = values.length;
  const means = Float64Array.from({ length: resamples }, () => {
    let total = 0;
    for (let i = 0; i < n; i++) total += values[Math.floor(stream.uniform() * n)] ?? 0;
    return total / n;
  }).sort();
  // Ties with the estimate count half, which matters for few discrete values.
  let below = 0;
  for (const value of means) below += value < centre - 1e-12 ? 1 : value <= centre + 1e-12 ? 0.5 : 0;
  const bias = normalQuantile(Math.min(Math.max(below / resamples, 1 / resamples), 1 - 1 / resamples));
  let cubes = 0;
  let squares = 0;
  for (const value of values) {
    // The jackknife mean without this value differs from the centre by (centre - value) / (n - 1).
    const influence = (value - centre) / (n - 1);
    cubes += influence ** 3;
    squares += influence ** 2;
  }
  const acceleration = cubes / (6 * squares ** 1.5);
  const bound = (tail: number): number => {
    const z = bias + normalQuantile(tail);
    const adjusted = normalCdf(bias + z / (1 - acceleration * z));
    const position = adjusted * (resamples - 1);
    const index = Math.min(Math.max(Math.floor(position), 0), resamples - 1);
    const next = Math.min(index + 1, resamples - 1);
    const fraction = Math.min(Math.max(position - index, 0), 1);
    return (means[index] ?? centre) * (1 - fraction) + (means[next] ?? centre) * fraction;
  };
  return { low: bound((1 - level) / 2), high: bound((1 + level) / 2) };
}
