/** Estimators of a model's success on a problem, from several samples. */
import { UsageError } from '../../errors.js';

/** One problem's samples. */
export interface Tally {
  readonly samples: number;
  readonly correct: number;
}

/** The share of correct samples: the unbiased estimate of the probability that a sample is correct (avg@k). */
export function shareCorrect({ samples, correct }: Tally): number {
  return correct / samples;
}

/**
 * Unbiased estimate of the probability that at least one of k samples is correct, from n >= k samples of which c are:
 * 1 - C(n - c, k) / C(n, k) (Chen et al., "Evaluating large language models trained on code", 2021, eq. 1).
 * @throws {UsageError} when k is above n
 */
export function passAtK({ samples, correct }: Tally, k: number): number {
  if (!(Number.isSafeInteger(k) && k >= 1 && k <= samples)) {
    throw new UsageError(`pass@${k} cannot be estimated from ${samples} samples`, {
      remedy: `Use k from 1 to ${samples}, or more samples.`,
    });
  }
  if (samples - correct < k) return 1;
  // The quotient as a product, because the binomials overflow.
  let missed = 1;
  for (let i = samples - correct + 1; i <= samples; i++) missed *= 1 - k / i;
  return 1 - missed;
}

/**
 * Single trials that an estimate of pass@k from n samples is worth at least: n / k. It is a U-statistic of degree k, whose
 * variance is at most k / n of that of one trial of k samples (Hoeffding, "A class of statistics with asymptotically normal
 * distribution", 1948, theorem 5.2).
 */
export const passTrials = (samples: number, k: number): number => samples / k;

/** One sample's vote: its answer, and whether it is correct. Samples without an answer do not vote. */
interface Vote {
  readonly answer: string;
  readonly correct: boolean;
}

/**
 * Whether the most frequent answer is correct (maj@k over all k samples, "self-consistency", Wang et al. 2023). When
 * several answers tie, the share of them that is correct: the expectation of breaking the tie at random.
 * `same` decides which answers are equal; it is called only for texts that differ.
 */
export function majority(votes: readonly Vote[], same: (left: string, right: string) => boolean): number {
  const groups: { answer: string; correct: boolean; votes: number }[] = [];
  for (const vote of votes) {
    const group =
      groups.find((candidate) => candidate.answer === vote.answer) ??
      // The grader has already found correct answers equal to each other, and never to wrong ones.
      groups.find((candidate) =>
        candidate.correct || vote.correct ? candidate.correct === vote.correct : same(candidate.answer, vote.answer),
      );
    if (group === undefined) groups.push({ ...vote, votes: 1 });
    else group.votes++;
  }
  const most = Math.max(0, ...groups.map((group) => group.votes));
  const leaders = groups.filter((group) => group.votes === most);
  return leaders.length === 0 ? 0 : leaders.filter((group) => group.correct).length / leaders.length;
}
