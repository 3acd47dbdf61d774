/** What an evaluation says of how it asked. */
import type { PromptStyle } from './prompt.js';
import type { AnswerSampling } from './solve.js';

/** How the answers of a model were asked for. */
export interface AskedSettings {
  readonly sampling: AnswerSampling;
  /** How each set of problems was asked, where that is not in the format of the run. */
  readonly prompts: Readonly<Record<string, PromptStyle>>;
  /** The sets of problems. */
  readonly levels: readonly string[];
  /** The format of the run, and its system message for students; absent where it is not known. */
  readonly own?: PromptStyle;
}
