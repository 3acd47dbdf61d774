/** Posed problems, and the graded samples of a model on them. */
import { z } from 'zod';
import { parseRecord } from '../../data/files/record.js';
import type { Problem } from '../../data/problem.js';
import { TASKS } from '../../data/tasks/index.js';
import { InputError, type Place } from '../../errors.js';
import { GRADERS, goldOf, graderNamed } from '../graders/registry.js';
import type { Grade, Grader } from '../graders/verdict.js';

/** A problem with what judges its answers. */
export interface Posed {
  readonly problem: Problem;
  readonly grader: Grader;
  readonly gold: string;
}

/** `no-room`: the prompt fills the model's context, so nothing could be sampled. */
const ENDS = ['stop', 'length', 'context', 'no-room'] as const;

/** One line of answers.jsonl. */
const answerSchema = z.object({
  /** The model's and the problems' labels in a recipe; absent outside of one. */
  student: z.string().optional(),
  level: z.string().optional(),
  id: z.string(),
  sample: z.int().min(0),
  verdict: z.enum(['correct', 'wrong', 'unparsable']),
  reason: z.string(),
  /** What was read as the answer. */
  answer: z.string().optional(),
  gold: z.string(),
  /** Grader and version, as `math/1`. */
  grader: z.string(),
  /** The problem's own level of difficulty. */
  difficulty: z.string().optional(),
  ended: z.enum(ENDS),
  /** Sampled tokens. */
  tokens: z.int().min(0),
  text: z.string(),
});
type Parsed = z.output<typeof answerSchema>;
/** Absent keys are absent, never undefined. */
export type Answer = Readonly<
  { [Key in keyof Parsed as undefined extends Parsed[Key] ? never : Key]: Parsed[Key] } & {
    [Key in keyof Parsed as undefined extends Parsed[Key] ? Key : never]?: Exclude<Parsed[Key], undefined>;
  }
>;

/** A line with its keys in their fixed order, so that equal answers are equal bytes. */
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

/** @throws InputError with place and field */
export function parseAnswer(value: unknown, place: Place): Answer {
  return parseRecord(answerSchema, value, place, 'The line is not of an answers file.') as Answer;
}

/** The grader of a problem where none is named: that of the generator it comes from, else math. */
function graderOf(problem: Problem): Grader {
  const task = TASKS.find(({ name }) => name === problem.task);
  if (task !== undefined) return graderNamed(task.grader);
  return graderNamed(problem.numbers !== undefined && problem.target !== undefined ? 'countdown' : 'math');
}

/**
 * Poses a problem with a grader, or with the problem's own where it says `auto`.
 * @throws InputError where the reference itself cannot be read by the grader: every answer would seem unparsable
 */
export function pose(problem: Problem, grader: Grader | 'auto', place: Place = {}): Posed {
  const chosen = grader === 'auto' ? graderOf(problem) : grader;
  const gold = goldOf(problem, chosen);
  const { verdict, reason } = chosen.grade(gold, gold);
  if (verdict === 'unparsable' && reason.startsWith('the reference')) {
    throw new InputError(`${reason}, so ${chosen.name} cannot grade with it`, {
      ...place,
      sample: problem.id,
      field: 'answer',
      remedy: 'Correct the answer, or name another grader.',
    });
  }
  return { problem, grader: chosen, gold };
}

/** The grade of a reply, of which `answerText` is what stands where an answer must be. */
export function gradeReply(grader: Grader, gold: string, answerText: string | undefined): Grade {
  if (answerText === undefined) return { verdict: 'unparsable', reason: 'no answer in the required form' };
  return grader.grade(gold, answerText);
}

/** The grader that a line was graded with: one of `own`, or one of those with a name. */
export function graderOfAnswer({ grader }: Pick<Answer, 'grader'>, own: readonly Grader[] = []): Grader {
  return [...own, ...GRADERS].find(({ version }) => version === grader) ?? graderNamed(grader.replace(/\/.*$/, ''));
}
