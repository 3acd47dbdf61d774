/** A tracker given on the command line, in the terms of a recipe. */
import { RecipeError } from '../errors.js';
import { type TrackerSettings, trackersIn, trackSchema } from '../tracking/settings.js';
import { parseYaml, plain, treeOf } from './document.js';
import { problemsOf } from './issues.js';

const SHORT = /^([a-z]+)=(\S+)$/;

/**
 * `tensorboard`, `mlflow=URL`, or a YAML map with one key as under `track` of a recipe.
 * @throws {RecipeError} when it is none of these
 */
export function parseTracker(text: string): TrackerSettings {
  const [, kind, url] = SHORT.exec(text) ?? [];
  const { tree, problems } = parseYaml(text, '');
  if (kind === undefined && tree === undefined) throw new RecipeError(problems.map(({ message }) => ({ message })));
  const written = kind === undefined ? tree && plain(tree) : { [kind]: { url } };
  const result = trackSchema.safeParse([written]);
  const [first] = result.success ? trackersIn(result.data) : [];
  if (first !== undefined) return first;
  throw new RecipeError(problemsOf(trackSchema, treeOf([written], {}), result.error?.issues ?? []));
}
