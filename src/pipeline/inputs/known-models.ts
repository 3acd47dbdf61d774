/** What a plan needs to know of a recipe's models on this machine, and of those that its stages create. */
import type { ModelShapeSource } from '../../engine/memory-use.js';
import { modelSizeOf } from '../../engine/model-files.js';
import { InterruptedError, RltError } from '../../errors.js';
import { engineOfModel, engineSettings, originOf, trainedBy } from '../../recipe/engines.js';
import { planRecipe } from '../../recipe/plan.js';
import type { KnownModels } from '../../recipe/rates.js';
import type { Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import type { CreatedUse } from '../../stages/definition/memory.js';
import { STAGES, type Stage } from '../../stages/index.js';
import { modelOf } from './models.js';

/** Whether models and data sets of the hub are on this machine. */
export type HubFiles = 'fetched' | 'absent';

/** The stage that created a model, or trained it, if one did. */
export const makerOf = (recipe: Recipe, model: string): Stage | undefined =>
  recipe.models[model] === undefined ? recipe.stages.find(({ name }) => name === model) : undefined;

/** What the shape of a model is read from; undefined where its files are not on this machine. */
export async function modelShape(recipe: Recipe, model: string, hub: HubFiles): Promise<ModelShapeSource | undefined> {
  const origin = originOf(recipe, model);
  if (origin !== undefined) {
    if (hub === 'absent' && parseModelSource(origin.source).kind === 'hub') return undefined;
    const source = await modelOf(origin);
    return source.kind === 'directory' ? { directory: source.directory } : undefined;
  }
  const maker = makerOf(recipe, model);
  if (maker === undefined) return undefined;
  const from = trainedBy(maker);
  if (from !== null) return modelShape(recipe, from, hub);
  const created = planRecipe(recipe)
    .stages.find(({ name }) => name === maker.name)
    ?.memory.phases.flat()
    .find((use): use is CreatedUse => use.model === null);
  return created && { config: created.config };
}

/** The sizes of the models that the local engine computes; what cannot be read is refused by other checks. */
export async function modelsOnThisMachine(recipe: Recipe, hub: HubFiles): Promise<KnownModels> {
  const made = recipe.stages.filter(({ stage }) => STAGES[stage].artifact === 'model').map(({ name }) => name);
  const found: (readonly [string, Awaited<ReturnType<typeof modelSizeOf>>])[] = [];
  for (const name of [...Object.keys(recipe.models), ...made]) {
    if (engineSettings(recipe, engineOfModel(recipe, name)).kind !== 'local') continue;
    try {
      const shape = await modelShape(recipe, name, hub);
      if (shape !== undefined) found.push([name, await modelSizeOf(shape)]);
    } catch (error) {
      if (!(error instanceof RltError) || error instanceof InterruptedError) throw error;
    }
  }
  return new Map(found);
}
