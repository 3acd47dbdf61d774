/**
 * The reward of explanations, computed from the log-probs of teacher and student (docs/method.md, "The reward"). The
 * formulas are in method/reward.ts; this file builds the sequences that the two models score.
 */
import { type CallOptions, longestSequence, type Model, type ScoreRequest } from '../../engine/engine.js';
import type { Place } from '../../errors.js';
import type { ExplanationFlaws } from '../../method/metrics.js';
import { explanationReward, type Reward, type RewardSettings } from '../../method/reward.js';
import { zip } from '../../method/zip.js';
import { alignTokens, sharesTokens } from '../../text/alignment.js';
import type { StudentSequence, TeacherSequence } from '../../text/sequences.js';
import { positionsOf, spanLength } from '../../text/spans.js';
import { sliceIds, type TokenIds } from '../../text/tokens.js';
import type { Layouts } from '../layouts.js';

/** An explanation of a problem, in the teacher's tokens. */
export interface Explanation {
  readonly question: string;
  readonly solution: string;
  readonly explanation: string;
  /** Token ids of the teacher's tokenizer. */
  readonly explanationIds: TokenIds;
  /** Whether the teacher wrote its end tag. */
  readonly ended: boolean;
  /** log p_T of `explanationIds` at the reward's temperature, if known from sampling. */
  readonly teacherLogProbs?: Float32Array;
  /** Known where it was read from what a teacher sampled. */
  readonly flaws?: ExplanationFlaws;
}

/** An explanation with its reward and the log-probs that the reward is made of. */
export interface ScoredExplanation {
  readonly reward: Reward;
  /** log p_S(s_k | q, t, s_<k) of the solution's tokens, in the student's tokens. */
  readonly studentSolution: Float32Array;
  /** log p_S(t_k | q, t_<k) of the explanation's tokens, in the student's tokens. */
  readonly studentExplanation: Float32Array;
  /** log p_T(t_k | q, s, t_<k) of the explanation's tokens, in the teacher's tokens. */
  readonly teacherExplanation: Float32Array;
  /** Length of the student's whole sequence, in the student's tokens. */
  readonly studentTokens: number;
  /** Whether only its beginning was scored because the rest does not fit a context. */
  readonly cut: boolean;
}

/** The two models of the reward and its settings. The teacher may be a policy that is being trained. */
export interface Judges {
  readonly teacher: { readonly model: Model; readonly layouts: Layouts };
  readonly student: { readonly model: Model; readonly layouts: Layouts };
  readonly settings: RewardSettings;
  /** Temperature of all log-probs. */
  readonly temperature: number;
}

/**
 * Whether the student reads the teacher's own token ids. It does not if they include control tokens (a tag, a turn):
 * traces are text, and students are distilled from them without any control token.
 */
function readsSameIds({ teacher, student }: Judges, { explanationIds }: Explanation): boolean {
  const { tokenizer } = teacher.layouts;
  return sharesTokens(tokenizer, student.layouts.tokenizer) && !explanationIds.some((id) => tokenizer.isControl(id));
}

/** The student's sequence around an explanation: in the teacher's ids, or with its text encoded again. */
function studentSequenceOf(judges: Judges, explained: Explanation): StudentSequence {
  const { question, solution, explanation, explanationIds } = explained;
  const content = readsSameIds(judges, explained) ? explanationIds : explanation;
  return judges.student.layouts.student.sequence(question, content, solution);
}

/** The sequences that score an explanation; the teacher's is undefined if its log-probs are known. */
interface Reading {
  readonly explained: Explanation;
  readonly student: StudentSequence;
  readonly teacher: TeacherSequence | undefined;
}

function readingOf(judges: Judges, explained: Explanation): Reading {
  const { question, solution, explanationIds, ended, teacherLogProbs } = explained;
  return {
    explained,
    student: studentSequenceOf(judges, explained),
    teacher:
      teacherLogProbs === undefined
        ? judges.teacher.layouts.teacher.sequence(question, solution, explanationIds, ended)
        : undefined,
  };
}

/** Sequences are read only up to the last scored token: what follows cannot change its log-prob. */
function isWithinContexts(judges: Judges, { student, teacher }: Reading): boolean {
  return (
    student.solutionSpan.end <= longestSequence(judges.student.model) &&
    (teacher === undefined || teacher.explanationSpan.end <= longestSequence(judges.teacher.model))
  );
}

/** Whether both models can read a whole explanation. */
export function fits(judges: Judges, explained: Explanation): boolean {
  return isWithinContexts(judges, readingOf(judges, explained));
}

/**
 * The longest beginning of an explanation that both models can read. Prompts leave enough room if the tokenizer is
 * shared, but another tokenizer may need more tokens for the same text. An explanation that is cut here counts as cut
 * before its end tag.
 */
function readableBeginning(judges: Judges, explained: Explanation): Reading {
  const { tokenizer } = judges.teacher.layouts;
  const { explanationIds: ids, teacherLogProbs: known } = explained;
  const beginning = (length: number): Reading =>
    readingOf(judges, {
      ...explained,
      explanationIds: sliceIds(ids, 0, length),
      explanation: tokenizer.decode(ids.slice(0, length)),
      ended: false,
      ...(known === undefined ? {} : { teacherLogProbs: known.subarray(0, length) }),
    });
  let longest = beginning(0);
  let tooLong = ids.length;
  for (let length = 0; tooLong - length > 1; ) {
    const middle = Math.floor((length + tooLong) / 2);
    const reading = beginning(middle);
    if (isWithinContexts(judges, reading)) {
      longest = reading;
      length = middle;
    } else tooLong = middle;
  }
  return longest;
}

/**
 * The reward of each explanation, in order (docs/method.md, "The reward"). The student is called once for log-probs,
 * and the teacher once for those explanations whose log-probs are not known. Teacher and student may have different
 * tokenizers. An explanation that does not fit a context is scored as far as it fits, as if cut before its end tag.
 * `place` locates the explanations in error messages.
 * @throws {InputError} when a solution is empty
 * @throws {NumericError} when a log-prob or reward is not finite
 * @throws {InterruptedError} when `options.signal` is aborted
 */
export async function scoreExplanations(
  judges: Judges,
  given: readonly Explanation[],
  place: Place = {},
  options: CallOptions = {},
): Promise<ScoredExplanation[]> {
  const { teacher, student, settings, temperature } = judges;
  const readings = given.map((explained) => {
    const whole = readingOf(judges, explained);
    return isWithinContexts(judges, whole) ? whole : readableBeginning(judges, explained);
  });
  const byStudent = await logProbsOf(
    student.model,
    readings.map(({ student: { ids, thoughtSpan, solutionSpan } }) => ({
      ids: sliceIds(ids, 0, solutionSpan.end),
      positions: [...positionsOf(thoughtSpan), ...positionsOf(solutionSpan)],
      temperature,
    })),
    options,
  );
  const unknown = readings.flatMap(({ teacher }) => (teacher === undefined ? [] : [teacher]));
  const byTeacher = await logProbsOf(
    teacher.model,
    unknown.map(({ ids, explanationSpan }) => ({
      ids: sliceIds(ids, 0, explanationSpan.end),
      positions: positionsOf(explanationSpan),
      temperature,
    })),
    options,
  );
  const teacherLogProbs = new Map(zip(unknown, byTeacher, (sequence, logProbs) => [sequence, logProbs]));
  return zip(
    readings,
    byStudent,
    ({ explained, teacher: sequence, student: { ids, thoughtSpan } }, logProbs, index) => {
      const studentExplanation = logProbs.subarray(0, spanLength(thoughtSpan));
      const studentSolution = logProbs.subarray(spanLength(thoughtSpan));
      const teacherExplanation = explained.teacherLogProbs ?? (sequence && teacherLogProbs.get(sequence));
      if (teacherExplanation === undefined) throw new Error(`explanation ${index} has no log-probs of the teacher`);
      const pieces = readsSameIds(judges, explained)
        ? {}
        : {
            pieces: alignTokens(
              teacher.layouts.tokenizer,
              explained.explanationIds,
              student.layouts.tokenizer,
              sliceIds(ids, thoughtSpan.start, thoughtSpan.end),
            ),
          };
      const reward = explanationReward(
        {
          studentSolution,
          teacherExplanation,
          studentExplanation,
          ...pieces,
          faults: explained.ended ? [] : ['missingEndTag'],
        },
        settings,
        { ...place, sample: index },
      );
      const cut = explained !== given[index];
      return { reward, studentSolution, studentExplanation, teacherExplanation, studentTokens: ids.length, cut };
    },
  );
}

/** An engine is not called for nothing: it may be remote. */
async function logProbsOf(
  model: Model,
  requests: readonly ScoreRequest[],
  options: CallOptions,
): Promise<readonly Float32Array[]> {
  return requests.length === 0 ? [] : await model.logProbs(requests, options);
}
