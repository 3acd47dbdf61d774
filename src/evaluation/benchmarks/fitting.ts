/** Which shipped benchmark asks and grades problems like those of a file, by their answers. */
import type { Problem } from '../../data/problem.js';
import { readMathAnswer } from '../graders/math/math.js';
import type { GraderName } from '../graders/names.js';
import { SHIPPED_BENCHMARKS } from './shipped.js';

/** A benchmark that fits, and what of the problems says so. */
export interface Fit {
  readonly benchmark: string;
  readonly why: string;
}

type AnswerKind = 'numbers and target' | 'number' | 'formula' | 'other';

/**
 * Whether a text ends with the value that was found in it, and a few words at most: "which makes 12 pears in all.". Any
 * other number of a text in words may be a year, or a step on the way.
 */
function endsWith(text: string, value: string): boolean {
  const rest = text.slice(text.lastIndexOf(value) + value.length);
  return /^[^\p{L}\d,;:]*(?:\p{L}+[^\p{L}\d,;:]*){0,3}$/u.test(rest);
}

/** Letters may be options, and words may be anything: only people know how these are to be graded. */
function kindOf({ answer, solution, numbers, target }: Problem): AnswerKind {
  if (numbers !== undefined && target !== undefined) return 'numbers and target';
  const read = answer === undefined ? readMathAnswer(solution) : readMathAnswer(answer, 'reference');
  const [reading] = read?.readings ?? [];
  if (read === undefined || reading === undefined || reading.kind === 'text') return 'other';
  if (answer === undefined && read.origin === 'last' && !endsWith(solution, read.text)) return 'other';
  if (reading.kind === 'number') return 'number';
  return reading.kind === 'symbol' ? 'other' : 'formula';
}

/** The benchmark that fits all of these problems; undefined where none does, or the answers do not decide. */
export function fittingBenchmark(problems: Iterable<Problem>): Fit | undefined {
  const kinds = new Set([...problems].map(kindOf));
  const only = (...allowed: readonly AnswerKind[]): boolean =>
    kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));
  if (only('numbers and target')) return { benchmark: 'countdown', why: 'they have numbers and a target' };
  if (only('number')) return { benchmark: 'gsm8k', why: 'their answers are numbers' };
  if (only('number', 'formula')) return { benchmark: 'math500', why: 'their answers are numbers and formulas' };
  return undefined;
}

const ANSWERS: Readonly<Record<GraderName, string>> = {
  math: 'numbers, formulas and short texts',
  integer: 'whole numbers',
  choice: 'letters of options',
  countdown: 'expressions from given numbers that make a target',
};

/** A line for each benchmark that can read other problems than its own: what its grader takes, and how long answers may be. */
export function candidateLines(): readonly string[] {
  return SHIPPED_BENCHMARKS.flatMap(({ name, columns, grader, format, sampling }) => {
    if (columns !== undefined) return [];
    const layout = format === undefined ? '' : `, asked in the format ${format}`;
    return [`${name}: ${ANSWERS[grader]}${layout}; at most ${sampling?.maxTokens} tokens`];
  });
}
