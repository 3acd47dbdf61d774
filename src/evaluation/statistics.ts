/**
 * Estimates of how good a model is, from several samples a problem. The problem is the unit everywhere: samples of one
 * problem are alike, so that 30 problems with 64 samples each are 30 observations and not 1,920.
 */
import { UsageError } from '../errors.js';
import { mean } from '../method/statistics.js';
import { NORMAL_95, student95 } from './distributions.js';

export type Interval = readonly [low: number, high: number];

/** A share in [0, 1] with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval;
}

/** How the samples of one problem came out. */
export interface Tally {
  readonly correct: number;
  readonly samples: number;
}

/** Wilson's score interval of `successes` in `n` (Wilson 1927), for any quantile of the standardised error; n may be fractional. */
export function wilson(successes: number, n: number, quantile = NORMAL_95): Interval {
  if (!(n > 0 && successes >= 0 && successes <= n)) throw new UsageError(`no interval of ${successes} in ${n}`);
  const p = successes / n;
  const z2 = quantile * quantile;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (quantile / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  // At the ends the bound is 0 or 1 exactly; rounding must not leave it outside.
  return [p === 0 ? 0 : Math.max(0, centre - half), p === 1 ? 1 : Math.min(1, centre + half)];
}

/**
 * Mean of one value in [0, 1] a problem, with a 95 % interval over problems.
 *
 * Where every value is 0 or 1 this is Wilson's interval. Else Wilson's with the effective number of observations
 * n* = m (1 - m) / (s^2 / n), s^2 the variance between problems, and Student's quantile for the normal one, as for proportions of
 * clustered surveys (Korn and Graubard 1998; Dean and Pagano 2015). It stays inside [0, 1] and keeps a width where all
 * problems come out alike, where bootstrap and t have none.
 * @throws UsageError without values
 */
export function meanWithInterval(values: readonly number[]): Estimate {
  const n = values.length;
  if (n === 0) throw new UsageError('no problems to take the mean of');
  const value = Math.min(1, Math.max(0, mean(values)));
  if (n === 1 || values.every((one) => one === 0 || one === 1)) return { value, interval: wilson(value * n, n) };
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (n - 1);
  const quantile = student95(n - 1);
  // All values alike: nothing is known of the spread, and n observations is the careful reading.
  const effective = variance < 1e-12 ? n : Math.max(1, (value * (1 - value)) / (variance / n));
  return { value, interval: wilson(value * effective, effective, quantile) };
}

function requireTally({ correct, samples }: Tally): void {
  if (!(Number.isInteger(correct) && Number.isInteger(samples) && correct >= 0 && correct <= samples && samples >= 1)) {
    throw new UsageError(`${correct} correct of ${samples} samples cannot be`);
  }
}

/** avg@k: the mean over problems of the share of correct samples. Expected accuracy of one sample. */
export function averageAtK(tallies: readonly Tally[]): Estimate {
  tallies.forEach(requireTally);
  return meanWithInterval(tallies.map(({ correct, samples }) => correct / samples));
}

/**
 * P(at least one of k samples is correct), without bias from n >= k samples of which c are correct:
 * 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, "Evaluating large language models trained on code", equation 1), as a product
 * that cannot overflow.
 * @throws UsageError where k is more than the samples
 */
export function unbiasedPassAtK(tally: Tally, k: number): number {
  requireTally(tally);
  const { correct, samples } = tally;
  if (!(Number.isInteger(k) && k >= 1 && k <= samples)) {
    throw new UsageError(`pass@${k} cannot be estimated from ${samples} samples`, {
      remedy: `Take at least ${k} samples.`,
    });
  }
  if (samples - correct < k) return 1;
  let none = 1;
  for (let i = samples - correct + 1; i <= samples; i++) none *= 1 - k / i;
  return 1 - none;
}

/** pass@k: the mean over problems of `unbiasedPassAtK`. */
export function passAtK(tallies: readonly Tally[], k: number): Estimate {
  return meanWithInterval(tallies.map((tally) => unbiasedPassAtK(tally, k)));
}

/** The k for which pass@k is reported: powers of two up to the samples, and the samples themselves. */
export function passAtKs(samples: number): readonly number[] {
  const ks: number[] = [];
  for (let k = 2; k < samples; k *= 2) ks.push(k);
  return samples >= 2 ? [...ks, samples] : [];
}

/** One vote: an answer, and whether it is right. A sample without a readable answer casts none. */
export interface Vote {
  readonly answer: string;
  readonly correct: boolean;
}

/**
 * Whether the commonest answer of a problem is right (Wang et al. 2023, "Self-consistency"). Answers that `same` calls equal
 * are one answer. Among m equally common answers each wins with 1 / m, so the result is the expectation, in [0, 1].
 * 0 without any vote.
 */
export function majorityValue(votes: readonly Vote[], same: (left: string, right: string) => boolean): number {
  const texts = new Map<string, { votes: number; right: number }>();
  for (const { answer, correct } of votes) {
    const text = texts.get(answer) ?? { votes: 0, right: 0 };
    texts.set(answer, { votes: text.votes + 1, right: text.right + (correct ? 1 : 0) });
  }
  const groups: { readonly answer: string; votes: number; right: number }[] = [];
  for (const [answer, count] of texts) {
    const group = groups.find((candidate) => same(candidate.answer, answer));
    if (group === undefined) groups.push({ answer, ...count });
    else {
      group.votes += count.votes;
      group.right += count.right;
    }
  }
  const most = Math.max(0, ...groups.map((group) => group.votes));
  const winners = groups.filter((group) => group.votes === most);
  // An equality that is not quite transitive can put right and wrong spellings together; the larger part decides.
  const right = winners.filter((group) => 2 * group.right > group.votes).length;
  return winners.length === 0 ? 0 : right / winners.length;
}
