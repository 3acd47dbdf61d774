/** The columns of a table that no adapter fits, named by the user. */
import { z } from 'zod';
import { found, optionalCell, requiredCell, textOf } from '../cells.js';
import { type ChoiceColumns, choicesSchema, type KeyKind } from '../choices/choices.js';
import { choiceQuestion } from '../choices/question.js';
import type { DataRecord } from '../files/record.js';
import { withPassage } from '../passage.js';
import { parseProblem, type UnnamedProblem } from '../problem.js';
import { splitReply } from '../reply.js';

/** The name of a column, or a path into it: `meta.answer`, `messages.1.content`. */
const column = z.string().min(1);

/** The columns of a problem that every table of problems may have. */
export const PROBLEM_COLUMNS = {
  question: column.describe('Column of the question.'),
  passage: column.optional().describe('Column of a text that the question is about, which stands in front of it.'),
  solution: column.optional().describe('Column of the solution, in which a thought in tags is read as the trace.'),
  answer: column.optional().describe('Column of the answer; also the solution where none is named.'),
  id: column.optional().describe('Column of the id.'),
  level: column.optional().describe('Column of the level.'),
  choices: choicesSchema
    .optional()
    .describe(
      'Multiple choice: `{ options: [A, B, C, D], key: COLUMN }`, `{ options: COLUMN, key: COLUMN }` or `{ correct: COLUMN, wrong: [COLUMN, ...] }`, in place of answer (docs/data.md).',
    ),
};

export const columnsSchema = z
  .strictObject({
    ...PROBLEM_COLUMNS,
    reasoning_trace: column.optional().describe('Column of the trace, or of a list of traces.'),
  })
  .check(({ value, issues }) => {
    const { solution, answer, choices } = value;
    if (choices !== undefined && answer !== undefined) {
      issues.push({
        code: 'custom',
        message: 'columns names both answer and choices, whose key is the answer',
        path: ['answer'],
        input: value,
      });
    }
    if ((solution ?? answer ?? choices) !== undefined) return;
    issues.push({
      code: 'custom',
      message: 'columns names neither solution nor answer',
      path: ['solution'],
      input: value,
    });
  });

/** The names of columns, or paths into them (`meta.answer`, `messages.1.content`). */
export interface ProblemColumns {
  readonly question: string;
  /** Of a text that the question is about, which stands in front of it; rows may have none. */
  readonly passage?: string | undefined;
  /** A thought in tags at its beginning is read as the trace. */
  readonly solution?: string | undefined;
  /** Also the solution where none is named. */
  readonly answer?: string | undefined;
  readonly id?: string | undefined;
  readonly level?: string | undefined;
  /** Of traces, or of lists of traces. */
  readonly reasoning_trace?: string | undefined;
  /** Of the options of multiple-choice questions, which are listed below the question; the answer is a letter. */
  readonly choices?: ChoiceColumns | undefined;
}

/**
 * The problem in the named columns of a record. `keyKind`: what the keys of multiple-choice questions are.
 * @throws {InputError} with the column when the question or the solution is missing or blank, or a value is not text
 */
export function problemByColumns(record: DataRecord, columns: ProblemColumns, keyKind?: KeyKind): UnnamedProblem {
  const replied = columns.solution === undefined ? undefined : requiredCell(record, columns.solution, 'the solution');
  const { solution = replied, trace } =
    replied === undefined || columns.solution === undefined
      ? {}
      : splitReply(replied, { ...record.place, field: columns.solution });
  const traces = tracesOf(record, columns.reasoning_trace);
  const id = optionalCell(record, columns.id);
  const own = {
    id,
    level: optionalCell(record, columns.level),
    reasoning_trace: traces.length > 0 ? traces : trace,
  };
  const asked = requiredCell(record, columns.question, 'the question');
  const question = withPassage(optionalCell(record, columns.passage), asked);
  if (columns.choices !== undefined) {
    const listed = choiceQuestion(record, question.trim(), columns.choices, { id, kind: keyKind });
    // The grader reads the letter, so a worked solution ends with it.
    const worked = solution === undefined ? listed.solution : `${solution.trim()}\n\n${listed.solution}`;
    return parseProblem({ ...own, question: listed.question, solution: worked, answer: listed.letter }, record.place);
  }
  return parseProblem(
    {
      ...own,
      question,
      solution: solution ?? requiredCell(record, columns.answer ?? 'answer', 'the answer'),
      answer: optionalCell(record, columns.answer),
    },
    record.place,
  );
}

/** A column of traces may hold whole replies, of which the thought is taken, and lists of either. */
function tracesOf(record: DataRecord, path: string | undefined): readonly string[] {
  const value = path === undefined ? undefined : found(record.value, path);
  if (path === undefined || value == null) return [];
  const texts = Array.isArray(value)
    ? value.map((item, index) => textOf(item, `${path}.${index}`, record))
    : [textOf(value, path, record)];
  return texts.map((text) => splitReply(text, { ...record.place, field: path }).trace ?? text);
}
