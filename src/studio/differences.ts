/** In which settings the recipes of runs differ. */
import { isObject } from '../json.js';
import type { RecipeDifference } from '../views/api.js';
import { type RecordedRecipe, recipeOf } from '../views/run-view.js';

/** The values of a recipe by their paths; stages by their names. */
function leavesOf(value: unknown, path: string, leaves: Map<string, unknown>): Map<string, unknown> {
  if (!isObject(value)) return leaves.set(path, value);
  for (const [key, inner] of Object.entries(value)) leavesOf(inner, path === '' ? key : `${path}.${key}`, leaves);
  return leaves;
}

const settingsIn = ({ stages, ...rest }: RecordedRecipe): ReadonlyMap<string, unknown> =>
  leavesOf({ ...rest, stages: Object.fromEntries(stages.map((stage) => [stage.name, stage])) }, '', new Map());

/** The settings that differ between runs, each with its value in every run. */
export async function recipeDifferencesOf(directories: readonly string[]): Promise<readonly RecipeDifference[]> {
  const recipes = await Promise.all(directories.map(recipeOf));
  const settings = recipes.map((recipe) => (recipe === undefined ? new Map<string, unknown>() : settingsIn(recipe)));
  const paths = [...new Set(settings.flatMap((own) => [...own.keys()]))];
  return paths.flatMap((path) => {
    const values = settings.map((own) => own.get(path) ?? null);
    return new Set(values.map((value) => JSON.stringify(value))).size > 1 ? [{ path, values }] : [];
  });
}
