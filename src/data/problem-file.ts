import { z } from 'zod';
import { checkArguments, limitArgument } from '../call-arguments.js';
import { InputError, InterruptedError, type Place } from '../errors.js';
import { isObject } from '../json.js';
import { hasSolution, questionAnswer, withoutLabels } from './adapters/question-answer.js';
import { adapterNamed, isAnswered, type Layout, layoutFor, type ProblemNeeds } from './adapters.js';
import { hasColumn, missingColumn } from './cells.js';
import { type ChoiceColumns, choicesText, columnsOfChoices, isRightTwice, type KeyKind } from './choices/choices.js';
import { KeyReading } from './choices/key-reading.js';
import { choiceColumnsIn, likelyChoicesIn } from './choices/layout.js';
import { renamed } from './columns/case.js';
import { columnsSchema, type ProblemColumns, problemByColumns } from './columns/columns.js';
import { type ColumnUse, ColumnUses } from './columns/use.js';
import { writeJsonl } from './files/jsonl.js';
import { checkTexts, type DataRecord, type ReadLimits, readLimitsSchema } from './files/record.js';
import { readRecords } from './files/records.js';
import { requireEnding } from './files/writing.js';
import { fetchDataset } from './hub/hub.js';
import { type HubOptions, hubOptionsSchema } from './hub/options.js';
import { isHubSource } from './hub/source.js';
import { InvalidRows } from './invalid-rows.js';
import { type Problem, parseProblem, problemRecord, questionKey, type UnnamedProblem } from './problem.js';
import { ProblemCollector } from './repeated-rows.js';
import type { ProblemList } from './sequences/problem-list.js';
import { textHash } from './sequences/text-index.js';
import { withoutTotals } from './totals.js';

/** How a problem file is read: its layout, and how much of it. */
export interface ReadProblemsOptions {
  /** Name of the adapter; `auto` (default) takes the one that the first record fits. */
  readonly adapter?: string;
  /** `answers` where problems are only asked and graded: then a question with an answer needs no solution. */
  readonly needs?: 'solutions' | 'answers';
  /** Names of the columns, in place of an adapter. */
  readonly columns?: ProblemColumns;
  readonly limits?: ReadLimits;
  /** Stop at the row that completes this many problems. */
  readonly first?: number;
  readonly hub?: HubOptions;
}

/** The rows of a local file, or of a hub source (`hf:…`), which is fetched first, and whose last row nobody here could delete. */
export async function* openRecords(
  source: string,
  options: { readonly limits?: ReadLimits; readonly hub?: HubOptions } = {},
): AsyncGenerator<DataRecord> {
  if (!isHubSource(source)) {
    yield* withoutTotals(withoutLabels(readRecords(source, options.limits)));
    return;
  }
  for (const file of await fetchDataset(source, options.hub)) yield* readRecords(file.path, options.limits);
}

/** The problems of a data file, and what was found in it. */
export interface ProblemFile<Problems = readonly Problem[]> {
  readonly problems: Problems;
  /** Number of rows that were read; more than the problems where rows repeat a problem. */
  readonly rows: number;
  /** Rows with a system message, which is left out. */
  readonly systemMessages: number;
  /** The columns of its rows; undefined where it is not a table. */
  readonly columns?: ColumnUse;
}

/** The problems of `scanProblemFile` as an array. */
export async function readProblemFile(source: string, options: ReadProblemsOptions = {}): Promise<ProblemFile> {
  const found = await scanProblemFile(source, options);
  return { ...found, problems: [...found.problems] };
}

/**
 * The problems of a file or hub source, held as bytes. Rows with the same question and solution are one problem with their distinct
 * traces. A problem without an id gets the hash of its question and solution.
 * @throws {InputError} with file, line and field when a record is invalid, an id stands for two questions or there is
 * no problem; where many records are invalid, with the first, and the lines and reasons of some others
 */
export async function scanProblemFile(
  source: string,
  options: ReadProblemsOptions = {},
): Promise<ProblemFile<ProblemList>> {
  const { first = Number.POSITIVE_INFINITY, adapter = 'auto', needs } = options;
  if (!(first >= 1))
    throw new InputError(`first is ${first}; expected a whole number from 1`, {
      field: 'first',
      remedy: 'Give the number of problems to read.',
    });
  // Where problems are only asked, options are read without being named; a solution to learn from is a matter of taste.
  const isSeen = options.columns === undefined && adapter === 'auto' && needs === 'answers';
  const columns = options.columns ?? (isSeen ? await choiceColumnsOf(source, options) : undefined);
  const keyKind =
    columns?.choices === undefined ? undefined : await keyKindIn(source, columns.choices, columns.question, options);
  const reader = columns === undefined ? byAdapter(adapter, needs) : byColumns(columns, keyKind);
  const found = new ProblemCollector();
  const invalid = new InvalidRows();
  /** The first rows, while they fit no layout: behind them may be those that say what these lack. */
  const misfits: { first: InputError | undefined; readonly rows: DataRecord[] } = { first: undefined, rows: [] };
  try {
    reading: for await (const record of openRecords(source, options)) {
      const misfit = misfitting(reader, record);
      if (misfit !== undefined) {
        misfits.first ??= misfit;
        misfits.rows.push(record);
        if (misfits.rows.length === MOST_MISFITS) break;
        continue;
      }
      for (const row of [...misfits.rows.splice(0), record])
        if (invalid.attempt(() => found.add(checked(reader.problem(row), row), row.place)) && found.size >= first)
          break reading;
    }
  } catch (error) {
    if (misfits.rows.length > 0 && !(error instanceof InterruptedError)) throw misfits.first;
    // The file cannot be read to its end: invalid rows before that are reported first.
    invalid.raise(error);
    throw error;
  }
  if (misfits.rows.length > 0) throw misfits.first;
  invalid.raise();
  if (found.size === 0) {
    throw new InputError('there are no problems in it', { file: source, remedy: 'Give it a row for each problem.' });
  }
  reader.end?.();
  return {
    problems: await found.problems(),
    rows: found.rows,
    systemMessages: reader.systemMessages,
    columns: reader.columns,
  };
}

/**
 * The columns of a file of multiple-choice questions, by the first row whose key means one of its options; undefined where it is no such
 * file, or leaves it open.
 */
async function choiceColumnsOf(source: string, options: ReadProblemsOptions): Promise<ProblemColumns | undefined> {
  let rows = 0;
  try {
    for await (const { value } of openRecords(source, options)) {
      const columns = choiceColumnsIn(value);
      const seen = columns === undefined ? likelyChoicesIn(value) : undefined;
      if (seen === undefined || seen.isDoubtful || seen.question === undefined) return columns;
      if (++rows === MOST_MISFITS) return undefined;
    }
  } catch (error) {
    // The rows behind the first are read again, and what is wrong with them is told with their places.
    if (rows === 0 || !(error instanceof InputError)) throw error;
  }
  return undefined;
}

/** What the keys of a file are, by all of its rows, however many of them are read: a part may leave it open. */
async function keyKindIn(
  source: string,
  choices: ChoiceColumns,
  question: string,
  options: ReadProblemsOptions,
): Promise<KeyKind | undefined> {
  if (choices.key === undefined || choices.keyIs !== undefined) return choices.keyIs;
  const reading = new KeyReading();
  try {
    for await (const record of openRecords(source, options)) {
      try {
        reading.note(record, choices, question);
      } catch (error) {
        // It is reported with all other rows that are invalid.
        if (!(error instanceof InputError)) throw error;
      }
    }
  } catch (error) {
    // So is where the file cannot be read to its end.
    if (!(error instanceof InputError)) throw error;
  }
  return reading.kind;
}

/** Rows without a layout after which no other is looked for. */
const MOST_MISFITS = 10_000;

/** Why no layout fits a row, where none is known yet. */
function misfitting(reader: RowReader, record: DataRecord): InputError | undefined {
  try {
    reader.begin?.(record);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

interface RowReader {
  /** Finds the layout in the first record that has one; throws where it has none. */
  begin?(record: DataRecord): void;
  problem(record: DataRecord): UnnamedProblem;
  readonly systemMessages: number;
  /** The columns of the rows that are valid. */
  readonly columns: ColumnUse;
  /** What can only be checked when all rows have been read. */
  end?(): void;
}

function byAdapter(name: string, needs: ProblemNeeds = 'solutions'): RowReader {
  if (name !== 'auto') adapterNamed(name);
  let layout: Layout | undefined;
  let systemMessages = 0;
  const uses = new ColumnUses();
  return {
    begin({ value, place }) {
      layout ??= layoutFor(name, value, place, needs);
    },
    problem({ value, place }) {
      layout ??= layoutFor(name, value, place, needs);
      // Behind questions with answers alone, the first row with a solution says how solutions are laid out.
      if (name === 'auto' && layout.adapter === questionAnswer && hasSolution(renamed(value, layout.names)))
        layout = layoutFor(name, value, place);
      const { names } = layout;
      const row = renamed(value, names);
      const isAnswerAlone = name === 'auto' && needs === 'answers' && isAnswered(row, place);
      const adapter = isAnswerAlone ? questionAnswer : layout.adapter;
      const problem = adapter.problem(row, place);
      if (adapter.hasSystemMessage?.(row) === true) systemMessages++;
      uses.note(
        row,
        adapter.columnsIn?.(row) ?? adapter.columns,
        problem.reasoningTraces !== undefined,
        problem.question,
      );
      return problem;
    },
    get systemMessages() {
      return systemMessages;
    },
    get columns() {
      const names = [...(layout?.names ?? [])].map(([inFile, column]) => ({ name: inFile, as: column }));
      return names.length === 0 ? uses.use : { ...uses.use, names };
    },
  };
}

function byColumns(columns: ProblemColumns, keyKind: KeyKind | undefined): RowReader {
  const { choices, ...single } = columns;
  const named = [
    ...Object.values(single).filter((name) => name !== undefined),
    ...(choices === undefined ? [] : columnsOfChoices(choices)),
  ];
  const unseen = new Set(named);
  const uses = new ColumnUses();
  const twice: { rows: number; first: Place | undefined } = { rows: 0, first: undefined };
  let first: DataRecord | undefined;
  return {
    problem(record) {
      first ??= record;
      for (const name of unseen) if (hasColumn(record, name)) unseen.delete(name);
      const problem = problemByColumns(record, columns, keyKind);
      if (choices !== undefined && keyKind !== undefined && isRightTwice(record, choices, keyKind)) {
        twice.rows++;
        twice.first ??= record.place;
      }
      uses.note(record.value, named, problem.reasoningTraces !== undefined, problem.question);
      return problem;
    },
    systemMessages: 0,
    get columns() {
      return choices === undefined || keyKind === undefined
        ? uses.use
        : { ...uses.use, choices: choicesText(choices, keyKind, twice) };
    },
    end() {
      const [name] = unseen;
      if (name !== undefined && first !== undefined) throw missingColumn(first, name);
    },
  };
}

function checked(problem: UnnamedProblem, record: DataRecord): UnnamedProblem {
  const { id, question, solution, answer, level, reasoningTraces = [] } = problem;
  checkTexts([id, question, solution, answer, level, ...reasoningTraces], record);
  return problem;
}

const READ_ARGUMENTS = {
  source: z.string(),
  options: z.strictObject({
    adapter: z.string().optional(),
    needs: z.enum(['solutions', 'answers']).optional(),
    columns: columnsSchema.optional(),
    limits: readLimitsSchema.optional(),
    first: limitArgument.optional(),
    hub: hubOptionsSchema.optional(),
  }),
};
const WRITE_ARGUMENTS = {
  file: z.string(),
  problems: z.custom((value) => typeof value === 'object' && value !== null && Symbol.iterator in value, {
    error: 'expected a list of problems',
  }),
};

/** The problems of `readProblemFile`. */
export async function readProblems(source: string, options: ReadProblemsOptions = {}): Promise<Problem[]> {
  checkArguments("readProblems('problems.jsonl', { first: 100 })", { source, options }, READ_ARGUMENTS);
  return [...(await readProblemFile(source, options)).problems];
}

const WRITTEN_ENDINGS = ['.jsonl', '.ndjson'];

/**
 * Writes a problem file (JSONL) atomically. As with Node's `writeFile`, a file of that name is replaced; it stays as it
 * was when the new one cannot be written.
 * @throws {UsageError} when the name ends in something else than .jsonl or .ndjson
 * @throws {InputError} when a problem could not be read again
 */
export async function writeProblems(file: string, problems: Iterable<Problem>): Promise<void> {
  const form = "writeProblems('problems.jsonl', problems)";
  checkArguments(form, { file, problems }, WRITE_ARGUMENTS);
  requireEnding(form, file, WRITTEN_ENDINGS);
  const records = (function* () {
    let row = 0;
    /** Of each id the hash of its question. */
    const written = new Map<string, number>();
    for (const problem of problems) {
      row++;
      const place = { file, record: row };
      const record = { value: isObject(problem) ? problemRecord(problem) : {}, place };
      const { id, question } = checked(parseProblem(record.value, record.place), record);
      // A reader takes rows of one id for one problem with several traces.
      const hash = textHash(questionKey(question));
      if (id !== undefined && (written.get(id) ?? hash) !== hash)
        throw new InputError(`the id ${id} is that of another problem before it`, {
          ...place,
          field: 'id',
          remedy: 'Give every problem its own id.',
        });
      if (id !== undefined) written.set(id, hash);
      yield record.value;
    }
  })();
  await writeJsonl(file, records);
}
