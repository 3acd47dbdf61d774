/** Tag formats: the tags around thought, solution and explanation in what models read and write. Plain data. */
import { type RecipeProblem, UsageError } from '../errors.js';
import { RELEASED_PROMPTS } from './released-prompts.js';

/** An opening and a closing tag. */
export interface TagPair {
  readonly open: string;
  readonly close: string;
}

/** The tags of teacher and student, and the white space around them. */
export interface TagFormat {
  readonly name: string;
  /** Between a tag and its content. */
  readonly inner: string;
  /** Between two tagged blocks. */
  readonly between: string;
  readonly teacher: { readonly solution: TagPair; readonly explanation: TagPair };
  /** Without `solution` tags, the solution is everything between the thought and the end of the turn. */
  readonly student: { readonly thought: TagPair; readonly solution: TagPair | null };
  /**
   * Short answer. `boxed`: the last \boxed{} of the solution; `solution`: that if there is one, else all of the
   * solution.
   */
  readonly answer: 'boxed' | 'solution';
  /**
   * Which tokens of a tagged block count as its contents, in the reward and in training. `own` (default): those that
   * begin in the text between the separators. `released`: as the released code of the paper counts them
   * (released-spans.ts), with the blank lines around the text; no separator follows an explanation that was cut, and the
   * line break that the chat template prints after the end of a turn is trained on.
   */
  readonly conventions?: 'own' | 'released';
  /** System prompts that replace those that are made from the tags. */
  readonly systemPrompts?: { readonly teacher: string; readonly student: string };
}

/** The tags of the paper (Cetin, Zhao, Tang: arXiv 2506.08388), with our conventions and system prompts. */
export const PAPER_FORMAT: TagFormat = {
  name: 'paper',
  inner: '\n\n',
  between: '\n\n',
  teacher: {
    solution: { open: '<|begin_of_solution|>', close: '<|end_of_solution|>' },
    explanation: { open: '<|begin_of_explanation|>', close: '<|end_of_explanation|>' },
  },
  student: {
    thought: { open: '<|begin_of_thought|>', close: '<|end_of_thought|>' },
    solution: { open: '<|begin_of_solution|>', close: '<|end_of_solution|>' },
  },
  answer: 'solution',
};

/** A thought between `<think>` tags, then the solution as plain text with a boxed answer. */
export const THINK_FORMAT: TagFormat = {
  name: 'think',
  inner: '\n',
  between: '\n\n',
  teacher: {
    solution: { open: '<solution>', close: '</solution>' },
    explanation: { open: '<explanation>', close: '</explanation>' },
  },
  student: { thought: { open: '<think>', close: '</think>' }, solution: null },
  answer: 'boxed',
};

/** The names of the tag formats that a recipe can choose. */
export const FORMAT_NAMES = ['paper', 'released', 'think'] as const;

/** The tag formats that a recipe can choose by name. */
export const FORMATS: Readonly<Record<'paper' | 'released' | 'think', TagFormat>> = {
  paper: PAPER_FORMAT,
  released: { ...PAPER_FORMAT, name: 'released', conventions: 'released', systemPrompts: RELEASED_PROMPTS },
  think: THINK_FORMAT,
};

/** The tags that the student reads and writes, in their order in a sequence. */
export function studentTags(format: TagFormat): readonly string[] {
  const { thought, solution } = format.student;
  return solution === null
    ? [thought.open, thought.close]
    : [thought.open, thought.close, solution.open, solution.close];
}

/** The tags that the teacher reads and writes, in their order in a sequence. */
export function teacherTags(format: TagFormat): readonly string[] {
  const { solution, explanation } = format.teacher;
  return [solution.open, solution.close, explanation.open, explanation.close];
}

/** Every tag of a format, each once. A tokenizer trained for the format should have them as special tokens. */
export function allTags(format: TagFormat): readonly string[] {
  return [...new Set([...studentTags(format), ...teacherTags(format)])];
}

/**
 * The problems of a user-defined format. The tags of either side must be distinct and not empty, none may contain
 * another, and none may begin or end with white space, which parsers trim.
 */
export function formatProblems(format: TagFormat): readonly RecipeProblem[] {
  const problems: RecipeProblem[] = [];
  const sides = { teacher: teacherTags(format), student: studentTags(format) };
  for (const [side, tags] of Object.entries(sides)) {
    for (const [i, tag] of tags.entries()) {
      if (tag === '') problems.push({ message: 'a tag is empty', field: side, remedy: 'Every tag needs a text.' });
      else if (tag.trim() !== tag) {
        const message = `the tag ${JSON.stringify(tag)} begins or ends with white space`;
        problems.push({ message, field: side, remedy: 'Move the white space to `inner` and `between`.' });
      }
      for (const [j, other] of tags.entries()) {
        if (i >= j || tag === '' || other === '') continue;
        if (tag === other) {
          problems.push({ message: `the tag ${JSON.stringify(tag)} is used twice`, field: side });
        } else if (tag.includes(other) || other.includes(tag)) {
          const message = `of the tags ${JSON.stringify(tag)} and ${JSON.stringify(other)}, one contains the other`;
          problems.push({ message, field: side, remedy: 'Choose tags that cannot be confused.' });
        }
      }
    }
  }
  for (const field of ['inner', 'between'] as const) {
    if (format[field].trim() !== '') {
      problems.push({
        message: `\`${field}\` has more than white space`,
        field,
        remedy: 'Move the words to the tags.',
      });
    }
  }
  return problems;
}

/** @throws {UsageError} when the format has problems, naming all of them */
export function checkFormat(format: TagFormat): void {
  const problems = formatProblems(format);
  if (problems.length === 0) return;
  const listed = problems.map(({ message, field }) => `${message} (${field})`).join('; ');
  throw new UsageError(`the tag format ${JSON.stringify(format.name)} cannot be used: ${listed}`);
}

/** The student's instructions, with the format's tags. */
export function studentSystemPrompt(format: TagFormat): string {
  if (format.systemPrompts !== undefined) return format.systemPrompts.student;
  const { thought, solution } = format.student;
  const answer = format.answer === 'boxed' ? ' State the final answer inside \\boxed{}.' : '';
  const solve =
    solution === null
      ? 'After that, write the solution itself, short and complete.'
      : `After that, write the solution itself, short and complete, between ${solution.open} and ${solution.close}.`;
  return (
    'You solve problems by careful reasoning. ' +
    `First think between ${thought.open} and ${thought.close}: work in small steps, check each of them, and go back when something does not fit. ` +
    `${solve}${answer}`
  );
}

/** The teacher's instructions, with the format's tags. */
export function teacherSystemPrompt(format: TagFormat): string {
  if (format.systemPrompts !== undefined) return format.systemPrompts.teacher;
  const { solution, explanation } = format.teacher;
  return (
    'You teach others to solve problems. ' +
    `First give the correct solution between ${solution.open} and ${solution.close}. ` +
    `Then write, between ${explanation.open} and ${explanation.close}, the train of thought that leads from the problem to this solution: ` +
    'small steps that a learner who does not know the solution could have found and can follow to the end.'
  );
}
