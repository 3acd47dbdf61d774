/** What an evaluation comes to, and the files that it is in. */
import { rowOf, type Sequence } from '../../data/sequence.js';
import type { PromptStyle } from './prompt.js';
import type { AnswerSampling } from './solve.js';
import type { Summary } from './summary.js';

export const PROBLEMS_FILE = 'problems.jsonl';
export const ANSWERS_FILE = 'answers.jsonl';
export const RESULTS_FILE = 'results.json';
export const REPORT_FILE = 'report.md';

/** Some of the problems of a set: how many, and the rows of the first of them in their file, from 1. */
export interface SomeProblems {
  readonly problems: number;
  readonly rows: readonly number[];
}

/** Rows that are told of; more are only counted. */
const MOST_ROWS = 5;

/** The problems at these indices. */
export const someOf = (problems: Sequence<unknown>, indices: readonly number[]): SomeProblems => ({
  problems: indices.length,
  rows: indices.slice(0, MOST_ROWS).map((index) => rowOf(problems, index)),
});

/** `rows 3, 7 and 12`, `row 3`, `rows 1, 2, 3, 4, 5 and 7 more` */
export function rowsText({ problems, rows }: SomeProblems): string {
  const more = problems - rows.length;
  const [last, ...before] = [...(more > 0 ? [`${more} more`] : []), ...rows.map(String).toReversed()];
  const text = before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
  return `${problems === 1 ? 'row' : 'rows'} ${text}`;
}

/** One student on one set of problems. */
export interface ResultRow extends Summary {
  readonly student: string;
  /** Label of the problems. */
  readonly level: string;
  /** Problems that are left out, since no answer to them can be graded. */
  readonly ungraded?: SomeProblems;
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
