/**
 * The reward of explanations, measured with models: what the student makes of each (METHOD, "Reward"). The formulas are
 * method/reward.ts; here are the sequences that the two models read.
 */
import { type CallOptions, longestSequence, type Model, type ScoreRequest } from '../../engine/engine.js';
import type { Place } from '../../errors.js';
import { explanationReward, type Reward, type RewardSettings } from '../../method/reward.js';
import { alignTokens, sharesTokens } from '../../text/alignment.js';
import type { StudentSequence, TeacherSequence } from '../../text/sequences.js';
import { positionsOf, type Span, spanLength } from '../../text/spans.js';
import { sliceIds, type TokenIds } from '../../text/tokens.js';
import type { Layouts } from '../layouts.js';

/** An explanation of a problem, in the teacher's ids. */
export interface Explanation {
  readonly question: string;
  readonly solution: string;
  readonly explanation: string;
  /** Ids of the teacher's tokenizer. */
  readonly explanationIds: TokenIds;
  /** Whether the teacher wrote its end tag. */
  readonly ended: boolean;
  /** log p_T of `explanationIds` at the reward's temperature, where they are known from sampling. */
  readonly teacherLogProbs?: Float32Array;
}

export interface ScoredExplanation {
  readonly reward: Reward;
  /** log p_S(s_k | q, t, s_<k) of the solution's tokens, in the student's tokens. */
  readonly studentSolution: Float32Array;
  /** log p_S(t_k | q, t_<k) of the explanation's tokens, in the student's tokens. */
  readonly studentExplanation: Float32Array;
  /** log p_T(t_k | q, s, t_<k) of the explanation's tokens, in the teacher's tokens. */
  readonly teacherExplanation: Float32Array;
  /** Length of the student's whole sequence, in its tokens. */
  readonly studentTokens: number;
  /** Whether only its beginning was scored, because a context holds no more. */
  readonly cut: boolean;
}

/** The two models of the reward, and its settings. The teacher may be a policy, as it is now. */
export interface Judges {
  readonly teacher: { readonly model: Model; readonly layouts: Layouts };
  readonly student: { readonly model: Model; readonly layouts: Layouts };
  readonly settings: RewardSettings;
  /** Of all log-probs. */
  readonly temperature: number;
}

/**
 * Whether the student reads the teacher's own ids. Control tokens among them (a tag, a turn) are words to a student: a trace is
 * text, and students are distilled from it with no control token in it.
 */
function readsSameIds({ teacher, student }: Judges, { explanationIds }: Explanation): boolean {
  const { tokenizer } = teacher.layouts;
  return sharesTokens(tokenizer, student.layouts.tokenizer) && !explanationIds.some((id) => tokenizer.isControl(id));
}

/** The student's sequence around an explanation: in the teacher's ids, or its text encoded anew. */
function studentSequenceOf(judges: Judges, explained: Explanation): StudentSequence {
  const { question, solution, explanation, explanationIds } = explained;
  const content = readsSameIds(judges, explained) ? explanationIds : explanation;
  return judges.student.layouts.student.sequence(question, content, solution);
}

/** What the two models read to score an explanation; the teacher reads nothing where its log-probs are known. */
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

/** Up to the last token that is scored: what follows changes no log-prob before it, and need not be read. */
function isWithinContexts(judges: Judges, { student, teacher }: Reading): boolean {
  return (
    student.solutionSpan.end <= longestSequence(judges.student.model) &&
    (teacher === undefined || teacher.explanationSpan.end <= longestSequence(judges.teacher.model))
  );
}

/** Whether both models can read all of an explanation. */
export function fits(judges: Judges, explained: Explanation): boolean {
  return isWithinContexts(judges, readingOf(judges, explained));
}

/**
 * The longest beginning of an explanation that both models can read. Prompts leave room for every explanation where the
 * tokenizer is shared; another one may need more tokens for the same text. What the student cannot read to its end counts as cut
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
 * The reward of each explanation, in their order (docs/method.md, "The reward"): one call for log-probs to the student, and
 * one to the teacher for those explanations whose log-probs are not known. Teacher and student may have different
 * tokenizers. An explanation that a context cannot hold is scored up to where it can, as one that was cut before its end
 * tag. `place` is what the caller knows of the explanations, for messages of errors.
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
      spans: [thoughtSpan, solutionSpan],
    })),
    temperature,
    options,
  );
  const unknown = readings.flatMap(({ teacher }) => (teacher === undefined ? [] : [teacher]));
  const byTeacher = await logProbsOf(
    teacher.model,
    unknown.map(({ ids, explanationSpan }) => ({
      ids: sliceIds(ids, 0, explanationSpan.end),
      spans: [explanationSpan],
    })),
    temperature,
    options,
  );
  let scored = 0;
  return readings.map(({ explained, student: { ids, thoughtSpan } }, index) => {
    const [studentExplanation, studentSolution] = byStudent[index] as [Float32Array, Float32Array];
    const teacherExplanation = explained.teacherLogProbs ?? (byTeacher[scored++]?.[0] as Float32Array);
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
  });
}

/** Log-probs of spans of sequences, one array a span. */
async function logProbsOf(
  model: Model,
  sequences: readonly { readonly ids: TokenIds; readonly spans: readonly Span[] }[],
  temperature: number,
  options: CallOptions,
): Promise<Float32Array[][]> {
  if (sequences.length === 0) return [];
  const requests = sequences.map(
    ({ ids, spans }): ScoreRequest => ({ ids, positions: spans.flatMap(positionsOf), temperature }),
  );
  const results = await model.logProbs(requests, options);
  return sequences.map(({ spans }, i) => {
    let start = 0;
    return spans.map((span) => {
      const part = (results[i] as Float32Array).subarray(start, start + spanLength(span));
      start += spanLength(span);
      return part;
    });
  });
}
