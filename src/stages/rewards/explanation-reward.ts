/**
 * The reward of explanations, computed from the log-probs of teacher and student (docs/method.md, "The reward"). The
 * formulas are in method/reward.ts; this file builds the sequences that the two models score.
 */
import { z } from 'zod';
import { checkArguments, listArgument, objectArgument } from '../../call-arguments.js';
import {
  type CallOptions,
  longestSequence,
  type Model,
  type ScoreRequest,
  type TokenLogProbs,
} from '../../engine/engine.js';
import type { Place } from '../../errors.js';
import type { AlignedPiece } from '../../method/alignment.js';
import { requireArguments } from '../../method/arguments.js';
import { explanationReward, REWARD_SETTINGS, type Reward, type RewardSettings } from '../../method/reward.js';
import { logProbsFrom } from '../../method/statistics.js';
import { zip } from '../../method/zip.js';
import { alignTokens, sharesTokens } from '../../text/alignment.js';
import type { StudentSequence } from '../../text/sequences.js';
import { positionsOf, type Span, spanLength } from '../../text/spans.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { concatIds, sliceIds, type TokenIds } from '../../text/tokens.js';
import type { Reader } from '../definition/stage.js';
import type { Layouts } from '../layouts.js';
import { isBeyond } from '../left-out.js';

/** An explanation of a problem. It is scored in the tokens that it was sampled in; a text alone, in its tokenizer's own. */
export interface Explanation {
  readonly question: string;
  readonly solution: string;
  readonly explanation: string;
  /** Whether the teacher wrote its end tag. */
  readonly ended: boolean;
  /** What the teacher sampled after the prompt of its layout; absent for texts from elsewhere. */
  readonly sampled?: SampledTokens;
  /** Faults that the caller found in it, by the names of their penalties in the reward's settings. */
  readonly faults?: readonly string[];
}

/** The tokens that a teacher sampled. */
export interface SampledTokens {
  readonly ids: TokenIds;
  /** How many of the ids are the explanation's, from the first on. Default: all. */
  readonly tokens?: number;
  /** log p_T of each id at the reward's temperature, where known; computed otherwise. */
  readonly logProbs?: TokenLogProbs;
}

/** An explanation with its reward and the log-probs that the reward is made of. */
export interface ScoredExplanation {
  readonly reward: Reward;
  /** log p_S(s_k | q, t, s_<k) of the solution's tokens, in the student's tokens. */
  readonly studentSolution: TokenLogProbs;
  /** log p_S(t_k | q, t_<k) of the explanation's tokens: those that the teacher sampled, or the student's own. */
  readonly studentExplanation: TokenLogProbs;
  /** log p_T(t_k | q, s, t_<k) of the explanation's tokens: those that it sampled, or the tokenizer's own. */
  readonly teacherExplanation: TokenLogProbs;
  /** The tokens that these log-probs are of. */
  readonly ids: {
    readonly studentSolution: TokenIds;
    readonly studentExplanation: TokenIds;
    readonly teacherExplanation: TokenIds;
  };
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

const JUDGE = z.looseObject({
  model: objectArgument('a model', 'logProbs', 'facts', 'profile'),
  layouts: objectArgument('layouts, as layoutsOf gives them', 'tokenizer', 'teacher', 'student'),
});
const ARGUMENTS = {
  judges: z.looseObject({
    teacher: JUDGE,
    student: JUDGE,
    settings: objectArgument('settings, as paperReward() gives them', 'solution', 'kl', 'estimator', 'penalties'),
    temperature: z.number(),
  }),
  explanations: listArgument('explanations', 'question', 'solution', 'explanation', 'ended'),
  place: z.looseObject({}),
  options: z.looseObject({}),
};

/** A sequence of which some tokens are scored. */
interface Scored {
  readonly ids: TokenIds;
  readonly span: Span;
}

/** The sequences that score an explanation. */
interface Reading {
  readonly explained: Explanation;
  readonly student: StudentSequence;
  /** The teacher's sequence, with the tokens of r_KL. */
  readonly teacher: Scored;
  /** The tokens that the teacher's sequence writes the explanation's text in. */
  readonly text: Span;
  /** log p_T of the explanation's tokens, if it came with the sample. */
  readonly known: TokenLogProbs | undefined;
  /** The student's prompt and the sampled tokens, where these are not the tokenizer's own and the student has them. */
  readonly resampled: Scored | undefined;
}

function readingOf(judges: Judges, explained: Explanation): Reading {
  const { question, solution, explanation, ended, sampled } = explained;
  const { teacher, student } = judges;
  const own = teacher.layouts.teacher.sequence(question, solution, explanation, ended);
  const ofText = {
    explained,
    student: student.layouts.student.sequence(question, explanation, solution, ended),
    teacher: { ids: own.ids, span: own.explanationSpan },
    text: { start: own.promptLength, end: own.endSpan.start },
    known: undefined,
    resampled: undefined,
  };
  if (sampled === undefined) return ofText;
  const { ids, tokens = ids.length, logProbs } = sampled;
  const prompt = teacher.layouts.teacher.prompt(question, solution);
  if (beginsWith(concatIds(prompt, ids), sliceIds(own.ids, 0, own.explanationSpan.end))) {
    const { start, end } = own.explanationSpan;
    // The released conventions also count blank lines of the prompt, which no one sampled.
    const complete = logProbs !== undefined && start >= prompt.length;
    return complete ? { ...ofText, known: logProbsFrom(logProbs, start - prompt.length, end - prompt.length) } : ofText;
  }
  const written = sliceIds(ids, 0, tokens);
  const after = (before: TokenIds): Scored => ({
    ids: concatIds(before, written),
    span: { start: before.length, end: before.length + tokens },
  });
  const read = after(prompt);
  return {
    ...ofText,
    teacher: read,
    text: read.span,
    known: logProbs && logProbsFrom(logProbs, 0, tokens),
    resampled: sharesTokens(teacher.layouts.tokenizer, student.layouts.tokenizer)
      ? after(student.layouts.student.thoughtPrompt(question))
      : undefined,
  };
}

function beginsWith(ids: TokenIds, beginning: TokenIds): boolean {
  return beginning.every((id, index) => id === ids[index]);
}

/** Sequences are read only up to the last scored token: what follows cannot change its log-prob. */
function isWithinContexts(judges: Judges, { student, teacher, resampled }: Reading): boolean {
  const room = longestSequence(judges.student.model);
  return (
    student.solutionSpan.end <= room &&
    (resampled === undefined || resampled.span.end <= room) &&
    teacher.span.end <= longestSequence(judges.teacher.model)
  );
}

/** Whether two models, known before they are opened, can read a whole explanation. */
export function wouldFit(
  teacher: Reader,
  student: Reader,
  { question, solution, explanation, ended }: Explanation,
): boolean {
  const texts = { question, solution, explanation };
  if (isBeyond(teacher, texts) || isBeyond(student, texts)) return false;
  const read = student.layouts.student.sequence(question, explanation, solution, ended);
  const written = teacher.layouts.teacher.sequence(question, solution, explanation, ended);
  return read.solutionSpan.end <= student.contextTokens && written.explanationSpan.end <= teacher.contextTokens;
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
function readableBeginning(judges: Judges, whole: Reading): Reading {
  const { tokenizer } = judges.teacher.layouts;
  const { start, end } = whole.text;
  const { sampled } = whole.explained;
  const beginning = (length: number): Reading =>
    readingOf(judges, {
      ...whole.explained,
      explanation: tokenizer.decode(whole.teacher.ids.slice(start, start + length)),
      ended: false,
      ...(sampled === undefined ? {} : { sampled: { ...sampled, tokens: length } }),
    });
  let longest = beginning(0);
  let tooLong = end - start;
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
 * once more for explanations that were sampled in other tokens than the tokenizer's own, and the teacher once for those
 * whose log-probs are not known. Teacher and student may have different tokenizers. An explanation that does not fit a context is scored as far as it fits, as if cut before its end tag.
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
  const form =
    'scoreExplanations({ teacher: { model, layouts }, student: { model, layouts }, settings: paperReward(), temperature: 1 }, explanations)';
  checkArguments(form, { judges, explanations: given, place, options }, ARGUMENTS);
  // Before the models are asked, which may take long.
  requireArguments(form, { 'judges.settings': [judges.settings, REWARD_SETTINGS] });
  const { teacher, student, settings, temperature } = judges;
  const readings = given.map((explained) => {
    const whole = readingOf(judges, explained);
    return isWithinContexts(judges, whole) ? whole : readableBeginning(judges, whole);
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
  const scored = async (model: Model, sequences: readonly Scored[]): Promise<ReadonlyMap<Scored, TokenLogProbs>> => {
    const requests = sequences.map(({ ids, span }) => ({
      ids: sliceIds(ids, 0, span.end),
      positions: positionsOf(span),
      temperature,
    }));
    return new Map(zip(sequences, await logProbsOf(model, requests, options), (one, logProbs) => [one, logProbs]));
  };
  const ofSampled = await scored(
    student.model,
    readings.flatMap(({ resampled }) => resampled ?? []),
  );
  const ofTeacher = await scored(
    teacher.model,
    readings.flatMap((reading) => (reading.known === undefined ? [reading.teacher] : [])),
  );
  return zip(
    readings,
    byStudent,
    (
      { explained, teacher: written, known, resampled, student: { ids, thoughtSpan, solutionSpan } },
      logProbs,
      index,
    ) => {
      const read = resampled ?? { ids, span: thoughtSpan };
      const studentExplanation =
        resampled === undefined ? logProbsFrom(logProbs, 0, spanLength(thoughtSpan)) : ofSampled.get(resampled);
      const studentSolution = logProbsFrom(logProbs, spanLength(thoughtSpan));
      const teacherExplanation = known ?? ofTeacher.get(written);
      if (teacherExplanation === undefined || studentExplanation === undefined)
        throw new Error(`explanation ${index} has no log-probs of the ${teacherExplanation ? 'student' : 'teacher'}`);
      const own = {
        studentSolution: idsIn(ids, solutionSpan),
        studentExplanation: idsIn(read.ids, read.span),
        teacherExplanation: idsIn(written.ids, written.span),
      };
      const pieces = piecesOf(
        { tokenizer: teacher.layouts.tokenizer, ids: own.teacherExplanation },
        { tokenizer: student.layouts.tokenizer, ids: own.studentExplanation },
      );
      const reward = explanationReward(
        {
          studentSolution,
          teacherExplanation,
          studentExplanation,
          ...(pieces === undefined ? {} : { pieces }),
          faults: [...(explained.ended ? [] : ['missingEndTag']), ...(explained.faults ?? [])],
        },
        settings,
        { ...place, sample: index },
      );
      const cut = explained !== given[index];
      const logProbsOfTokens = { studentSolution, studentExplanation, teacherExplanation };
      return { reward, ...logProbsOfTokens, ids: own, studentTokens: ids.length, cut };
    },
  );
}

/**
 * log p_S(s_k | q, s_<k) of the solution of each problem, behind an empty explanation: what an explanation is to
 * improve. In the student's tokens.
 * @throws {InterruptedError} when `options.signal` is aborted
 */
export async function scoreSolutionsAlone(
  { student, temperature }: Pick<Judges, 'student' | 'temperature'>,
  problems: readonly Pick<Explanation, 'question' | 'solution'>[],
  options: CallOptions = {},
): Promise<readonly TokenLogProbs[]> {
  const sequences = problems.map(({ question, solution }) => student.layouts.student.sequence(question, '', solution));
  return await logProbsOf(
    student.model,
    sequences.map(({ ids, solutionSpan }) => ({
      ids: sliceIds(ids, 0, solutionSpan.end),
      positions: positionsOf(solutionSpan),
      temperature,
    })),
    options,
  );
}

const idsIn = (ids: TokenIds, { start, end }: Span): TokenIds => sliceIds(ids, start, end);

/** The explanation's tokens on one side. */
interface Tokens {
  readonly tokenizer: Tokenizer;
  readonly ids: TokenIds;
}

/** Where both sides have a token boundary; undefined if they read the same tokens. */
function piecesOf(teacher: Tokens, student: Tokens): readonly AlignedPiece[] | undefined {
  const same =
    sharesTokens(teacher.tokenizer, student.tokenizer) &&
    teacher.ids.length === student.ids.length &&
    teacher.ids.every((id, i) => id === student.ids[i]);
  return same ? undefined : alignTokens(teacher.tokenizer, teacher.ids, student.tokenizer, student.ids);
}

/** An engine is not called for nothing: it may be remote. */
async function logProbsOf(
  model: Model,
  requests: readonly ScoreRequest[],
  options: CallOptions,
): Promise<readonly TokenLogProbs[]> {
  return requests.length === 0 ? [] : await model.logProbs(requests, options);
}
