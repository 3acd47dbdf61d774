/** Changes of a recipe with which a stage takes less memory. */
import { engineKindOf } from '../../engine/kinds.js';
import { type EngineName, engineField, engineOfModel, engineSettings, originOf } from '../../recipe/engines.js';
import type { Recipe } from '../../recipe/schema.js';
import { loraSchema } from '../../stages/definition/settings.js';
import { definitionOf, type Stage } from '../../stages/index.js';
import { unchangeable } from '../requirements.js';

/** A changed recipe, and the settings that differ, as they are written. */
export interface MemoryChange {
  readonly settings: readonly { readonly path: string; readonly value: string }[];
  readonly recipe: Recipe;
}

const withEngine = (recipe: Recipe, name: EngineName, values: object): Recipe =>
  name === null
    ? { ...recipe, engine: { ...recipe.engine, ...values } }
    : { ...recipe, engines: { ...recipe.engines, [name]: { ...engineSettings(recipe, name), ...values } } };

const withStage = (recipe: Recipe, name: string, values: object): Recipe => ({
  ...recipe,
  stages: recipe.stages.map((stage): Stage => (stage.name === name ? { ...stage, ...values } : stage)),
});

const settingsIn = (field: string, values: object): MemoryChange['settings'] =>
  Object.entries(values).map(([key, value]) => ({ path: `${field}.${key}`, value: String(value) }));

/** What a user could change for a stage with these models, what costs least first. */
export function memoryChanges(recipe: Recipe, stage: Stage, models: readonly string[]): readonly MemoryChange[] {
  const name = engineOfModel(recipe, models[0] ?? null);
  const settings = engineSettings(recipe, name);
  const { memory } = engineKindOf(settings);
  const ofEngine = (memory?.thrift(settings) ?? []).map((values) => ({
    settings: settingsIn(engineField(name), values),
    recipe: withEngine(recipe, name, values),
  }));
  return [
    ...ofEngine,
    ...inSmallerBatches(recipe, stage),
    ...adapting(recipe, stage, models),
    ...shortening(recipe, stage),
  ];
}

/** Fewer answers at once, which only an evaluation can have without learning something else. */
function inSmallerBatches(recipe: Recipe, stage: Stage): readonly MemoryChange[] {
  if (stage.stage !== 'evaluate') return [];
  return [4, 16].flatMap((part) => {
    const batch = Math.floor(stage.batch / part);
    if (batch < stage.samples) return [];
    const settings = [{ path: `stages.${stage.name}.batch`, value: String(batch) }];
    return [{ settings, recipe: withStage(recipe, stage.name, { batch }) }];
  });
}

/** An adapter in place of all weights, and fewer bits for the weights below it. */
function adapting(recipe: Recipe, stage: Stage, models: readonly string[]): readonly MemoryChange[] {
  const isFull = 'lora' in stage && stage.lora === null;
  const adapted = isFull ? withStage(recipe, stage.name, { lora: loraSchema.parse({}) }) : recipe;
  const lora = isFull ? [{ path: `stages.${stage.name}.lora`, value: '{}' }] : [];
  const settings = engineSettings(recipe, engineOfModel(recipe, models[0] ?? null));
  const origins = Object.entries(recipe.models).filter(([, one]) =>
    models.some((model) => originOf(recipe, model) === one),
  );
  const inBits = engineKindOf(settings)
    .weightBits(settings)
    .map((bits): MemoryChange => {
      const held = origins.map(([model, one]) => [model, { ...one, bits }] as const);
      const settings = [...lora, ...origins.map(([model]) => ({ path: `models.${model}.bits`, value: String(bits) }))];
      const changed = { ...adapted, models: { ...recipe.models, ...Object.fromEntries(held) } };
      return { settings, recipe: changed };
    })
    .filter((change) => origins.length > 0 && isHoldable(change.recipe));
  return [...(isFull ? [{ settings: lora, recipe: adapted }] : []), ...inBits];
}

/** Whether no stage would change weights that are held in few bits. */
const isHoldable = (recipe: Recipe): boolean =>
  recipe.stages.every((stage) =>
    definitionOf(stage)
      .requirements(stage)
      .every((requirement) => unchangeable(recipe, requirement) === undefined),
  );

/** Shorter sequences: longer ones are left out or cut. */
function shortening(recipe: Recipe, stage: Stage): readonly MemoryChange[] {
  const shorter = (tokens: number): readonly number[] => [2, 4, 8].map((part) => Math.floor(tokens / part));
  const change = (field: string, value: number, values: object): MemoryChange => ({
    settings: [{ path: `stages.${stage.name}.${field}`, value: String(value) }],
    recipe: withStage(recipe, stage.name, values),
  });
  if ('maxTokens' in stage)
    return shorter(stage.maxTokens).flatMap((maxTokens) =>
      maxTokens < 2 ? [] : [change('maxTokens', maxTokens, { maxTokens })],
    );
  if (!('sampling' in stage)) return [];
  const { sampling } = stage;
  return shorter(sampling.maxTokens).flatMap((maxTokens) =>
    maxTokens < 1 ? [] : [change('sampling.maxTokens', maxTokens, { sampling: { ...sampling, maxTokens } })],
  );
}
