/** What the commands need of the pipeline; tests give their own. */
import type { Recipe } from '../recipe/schema.js';
import type { Progress } from '../run/progress.js';
import type { StageKind } from '../stages/kinds.js';

/** One row of an evaluation's results. */
export interface ResultRow {
  readonly stage: string;
  readonly student: string;
  /** Label of the problems. */
  readonly level: string;
  readonly problems: number;
  readonly accuracy: number;
  /** Bounds of the 95 % interval. */
  readonly interval: readonly [low: number, high: number];
}

export interface RunSummary {
  readonly directory: string;
  readonly seconds: number;
  readonly stages: readonly { readonly name: string; readonly kind: StageKind; readonly reused: boolean }[];
  readonly results: readonly ResultRow[];
}

export interface RunRecipeOptions {
  readonly runDirectory: string;
  /** Whether there must be an earlier run to resume; by default an existing run is resumed. */
  readonly resume: boolean;
  /** Names of the stages to run; the artifacts that they take must exist. By default all stages. */
  readonly only?: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Runs a recipe; commands.ts hands it to the commands. */
export type RecipeRunner<Summary extends RunSummary = RunSummary> = (
  recipe: Recipe,
  options: RunRecipeOptions,
) => Promise<Summary>;
