/** Which benchmark the problems of a user's own are asked and graded by, where `rlt evaluate` is told none. */
import { filtered } from '../../../data/sequences/sequence.js';
import { InputError, UsageError } from '../../../errors.js';
import {
  becauseOfAnswer,
  benchmarkGradedBy,
  candidateLines,
  type Fit,
  fittingBenchmark,
  MOST_LOOKED_AT,
} from '../../../evaluation/benchmarks/fitting.js';
import { gradable, readOwnProblems } from '../../../evaluation/benchmarks/problems.js';
import { GRADER_NAMES } from '../../../evaluation/graders/names.js';
import { graderNamed } from '../../../evaluation/graders/registry.js';
import { aboutFile } from '../../../pipeline/run-for-file.js';
import { withStopSignal } from '../../../stopping.js';
import { columnsOf } from '../../columns-option.js';

/**
 * The benchmark by which problems of the user's own are asked and graded, where none is named.
 * @throws {UsageError} when their answers do not decide; it names the candidates
 */
export async function benchmarkFor(
  problems: string,
  { columns: given, grader }: { readonly columns?: string; readonly grader?: string },
  signal: AbortSignal,
): Promise<Fit> {
  const columns = given === undefined ? {} : { columns: columnsOf(given) };
  const read = () => readOwnProblems(problems, { limit: MOST_LOOKED_AT, ...columns });
  const { problems: found } = await withStopSignal(signal, read).catch((error: unknown) => {
    throw error instanceof InputError ? aboutFile(error) : error;
  });
  await gradable(found, graderNamed('math'), { file: problems });
  // Rows that cannot be graded say as much of the kind of the answers as others, but for those that have neither answer nor solution.
  const solved = filtered(found, ({ solution }) => solution.trim() !== '');
  const fit = fittingBenchmark(solved) ?? (grader === undefined ? undefined : benchmarkGradedBy(grader));
  if (fit !== undefined) {
    const seen = found.length < MOST_LOOKED_AT ? '' : ` (the first ${MOST_LOOKED_AT} were looked at)`;
    return { ...fit, why: `${fit.why}${seen}` };
  }
  const because = becauseOfAnswer(solved);
  throw new UsageError(`--benchmark is missing, and the answers in the file do not say which one fits${because}`, {
    file: problems,
    remedy: ['Name the one whose answers are of this kind:', ...candidateLines(), OWN_BENCHMARK, OWN_GRADER].join(
      '\n  - ',
    ),
  });
}

const OWN_BENCHMARK = 'FILE.yaml: a benchmark of your own, with any grader and prompt (docs/evaluation.md)';
const OWN_GRADER = `or name the grader alone: --grader ${GRADER_NAMES.join(', ')}`;
