/**
 * The RLT reward of one explanation (docs/method.md; arXiv 2506.08388):
 *
 *     r    = r_SS - r_KL + penalties
 *     r_SS = sum over parts of  coefficient * reduction_k log p_S(s_k | q, t, s_<k)               solution tokens
 *     r_KL = sum over parts of  coefficient * reduction_k kl_k                                    explanation tokens
 *     kl_k = estimate of KL(T || S) from  log p_T(t_k | q, s, t_<k)  and  log p_S(t_k | q, t_<k)   k1 or k3
 *
 * The reward cannot check the temperature of its log-probs. Compute all three arrays at the temperature at which the
 * explanation was sampled, from the whole vocabulary (top-p 1): otherwise kl_k is a biased estimate of the divergence.
 */

import { InputError, NumericError, type Place, UsageError } from '../errors.js';
import { type AlignedPiece, sumOverPieces } from './alignment.js';
import {
  aList,
  aNumber,
  finiteNumber,
  listOf,
  numbersByName,
  objectWith,
  oneOf,
  optional,
  requireArguments,
  settingsOf,
} from './arguments.js';
import { KL_ESTIMATORS, type KlEstimator } from './divergence.js';
import { RELEASED } from './released.js';
import { finite, type LogProbs, type Reduction, reduce, sum } from './statistics.js';
import { zip } from './zip.js';

/** One summand of a term: `coefficient` times the reduction of the per-token values. */
export interface RewardPart {
  readonly reduction: Reduction;
  readonly coefficient: number;
}

/** What each fault of an explanation adds to the reward: a negative number penalises. */
export interface Penalties {
  /** The explanation was cut before its end tag. */
  readonly missingEndTag: number;
  /** No token stands between the explanation's tags, for teacher or student. Detected by the reward itself. */
  readonly emptyExplanation: number;
  /** Further faults, which the caller detects and names: in `faults` of an explanation, or of the input. */
  readonly [fault: string]: number;
}

/** Every choice in the reward. An empty list of parts leaves that term out. */
export interface RewardSettings {
  /** r_SS, which is added. */
  readonly solution: readonly RewardPart[];
  /** r_KL, which is subtracted, so that a positive coefficient penalises; lambda is part of the coefficients. */
  readonly kl: readonly RewardPart[];
  readonly estimator: KlEstimator;
  /** What every reduction of r_KL takes for an explanation without tokens. Default 0; 1 in the released code. */
  readonly emptyKl?: number;
  readonly penalties: Penalties;
}

/**
 * The settings in the paper's notation: r_SS = mean + alpha * min and lambda * r_KL = lambda * (mean + alpha * max).
 * Without arguments, those of the released run: [1, 0.01] on [mean, min] and [3, 0.03] on [mean, max].
 * @throws {UsageError} when an option is unknown or no finite number
 */
export function paperReward(settings: { readonly lambda?: number; readonly alpha?: number } = {}): RewardSettings {
  requireArguments('paperReward({ lambda: 3, alpha: 0.01 })', {
    settings: [settings, settingsOf({ lambda: optional(finiteNumber), alpha: optional(finiteNumber) })],
  });
  const { lambda = RELEASED.reward.lambda, alpha = RELEASED.reward.alpha } = settings;
  return {
    solution: [
      { reduction: 'mean', coefficient: 1 },
      { reduction: 'min', coefficient: alpha },
    ],
    kl: [
      { reduction: 'mean', coefficient: lambda },
      { reduction: 'max', coefficient: lambda * alpha },
    ],
    estimator: RELEASED.reward.estimator,
    penalties: RELEASED.reward.penalties,
  };
}

/** The same, for calls without types. Numbers that are not finite are refused where they are used. */
const PARTS = listOf(objectWith({ reduction: oneOf('mean', 'min', 'max', 'sum', 'median'), coefficient: aNumber }));
export const REWARD_SETTINGS = settingsOf({
  solution: PARTS,
  kl: PARTS,
  estimator: oneOf('k1', 'k3'),
  emptyKl: optional(aNumber),
  penalties: numbersByName('missingEndTag', 'emptyExplanation'),
});
const INPUT = objectWith({
  studentSolution: aList,
  teacherExplanation: aList,
  studentExplanation: aList,
  pieces: optional(aList),
  faults: optional(aList),
});

/** Natural-log probabilities of one explanation; tokens strictly between the tags. */
export interface RewardInput {
  /** log p_S(s_k | q, t, s_<k), one per solution token. */
  readonly studentSolution: LogProbs;
  /** log p_T(t_k | q, s, t_<k), one per explanation token. */
  readonly teacherExplanation: LogProbs;
  /** log p_S(t_k | q, t_<k), one per explanation token: of the same tokens, or aligned by `pieces`. */
  readonly studentExplanation: LogProbs;
  /**
   * Needed where teacher and student have different tokenizers: the whole text in order, cut where both have a token
   * boundary. r_KL is then over pieces instead of tokens.
   */
  readonly pieces?: readonly AlignedPiece[];
  /** Names of the penalties to apply, except `emptyExplanation`. */
  readonly faults?: readonly string[];
}

export interface RewardTermPart extends RewardPart {
  /** The reduced value, before its coefficient. */
  readonly value: number;
}

/** One term of the reward, r_SS or r_KL, with its parts. */
export interface RewardTerm {
  /** Sum of coefficient * value over the parts. */
  readonly value: number;
  readonly parts: readonly RewardTermPart[];
  /** The values that were reduced: log-probs, one per solution token, or kl_k, one per explanation token or piece. */
  readonly perToken: Float64Array;
}

/** The reward of an explanation, with its parts. */
export interface Reward {
  /** solution.value - kl.value + penalty */
  readonly total: number;
  readonly solution: RewardTerm;
  readonly kl: RewardTerm;
  readonly penalty: number;
  /** The penalties that applied, each with its amount. */
  readonly penalties: Readonly<Record<string, number>>;
}

/**
 * The reward of one explanation, with its parts and per-token values.
 *
 * An empty explanation has `emptyKl` (0: nothing unnatural was said) in every part of r_KL, and
 * `penalties.emptyExplanation`.
 * An empty solution has no reward, because any number would be arbitrary.
 *
 * @param place what the caller knows about the sample (stage, step, sample), for error messages
 * @throws {InputError} when the solution is empty; leave such problems out before anything is sampled for them
 * @throws {NumericError} when a log-prob, setting or result is not finite, naming array and index
 * @throws {UsageError} when the arrays do not belong together, or a fault has no penalty in the settings
 */
export function explanationReward(input: RewardInput, settings: RewardSettings, place: Place = {}): Reward {
  requireArguments('explanationReward({ studentSolution, teacherExplanation, studentExplanation }, paperReward())', {
    input: [input, INPUT],
    settings: [settings, REWARD_SETTINGS],
  });
  const studentSolution = finite(input.studentSolution, 'studentSolution', place);
  if (studentSolution.length === 0) {
    throw new InputError('an empty solution has no reward', {
      ...place,
      field: 'solution',
      remedy: 'Leave out problems whose solution has no tokens.',
    });
  }
  const solution = term(studentSolution, settings.solution);
  const kl = term(explanationKl(input, settings.estimator, place), settings.kl, settings.emptyKl);
  const penalties = penaltiesOf(input, settings.penalties, place);
  const penalty = sum(Object.values(penalties));
  const total = solution.value - kl.value + penalty;
  if (!Number.isFinite(total)) {
    throw new NumericError(`the reward is ${total} (r_SS ${solution.value}, r_KL ${kl.value}, penalty ${penalty})`, {
      ...place,
      remedy: 'Check the coefficients and penalties; one of them is not finite, or so large that the sum overflows.',
    });
  }
  return { total, solution, kl, penalty, penalties };
}

/** kl_k of each explanation token or piece. */
function explanationKl(input: RewardInput, estimator: KlEstimator, place: Place): Float64Array {
  const { pieces } = input;
  let teacher = finite(input.teacherExplanation, 'teacherExplanation', place);
  let student = finite(input.studentExplanation, 'studentExplanation', place);
  if (pieces !== undefined) {
    // When one tokenizer drops the whole text, nothing was said: log p_T alone would otherwise count as a negative KL.
    if (isEmpty(input)) return new Float64Array();
    teacher = sumOverPieces(input.teacherExplanation, pieces, 'teacher', place);
    student = sumOverPieces(input.studentExplanation, pieces, 'student', place);
  }
  if (teacher.length !== student.length) {
    const unit = pieces === undefined ? 'tokens' : 'pieces';
    throw new UsageError(
      `the explanation has ${teacher.length} teacher and ${student.length} student ${unit}; expected as many of each`,
      { ...place, remedy: 'Where their tokenizers differ, align them by pieces of text.' },
    );
  }
  const estimate = KL_ESTIMATORS[estimator];
  return finite(
    zip(teacher, student, (logP, logQ) => estimate(logP, logQ)),
    'kl',
    place,
  );
}

function isEmpty({ teacherExplanation, studentExplanation }: RewardInput): boolean {
  return teacherExplanation.length === 0 || studentExplanation.length === 0;
}

function term(perToken: Float64Array, settings: readonly RewardPart[], ofNothing = 0): RewardTerm {
  const parts = settings.map(({ reduction, coefficient }) => ({
    reduction,
    coefficient,
    value: perToken.length === 0 ? ofNothing : reduce(perToken, reduction),
  }));
  return { value: sum(parts.map((part) => part.coefficient * part.value)), parts, perToken };
}

function penaltiesOf(input: RewardInput, settings: Penalties, place: Place): Record<string, number> {
  const faults = new Set(input.faults);
  if (faults.has('emptyExplanation')) {
    throw new UsageError('emptyExplanation is found by the reward itself; leave it out of the faults', place);
  }
  if (isEmpty(input)) faults.add('emptyExplanation');
  const applied: Record<string, number> = {};
  for (const fault of faults) {
    const amount = Object.hasOwn(settings, fault) ? settings[fault] : undefined;
    if (amount === undefined) {
      throw new UsageError(`the fault ${JSON.stringify(fault)} has no penalty in the settings`, {
        ...place,
        remedy: `Use one of ${Object.keys(settings).join(', ')}, or add it to the reward's penalties.`,
      });
    }
    applied[fault] = amount;
  }
  return applied;
}
