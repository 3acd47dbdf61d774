/**
 * Every loss of the method as signed weights for an engine's one training primitive, which increases
 *
 *     J(theta) = sum over sequences n and tokens t of  w_nt * log p_theta(x_nt | x_n,<t).
 *
 * At the theta for which the weights were computed, the gradient of J is minus that of the loss. The weights of a batch
 * may be accumulated in micro-batches of any size: normalisation is over the whole batch, here, once.
 */

import { type Place, UsageError } from '../errors.js';
import { aList, aNumber, listOf, numbers, objectWith, optional, requireArguments, settingsOf } from './arguments.js';
import { k3 } from './divergence.js';
import { finite, type LogProbs, sum } from './statistics.js';
import { zip } from './zip.js';

/**
 * How per-token terms are averaged over the N sequences of a batch:
 * - `sequence`: over the tokens of each sequence, then over sequences (GRPO in the released code): a token of a long
 *   sequence weighs less than one of a short sequence;
 * - `token`: over all tokens of the batch (SFT; GRPO in DAPO, arXiv 2503.14476);
 * - `constantTokens`: the sum over tokens divided by N times this constant (Dr. GRPO, arXiv 2503.20783, uses the
 *   longest completion allowed): a token weighs the same in every batch.
 */
export type Normalisation = 'sequence' | 'token' | { readonly constantTokens: number };

function requireNormalisation(normalisation: unknown): void {
  const isConstant =
    typeof normalisation === 'object' &&
    normalisation !== null &&
    'constantTokens' in normalisation &&
    typeof normalisation.constantTokens === 'number';
  if (normalisation === 'sequence' || normalisation === 'token' || isConstant) return;
  throw new UsageError('tokenShares: normalisation: expected one of sequence, token, { constantTokens }', {
    field: 'normalisation',
    remedy: "Call it as tokenShares([7, 9], 'token').",
  });
}

/**
 * The share of one token of each sequence in the batch's average: 1 / (length * N), 1 / (all tokens), or
 * 1 / (N * constant). N also counts sequences without tokens, which add nothing: their share is 0.
 * @throws {UsageError} when the batch has no tokens, or a length or `constantTokens` is invalid
 */
export function tokenShares(lengths_N: ArrayLike<number>, normalisation: Normalisation): Float64Array {
  requireArguments("tokenShares([7, 9], 'token')", { lengths_N: [lengths_N, numbers] });
  requireNormalisation(normalisation);
  const lengths = Float64Array.from(lengths_N);
  const odd = lengths.find((length) => !(Number.isSafeInteger(length) && length >= 0));
  if (odd !== undefined) throw new UsageError(`a sequence has ${odd} tokens; expected a whole number from 0`);
  const tokens = sum(lengths);
  if (tokens === 0) {
    throw new UsageError(`none of the ${lengths.length} sequences of the batch has a trained token`, {
      remedy: 'Leave out sequences without trained tokens, and count them.',
    });
  }
  const share = (length: number): number => {
    if (normalisation === 'sequence') return 1 / (length * lengths.length);
    if (normalisation === 'token') return 1 / tokens;
    return 1 / (lengths.length * normalisation.constantTokens);
  };
  if (typeof normalisation === 'object' && !(normalisation.constantTokens > 0)) {
    throw new UsageError(`constantTokens is ${normalisation.constantTokens}; expected a number above 0`);
  }
  return lengths.map((length) => (length === 0 ? 0 : share(length)));
}

/**
 * Supervised fine-tuning: the weight of every trained token is its share, so the loss is the mean negative
 * log-likelihood. lengths_N counts the trained tokens of each sequence; prompts and masked parts are not positions.
 * @returns weights_NT
 * @throws {UsageError} when `tokenShares` does
 */
export function sftWeights(lengths_N: ArrayLike<number>, normalisation: Normalisation = 'token'): Float64Array[] {
  requireArguments("sftWeights([7, 9], 'token')", { lengths_N: [lengths_N, numbers] });
  const shares = tokenShares(lengths_N, normalisation);
  return zip(lengths_N, shares, (length, share) => new Float64Array(length).fill(share));
}

/**
 * -sum w_nt * log p_nt: with the weights of SFT its loss, in nats per token.
 * @throws {NumericError} when a log-prob is not finite, naming sequence and token
 * @throws {UsageError} when weights and log-probs differ in number
 */
export function sftLoss(weights_NT: readonly ArrayLike<number>[], logProbs_NT: readonly LogProbs[]): number {
  requireArguments('sftLoss(weights_NT, logProbs_NT)', {
    weights_NT: [weights_NT, listOf(numbers)],
    logProbs_NT: [logProbs_NT, listOf(aList)],
  });
  if (weights_NT.length !== logProbs_NT.length) {
    throw new UsageError(
      `${weights_NT.length} sequences have weights and ${logProbs_NT.length} log-probs; expected as many of each`,
    );
  }
  const terms_N = zip(weights_NT, logProbs_NT, (weights, given, sample) => {
    const logProbs = finite(given, 'logProbs', { sample });
    requireLength(weights, logProbs.length, 'weights', { sample });
    return -sum(zip(weights, logProbs, (weight, logProb) => weight * logProb));
  });
  return sum(terms_N);
}

/** PPO's clipping of the ratio p_theta / p_old to [1 - low, 1 + high] (arXiv 1707.06347, equation 7). */
export interface ClipSettings {
  readonly low: number;
  readonly high: number;
}

/** The settings of GRPO's loss. */
export interface GrpoSettings {
  /** Coefficient of the KL to the reference; 0 needs no reference. */
  readonly beta: number;
  readonly normalisation: Normalisation;
  /**
   * For several updates per batch of samples. Absent: the policy that is updated is the one that sampled, so the ratio
   * is 1 and nothing can be clipped.
   */
  readonly clip?: ClipSettings;
}

/**
 * One completion. All log-probs are of its sampled tokens (end tag and end-of-text token included), at the sampling
 * temperature.
 */
export interface GrpoSample {
  readonly advantage: number;
  /** Under the policy as it is now. */
  readonly logProbs: LogProbs;
  /** Under the reference. With beta 0 they are optional, and only the KL is measured. */
  readonly reference?: LogProbs;
  /** Under the policy that sampled, the same in every update of a batch; needed for clipping. */
  readonly old?: LogProbs;
}

/** The same, for calls without types. What log-probs hold is checked where they are read. */
const SAMPLE = objectWith({
  advantage: aNumber,
  logProbs: aList,
  reference: optional(aList),
  old: optional(aList),
});
const SETTINGS = settingsOf({
  beta: aNumber,
  // `tokenShares` says what is wrong with it.
  normalisation: () => undefined,
  clip: optional(objectWith({ low: aNumber, high: aNumber })),
});

/** The weights of the tokens of one completion, and its share of the loss. */
export interface GrpoSampleWeights {
  readonly weights: Float64Array;
  /** Sum over its tokens of share * loss_t: its share of the batch's loss. */
  readonly loss: number;
  /** Sum over its tokens of k3 to the reference; undefined without a reference. */
  readonly klSum: number | undefined;
  /** Tokens whose ratio was below 1 - low with a negative advantage, or above 1 + high with a positive one. */
  readonly clippedLow: number;
  readonly clippedHigh: number;
  /** Sums over its tokens of the ratio p_theta / p_old and of k3 to the sampling policy; undefined without clipping. */
  readonly ratioSum: number | undefined;
  readonly samplingKlSum: number | undefined;
}

/**
 * GRPO's weights of one completion (arXiv 2402.03300). `share` is its entry of `tokenShares` for the whole batch.
 *
 *     loss_t = -(surrogate_t - beta * k3_t)        k3_t = exp(ref_t - lp_t) - (ref_t - lp_t) - 1
 *     d k3_t / d lp_t = -exp(ref_t - lp_t) + 1
 *
 * Without clipping the surrogate is A * ratio_t, ratio_t = exp(lp_t - old_t) with old_t a constant equal to lp_t:
 * its value is A and its derivative A * ratio_t = A. With clipping it is min(A * ratio_t, A * clipped ratio_t), whose
 * derivative is 0 where the clipped one is the smaller, else A * ratio_t. So
 *
 *     w_t = -share * d loss_t / d lp_t = share * (A * [1, ratio_t or 0] - beta * (1 - exp(ref_t - lp_t))).
 *
 * The sign of beta's term: a token that is likelier than under the reference (lp > ref) is pushed down.
 * @throws {NumericError} when a value, ratio or weight is not finite, naming array and token
 * @throws {UsageError} when a needed array is absent or has another length, or a bound of the clipping is invalid
 */
export function grpoSampleWeights(
  sample: GrpoSample,
  share: number,
  settings: GrpoSettings,
  place: Place = {},
): GrpoSampleWeights {
  requireArguments("grpoSampleWeights({ advantage: 1, logProbs }, 0.5, { beta: 0, normalisation: 'token' })", {
    sample: [sample, SAMPLE],
    share: [share, aNumber],
    settings: [settings, SETTINGS],
  });
  const { advantage } = sample;
  const { beta, clip } = settings;
  finite([advantage], 'advantage', place);
  if (clip !== undefined) requireClip(clip);
  const logProbs = finite(sample.logProbs, 'logProbs', place);
  const optional = (values: LogProbs | undefined, name: string, needed: boolean): Float64Array | undefined => {
    if (values === undefined && needed) throw new UsageError(`the log-probs \`${name}\` are missing but needed`, place);
    if (values === undefined) return undefined;
    requireLength(values, logProbs.length, name, place);
    return finite(values, name, place);
  };
  const reference = optional(sample.reference, 'reference', beta !== 0);
  const old = optional(sample.old, 'old', clip !== undefined);

  const weights = new Float64Array(logProbs.length);
  const losses = new Float64Array(logProbs.length);
  const kl = reference && zip(logProbs, reference, k3);
  const ratios =
    clip &&
    old &&
    finite(
      zip(logProbs, old, (now, before) => Math.exp(now - before)),
      'ratio',
      place,
    );
  let clippedLow = 0;
  let clippedHigh = 0;
  for (const [t, logProb] of logProbs.entries()) {
    const ref = reference?.[t];
    const divergence = kl?.[t];
    let surrogate = advantage;
    let slope = advantage;
    const ratio = ratios?.[t];
    if (clip !== undefined && ratio !== undefined) {
      const clipped = Math.min(Math.max(ratio, 1 - clip.low), 1 + clip.high);
      surrogate = Math.min(ratio * advantage, clipped * advantage);
      const isClipped = clipped * advantage < ratio * advantage;
      slope = isClipped ? 0 : ratio * advantage;
      if (isClipped && ratio < clipped) clippedLow++;
      if (isClipped && ratio > clipped) clippedHigh++;
    }
    weights[t] = slope * share;
    losses[t] = -surrogate * share;
    if (beta !== 0 && ref !== undefined && divergence !== undefined) {
      // 1 - exp(x) = -expm1(x), exact for small x
      weights[t] = share * (slope + beta * Math.expm1(ref - logProb));
      losses[t] = share * (beta * divergence - surrogate);
    }
  }
  return {
    weights: finite(weights, 'weights', place),
    loss: sum(finite(losses, 'loss', place)),
    klSum: kl === undefined ? undefined : sum(kl),
    clippedLow,
    clippedHigh,
    ratioSum: ratios && sum(ratios),
    samplingKlSum: ratios && old && sum(zip(old, logProbs, k3)),
  };
}

/** The weights of the tokens of a batch, with the loss and what is logged of it. */
export interface GrpoWeights {
  readonly weights_NT: readonly Float64Array[];
  /**
   * The loss that is minimised. Near 0 by construction in the first update of a batch: a group's advantages sum to 0.
   */
  readonly loss: number;
  /**
   * Mean over all tokens of the batch of k3 to the reference, in nats; undefined without a reference. The released code
   * logs the mean over each sequence, then over sequences (docs/method.md).
   */
  readonly kl: number | undefined;
  /** Shares of all tokens that were clipped; 0 without clipping. */
  readonly clippedLow: number;
  readonly clippedHigh: number;
  /** Mean over all tokens of the ratio p_theta / p_old; undefined without clipping. */
  readonly ratio: number | undefined;
  /** Mean over all tokens of k3, an estimate of KL(p_old || p_theta), in nats; undefined without clipping. */
  readonly samplingKl: number | undefined;
}

/**
 * GRPO's weights of a whole batch: `tokenShares` and `grpoSampleWeights`. The same function trains the teacher on the
 * RLT reward and a student on correctness: only the advantages differ.
 * @throws {NumericError} when a value, ratio or weight is not finite, naming sample, array and token
 * @throws {UsageError} when an array is missing or has another length, or the batch has no tokens
 */
export function grpoWeights(samples_N: readonly GrpoSample[], settings: GrpoSettings, place: Place = {}): GrpoWeights {
  requireArguments("grpoWeights([{ advantage: 1, logProbs }], { beta: 0, normalisation: 'token' })", {
    samples_N: [samples_N, listOf(SAMPLE)],
    settings: [settings, SETTINGS],
  });
  const lengths_N = samples_N.map((sample) => sample.logProbs.length);
  const shares_N = tokenShares(lengths_N, settings.normalisation);
  const results_N = zip(samples_N, shares_N, (sample, share, n) =>
    grpoSampleWeights(sample, share, settings, { ...place, sample: n }),
  );
  const tokens = sum(lengths_N);
  const meanOf = (sums_N: readonly (number | undefined)[]): number | undefined => {
    const known = sums_N.filter((value) => value !== undefined);
    return known.length === samples_N.length ? sum(known) / tokens : undefined;
  };
  return {
    weights_NT: results_N.map((result) => result.weights),
    loss: sum(results_N.map((result) => result.loss)),
    kl: meanOf(results_N.map((result) => result.klSum)),
    clippedLow: sum(results_N.map((result) => result.clippedLow)) / tokens,
    clippedHigh: sum(results_N.map((result) => result.clippedHigh)) / tokens,
    ratio: meanOf(results_N.map((result) => result.ratioSum)),
    samplingKl: meanOf(results_N.map((result) => result.samplingKlSum)),
  };
}

function requireClip({ low, high }: ClipSettings): void {
  if (!(low >= 0 && low <= 1)) {
    throw new UsageError(`clip.low is ${low}; expected a number from 0 to 1`, { field: 'clip.low' });
  }
  if (!(high >= 0 && high < Number.POSITIVE_INFINITY)) {
    throw new UsageError(`clip.high is ${high}; expected a finite number from 0`, { field: 'clip.high' });
  }
}

function requireLength(values: ArrayLike<number>, length: number, name: string, place: Place): void {
  if (values.length !== length) {
    throw new UsageError(`${name} has ${values.length} values for ${length} log-probs of one sequence`, place);
  }
}
