/** A teacher's prompts, and its completions parsed as explanations: shared by teach and explain. */
import type { Problem } from '../data/problem.js';
import { firstOf } from '../data/sequences/sequence.js';
import { type Completion, longestSequence } from '../engine/engine.js';
import type { ExplanationFlaws } from '../method/metrics.js';
import { readTeacherCompletion } from '../text/completions.js';
import { tokenIds } from '../text/tokens.js';
import type { CheckContext, OpenModel, Reader } from './definition/stage.js';
import type { Layouts } from './layouts.js';
import { countFitting, type Fitting, isBeyond } from './left-out.js';
import type { Explanation } from './rewards/explanation-reward.js';
import type { Prompt } from './training/groups.js';
import { logProbsAt } from './training/log-probs.js';

const OTHER_SETTINGS =
  'Stages with other settings need another --out, or their folders and those of the stages after them deleted.';

/** What to do about a teacher that does not end what it writes. */
const UNENDED_ADVICE =
  'Warm the teacher up longer (raise steps or maxSteps of its warm-up stage where they are set, else epochs or minSteps), ' +
  'raise sampling.maxTokens, or start from a model that knows the subject.';

/** The same where the run cannot go on. */
export const UNENDED_REMEDY = `${UNENDED_ADVICE} ${OTHER_SETTINGS}`;

/** A line about a stage most of whose explanations did not end; undefined where half or more did. */
export const unendedWarning = (unended: number, samples: number): string | undefined =>
  2 * unended > samples ? `warning: ${unended} of ${samples} explanations did not end. ${UNENDED_ADVICE}` : undefined;

/**
 * Whether an explanation says nothing: it has no text, or white space alone. The penalty `emptyExplanation` is for fewer of
 * them, those that have no token at all (docs/method.md): the reward of white space is that of any text.
 */
export const isBlank = (explanation: string): boolean => explanation.trim() === '';

/** How many of them say nothing. */
export const countBlank = (explanations: Iterable<Pick<Explanation, 'explanation'>>): number =>
  [...explanations].filter(({ explanation }) => isBlank(explanation)).length;

/** What to do about a teacher that has learnt to say nothing. */
const BLANK_REMEDY =
  'Lower reward.kl, which charges for words that the student does not expect, or make reward.penalties.emptyExplanation ' +
  'larger. If the student does not know the subject, no explanation helps it: take a model that does.';

/** The same where the run cannot go on, and nobody knows when the teacher fell silent. */
export const SILENT_REMEDY =
  `A teacher that fell silent in its reinforcement learning: ${BLANK_REMEDY} One that says nothing after its warm-up: warm it ` +
  `up longer, or on traces that are not blank. ${OTHER_SETTINGS}`;

/**
 * A line about a stage most of whose explanations say nothing; undefined where half or more say something.
 * @param isHopeless whether the solutions are noise to the student
 */
export function blankWarning(blank: number, of: number, isHopeless = false): string | undefined {
  if (2 * blank <= of) return undefined;
  const remedy = isHopeless ? 'None that says something helps this student.' : BLANK_REMEDY;
  return `warning: ${blank} of ${of} explanations are blank: saying nothing pays. ${remedy}`;
}

/** The same of a stage that is done, or how many there are where they are few; undefined where there are none. */
export const blankNote = (blank: number, of: number): string | undefined =>
  blankWarning(blank, of) ?? blankCount(blank, of);

/** How many there are, of explanations whose teacher is not at hand to be trained otherwise; undefined where there are none. */
export const blankCount = (blank: number, of: number): string | undefined =>
  blank === 0 ? undefined : `${blank} of ${of} explanations are blank`;

/** Steps in a row after which a warning of blank explanations is no accident: healthy runs have single ones. Where all are blank, the stage stops. */
export const SILENT_STEPS = 3;

/** What is meant only once it was due for a number of steps in a row, such as a warning. */
export class Lasting<Due> {
  readonly #steps: number;
  #inRow = 0;

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** What was due at the next step, if it lasts. */
  next(due: Due | undefined): Due | undefined {
    this.#inRow = due === undefined ? 0 : this.#inRow + 1;
    return this.#inRow >= this.#steps ? due : undefined;
  }
}

/**
 * A line about a student to whom the solutions are noise, however they are explained: it finds their tokens less likely
 * than tokens drawn at random. Undefined where it does not.
 * @param logProb mean log-prob of a token of the solutions after an explanation, in nats
 */
export function strangeSolutionsWarning(
  logProb: number,
  { name, vocabularySize }: { readonly name: string; readonly vocabularySize: number },
): string | undefined {
  const atRandom = -Math.log(vocabularySize);
  if (!(logProb <= atRandom)) return undefined;
  return (
    `warning: to ${name}, a token of the solutions is less likely (${logProb.toFixed(1)} nats) than one drawn at random ` +
    `(${atRandom.toFixed(1)}), so no explanation can help it. Take a student that knows the subject, or fine-tune it first ` +
    'on texts of this kind in its format. If it learnt the subject in another wording (`The answer is 27.`), write the ' +
    'solutions in that wording, not as bare results (`27`).'
  );
}

export const readerOf = ({ model, layouts }: OpenModel): Reader => ({
  contextTokens: longestSequence(model),
  layouts,
});

/** The prompt of a problem that is far too long, which nobody reads. */
export const withoutRoom = (item: Problem): Prompt<Problem> => ({ id: item.id, item, ids: tokenIds([]), room: 0 });

/** An explanation as a teacher wrote it. */
export interface WrittenExplanation extends Explanation {
  /** Its length in tokens, as sampled. */
  readonly tokens: number;
  readonly flaws: ExplanationFlaws;
}

/** The prompt of a problem, with the room that the contexts of teacher and student leave for an explanation. */
export function explanationPrompt(teacher: Reader, student: Reader | undefined, item: Problem): Prompt<Problem> {
  if (isBeyond(teacher, item) || (student !== undefined && isBeyond(student, item))) return withoutRoom(item);
  const ids = teacher.layouts.teacher.prompt(item.question, item.solution);
  const own = teacher.contextTokens - ids.length;
  if (student === undefined) return { id: item.id, item, ids, room: own };
  const around = student.layouts.student.sequence(item.question, '', item.solution).ids.length;
  return { id: item.id, item, ids, room: Math.min(own, student.contextTokens - around) };
}

/** Counts the prompts of a stage that explains problems; undefined where its models or data are not known before the run. */
export async function countPrompts(
  { problems, reader }: CheckContext,
  stage: {
    readonly teacher: string;
    readonly student: string | null;
    readonly data: string;
    readonly limit: number | null;
  },
  isFitting: (prompt: Prompt<Problem>) => boolean,
): Promise<Fitting | undefined> {
  const teacher = await reader(stage.teacher);
  const student = stage.student === null ? undefined : await reader(stage.student);
  const found = await problems(stage.data);
  if (teacher === undefined || found === undefined || (stage.student !== null && student === undefined))
    return undefined;
  const chosen = firstOf(found, stage.limit);
  return countFitting(chosen, (problem) => isFitting(explanationPrompt(teacher, student, problem)));
}

/**
 * Parses what a teacher wrote after the prompt `TeacherLayout.prompt` of a problem as an explanation. The log-probs of
 * the completion are kept if they are at the reward's temperature; otherwise `scoreExplanations` computes them.
 */
export function readExplanation(
  { question, solution }: Pick<Problem, 'question' | 'solution'>,
  completion: Completion,
  layouts: Layouts,
  temperatures: { readonly sampling: number; readonly reward: number },
): WrittenExplanation {
  const { explanation, tokens, ended, ...flaws } = readTeacherCompletion(
    layouts.tokenizer,
    layouts.format,
    completion.ids,
    layouts.teacher.stopIds,
  );
  const logProbs = logProbsAt(temperatures.reward, completion, temperatures.sampling);
  const sampled = { ids: completion.ids, tokens, ...(logProbs === undefined ? {} : { logProbs }) };
  return { question, solution, explanation, tokens, ended, flaws, sampled };
}
