/**
 * The RLT reward of one explanation (docs/method.md; arXiv 2506.08388):
 *
 *     r    = r_SS - r_KL + penalties
 *     r_SS = sum over parts of  coefficient * reduction_k log p_S(s_k | q, t, s_<k)               solution tokens
 *     r_KL = sum over parts of  coefficient * reduction_k kl_k                                    explanation tokens
 *     kl_k = estimate of KL(T || S) from  log p_T(t_k | q, s, t_<k)  and  log p_S(t_k | q, t_<k)   k1 or k3
 *
 * The reward can't see at which temperature its log-probs were computed. Take all three arrays at the temperature
 * that the explanation was sampled at, with the whole vocabulary kept (top-p 1): only then is kl_k an unbiased sample
 * of the divergence between the two distributions that are meant.
 */
import { InputError, NumericError, type Place, UsageError } from '../errors.js';
import { type AlignedPiece, sumOverPieces } from './alignment.js';
import { KL_ESTIMATORS, type KlEstimator } from './divergence.js';
import { RELEASED } from './released.js';
import { finite, type LogProbs, type Reduction, reduce, sum } from './statistics.js';

/** One summand of a term: `coefficient` times the reduction of the per-token values. */
export interface RewardPart {
  readonly reduction: Reduction;
  readonly coefficient: number;
}

/** What is added to the reward for each fault of an explanation; negative numbers punish. */
export interface Penalties {
  /** The explanation was cut before its end tag. */
  readonly missingEndTag: number;
  /** No token stands between the explanation's tags, for the teacher or for the student. Found by the reward itself. */
  readonly emptyExplanation: number;
  /** Own faults, which the caller finds and names in the input. */
  readonly [fault: string]: number;
}

/** Every choice in the reward. */
export interface RewardSettings {
  /** r_SS, which is added. Empty: no such term. */
  readonly solution: readonly RewardPart[];
  /** r_KL, which is subtracted: positive coefficients. Lambda is folded in. Empty: no such term. */
  readonly kl: readonly RewardPart[];
  readonly estimator: KlEstimator;
  readonly penalties: Penalties;
}

/**
 * The settings in the paper's two letters: r_SS = mean + alpha * min and lambda * r_KL = lambda * (mean + alpha * max).
 * Without arguments, the released run: [1, 0.01] on [mean, min] and [3, 0.03] on [mean, max].
 */
export function paperReward({
  lambda = RELEASED.reward.lambda,
  alpha = RELEASED.reward.alpha,
}: {
  readonly lambda?: number;
  readonly alpha?: number;
} = {}): RewardSettings {
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

/** Natural-log probabilities of one explanation; tokens strictly between the tags. */
export interface RewardInput {
  /** log p_S(s_k | q, t, s_<k), one a solution token. */
  readonly studentSolution: LogProbs;
  /** log p_T(t_k | q, s, t_<k), one an explanation token. */
  readonly teacherExplanation: LogProbs;
  /** log p_S(t_k | q, t_<k), one an explanation token: of the same tokens, or aligned by `pieces`. */
  readonly studentExplanation: LogProbs;
  /**
   * Needed where teacher and student have different tokenizers: the whole text in order, cut where both have a token
   * border. A piece then takes a token's place in r_KL.
   */
  readonly pieces?: readonly AlignedPiece[];
  /** Names of the penalties to apply, `emptyExplanation` excepted. */
  readonly faults?: readonly string[];
}

export interface RewardTermPart extends RewardPart {
  /** The reduction itself, before its coefficient. */
  readonly value: number;
}

export interface RewardTerm {
  /** Sum of coefficient * value over the parts. */
  readonly value: number;
  readonly parts: readonly RewardTermPart[];
  /** The values that were reduced: one a solution token (log-prob), or one an explanation token or piece (kl_k). */
  readonly perToken: Float64Array;
}

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
 * An empty explanation has r_KL = 0 in every part (nothing unnatural was said) and `penalties.emptyExplanation`.
 * An empty solution has no reward: no number says how well nothing was understood.
 *
 * @param place what the caller knows of the sample (stage, step, sample), for error messages
 * @throws InputError for an empty solution; leave such problems out before anything is sampled for them
 * @throws NumericError for a log-prob, setting or result that is not finite, naming array and index
 * @throws UsageError for arrays that don't belong together, or a fault without a penalty in the settings
 */
export function explanationReward(input: RewardInput, settings: RewardSettings, place: Place = {}): Reward {
  const studentSolution = finite(input.studentSolution, 'studentSolution', place);
  if (studentSolution.length === 0) {
    throw new InputError('an empty solution has no reward', {
      ...place,
      field: 'solution',
      remedy: 'Leave out problems whose solution has no tokens.',
    });
  }
  const solution = term(studentSolution, settings.solution);
  const kl = term(explanationKl(input, settings.estimator, place), settings.kl);
  const penalties = penaltiesOf(input, settings.penalties, place);
  const penalty = sum(Object.values(penalties));
  const total = solution.value - kl.value + penalty;
  if (!Number.isFinite(total)) {
    throw new NumericError(`the reward is ${total} (r_SS ${solution.value}, r_KL ${kl.value}, penalty ${penalty})`, {
      ...place,
      remedy: 'Look for a coefficient or penalty that is not finite, or for sums that overflow.',
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
    // What one side's tokenizer drops altogether was not said: without this, log p_T alone would be a negative "KL".
    if (isEmpty(input)) return new Float64Array();
    // The probability of a stretch of text is the product over its tokens, in either tokenization.
    teacher = sumOverPieces(teacher, pieces, 'teacher', place);
    student = sumOverPieces(student, pieces, 'student', place);
  }
  if (teacher.length !== student.length) {
    const unit = pieces === undefined ? 'tokens' : 'pieces';
    throw new UsageError(
      `teacher and student must score the same ${unit} of the explanation, not ${teacher.length} and ${student.length}`,
      { ...place, remedy: 'Where their tokenizers differ, align them by pieces of text.' },
    );
  }
  const estimate = KL_ESTIMATORS[estimator];
  return finite(
    teacher.map((logP, k) => estimate(logP, student[k] as number)),
    'kl',
    place,
  );
}

function isEmpty({ teacherExplanation, studentExplanation }: RewardInput): boolean {
  return teacherExplanation.length === 0 || studentExplanation.length === 0;
}

function term(perToken: Float64Array, settings: readonly RewardPart[]): RewardTerm {
  const parts = settings.map(({ reduction, coefficient }) => ({
    reduction,
    coefficient,
    value: perToken.length === 0 ? 0 : reduce(perToken, reduction),
  }));
  return { value: sum(parts.map((part) => part.coefficient * part.value)), parts, perToken };
}

function penaltiesOf(input: RewardInput, settings: Penalties, place: Place): Record<string, number> {
  const faults = new Set(input.faults);
  if (faults.has('emptyExplanation')) {
    throw new UsageError('emptyExplanation is found by the reward; leave it out of the faults', place);
  }
  if (isEmpty(input)) faults.add('emptyExplanation');
  const applied: Record<string, number> = {};
  for (const fault of faults) {
    const amount = Object.hasOwn(settings, fault) ? settings[fault] : undefined;
    if (amount === undefined) {
      throw new UsageError(`no penalty is set for the fault ${JSON.stringify(fault)}`, {
        ...place,
        remedy: `Name one of ${Object.keys(settings).join(', ')}, or add it to the reward's penalties.`,
      });
    }
    applied[fault] = amount;
  }
  return applied;
}
