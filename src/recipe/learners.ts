/** The stages of a recipe that learn from traces, and the data sets that these come from. */
import type { Stage, StageOf } from '../stages/index.js';
import type { Recipe } from './schema.js';
import { parseDataSource } from './sources.js';

/** A stage that learns from a data set's own traces. */
export interface Learner {
  readonly stage: StageOf<'warm-up'> | StageOf<'distill'>;
  /** The setting that refers to the data set, and the one that refers to the model that the stage starts from. */
  readonly dataKey: 'data' | 'traces';
  readonly data: string;
  readonly startsFrom: string;
}

/** Undefined for a stage that learns from something else. */
export function learnerIn(recipe: Recipe, stage: Stage): Learner | undefined {
  if (stage.stage === 'warm-up') return { stage, dataKey: 'data', data: stage.data, startsFrom: stage.teacher };
  if (
    stage.stage !== 'distill' ||
    stage.learn === 'solution' ||
    recipe.stages.some(({ name }) => name === stage.traces)
  )
    return undefined;
  return { stage, dataKey: 'traces', data: stage.traces, startsFrom: stage.student };
}

/** Whether a data set is a file, and not generated. */
export function isRead({ data }: Recipe, name: string): boolean {
  const settings = data[name];
  return settings !== undefined && parseDataSource(settings.source).kind === 'records';
}
