import type { PromptStyle } from './prompt.js';
import type { AnswerSampling } from './solve.js';
import type { Summary } from './summary.js';

/** Everything that the answers of an evaluation depend on. */
export interface EvaluationSettings {
  /** SHA-256 of the model's files. */
  readonly model: string;
  readonly benchmark: string;
  /** SHA-256 of the lines of problems.jsonl. */
  readonly problems: string;
  readonly prompt: PromptStyle;
  readonly samples: number;
  readonly sampling: AnswerSampling;
  /** Name and version. */
  readonly grader: string;
  readonly seed: number;
  /** Sequences that are sampled together. */
  readonly batch: number;
  readonly engine: { readonly name: string; readonly provider: string; readonly threads: number };
}

/** results.json. */
export interface EvaluationResults {
  readonly settings: EvaluationSettings;
  readonly summary: Summary;
}
