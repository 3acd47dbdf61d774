/** The problems of a benchmark, read or generated, each with its grader. */
import { isAsked } from '../../data/adapters/question-answer.js';
import { hasColumn, requiredCell } from '../../data/cells.js';
import { choiceQuestion } from '../../data/choices/question.js';
import type { ProblemColumns } from '../../data/columns/columns.js';
import type { ColumnUse } from '../../data/columns/use.js';
import { checkTexts, type DataRecord } from '../../data/files/record.js';
import { isText } from '../../data/files/records.js';
import type { HubOptions } from '../../data/hub/options.js';
import { type Problem, parseProblem, problemHash, type UnnamedProblem } from '../../data/problem.js';
import { openRecords, scanProblemFile } from '../../data/problem-file.js';
import { readQuestions } from '../../data/question-file.js';
import { ProblemList } from '../../data/sequences/problem-list.js';
import { type ItemPlace, Lazy, messagePlace, picked, placeOf, type Sequence } from '../../data/sequences/sequence.js';
import { distinctProblems, taskNamed } from '../../data/tasks/index.js';
import { InputError, type Place } from '../../errors.js';
import { eachInTurns } from '../../stopping.js';
import { type EvaluationProblem, evaluationProblem, ungradedBecause } from '../answers/answer.js';
import { type SomeProblems, someOf } from '../answers/results.js';
import { graderNamed } from '../graders/registry.js';
import type { Grader } from '../graders/verdict.js';
import type { Benchmark, Columns } from './schema.js';

export interface BenchmarkOptions {
  /** A file or hub source instead of the benchmark's own. */
  readonly problems?: string;
  /** The columns of these, where no layout fits them. */
  readonly columns?: ProblemColumns;
  /** A grader instead of the benchmark's own. */
  readonly grader?: string;
  /** Use only the first `limit` problems. */
  readonly limit?: number;
  readonly hub?: HubOptions;
}

const cell = (record: DataRecord, column: string): string => requiredCell(record, column).trim();

/**
 * The problem of a record, by the columns of the benchmark. Right and wrong options are shuffled by the seed of these and the id.
 */
function problemOf(record: DataRecord, columns: Columns): UnnamedProblem {
  const asked = cell(record, columns.question);
  const { choices } = columns;
  const own = {
    ...(columns.id === undefined ? {} : { id: cell(record, columns.id) }),
    ...(columns.level === undefined ? {} : { level: cell(record, columns.level) }),
  };
  if (choices === undefined) {
    if (columns.answer === undefined)
      throw new InputError('the benchmark names no column with the answer', record.place);
    const answer = cell(record, columns.answer);
    const solution = columns.solution === undefined ? answer : cell(record, columns.solution);
    return parseProblem({ ...own, question: asked, solution, answer }, record.place);
  }
  const { question, solution, letter } = choiceQuestion(record, asked, choices, { id: own.id });
  return parseProblem({ ...own, question, solution, answer: letter }, record.place);
}

async function readByColumns(source: string, columns: Columns, options: BenchmarkOptions): Promise<Sequence<Problem>> {
  const problems = new Map<string, Problem>();
  const places: ItemPlace[] = [];
  for await (const record of openRecords(source, options.hub === undefined ? {} : { hub: options.hub })) {
    const problem = problemOf(record, columns);
    checkTexts([problem.id, problem.question, problem.solution, problem.answer, problem.level], record);
    const id = problem.id ?? problemHash(problem);
    if (problems.has(id)) {
      throw new InputError(`the id ${id} occurs twice`, {
        ...record.place,
        field: columns.id ?? 'question',
        remedy: 'Give every problem its own id.',
      });
    }
    problems.set(id, { ...problem, id });
    const { file = '', line } = record.place;
    places.push({ row: problems.size, ...(line !== undefined && isText(file) ? { line } : {}) });
    if (problems.size === options.limit) break;
  }
  if (problems.size === 0) {
    throw new InputError('there are no problems in it', { file: source, remedy: 'Name a file that has problems.' });
  }
  const read = [...problems.values()];
  return new Lazy(
    read.length,
    (index) => read[index] as Problem,
    (index) => places[index] as ItemPlace,
  );
}

/**
 * Whether a file of the user's own is laid out otherwise than the benchmark: has its options in the questions and not in
 * the columns of the benchmark, or is what an evaluation asked.
 */
async function hasOtherColumns(
  from: string,
  { question, choices, answer }: Columns,
  { problems, hub }: BenchmarkOptions,
): Promise<boolean> {
  if (problems === undefined) return false;
  for await (const record of openRecords(from, hub === undefined ? {} : { hub })) {
    const lacks = (column: string): boolean => !hasColumn(record, column);
    if (isAsked(record.value))
      return [question, choices === undefined ? (answer ?? '') : (choices.correct ?? choices.key ?? '')].some(lacks);
    // Other files have a `Question` and a `Correct Answer`, too.
    return choices !== undefined && [choices.wrong ?? choices.options ?? []].flat().every(lacks);
  }
  return false;
}

/** Problems alternate between the levels, so that a limit keeps some of each. */
function generate({ task, levels, count, seed }: Exclude<Benchmark['source'], string>): readonly Problem[] {
  const byLevel = levels.map((level) =>
    distinctProblems(taskNamed(task), { count, seed, level, purpose: 'evaluation' }),
  );
  return Array.from({ length: count }, (_, i) => byLevel.flatMap((problems) => problems[i] ?? [])).flat();
}

/** Problems that were read, and the columns of their file where these are known. */
interface ReadProblems<Problems = Sequence<Problem>> {
  readonly problems: Problems;
  readonly columns?: ColumnUse | undefined;
}

/**
 * The problems in a file of the user's own. Rows without a solution are among them, with an empty one: what answers them
 * cannot be graded.
 */
export async function readOwnProblems(
  source: string,
  options: Pick<BenchmarkOptions, 'limit' | 'hub' | 'columns'> = {},
): Promise<ReadProblems<ProblemList>> {
  const { limit, hub, columns } = options;
  const read = { ...(limit === undefined ? {} : { first: limit }), ...(hub === undefined ? {} : { hub }) };
  if (columns !== undefined) return scanProblemFile(source, { ...read, columns });
  const found = await readQuestions(source, read);
  // What is wrong with a file that is not one of questions, the reader of problems says best.
  if (found === undefined) return scanProblemFile(source, { ...read, needs: 'answers' });
  if (found.problems.length === 0)
    throw new InputError('there are no problems in it', { file: source, remedy: 'Name a file that has problems.' });
  return found;
}

/** Problems that nothing can grade replies to, and what they lack. */
interface Ungraded {
  readonly some: SomeProblems;
  readonly because: string;
}

/**
 * The problems that a grader can grade replies to, and those that are left out.
 * @throws {InputError} when there are none
 */
export async function gradable(
  problems: Sequence<Problem>,
  grader: Grader,
  place: Place,
): Promise<{ readonly graded: Sequence<Problem>; readonly ungraded: Ungraded | undefined }> {
  const [graded, left] = [[], []] as [number[], number[]];
  const lacks = new Set<string>();
  await eachInTurns(problems, 'checking answers', (problem, index) => {
    const why = ungradedBecause(problem, grader);
    (why === undefined ? graded : left).push(index);
    if (why !== undefined) lacks.add(why);
  });
  const because = [...lacks].join('; or ');
  if (graded.length === 0)
    throw new InputError(`none of the ${problems.length} problems can be graded: ${because}`, {
      ...place,
      field: 'answer',
      remedy: 'Add a column "answer". `rlt generate` answers questions without grading.',
    });
  return {
    graded: picked(problems, graded),
    ungraded: left.length === 0 ? undefined : { some: someOf(problems, left), because },
  };
}

/** The problems of a benchmark that can be graded, each with its grader. */
export interface GradedProblems {
  readonly problems: Sequence<EvaluationProblem>;
  /** Those that are left out, and why. */
  readonly ungraded: Ungraded | undefined;
  /** How many rows of the file repeat a problem, which is asked once. */
  readonly repeats: number;
  /** The columns of the file, where they are known. */
  readonly columns: ColumnUse | undefined;
}

/**
 * The problems of a benchmark, in order.
 * @throws {InputError} with file, line and column when a column is missing, an id occurs twice, the grader cannot read
 * an answer, or there is no problem that can be graded
 * @throws {StorageError} when a data set of the hub is not accessible, with the page at which to request access
 */
export async function gradedProblems(benchmark: Benchmark, options: BenchmarkOptions = {}): Promise<GradedProblems> {
  const { source } = benchmark;
  const from = options.problems ?? source;
  const grader = graderNamed(options.grader ?? benchmark.grader);
  const { problems: read, columns } = await readBenchmark(benchmark, options);
  const file = typeof from === 'string' ? { file: from } : {};
  const { graded, ungraded } = await gradable(read, grader, file);
  const posed: EvaluationProblem[] = [];
  await eachInTurns(graded, 'reading answers', (problem, index) => {
    posed.push(evaluationProblem(problem, grader, { ...file, ...messagePlace(graded, index) }));
  });
  return {
    problems: new Lazy(
      posed.length,
      (index) => posed[index] as EvaluationProblem,
      (index) => placeOf(graded, index),
    ),
    ungraded,
    repeats: read instanceof ProblemList ? read.repeats : 0,
    columns,
  };
}

async function readBenchmark(benchmark: Benchmark, options: BenchmarkOptions): Promise<ReadProblems> {
  const { source, columns, adapter } = benchmark;
  const { limit, hub } = options;
  const from = options.problems ?? source;
  if (typeof from !== 'string') return { problems: generate(from).slice(0, limit) };
  const first = limit === undefined ? {} : { first: limit };
  const read = { ...first, ...(hub === undefined ? {} : { hub }) };
  if (options.columns === undefined && columns !== undefined && !(await hasOtherColumns(from, columns, options))) {
    const isKeyed = columns.choices?.options !== undefined;
    return isKeyed
      ? scanProblemFile(from, { ...read, columns })
      : { problems: await readByColumns(from, columns, options) };
  }
  // The user's own problems may have another layout than the benchmark's.
  if (options.problems !== undefined) return readOwnProblems(from, options);
  try {
    return await scanProblemFile(from, { ...read, adapter, needs: 'answers' });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The columns of a benchmark are named in its file, and not by an option.
    const { remedyForFile: _, ...facts } = error.facts;
    throw new InputError(error.summary, facts);
  }
}
