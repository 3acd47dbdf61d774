/** In which settings two recipes differ. */
import { isObject } from '../json.js';
import type { RemadeStage as StageInFolder } from '../run/begun-stages.js';
import { countedSettings } from '../stages/definition/recording-settings.js';
import { benchmarkFileIn } from '../stages/definition/settings.js';
import { countedData, countedEngine } from './counted.js';
import { parseYaml, plain } from './document.js';
import { engineField, enginesOf } from './engines.js';
import { DEFINITION_PREFIX, isLeftBy, RECORDS_PREFIX } from './identity.js';
import { dataSetsBehind, inputsOf } from './references.js';
import type { Recipe } from './schema.js';
import { parseDataSource } from './sources.js';

type RemadeStage = Omit<StageInFolder, 'folder'>;
type Settings = Readonly<Record<string, unknown>>;

const partsOf = (value: unknown): readonly (readonly [name: string, settings: Settings])[] =>
  Object.entries(isObject(value) ? value : {}).flatMap(([name, settings]) =>
    isObject(settings) ? [[name, settings] as const] : [],
  );

/** Where files lie makes no difference: they count by their contents. Generated problems are defined by their source. */
function dataSettings({ source, ...settings }: Settings): Settings {
  const isGenerated = typeof source === 'string' && parseDataSource(source).kind === 'task';
  return { ...countedData(settings), ...(isGenerated ? { source } : {}) };
}

/** Models count by their contents; the bits in which these are held are the only setting beside them. */
const bitsIn = (models: unknown): Settings =>
  Object.fromEntries(
    partsOf(models).flatMap(([name, { bits }]) => (bits === undefined ? [] : [[`${name}.bits`, bits]])),
  );

/** The settings that count, stages by their names. */
function settingsIn(recipe: Settings): Settings {
  const { name: _, description: __, models, track: ___, data, engine, engines, stages, ...rest } = recipe;
  const named = (Array.isArray(stages) ? stages : []).flatMap((stage: unknown) =>
    isObject(stage) ? [[String(stage.name), countedSettings(stage)] as const] : [],
  );
  return {
    ...rest,
    engine: isObject(engine) ? countedEngine(engine) : engine,
    engines: Object.fromEntries(partsOf(engines).map(([name, settings]) => [name, countedEngine(settings)])),
    models: bitsIn(models),
    data: Object.fromEntries(partsOf(data).map(([name, settings]) => [name, dataSettings(settings)])),
    stages: Object.fromEntries(named),
  };
}

/** A setting that two recipes have different values for; a value of undefined: the setting is absent. */
export interface SettingDifference {
  readonly path: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** The settings in which two values differ, by their paths below `path`. */
export function differencesBetween(before: unknown, now: unknown, path: string): readonly SettingDifference[] {
  if (!isObject(before) || !isObject(now))
    return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path, before, now }];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) =>
    differencesBetween(before[key], now[key], path === '' ? key : `${path}.${key}`),
  );
}

/** `reward.estimator k3 (here k1)` for each of them; `where`: whose value the second is. */
export const differenceTexts = (before: unknown, now: unknown, path: string, where: string): readonly string[] =>
  differencesBetween(before, now, path).map(
    ({ path: setting, before: stored, now: used }) => `${setting} ${String(stored)} (${where} ${String(used)})`,
  );

export interface RecipeDifferences {
  /** Whether the recorded recipe has another name: then it is not an earlier form of this one. */
  readonly isAnother: boolean;
  readonly settings: readonly SettingDifference[];
}

/**
 * What differs between a recorded recipe and this one: settings such as `stages.evaluate.samples`, before and now. With
 * `remade`, only what these stages depend on.
 */
export function recipeDifferences(
  recorded: string,
  recipe: Recipe,
  remade?: readonly RemadeStage[],
): RecipeDifferences {
  const { tree } = parseYaml(recorded, '');
  const before = tree && plain(tree);
  if (!isObject(before)) return { isAnother: false, settings: [] };
  const settings = differencesBetween(settingsIn(before), settingsIn({ ...recipe }), '');
  return {
    isAnother: before.name !== recipe.name,
    settings: remade === undefined ? settings : settings.filter(countsFor(recipe, remade)),
  };
}

/** Whether a difference changes one of these stages. */
function countsFor(recipe: Recipe, remade: readonly RemadeStage[]): (difference: SettingDifference) => boolean {
  const parts = partsBehind(
    recipe,
    remade.map(({ name }) => name),
  );
  const before = Object.assign({}, ...remade.map(({ sourcesBefore }) => sourcesBefore));
  const now = Object.assign({}, ...remade.map(({ sourcesNow }) => sourcesNow));
  return (difference) => {
    const [section = '', name = ''] = difference.path.split('.');
    const part = ['models', 'data', 'engines', 'stages'].includes(section) ? `${section}.${name}` : section;
    if (!parts.has(part) && !EVERYWHERE.includes(section)) return false;
    const was = contentOf(difference.before, before);
    return was === undefined || was !== contentOf(difference.now, now);
  };
}

/** Settings that every stage depends on. */
const EVERYWHERE: readonly string[] = ['seed', 'format', 'prompts'];

/** These stages, those that feed them, and the models, data sets and engines of all of them, by their fields. */
function partsBehind(recipe: Recipe, names: readonly string[]): ReadonlySet<string> {
  const parts = new Set(names.map((name) => `stages.${name}`));
  // Stages are fed by earlier ones.
  for (const [index, stage] of [...recipe.stages.entries()].reverse()) {
    if (!parts.has(`stages.${stage.name}`)) continue;
    for (const engine of enginesOf(recipe, stage)) parts.add(engineField(engine));
    for (const input of inputsOf(stage)) {
      const maker = recipe.stages.slice(0, index).find((other) => isLeftBy(input, other));
      if (maker !== undefined) parts.add(`stages.${maker.name}`);
      else if (input.kind === 'model') parts.add(`models.${input.name}`);
      else for (const set of dataSetsBehind(recipe.data, input.name)) parts.add(`data.${set}`);
    }
  }
  return parts;
}

/** The hash of the file that a setting of a stage names, where that is known. */
function contentOf(value: unknown, sources: Readonly<Record<string, string>>): string | undefined {
  if (typeof value !== 'string') return undefined;
  const definition = benchmarkFileIn(value);
  return sources[definition === undefined ? `${RECORDS_PREFIX}${value}` : `${DEFINITION_PREFIX}${definition}`];
}
