/** What a stage is given: where it works, what it may read, and how it tells of its progress. */
import type { Problem } from '../data/problem.js';
import type { Trace } from '../data/trace.js';
import type { CallOptions, Engine, LoraSettings, ModelSource } from '../engine/engine.js';
import type { StageDirectory } from '../run/directory.js';
import type { StageProgress } from '../run/progress.js';
import type { TagFormat } from '../text/formats.js';
import { type Layouts, layoutsOf, type SystemPrompts } from './layouts.js';

export interface StageContext {
  readonly name: string;
  /** The recipe's seed; uses of randomness derive theirs from it and the stage's name. */
  readonly seed: number;
  readonly engine: Engine;
  readonly format: TagFormat;
  readonly prompts: SystemPrompts;
  readonly directory: StageDirectory;
  readonly progress: StageProgress;
  readonly signal: AbortSignal;
  /** A line for the user that stays: what was skipped or cut, and how much of it. */
  note(text: string): void;
  /** The model that a name in the recipe stands for. */
  model(reference: string): Promise<ModelSource>;
  problems(reference: string): Promise<readonly Problem[]>;
  /** Traces of an earlier stage, or a data set's own: empty ones where it has none and `explanations` are not used. */
  traces(reference: string, explanations?: 'used' | 'unused'): Promise<readonly Trace[]>;
}

/** Facts of a finished stage for its manifest: the same whenever the stage is made again. */
export type StageFacts = Readonly<Record<string, number | string>>;

export const layoutsIn = (context: StageContext, source: ModelSource): Promise<Layouts> =>
  layoutsOf(source, context.format, context.prompts);

export const callOptions = (context: StageContext): CallOptions => ({ signal: context.signal });

/** The adapter settings of a recipe with the seed of its first matrices; absent for full fine-tuning. */
export function trainingOptions(
  lora: Omit<LoraSettings, 'seed'> | null,
  seed: number,
): { readonly lora?: LoraSettings } {
  return lora === null ? {} : { lora: { ...lora, seed } };
}
