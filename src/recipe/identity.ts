/** What each stage's results depend on, as a hash: the run directory keeps results apart by it. */
import { fingerprint } from './load.js';
import { HELD_OUT_SUFFIX, inputsOf } from './references.js';
import type { Recipe, Stage } from './schema.js';

export interface StageIdentityOfRecipe {
  readonly index: number;
  readonly name: string;
  readonly kind: Stage['stage'];
  readonly fingerprint: string;
}

/**
 * One identity a stage. It covers the stage's settings, the seed, engine and format, and what it refers to: settings of models
 * and data sets, fingerprints of stages. It does not cover the content of files outside the run directory.
 */
export function stageIdentities(recipe: Recipe): readonly StageIdentityOfRecipe[] {
  const { seed, engine, format, prompts, models, data } = recipe;
  const earlier = new Map<string, string>();
  const dataSettings = (name: string): unknown => {
    const base = name.endsWith(HELD_OUT_SUFFIX) ? name.slice(0, -HELD_OUT_SUFFIX.length) : name;
    const settings = data[base];
    return settings === undefined ? name : { settings, except: settings.except.map(dataSettings) };
  };
  return recipe.stages.map((stage, index) => {
    const inputs = inputsOf(stage).map(({ kind, name }) => ({
      name,
      content: earlier.get(name) ?? (kind === 'model' ? models[name] : dataSettings(name)),
    }));
    const hash = fingerprint({ stage, seed, engine, format, prompts, inputs });
    earlier.set(stage.name, hash);
    return { index, name: stage.name, kind: stage.stage, fingerprint: hash };
  });
}
