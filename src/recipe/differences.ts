/** In which settings two recipes differ. */
import { isObject } from '../json.js';
import { countedSettings } from '../stages/recording-settings.js';
import { parseYaml, plain } from './document.js';
import type { Recipe } from './schema.js';

/** Stages by their names. Without where models and data lie, which count by their contents, and without what results do not depend on. */
function settingsIn(recipe: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { name: _, description: __, models: ___, track: ____, data, stages, ...rest } = recipe;
  const named = (Array.isArray(stages) ? stages : []).flatMap((stage: unknown) =>
    isObject(stage) ? [[String(stage.name), countedSettings(stage)] as const] : [],
  );
  const sets = Object.entries(isObject(data) ? data : {}).map(([name, settings]) => {
    const { source: _source, rows: _rows, ...own } = isObject(settings) ? settings : {};
    return [name, own] as const;
  });
  return { ...rest, data: Object.fromEntries(sets), stages: Object.fromEntries(named) };
}

/** A setting that two recipes have different values for; a value of undefined: the setting is absent. */
export interface SettingDifference {
  readonly path: string;
  readonly before: unknown;
  readonly now: unknown;
}

function differencesBetween(before: unknown, now: unknown, path: string): readonly SettingDifference[] {
  if (!isObject(before) || !isObject(now))
    return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path, before, now }];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) =>
    differencesBetween(before[key], now[key], path === '' ? key : `${path}.${key}`),
  );
}

export interface RecipeDifferences {
  /** Whether the recorded recipe has another name: then it is not an earlier form of this one. */
  readonly isAnother: boolean;
  readonly settings: readonly SettingDifference[];
}

/** What differs between a recorded recipe and this one: settings such as `stages.evaluate.samples`, before and now. */
export function recipeDifferences(recorded: string, recipe: Recipe): RecipeDifferences {
  const { tree } = parseYaml(recorded, '');
  const before = tree && plain(tree);
  if (!isObject(before)) return { isAnother: false, settings: [] };
  return {
    isAnother: before.name !== recipe.name,
    settings: differencesBetween(settingsIn(before), settingsIn({ ...recipe }), ''),
  };
}
