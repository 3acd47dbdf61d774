/** A hash of everything that a stage's results depend on; run directories tell results apart by it. */

import { countedSettings } from '../stages/definition/recording-settings.js';
import { BENCHMARK_PREFIX, benchmarkFileIn, benchmarkIn } from '../stages/definition/settings.js';
import { STAGES, type Stage, stageSchema } from '../stages/index.js';
import { countedData, countedEngine } from './counted.js';
import { plain, type Tree, treeOf, withValue } from './document.js';
import { engineSettings, enginesOf } from './engines.js';
import { referencesIn } from './introspection.js';
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

/** Before the path of a benchmark's YAML file, where its content is a source; `benchmark:` stands for its problems. */
export const DEFINITION_PREFIX = 'definition:';
/** Before the file or hub data set that a stage takes without a name under data. */
export const RECORDS_PREFIX = 'records:';

/**
 * Hashes of what lies at sources outside the run, by field: `models.base`, `data.train`, `benchmark:aime24`,
 * `definition:own.yaml`, `records:problems.jsonl`.
 */
export type SourceContents = ReadonlyMap<string, string>;

type Input = ReturnType<typeof inputsOf>[number];

/** Whether an input is the artifact of a stage, rather than a model or data set of the same name. */
export function isLeftBy({ kind, name }: Input, { stage, name: stageName }: Stage): boolean {
  return name === stageName && STAGES[stage].artifact === kind;
}

/** `others`: all inputs of the stage. Records that replace a benchmark's own problems are a source in place of them. */
function fieldsOf(recipe: Recipe, { kind, name }: Input, others: readonly Input[]): readonly string[] {
  if (kind === 'model') return [`models.${name}`];
  if (kind === 'records') return [`${RECORDS_PREFIX}${name}`];
  if (benchmarkIn(name) === undefined) return [...dataSetsBehind(recipe.data, name)].map((set) => `data.${set}`);
  const file = benchmarkFileIn(name);
  return [
    ...(file === undefined ? [] : [`${DEFINITION_PREFIX}${file}`]),
    ...(others.some((other) => other.kind === 'records') ? [] : [name]),
  ];
}

/** The fields of all models, data sets and benchmarks that a stage uses directly, not through an earlier stage. */
export function sourceFields(recipe: Recipe, stage: Stage): readonly string[] {
  const inputs = inputsOf(stage).filter((input) => !recipe.stages.some((other) => isLeftBy(input, other)));
  return [...new Set(inputs.flatMap((input) => fieldsOf(recipe, input, inputs)))];
}

/** A reference to a file, as its content where that is known. */
function placeless({ kind, name }: Input, contents: SourceContents): string {
  if (kind === 'records') return contents.get(`${RECORDS_PREFIX}${name}`) ?? name;
  const file = kind === 'problems' ? benchmarkFileIn(name) : undefined;
  return file === undefined ? name : `${BENCHMARK_PREFIX}${contents.get(`${DEFINITION_PREFIX}${file}`) ?? file}`;
}

/** The settings of a stage that its results depend on, with what files hold in place of where they are. */
function placelessStage(stage: Stage, contents: SourceContents): unknown {
  let tree: Tree = treeOf(countedSettings({ ...stage }), {});
  for (const { path, ...input } of referencesIn(stageSchema, stage)) {
    tree = withValue(tree, path, { kind: 'scalar', value: placeless(input, contents), place: {} }, {});
  }
  return plain(tree);
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
    if (section === 'models') return content ?? models[name];
    // Files of the stage's own stand among its settings.
    if (field.startsWith(DEFINITION_PREFIX) || field.startsWith(RECORDS_PREFIX)) return content ?? null;
    if (benchmarkFileIn(field) !== undefined) return content ?? null;
    const settings = data[name];
    if (settings === undefined) return [field, content ?? null];
    return { ...countedData(settings), source: content ?? settings.source };
  };
  const fingerprints: string[] = [];
  return recipe.stages.map((stage, index) => {
    const taken = inputsOf(stage);
    const inputs = taken.map((input) => {
      const maker = recipe.stages.slice(0, index).findIndex((other) => isLeftBy(input, other));
      const content = maker < 0 ? fieldsOf(recipe, input, taken).map(settingsAt) : fingerprints[maker];
      return { name: placeless(input, contents), content };
    });
    const engines = enginesOf(recipe, stage).map((name) => countedEngine({ ...engineSettings(recipe, name) }));
    const engine = engines.length === 1 ? engines[0] : engines;
    const settings = placelessStage(stage, contents);
    const hash = fingerprint({ stage: settings, seed, engine, format, prompts, inputs });
    fingerprints.push(hash);
    const known = sourceFields(recipe, stage).flatMap((field) => {
      const content = contents.get(field);
      return content === undefined ? [] : [[field, content] as const];
    });
    return { index, name: stage.name, kind: stage.stage, fingerprint: hash, sources: Object.fromEntries(known) };
  });
}
