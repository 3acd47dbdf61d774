/** The problems of a benchmark, read or generated, each with its grader. */
import { hasColumn, requiredCell } from '../../data/columns.js';
import { checkTexts, type DataRecord } from '../../data/files/record.js';
import type { HubOptions } from '../../data/hub/options.js';
import { type Problem, parseProblem, problemHash, type UnnamedProblem } from '../../data/problem.js';
import { openRecords, readProblems } from '../../data/problem-file.js';
import { distinctProblems, taskNamed } from '../../data/tasks/index.js';
import { InputError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import { type EvaluationProblem, evaluationProblem } from '../answers/answer.js';
import { graderNamed } from '../graders/registry.js';
import type { Benchmark, Columns } from './schema.js';

export interface BenchmarkOptions {
  /** A file or hub source instead of the benchmark's own. */
  readonly problems?: string;
  /** A grader instead of the benchmark's own. */
  readonly grader?: string;
  /** Use only the first `limit` problems. */
  readonly limit?: number;
  readonly hub?: HubOptions;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const cell = (record: DataRecord, column: string): string => requiredCell(record, column).trim();

/**
 * The problem of a record, by the columns of the benchmark. Options are shuffled by the benchmark's seed and the id.
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
  const right = cell(record, choices.correct);
  const options = [right, ...choices.wrong.map((column) => cell(record, column))];
  const order = new RandomStream(randomKey(choices.seed, 'evaluation/options', own.id ?? asked)).shuffle(
    options.map((_, index) => index),
  );
  const letter = LETTERS.charAt(order.indexOf(0));
  const listed = order.map((option, position) => `(${LETTERS.charAt(position)}) ${options[option]}`);
  const question = `${asked}\n\n${listed.join('\n')}`;
  return parseProblem({ ...own, question, solution: `Answer: ${letter}\n${right}`, answer: letter }, record.place);
}

async function readByColumns(source: string, columns: Columns, options: BenchmarkOptions): Promise<Problem[]> {
  const problems = new Map<string, Problem>();
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
    if (problems.size === options.limit) break;
  }
  if (problems.size === 0) {
    throw new InputError('there are no problems in it', { file: source, remedy: 'Name a file that has problems.' });
  }
  return [...problems.values()];
}

/** Whether a file of the user's own has its options in the questions, and not in the columns of the benchmark. */
async function hasOtherColumns(
  from: string,
  { question, choices }: Columns,
  { problems, hub }: BenchmarkOptions,
): Promise<boolean> {
  if (problems === undefined || choices === undefined) return false;
  for await (const record of openRecords(from, hub === undefined ? {} : { hub }))
    return [question, choices.correct, ...choices.wrong].every((column) => !hasColumn(record, column));
  return false;
}

/** Problems alternate between the levels, so that a limit keeps some of each. */
function generate({ task, levels, count, seed }: Exclude<Benchmark['source'], string>): readonly Problem[] {
  const byLevel = levels.map((level) =>
    distinctProblems(taskNamed(task), { count, seed, level, purpose: 'evaluation' }),
  );
  return Array.from({ length: count }, (_, i) => byLevel.flatMap((problems) => problems[i] ?? [])).flat();
}

/**
 * The problems of a benchmark, in order.
 * @throws {InputError} with file, line and column when a column is missing, an id occurs twice, the grader cannot read
 * an answer or there is no problem
 * @throws {StorageError} when a data set of the hub is not accessible, with the page at which to request access
 */
export async function benchmarkProblems(
  benchmark: Benchmark,
  options: BenchmarkOptions = {},
): Promise<readonly EvaluationProblem[]> {
  const { source, columns, adapter } = benchmark;
  const { limit } = options;
  const from = options.problems ?? source;
  let problems: readonly Problem[];
  if (typeof from !== 'string') problems = generate(from).slice(0, limit);
  else if (columns !== undefined && !(await hasOtherColumns(from, columns, options)))
    problems = await readByColumns(from, columns, options);
  else {
    problems = await readProblems(from, {
      // The user's own problems may have another layout than the benchmark's.
      adapter: options.problems === undefined ? adapter : 'auto',
      needs: 'answers',
      ...(limit === undefined ? {} : { first: limit }),
      ...(options.hub === undefined ? {} : { hub: options.hub }),
    });
  }
  const grader = graderNamed(options.grader ?? benchmark.grader);
  return problems.map((problem) => evaluationProblem(problem, grader, typeof from === 'string' ? { file: from } : {}));
}
