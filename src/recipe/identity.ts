/** A hash of everything that a stage's results depend on; run directories tell results apart by it. */
import { STAGES, type Stage } from '../stages/index.js';
import { BENCHMARK_PREFIX } from '../stages/settings.js';
import { engineSettings, enginesOf } from './engines.js';
import { fingerprint } from './load.js';
import { dataSetsBehind, inputsOf } from './references.js';
import type { Recipe } from './schema.js';

export interface StageIdentityOfRecipe {
  readonly index: number;
  readonly name: string;
  readonly kind: Stage['stage'];
  readonly fingerprint: string;
  /** Hashes of the sources outside the run that the stage itself uses, by recipe field. */
  readonly sources: Readonly<Record<string, string>>;
}

/** Hashes of the sources outside the run, by field: `models.base`, `data.train`, `benchmark:aime24`. */
export type SourceContents = ReadonlyMap<string, string>;

type Input = ReturnType<typeof inputsOf>[number];

/** Whether an input is the artifact of a stage, rather than a model or data set of the same name. */
function isLeftBy({ kind, name }: Input, { stage, name: stageName }: Stage): boolean {
  return name === stageName && STAGES[stage].artifact === kind;
}

function fieldsOf(recipe: Recipe, { kind, name }: Input): readonly string[] {
  if (kind === 'model') return [`models.${name}`];
  if (name.startsWith(BENCHMARK_PREFIX)) return [name];
  return [...dataSetsBehind(recipe.data, name)].map((set) => `data.${set}`);
}

/** The fields of all models, data sets and benchmarks that a stage uses directly, not through an earlier stage. */
export function sourceFields(recipe: Recipe, stage: Stage): readonly string[] {
  const inputs = inputsOf(stage).filter((input) => !recipe.stages.some((other) => isLeftBy(input, other)));
  return [...new Set(inputs.flatMap((input) => fieldsOf(recipe, input)))];
}

/**
 * One identity per stage. It covers the stage's settings, the seed, engine and format, and what the stage refers to:
 * the fingerprints of stages, the settings of data sets, and the contents of models and data sets. Where the contents
 * of a source are known, its location does not matter.
 */
export function stageIdentities(recipe: Recipe, contents: SourceContents): readonly StageIdentityOfRecipe[] {
  const { seed, format, prompts, models, data } = recipe;
  const settingsAt = (field: string): unknown => {
    const content = contents.get(field);
    const [section, name = ''] = field.split('.');
    // Numbers that only --dry-run reads do not affect results.
    if (section === 'models') return content ?? models[name];
    const settings = data[name];
    if (settings === undefined) return [field, content ?? null];
    const { rows: _, ...told } = settings;
    return { ...told, source: content ?? settings.source };
  };
  const fingerprints: string[] = [];
  return recipe.stages.map((stage, index) => {
    const inputs = inputsOf(stage).map((input) => {
      const maker = recipe.stages.slice(0, index).findIndex((other) => isLeftBy(input, other));
      const content = maker < 0 ? fieldsOf(recipe, input).map(settingsAt) : fingerprints[maker];
      return { name: input.name, content };
    });
    const engines = enginesOf(recipe, stage).map((name) => engineSettings(recipe, name));
    const engine = engines.length === 1 ? engines[0] : engines;
    const hash = fingerprint({ stage, seed, engine, format, prompts, inputs });
    fingerprints.push(hash);
    const known = sourceFields(recipe, stage).flatMap((field) => {
      const content = contents.get(field);
      return content === undefined ? [] : [[field, content] as const];
    });
    return { index, name: stage.name, kind: stage.stage, fingerprint: hash, sources: Object.fromEntries(known) };
  });
}
