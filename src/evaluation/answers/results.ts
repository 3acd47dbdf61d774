/** What an evaluation comes to, and the files that it is in. */
import type { PromptStyle } from './prompt.js';
import type { AnswerSampling } from './solve.js';
import type { Summary } from './summary.js';

export const PROBLEMS_FILE = 'problems.jsonl';
export const ANSWERS_FILE = 'answers.jsonl';
export const RESULTS_FILE = 'results.json';
export const REPORT_FILE = 'report.md';

/** One student on one set of problems. */
export interface ResultRow extends Summary {
  readonly student: string;
  /** Label of the problems. */
  readonly level: string;
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
