/** Changes of a recipe with which a stage takes less memory. */
import { engineKindOf } from '../engine/kinds.js';
import { type EngineName, engineField, engineOfModel, engineSettings, originOf } from '../recipe/engines.js';
import type { Recipe } from '../recipe/schema.js';
import { definitionOf, type Stage } from '../stages/index.js';
import { loraSchema } from '../stages/settings.js';
import { unchangeable } from './requirements.js';

/** A changed recipe, and what the user would do. */
export interface MemoryChange {
  readonly text: string;
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

const listed = (field: string, values: object): string =>
  Object.entries(values)
    .map(([key, value]) => `${field}.${key} to ${value}`)
    .join(' and ');

/** What a user could change for a stage with these models, what costs least first. */
export function memoryChanges(recipe: Recipe, stage: Stage, models: readonly string[]): readonly MemoryChange[] {
  const name = engineOfModel(recipe, models[0] ?? null);
  const settings = engineSettings(recipe, name);
  const { memory } = engineKindOf(settings);
  const ofEngine = (memory?.thrift(settings) ?? []).map((values) => ({
    text: `Set ${listed(engineField(name), values)}`,
    recipe: withEngine(recipe, name, values),
  }));
  return [...ofEngine, ...adapting(recipe, stage, models), ...shortening(recipe, stage)];
}

/** An adapter in place of all weights, and fewer bits for the weights below it. */
function adapting(recipe: Recipe, stage: Stage, models: readonly string[]): readonly MemoryChange[] {
  const isFull = 'lora' in stage && stage.lora === null;
  const adapted = isFull ? withStage(recipe, stage.name, { lora: loraSchema.parse({}) }) : recipe;
  const lora = isFull ? [`stages.${stage.name}.lora to {}`] : [];
  const settings = engineSettings(recipe, engineOfModel(recipe, models[0] ?? null));
  const origins = Object.entries(recipe.models).filter(([, one]) =>
    models.some((model) => originOf(recipe, model) === one),
  );
  const inBits = engineKindOf(settings)
    .weightBits(settings)
    .map((bits): MemoryChange => {
      const held = origins.map(([model, one]) => [model, { ...one, bits }] as const);
      const fields = [...lora, ...origins.map(([model]) => `models.${model}.bits to ${bits}`)];
      const changed = { ...adapted, models: { ...recipe.models, ...Object.fromEntries(held) } };
      return { text: `Set ${fields.join(' and ')}`, recipe: changed };
    })
    .filter((change) => origins.length > 0 && isHoldable(change.recipe));
  return [...(isFull ? [{ text: `Set ${lora.join()}`, recipe: adapted }] : []), ...inBits];
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
  const change = (field: string, maxTokens: number, values: object): MemoryChange => ({
    text: `Set stages.${stage.name}.${field} to ${maxTokens}`,
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
