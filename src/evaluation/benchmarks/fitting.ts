/** Which shipped benchmark asks and grades problems like those of a file, by their answers. */
import type { Problem } from '../../data/problem.js';
import { printableName } from '../../printable.js';
import { isMultipleChoice, listsOptions, WITH_LETTER } from '../answers/multiple-choice.js';
import { readMathAnswer, readSolution } from '../graders/math/math.js';
import { GRADER_NAMES, type GraderName } from '../graders/names.js';
import { excerpt } from '../graders/verdict.js';
import { SHIPPED_BENCHMARKS } from './shipped.js';

/** A benchmark that fits, and what of the problems says so. */
export interface Fit {
  readonly benchmark: string;
  readonly why: string;
}

type AnswerKind = 'numbers and target' | 'option' | 'number' | 'formula' | 'other';

/** Words may be anything, and dates are no numbers: only people know how these are to be graded. */
function kindOf(problem: Problem): AnswerKind {
  const { answer, solution, numbers, target } = problem;
  if (numbers !== undefined && target !== undefined) return 'numbers and target';
  if (isMultipleChoice(problem)) return 'option';
  const { how, reference } = answer === undefined ? readSolution(solution) : { how: 'alone', reference: answer };
  // Its letters would make a formula.
  if (how === 'text') return 'other';
  const read = readMathAnswer(reference, 'reference');
  const [reading] = read?.readings ?? [];
  if (reading === undefined || reading.kind === 'text') return 'other';
  // With its unit, as in `7 dollars` and `3 hours 20 minutes`, it is asked and graded as a number is.
  if (reading.kind === 'number' || (reading.kind === 'quantity' && reading.value.kind === 'number')) return 'number';
  return reading.kind === 'symbol' ? 'other' : 'formula';
}

/** How questions that list options would be graded by these. */
function optionsHint(problems: Iterable<Problem>): string {
  const all = [...problems];
  const isListing = all.filter(({ question }) => listsOptions(question)).length > all.length / 2;
  return isListing ? `, though the questions list options: ${WITH_LETTER}` : '';
}

/** The share of problems whose answers decide, where others have solutions alone. */
const MOSTLY = 0.9;

/** The benchmark that fits all of these problems; undefined where none does, or the answers do not decide. */
export function fittingBenchmark(problems: Iterable<Problem>): Fit | undefined {
  const all = [...problems].map((problem) => ({ kind: kindOf(problem), isStated: problem.answer !== undefined }));
  const decided = all.filter(({ kind, isStated }) => isStated || kind !== 'other');
  // A few solutions that end in words decide nothing: whoever grades names them.
  const kinds = new Set((decided.length >= MOSTLY * all.length ? decided : all).map(({ kind }) => kind));
  const only = (...allowed: readonly AnswerKind[]): boolean =>
    kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));
  if (only('numbers and target')) return { benchmark: 'countdown', why: 'they have numbers and a target' };
  if (only('option'))
    return { benchmark: 'gpqa-diamond', why: 'their answers are letters of options in the questions' };
  if (only('number')) return { benchmark: 'gsm8k', why: `their answers are numbers${optionsHint(problems)}` };
  if (only('number', 'formula')) return { benchmark: 'math500', why: 'their answers are numbers and formulas' };
  return undefined;
}

/**
 * The shipped benchmark that is graded so, for problems whose answers do not decide but whose grader is named; undefined
 * where none is. Of several the one with the shortest answers: a small model fills whatever it is given.
 */
export function benchmarkGradedBy(grader: string): Fit | undefined {
  const longest = ({ sampling }: (typeof SHIPPED_BENCHMARKS)[number]): number =>
    sampling?.maxTokens ?? Number.POSITIVE_INFINITY;
  const [found] = SHIPPED_BENCHMARKS.filter(
    (shipped) => shipped.grader === grader && typeof shipped.source === 'string',
  ).sort((left, right) => longest(left) - longest(right));
  return found === undefined ? undefined : { benchmark: found.name, why: `--grader is ${grader}` };
}

/** Problems from whose answers a benchmark or a grader is chosen. */
export const MOST_LOOKED_AT = 200;

/** `: 24 of 30 are no number, formula or letter of listed options, such as "yes"`: the answers for which no benchmark is chosen. */
export function becauseOfAnswer(problems: Iterable<Problem>): string {
  const all = [...problems];
  const others = all.filter((problem) => kindOf(problem) === 'other');
  const [first] = others;
  if (first === undefined) return '';
  const quoted = `"${printableName(excerpt(first.answer ?? first.solution))}"`;
  const kinds = 'number, formula or letter of listed options';
  if (others.length === 1) return `: ${quoted} is no ${kinds}`;
  return `: ${others.length} of ${all.length} are no ${kinds}, such as ${quoted}`;
}

const ANSWERS: Readonly<Record<GraderName, string>> = {
  math: 'numbers, formulas and short texts',
  integer: 'whole numbers',
  choice: 'letters of options, which the question lists',
  countdown: 'expressions from given numbers that make a target',
};

/** A line for each grader: what it takes. */
export const graderLines = (): readonly string[] => GRADER_NAMES.map((name) => `${name}: ${ANSWERS[name]}`);

/** A line for each benchmark: what its grader takes, and how long answers may be. */
export function candidateLines(): readonly string[] {
  return SHIPPED_BENCHMARKS.map(({ name, grader, format, sampling }) => {
    const layout = format === undefined ? '' : `, asked in the format ${format}`;
    return `${name}: ${ANSWERS[grader]}${layout}; at most ${sampling?.maxTokens} tokens`;
  });
}
