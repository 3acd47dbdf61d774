/** A recipe as the parameters of an experiment: dotted paths and plain values. */
import { isObject } from '../json.js';

/** Longest value: the limit of older MLflow servers. */
const LONGEST = 500;
/** What trackers take as a part of a name. */
const named = (key: string): string => key.replace(/[^\w.-]/g, '_');

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** An address without what may stand in it besides: a user's name and password, a query. */
function withoutCredentials(text: string): string {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return text;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}

function* leaves(value: unknown, path: string): Generator<readonly [string, string | number | boolean]> {
  if (isObject(value)) {
    for (const [key, item] of Object.entries(value))
      yield* leaves(item, path === '' ? named(key) : `${path}.${named(key)}`);
  } else if (typeof value === 'number' || typeof value === 'boolean') yield [path, value];
  else if (typeof value === 'string') yield [path, cut(withoutCredentials(value))];
  else if (value !== undefined && value !== null) yield [path, cut(JSON.stringify(value))];
}

/** The parameters of a resolved recipe, without where they are sent. Stages go by their names; settings that are null are left out. */
export function parametersOf(
  recipe: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | number | boolean>> {
  const { track: _, description: __, stages, ...rest } = recipe;
  const byName = (Array.isArray(stages) ? stages : []).flatMap((stage: unknown) =>
    isObject(stage) ? [[String(stage.name), stage] as const] : [],
  );
  return Object.fromEntries(leaves({ ...rest, stages: Object.fromEntries(byName) }, ''));
}
