/** What an evaluation comes to, and the files that it is in. */
import { placeOf, type Sequence } from '../../data/sequences/sequence.js';
import type { WeightBits } from '../../engine/engine.js';
import type { PromptStyle } from './prompt.js';
import type { AnswerSampling } from './solve.js';
import type { Summary } from './summary.js';

export const PROBLEMS_FILE = 'problems.jsonl';
export const ANSWERS_FILE = 'answers.jsonl';
export const RESULTS_FILE = 'results.json';
export const REPORT_FILE = 'report.md';

/** Some of the problems of a set: how many, and where the first of them stand in their file. */
export interface SomeProblems {
  readonly problems: number;
  /** From 1. */
  readonly rows: readonly number[];
  /** The lines of these rows, where the file is a text: blank lines are no rows. */
  readonly lines?: readonly number[];
}

/** Rows that are told of; more are only counted. */
const MOST_ROWS = 5;

/** The problems at these indices. */
export function someOf(problems: Sequence<unknown>, indices: readonly number[]): SomeProblems {
  const places = indices.slice(0, MOST_ROWS).map((index) => placeOf(problems, index));
  const lines = places.flatMap(({ line }) => line ?? []);
  const isOfText = lines.length === places.length && lines.length > 0;
  return { problems: indices.length, rows: places.map(({ row }) => row), ...(isOfText ? { lines } : {}) };
}

/** `lines 3, 7 and 12`, `line 3`, `lines 1, 2, 3, 4, 5 and 7 more`; `rows` where they are of no text. */
export function placesText({ problems, rows, lines }: SomeProblems): string {
  const numbers = lines ?? rows;
  const more = problems - numbers.length;
  const [last, ...before] = [...(more > 0 ? [`${more} more`] : []), ...numbers.map(String).toReversed()];
  const text = before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
  return `${lines === undefined ? 'row' : 'line'}${problems === 1 ? '' : 's'} ${text}`;
}

/** What the problems of a row are called: by their file, where they are the user's own. */
export const problemsName = ({ level, file }: Pick<ResultRow, 'level' | 'file'>): string => file ?? level;

/** How the weights of a student are held, where that is in few bits. */
export interface HeldInBits {
  readonly bits: WeightBits;
  /** Whether they are multiplied as integers. */
  readonly integerProducts?: true;
}

/** `8 bits`, `8 bits, products of integers` */
export const heldText = ({ bits, integerProducts }: HeldInBits): string =>
  `${bits} bits${integerProducts === true ? ', products of integers' : ''}`;

/** What a student is called beside its figures, which are not those of the same weights in float32. */
export const studentName = ({ student, held }: Pick<ResultRow, 'student' | 'held'>): string =>
  held === undefined ? student : `${student} (${heldText(held)})`;

/** One student on one set of problems. */
export interface ResultRow extends Summary {
  readonly student: string;
  readonly held?: HeldInBits;
  /** Label of the problems. */
  readonly level: string;
  /** The name of the file or hub source that they are read from in place of the benchmark's own problems. */
  readonly file?: string;
  /** Problems that are left out, since no answer to them can be graded. */
  readonly ungraded?: SomeProblems;
  /** Problems in the figures that state no answer: a reply is right only if it repeats all of the solution. */
  readonly wordForWord?: SomeProblems;
  /** Problems whose questions the student was trained on. */
  readonly trainedOn?: SomeProblems;
}

/** results.json: the figures, and what repeats them beside the recipe. */
export interface EvaluationResults {
  readonly seed: number;
  readonly samples: number;
  readonly sampling: AnswerSampling;
  /** How the problems of a level were asked, where that is not the layout of the recipe's students. */
  readonly prompts?: Readonly<Record<string, PromptStyle>>;
  /** Answers that one call sampled, where that is not the default. */
  readonly batch?: number;
  /** Version of each grader that was used. */
  readonly graders: readonly string[];
  /** SHA-256 of each student. */
  readonly models: Readonly<Record<string, string>>;
  readonly rows: readonly ResultRow[];
}
