/** Changes to a recipe by path, such as `stages.teach.steps=60`: from --set, or from `set` and `remove` of a recipe. */
import { type Place, type RecipeProblem, UsageError } from '../errors.js';
import { suggestion } from '../suggestion.js';
import { childOf, type Path, parseTyped, plain, type Tree, treeAt, withValue } from './document.js';
import { asKind, expandShortSources, laidOver } from './merging.js';

export interface Override {
  readonly path: string;
  /** Absent: the value is removed. */
  readonly value?: Tree;
  readonly place: Place;
}

/** The text for messages, which end up in logs: without a password in an address, its query, or what is called a key. */
const withoutSecrets = (text: string): string =>
  text
    .replace(/(?<=:\/\/)[^/\s"'@]*@/g, '***@')
    .replace(/(?<=:\/\/[^\s"'?]*\?)[^\s"'}]+/g, '***')
    .replace(/(?<=(?:api_?key|token|password|secret)["']?\s*[:=]\s*["']?)[^\s"',}]+/gi, '***')
    // A short one may be the name of a column.
    .replace(/(?<=key["']?\s*[:=]\s*["']?)[^\s"',}]{16,}/gi, '***');

/**
 * Parses `path.to.key=value`; the value is YAML, such as `[1, 2]` or `null`.
 * @throws {UsageError} when the text does not have this form or the value is not YAML
 */
export function parseOverride(text: string): Override {
  const at = text.indexOf('=');
  const path = text.slice(0, at).trim();
  if (at === -1 || path === '') {
    throw new UsageError(`--set takes path.to.key=value, not "${text}"`, {
      remedy: 'For example --set stages.teach.steps=60, or --set seed=2.',
    });
  }
  const place = { file: `--set ${withoutSecrets(text)}` };
  const { tree, problems } = parseTyped(text.slice(at + 1), place);
  if (tree === undefined) {
    throw new UsageError(`--set ${path}: ${problems.map((problem) => problem.message).join('; ')}`, {
      remedy: 'Quote a value that has special characters.',
    });
  }
  return { path, value: tree, place };
}

/** The name by which a path addresses an item of a list: a stage's name, else its kind. */
export function nameOfItem(item: Tree): string | undefined {
  for (const key of ['name', 'stage']) {
    const child = childOf(item, key);
    if (child?.kind === 'scalar' && typeof child.value === 'string') return child.value;
  }
  return undefined;
}

/**
 * Resolves a path to keys and list indices. An item of a list is addressed by its index or name; a name that is missing
 * or ambiguous is a problem.
 */
function resolvePath(tree: Tree, override: Override): { path: Path } | { problem: RecipeProblem } {
  const fail = (message: string, remedy: string) => ({
    problem: { message, remedy, ...override.place, field: override.path },
  });
  const keys = override.path.split('.');
  const path: (string | number)[] = [];
  let current: Tree | undefined = tree;
  for (const key of keys) {
    if (key === '') return fail(`the path "${override.path}" has an empty part`, 'Separate keys by single dots.');
    if (key === '__proto__') return fail('unknown key "__proto__"', 'Use a key of the recipe.');
    if (current?.kind !== 'list') {
      path.push(key);
      current = current === undefined ? undefined : childOf(current, key);
      continue;
    }
    const names = current.items.map(nameOfItem);
    const index = /^\d+$/.test(key) ? Number(key) : names.indexOf(key);
    if (index < 0 || index >= names.length) {
      const known = names.filter((name) => name !== undefined);
      return fail(`there is no "${key}" in ${path.join('.')}`, suggestion(key, known, `items of ${path.join('.')}`));
    }
    if (names.indexOf(key) !== names.lastIndexOf(key)) {
      return fail(`two items of ${path.join('.')} are named "${key}"`, 'Use its number, counted from 0.');
    }
    path.push(index);
    current = current.items[index];
  }
  if (typeof path.at(-1) === 'number' && current?.kind === 'map' && override.value?.kind === 'scalar') {
    return fail(
      `${override.path} has settings, which one value cannot stand for`,
      `Name one of them: ${override.path}.SETTING=VALUE.`,
    );
  }
  if (override.value === undefined && current === undefined) {
    return fail(`there is no ${override.path} to remove`, 'Delete this line.');
  }
  return { path };
}

/** What an override leaves at its path: a map is merged into the one that is there. */
function changedValue(tree: Tree, path: Path, { value, place }: Override): Tree | undefined {
  if (value === undefined) return undefined;
  const whole = treeAt(expandShortSources(withValue(undefined, path, value, place)), path) ?? value;
  const old = treeAt(tree, path);
  return old === undefined ? whole : laidOver(plain(tree), path, old, whole);
}

/**
 * Where a change gives a map another kind, it takes out what the recipe wrote for the old one, as a whole map of another kind
 * does; what other changes wrote stays.
 * @param changes the paths of all of them
 */
function withKind(tree: Tree, path: Path, { path: written, value, place }: Override, changes: readonly string[]): Tree {
  const map = path.slice(0, -1);
  if (path.at(-1) !== 'kind' || value === undefined || map.length === 0) return tree;
  const isChanged = (name: string): boolean => {
    const own = written.replace(/kind$/, name);
    return changes.some((change) => change === own || change.startsWith(`${own}.`));
  };
  const changed = asKind(treeAt(tree, map), value, isChanged);
  return changed === undefined ? tree : withValue(tree, map, changed, place);
}

/** Applies changes in order; those that cannot be applied are skipped and reported. */
export function applyOverrides(
  tree: Tree,
  overrides: readonly Override[],
): { readonly tree: Tree; readonly problems: readonly RecipeProblem[] } {
  const problems: RecipeProblem[] = [];
  const changes = overrides.map(({ path }) => path);
  let current = tree;
  for (const override of overrides) {
    const resolved = resolvePath(current, override);
    if ('problem' in resolved) {
      problems.push(resolved.problem);
      continue;
    }
    const { path } = resolved;
    current = withValue(
      withKind(current, path, override, changes),
      path,
      changedValue(current, path, override),
      override.place,
    );
  }
  return { tree: current, problems };
}
