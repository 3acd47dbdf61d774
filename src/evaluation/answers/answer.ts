/** Problems with their graders, and the graded samples of a model on them. */
import { z } from 'zod';
import { checkArguments, objectArgument } from '../../call-arguments.js';
import { parseRecord } from '../../data/files/record.js';
import type { Problem } from '../../data/problem.js';
import { TASKS } from '../../data/tasks/index.js';
import { InputError, type Place, UsageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { isFreeText, readSolution } from '../graders/math/math.js';
import { GRADER_NAMES } from '../graders/names.js';
import { GRADERS, goldOf, graderNamed } from '../graders/registry.js';
import { type Grade, type Grader, guarded, requireGrade } from '../graders/verdict.js';
import { isMultipleChoice } from './multiple-choice.js';

/** A problem with its grader and the reference that the grader compares with. */
export interface EvaluationProblem {
  readonly problem: Problem;
  readonly grader: Grader;
  readonly gold: string;
}

/** `no-room`: the prompt fills the model's context, so nothing could be sampled. */
const ENDS = ['stop', 'length', 'context', 'no-room'] as const;

/** One line of answers.jsonl. */
const answerSchema = z.object({
  /** The names of the model and of the set of problems in a recipe; absent outside a recipe. */
  student: z.string().exactOptional(),
  level: z.string().exactOptional(),
  id: z.string(),
  sample: z.int().min(0),
  verdict: z.enum(['correct', 'wrong', 'unparsable']),
  reason: z.string(),
  /** The answer that was read in the text. */
  answer: z.string().exactOptional(),
  gold: z.string(),
  /** Grader and version, for example `math/1`. */
  grader: z.string(),
  /** The problem's own level of difficulty. */
  difficulty: z.string().exactOptional(),
  ended: z.enum(ENDS),
  /** Sampled tokens. */
  tokens: z.int().min(0),
  text: z.string(),
});
/** A graded answer of a model: one line of answers.jsonl. */
export type Answer = Readonly<z.output<typeof answerSchema>>;

/** A line with its keys in a fixed order, so that equal answers are equal bytes. */
export function answerLine(sampled: Omit<Answer, keyof Grade>, grade: Grade): Answer {
  const { student, level, id, sample, gold, grader, difficulty, ended, tokens, text } = sampled;
  const { verdict, reason, answer } = grade;
  return {
    ...(student === undefined ? {} : { student }),
    ...(level === undefined ? {} : { level }),
    id,
    sample,
    verdict,
    reason,
    ...(answer === undefined ? {} : { answer }),
    gold,
    grader,
    ...(difficulty === undefined ? {} : { difficulty }),
    ended,
    tokens,
    text,
  };
}

/** The answer that a line is; undefined if it is none. */
export const answerIn = (value: unknown): Answer | undefined => answerSchema.safeParse(value).data;

/** @throws {InputError} with place and field when the value is not an answer */
export function parseAnswer(value: unknown, place: Place): Answer {
  return parseRecord(answerSchema, value, place, 'The line does not belong to an answers file.');
}

/** Longer texts in words are sentences, which no reply repeats word for word. */
const MOST_WORDS = 5;

/**
 * Why no reply to a problem can be graded; undefined if one can be. Without an answer, it is looked for in the solution:
 * where none is found there, all of the solution would be the answer.
 */
export function ungradedBecause(
  { answer, solution, numbers, target }: Pick<Problem, 'answer' | 'solution' | 'numbers' | 'target'>,
  grader: Grader,
): string | undefined {
  if (answer !== undefined) return undefined;
  if (grader.name === 'countdown' && numbers !== undefined && target !== undefined) return undefined;
  if (solution.trim() === '') return 'they have neither answer nor solution';
  const none = 'they have no answer and no solution that states one';
  if (grader.name === 'integer' || grader.name === 'choice')
    return grader.grade(solution, solution).verdict === 'correct' ? undefined : none;
  if (grader.name !== 'math') return 'they have no answer';
  return readSolution(solution).how === 'text' && solution.trim().split(/\s+/).length > MOST_WORDS ? none : undefined;
}

/** The default grader of a problem: that of its generator, choice where its question lists options of which a letter is the answer, else math. */
function graderOf(problem: Problem): Grader {
  const task = TASKS.find(({ name }) => name === problem.task);
  if (task !== undefined) return graderNamed(task.grader);
  if (problem.numbers !== undefined && problem.target !== undefined) return graderNamed('countdown');
  return graderNamed(isMultipleChoice(problem) ? 'choice' : 'math');
}

/** Graders for which the reference of a problem is an answer. Countdown needs another kind of problem. */
function otherGraders(problem: Problem, chosen: Grader): readonly Grader[] {
  return GRADERS.filter(
    (other) =>
      other.name !== chosen.name &&
      other.name !== 'countdown' &&
      other.unusable?.(goldOf(problem, other)) === undefined,
  );
}

/** A grader, for calls without types. */
export const isGrader = (value: unknown): value is Grader =>
  isObject(value) &&
  typeof value.name === 'string' &&
  typeof value.version === 'string' &&
  typeof value.grade === 'function' &&
  typeof value.same === 'function';

const isAsync = (call: unknown): boolean => Object.prototype.toString.call(call) === '[object AsyncFunction]';

const ARGUMENTS = {
  problem: objectArgument('a problem with id, question and solution', 'id', 'question', 'solution').pipe(
    z.looseObject({ id: z.string(), question: z.string(), solution: z.string(), answer: z.string().optional() }),
  ),
  grader: z
    .custom<Grader | 'auto'>((value) => value === 'auto' || isGrader(value), {
      error: ({ input }) =>
        isObject(input) && 'grade' in input
          ? 'expected a grader, with name, version, grade and same'
          : "expected 'auto' or a grader, as graderNamed('math') gives it",
    })
    .refine((value) => value === 'auto' || !isAsync(value.grade), 'grade is async, but graders are synchronous'),
};

/**
 * A problem with a grader, or with its default grader for `auto`.
 * Graders are synchronous.
 * @throws {InputError} when the grader cannot read the reference itself, so that every answer would seem unparsable
 */
export function evaluationProblem(problem: Problem, grader: Grader | 'auto', place: Place = {}): EvaluationProblem {
  checkArguments("evaluationProblem(problem, 'auto')", { problem, grader }, ARGUMENTS);
  const chosen = grader === 'auto' ? graderOf(problem) : grader;
  const gold = goldOf(problem, chosen);
  const unusable = chosen.unusable?.(gold);
  const isStated = problem.answer !== undefined || problem.numbers !== undefined;
  // What of a data set counts as right only word for word is told of it, and in the results.
  const isGraded = unusable === undefined || (chosen.name === 'math' && !isStated && isFreeText(problem.solution));
  if (!isGraded) {
    const correction = isStated ? 'correct the answer' : 'add a column "answer"';
    const names = otherGraders(problem, chosen)
      .map(({ name }) => name)
      .join(' or ');
    const noGrader = `No grader can read it: ${correction}, or leave the problem out.`;
    throw new InputError(`${unusable.reason}, so ${chosen.name} cannot grade with it`, {
      ...place,
      ...((place.line ?? place.record) === undefined ? { sample: problem.id } : {}),
      field: isStated ? 'answer' : 'solution',
      remedy: names === '' ? noGrader : `Name a grader that can read it (${names}), or ${correction}.`,
      remedyForFile:
        names === ''
          ? noGrader
          : `These answers seem to be of another kind: name another --benchmark or --grader (${names}), or ${correction}.`,
    });
  }
  return { problem, grader: chosen, gold };
}

/** The grade of a reply. `answerText` is the part of it in which the answer must be. @throws {UsageError} when the grader returns none */
export function gradeReply(grader: Grader, gold: string, answerText: string | undefined): Grade {
  if (answerText === undefined) return { verdict: 'unparsable', reason: 'no answer in the required form' };
  return requireGrade(grader, guarded(grader).grade(gold, answerText));
}

/**
 * The grader that a line was graded with: one of `own`, or one of those with a name.
 * @throws {UsageError} when it is none of them
 */
export function graderOfAnswer({ grader }: Pick<Answer, 'grader'>, own: readonly Grader[] = []): Grader {
  const known = [...own, ...GRADERS].find(({ version }) => version === grader);
  if (known !== undefined) return known;
  const name = GRADER_NAMES.find((candidate) => candidate === grader.replace(/\/.*$/, ''));
  if (name !== undefined) return graderNamed(name);
  throw new UsageError(
    `answers were graded by a grader of version ${JSON.stringify(grader)}, which is not known here`,
    {
      field: 'graders',
      remedy: 'Pass graders of your own as well: summarise(answers, [grader]).',
    },
  );
}
