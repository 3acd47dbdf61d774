/** Estimators of what a model does on a problem, from several samples of it. */
import { UsageError } from '../../errors.js';

/** One problem's samples. */
export interface Tally {
  readonly samples: number;
  readonly correct: number;
}

/** Share of the samples that are right: the unbiased estimate of the chance that one sample is (avg@k). */
export function shareCorrect({ samples, correct }: Tally): number {
  return correct / samples;
}

/**
 * Chance that at least one of k samples is right, without bias from n >= k samples of which c are right:
 * 1 - C(n - c, k) / C(n, k) (Chen et al., "Evaluating large language models trained on code", 2021, eq. 1).
 * @throws UsageError for k above n.
 */
export function passAtK({ samples, correct }: Tally, k: number): number {
  if (!(Number.isSafeInteger(k) && k >= 1 && k <= samples)) {
    throw new UsageError(`pass@${k} cannot be estimated from ${samples} samples`, {
      remedy: `Ask for k from 1 to ${samples}, or sample more.`,
    });
  }
  if (samples - correct < k) return 1;
  // The product form of the quotient stays in range where the binomials do not.
  let missed = 1;
  for (let i = samples - correct + 1; i <= samples; i++) missed *= 1 - k / i;
  return 1 - missed;
}

/** One sample's vote: what it answered, and whether that is right. Samples without an answer do not vote. */
interface Vote {
  readonly answer: string;
  readonly correct: boolean;
}

/**
 * Whether the most frequent answer is right (maj@k over all k samples, "self-consistency", Wang et al. 2023). Where
 * several answers lead, the share of them that is right: the expectation of drawing one of them by lot.
 * `same` decides which answers are one; it is asked only for texts that differ.
 */
export function majority(votes: readonly Vote[], same: (left: string, right: string) => boolean): number {
  const groups: { answer: string; correct: boolean; votes: number }[] = [];
  for (const vote of votes) {
    const group =
      groups.find((candidate) => candidate.answer === vote.answer) ??
      // Right answers are equal to each other by the grader's word, and never to wrong ones.
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
