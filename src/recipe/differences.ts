/** In which settings two recipes differ. */
import { isObject } from '../json.js';
import { parseYaml, plain } from './document.js';
import type { Recipe } from './schema.js';

/** Stages by their names. Without models and data, which count by their contents, and what results do not depend on. */
function settingsIn(recipe: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { name: _, description: __, models: ___, data: ____, stages, ...rest } = recipe;
  const named = (Array.isArray(stages) ? stages : []).flatMap((stage: unknown) =>
    isObject(stage) ? [[String(stage.name), stage] as const] : [],
  );
  return { ...rest, stages: Object.fromEntries(named) };
}

function pathsThatDiffer(before: unknown, now: unknown, path: string): readonly string[] {
  if (!isObject(before) || !isObject(now)) return JSON.stringify(before) === JSON.stringify(now) ? [] : [path];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) =>
    pathsThatDiffer(before[key], now[key], path === '' ? key : `${path}.${key}`),
  );
}

/** The paths of settings that differ between a recorded recipe and this one: `stages.evaluate.samples`. */
export function recipeDifferences(recorded: string, recipe: Recipe): readonly string[] {
  const { tree } = parseYaml(recorded, '');
  const before = tree && plain(tree);
  return isObject(before) ? pathsThatDiffer(settingsIn(before), settingsIn({ ...recipe }), '') : [];
}
