/** Questions of a file whose rows need no solutions: what a model is only asked to answer. */
import { InputError, type Place } from '../errors.js';
import {
  hasAnswerAlone,
  hasSolution,
  QUESTION_COLUMNS,
  questionAnswer,
  questionOf,
} from './adapters/question-answer.js';
import { type Layout, layoutFor } from './adapters.js';
import { hasColumn, missingColumn } from './cells.js';
import { choicesIn } from './choices/layout.js';
import { type NamesByCase, namesByCase, renamed } from './columns/case.js';
import { type ProblemColumns, problemByColumns } from './columns/columns.js';
import { type ColumnUse, ColumnUses } from './columns/use.js';
import { checkTexts, type DataRecord } from './files/record.js';
import { InvalidRows } from './invalid-rows.js';
import { type Problem, parseProblem, type UnnamedProblem } from './problem.js';
import { openRecords, type ReadProblemsOptions } from './problem-file.js';
import { ProblemCollector } from './repeated-rows.js';
import type { ProblemList } from './sequences/problem-list.js';

/** A question, with its problem where the file has a solution or an answer to it. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly level: string | undefined;
  readonly problem: Problem | undefined;
}

export interface QuestionFile {
  readonly questions: readonly Question[];
  /** The same with an empty solution where there is neither a solution nor an answer. */
  readonly problems: ProblemList;
  /** How many have neither a solution nor an answer, and the place of the first. */
  readonly unsolved: number;
  readonly firstUnsolved: Place | undefined;
  readonly columns: ColumnUse;
}

/** Reads rows by the column of the question, and perhaps those of id and level. */
function byQuestionColumn(columns: ProblemColumns): (record: DataRecord) => UnnamedProblem {
  return (record) => {
    for (const name of [columns.passage, columns.id, columns.level])
      if (name !== undefined && !hasColumn(record, name)) throw missingColumn(record, name);
    // The question takes the place of the solution, which the file does not have.
    return { ...problemByColumns(record, { ...columns, solution: columns.question }), solution: '' };
  };
}

/** The question of a row that no layout fits: with its answer, or without. Undefined where the row is something else. */
function unsolved({ value: written, place }: DataRecord): UnnamedProblem | undefined {
  const value = renamed(written, namesByCase(written, QUESTION_COLUMNS));
  if (choicesIn(value) !== undefined || hasSolution(value)) return undefined;
  const question = questionOf(value, place)?.trim();
  if (question === undefined) return undefined;
  if (hasAnswerAlone(value)) return questionAnswer.problem(value, place);
  const { id, level } = value;
  // Everything but the solution is checked as of a problem.
  return { ...parseProblem({ id, question, solution: '-', level }, place), solution: '' };
}

/**
 * The questions of a file, of which some may have solutions. Rows that repeat a question with the same solution are one.
 * Undefined where the file is one of problems, or of something else, which `readProblemFile` says best.
 * @throws {InputError} with file, line and field when a row among questions without solutions is invalid; where many are, as `readProblemFile`
 */
export async function readQuestions(
  source: string,
  options: Pick<ReadProblemsOptions, 'limits' | 'first' | 'hub' | 'columns'> = {},
): Promise<QuestionFile | undefined> {
  const { first = Number.POSITIVE_INFINITY, columns } = options;
  if ((columns?.solution ?? columns?.answer ?? columns?.choices) !== undefined) return undefined;
  const named = columns === undefined ? undefined : byQuestionColumn(columns);
  const found = new ProblemCollector();
  let layout: Layout | undefined;
  let firstUnsolved: Place | undefined;
  const invalid = new InvalidRows();
  const uses = new ColumnUses();
  let inFile: NamesByCase = new Map();
  const noteUse = ({ value }: DataRecord, problem: UnnamedProblem): void => {
    if (columns !== undefined) {
      const { question, passage = [], id = [], level = [] } = columns;
      uses.note(value, [question, passage, id, level], false, problem.question);
      return;
    }
    const names = layout?.names ?? namesByCase(value, QUESTION_COLUMNS);
    if (names.size > 0) inFile = names;
    const { adapter } = problem.solution === '' || layout === undefined ? { adapter: questionAnswer } : layout;
    const row = renamed(value, names);
    uses.note(
      row,
      adapter.columnsIn?.(row) ?? adapter.columns,
      problem.reasoningTraces !== undefined,
      problem.question,
    );
  };
  /** The problem of a row; undefined where the first rows are those of a file of problems, or of something else. */
  const read = (record: DataRecord): UnnamedProblem | undefined => {
    if (named !== undefined) return named(record);
    const { value, place } = record;
    try {
      const known = layout ?? layoutFor('auto', value, place);
      const problem = known.adapter.problem(renamed(value, known.names), place);
      // Of a row with a solution: others may look like another layout.
      layout = known;
      return problem;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const problem = unsolved(record);
      if (problem === undefined && firstUnsolved !== undefined) throw error;
      return problem;
    }
  };
  let isOther = false;
  try {
    for await (const record of openRecords(source, options)) {
      const { place } = record;
      // That a named column is missing is one mistake, and not one of every row.
      if (named !== undefined && found.rows === 0) named(record);
      invalid.attempt(() => {
        const problem = read(record);
        isOther = problem === undefined;
        if (problem === undefined) return;
        if (problem.solution === '') firstUnsolved ??= place;
        checkTexts([problem.id, problem.question, problem.solution, problem.answer, problem.level], record);
        found.add(problem, place);
        noteUse(record, problem);
      });
      if (isOther) return undefined;
      if (found.size >= first) break;
    }
  } catch (error) {
    invalid.raise(error);
    throw error;
  }
  invalid.raise();
  const problems = await found.problems();
  const questions = problems.map((problem): Question => {
    const { id, question, level, solution } = problem;
    return { id, question, level, problem: solution === '' ? undefined : problem };
  });
  return {
    questions,
    problems,
    unsolved: questions.filter(({ problem }) => problem === undefined).length,
    firstUnsolved,
    columns: inFile.size === 0 ? uses.use : { ...uses.use, names: [...inFile].map(([name, as]) => ({ name, as })) },
  };
}
