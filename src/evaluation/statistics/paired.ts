/** Comparison of two models on the same problems. */
import { UsageError } from '../../errors.js';
import { mean, sampleStd } from '../../method/statistics.js';
import { type RandomKey, uniformAt } from '../../random.js';
import { halfBinomialCdf, normalQuantile, tQuantile } from './distributions.js';
import type { Interval } from './intervals.js';

export interface PairedResult {
  /** Mean over the problems of B's score minus A's. */
  readonly difference: number;
  readonly interval: Interval;
  /** Two-sided: the probability of a difference at least as large if A and B did not differ on any problem. */
  readonly pValue: number;
  readonly test: 'mcnemar' | 'sign-flip' | 'sign-flip sampled';
  readonly problems: number;
}

/** McNemar's exact test on the problems that only one of the models solves. */
export function mcnemar(onlyA: number, onlyB: number): number {
  const discordant = onlyA + onlyB;
  return discordant === 0 ? 1 : Math.min(1, 2 * halfBinomialCdf(Math.min(onlyA, onlyB), discordant));
}

const ENUMERATED = 16;
const DRAWS = 20_000;

/**
 * Two-sided p-value of the sign-flip (paired permutation) test of the mean: exact over all sign patterns up to 16
 * problems that differ, else from 20,000 seeded draws, with the observed pattern counted (Phipson and Smyth 2010).
 */
export function signFlip(
  differences: readonly number[],
  key: RandomKey,
): { readonly pValue: number; readonly exact: boolean } {
  const nonzero = differences.filter((value) => value !== 0);
  const observed = Math.abs(nonzero.reduce((total, value) => total + value, 0));
  const reaches = (total: number): boolean => Math.abs(total) >= observed - 1e-12;
  if (nonzero.length <= ENUMERATED) {
    const patterns = 2 ** nonzero.length;
    let extreme = 0;
    for (let pattern = 0; pattern < patterns; pattern++) {
      let total = 0;
      for (const [i, value] of nonzero.entries()) total += (pattern >> i) & 1 ? value : -value;
      if (reaches(total)) extreme++;
    }
    return { pValue: extreme / patterns, exact: true };
  }
  let extreme = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0;
    for (let start = 0; start < nonzero.length; start += 32) {
      let bits = Math.floor(uniformAt(key, draw, start) * 2 ** 32) >>> 0;
      const end = Math.min(start + 32, nonzero.length);
      for (let i = start; i < end; i++) {
        const value = nonzero[i] ?? 0;
        total += bits & 1 ? value : -value;
        bits >>>= 1;
      }
    }
    if (reaches(total)) extreme++;
  }
  return { pValue: (extreme + 1) / (DRAWS + 1), exact: false };
}

/**
 * Interval of a mean difference of matched proportions with one sample each: Wald's with half a problem added to each
 * of the four cells (Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", 2005).
 * @param onlyA problems that only A solves; of several samples a problem, their share
 */
function agrestiMin(onlyA: number, onlyB: number, problems: number): Interval {
  const n = problems + 2;
  const difference = (onlyB - onlyA) / n;
  const spread = (onlyA + onlyB + 1) / n - difference ** 2;
  const half = normalQuantile(0.975) * Math.sqrt(spread / n);
  return { low: Math.max(-1, difference - half), high: Math.min(1, difference + half) };
}

/** Of shares such as thirds, whose differences are not exact. */
const ROUNDING = 1e-9;

/**
 * Interval of the mean of per-problem differences: Agresti and Min's for one sample each, else Student's. Where there is no
 * spread, or one side is right on every problem in all samples or in none, nothing tells how much more than one the
 * samples of a problem are worth: then each problem counts as one sample. So a perfect difference has the narrowest
 * interval of these.
 */
export function differenceInterval(differences: readonly number[], samples: number): Interval {
  const problems = differences.length;
  const spread = problems < 2 ? 0 : sampleStd(differences);
  const isAllOrNothing = differences.every((value) => value === 0 || Math.abs(value) === 1);
  if (samples === 1 || spread < ROUNDING || isAllOrNothing) {
    const total = (sign: number): number =>
      differences.reduce((sum, difference) => sum + Math.max(0, sign * difference), 0);
    return agrestiMin(total(-1), total(1), problems);
  }
  const centre = mean(differences);
  const half = tQuantile(0.975, problems - 1) * (spread / Math.sqrt(problems));
  return { low: Math.max(-1, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The paired comparison of per-problem scores in [0, 1]. The test is McNemar's where every problem was sampled once,
 * else the sign-flip test.
 * @throws {UsageError} when the lists differ in length or are empty
 */
export function comparePaired(
  a: readonly number[],
  b: readonly number[],
  options: { readonly key: RandomKey; readonly samples: number },
): PairedResult {
  if (a.length !== b.length || a.length === 0) {
    throw new UsageError(`cannot pair ${a.length} problems with ${b.length}`, {
      remedy: 'Compare results of the same set of problems.',
    });
  }
  const differences = b.map((score, i) => score - (a[i] ?? 0));
  const common = {
    difference: mean(differences),
    interval: differenceInterval(differences, options.samples),
    problems: a.length,
  };
  if (options.samples === 1) {
    const onlyA = differences.filter((value) => value < 0).length;
    const onlyB = differences.filter((value) => value > 0).length;
    return { ...common, pValue: mcnemar(onlyA, onlyB), test: 'mcnemar' };
  }
  const { pValue, exact } = signFlip(differences, options.key);
  return { ...common, pValue, test: exact ? 'sign-flip' : 'sign-flip sampled' };
}
