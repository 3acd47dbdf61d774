import { z } from 'zod';
import { contentHash } from '../checksum.js';
import type { Place } from '../errors.js';
import { parseRecord } from './files/record.js';

/** A question with its reference solution: what a teacher explains and a student is scored on. */
export interface Problem {
  /** Unique within a file. */
  readonly id: string;
  readonly question: string;
  /** The reference solution as the student should write it, including the final answer. Never blank. */
  readonly solution: string;
  /** The short answer that a grader compares with. */
  readonly answer?: string;
  /** The data set's own explanations, of any quality: at least one, none of them blank. Absent where there are none. */
  readonly reasoningTraces?: readonly string[];
  /** Name of the difficulty or subject, for accuracies by level. */
  readonly level?: string;
  /** The generator of the problem, which determines its grader. */
  readonly task?: string;
  /** Generated problems: the kind of its reasoning trace (`complete`, `answer-only`, ...). */
  readonly traceKind?: string;
  /** Countdown: the numbers, each of which may be used once. */
  readonly numbers?: readonly number[];
  /** Countdown: the number to make. */
  readonly target?: number;
}

/** A problem that may not have an id yet. */
export type UnnamedProblem = Omit<Problem, 'id'> & { readonly id?: string };

/** Text that is not plain ASCII in lines of words with a space between them: all other text is its own key. */
const MAY_VARY = /[^ -~]| {2}|^ | $/;

/**
 * What makes two questions the same: their text in Unicode NFC, with every run of white space, line ends included, as one
 * space and none at the ends. Case, punctuation and other wording count. Solutions are compared in the same way.
 */
export function questionKey(question: string): string {
  if (!MAY_VARY.test(question)) return question;
  return question.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

const text = (field: string) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? `${field} is missing` : `${field} is not a string`) })
    .refine((value) => value.trim() !== '', `${field} is blank`);

/** A text that must be there, which may be a number in JSON: an answer stands for its solution in many files. */
const textOrNumber = (field: string) =>
  z
    .union([z.string(), z.number()], {
      error: (issue) =>
        issue.input === undefined ? `${field} is missing` : `${field} is neither a string nor a number`,
    })
    .transform(String)
    .refine((value) => value.trim() !== '', `${field} is blank`);

/** Whether a table has a value here: a missing key, null and an empty cell are the same. */
export const isGiven = <T>(value: T | null | undefined): value is T =>
  value != null && !(typeof value === 'string' && value.trim() === '');

const given = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => (isGiven(value) ? value : undefined));

const optionalText = (field: string) => given(z.string({ error: `${field} is not a string` }));

const optionalLabel = (field: string) =>
  given(z.union([z.string(), z.number()], { error: `${field} is neither a string nor a number` }));

/** Tables have numbers as text, and nothing for a missing one; JSON readers, numbers with more digits than a double. */
export function numberOfCell(cell: unknown): unknown {
  if (typeof cell !== 'string') return cell;
  return cell.trim() === '' ? undefined : Number(cell);
}

const problemSchema = z.object(
  {
    id: optionalLabel('id'),
    question: text('question'),
    solution: textOrNumber('solution'),
    answer: optionalLabel('answer'),
    reasoning_trace: z
      .union([z.string(), z.array(z.string())], { error: 'reasoning_trace is not a string or a list of strings' })
      .nullish(),
    level: optionalLabel('level'),
    task: optionalText('task'),
    trace_kind: optionalText('trace_kind'),
    numbers: z.preprocess(
      (value) => (value === '' ? undefined : value),
      z.array(z.number(), { error: 'numbers is not a list of numbers' }).nullish(),
    ),
    target: z.preprocess(numberOfCell, z.number({ error: 'target is not a number' }).nullish()),
  },
  { error: 'the record is not a JSON object' },
);

const REMEDY =
  'Fill in what is missing, or leave the row out. A problem has a question and a solution as texts; optional: id, answer, reasoning_trace, level.';

/**
 * The problem in a record with the keys of a problem file (`question`, `solution`, optional `id`, `answer`,
 * `reasoning_trace`, `level`, `task`, `trace_kind`, `numbers`, `target`). Other keys are ignored, since tables often
 * have more columns. Numbers given as id, solution, answer or level become strings.
 * @throws {InputError} with `place` and the field when the record is invalid
 */
export function parseProblem(value: unknown, place: Place = {}): UnnamedProblem {
  const row = parseRecord(problemSchema, value, place, REMEDY);
  const traces = [row.reasoning_trace ?? []].flat().filter((trace) => trace.trim() !== '');
  return {
    ...(row.id == null ? {} : { id: String(row.id) }),
    question: row.question,
    solution: row.solution,
    ...(row.answer == null ? {} : { answer: String(row.answer) }),
    ...(traces.length === 0 ? {} : { reasoningTraces: traces }),
    ...(row.level == null ? {} : { level: String(row.level) }),
    ...(row.task == null ? {} : { task: row.task }),
    ...(row.trace_kind == null ? {} : { traceKind: row.trace_kind }),
    ...(row.numbers == null ? {} : { numbers: row.numbers }),
    ...(row.target == null ? {} : { target: row.target }),
  };
}

/** The record of a problem file, with its keys in a fixed order. */
export function problemRecord(problem: Problem): Record<string, unknown> {
  const { reasoningTraces: traces = [] } = problem;
  return {
    id: problem.id,
    question: problem.question,
    solution: problem.solution,
    ...(problem.answer === undefined ? {} : { answer: problem.answer }),
    ...(traces.length === 0 ? {} : { reasoning_trace: traces.length === 1 ? traces[0] : traces }),
    ...(problem.level === undefined ? {} : { level: problem.level }),
    ...(problem.task === undefined ? {} : { task: problem.task }),
    ...(problem.traceKind === undefined ? {} : { trace_kind: problem.traceKind }),
    ...(problem.numbers === undefined ? {} : { numbers: problem.numbers }),
    ...(problem.target === undefined ? {} : { target: problem.target }),
  };
}

/**
 * The id of a problem that has none: 16 hexadecimal digits of the SHA-256 of question and solution. It stays the same
 * when a file is reordered, shortened or merged.
 */
export function problemHash(problem: Pick<Problem, 'question' | 'solution'>): string {
  return contentHash([problem.question, problem.solution]);
}
