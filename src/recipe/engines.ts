/** Which engine each model of a recipe runs on. */
import { type EngineSettings, engineKindOf } from '../engine/kinds.js';
import { definitionOf, type Stage } from '../stages/index.js';
import { inputsOf } from './references.js';
import type { ModelSettings, Recipe } from './schema.js';

/** A name under `engines`; null for the recipe's default `engine`. */
export type EngineName = string | null;

/**
 * The settings of the model that a model is or, through any number of stages, was trained from; undefined if a stage
 * created it from nothing.
 */
export function originOf(recipe: Recipe, model: string | null): ModelSettings | undefined {
  if (model === null) return undefined;
  const settings = recipe.models[model];
  if (settings !== undefined) return settings;
  const maker = recipe.stages.find(({ name }) => name === model);
  return maker === undefined ? undefined : originOf(recipe, trainedBy(maker));
}

/** The engine of a model: the one it names, or the one on which a stage trained it. */
export const engineOfModel = (recipe: Recipe, model: string | null): EngineName =>
  originOf(recipe, model)?.engine ?? null;

/** The engine that samples for a policy; undefined if the one that trains it does. */
export const samplerOfModel = (recipe: Recipe, model: string): EngineName | undefined =>
  originOf(recipe, model)?.sampler ?? undefined;

/** The engines that sample for the policies of a stage. */
function samplersOf(recipe: Recipe, stage: Stage): readonly EngineName[] {
  return definitionOf(stage)
    .requirements(stage)
    .flatMap(({ need, model }) => (need === 'sampling' && model !== null ? (samplerOfModel(recipe, model) ?? []) : []));
}

/** The model that a stage trains; null if it creates the model itself. */
export function trainedBy(stage: Stage): string | null {
  const training = definitionOf(stage)
    .requirements(stage)
    .find(({ need }) => need === 'lora' || need === 'full fine-tuning');
  return training?.model ?? null;
}

/** The engines of all models that a stage uses, without duplicates, in the order of its settings. */
export function enginesOf(recipe: Recipe, stage: Stage): readonly EngineName[] {
  const models: (string | null)[] = inputsOf(stage).flatMap(({ kind, name }) => (kind === 'model' ? [name] : []));
  if (models.length === 0) models.push(trainedBy(stage));
  return [...new Set([...models.map((model) => engineOfModel(recipe, model)), ...samplersOf(recipe, stage)])];
}

export function engineSettings(recipe: Recipe, name: EngineName): EngineSettings {
  if (name === null) return recipe.engine;
  const settings = recipe.engines[name];
  // Loading a recipe rejects models on undefined engines.
  if (settings === undefined) throw new Error(`no engine is named ${name}`);
  return settings;
}

/**
 * Whether the engine of a model opens folders of this machine. Where it does not, models of the hub and bundled ones are
 * those that its server has by the same name.
 */
export const opensFolders = (recipe: Recipe, { engine }: Pick<ModelSettings, 'engine'>): boolean =>
  engineKindOf(engineSettings(recipe, engine)).sources.includes('directory');

/** The recipe field that holds the settings of an engine. */
export const engineField = (name: EngineName): string => (name === null ? 'engine' : `engines.${name}`);
