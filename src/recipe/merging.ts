/** How what a recipe or --set writes is laid over what it changes. */
import { z } from 'zod';
import { type Entry, type Path, plain, type Tree, treeAt, withValue } from './document.js';
import { bare, schemaAt } from './introspection.js';
import { recipeSchema } from './schema.js';

/** Keys that say which settings a map may have: one of another kind has nothing in common with the one below. */
const KINDS = ['kind', 'stage'];

/**
 * Maps are merged key by key, and null takes out what stands under a name (a student, a data set); anything else in
 * `over` replaces what is in `under`. `undefined`: taken out.
 * @param root the plain value of the recipe that `under` is part of, at `path`
 */
export function laidOver(root: unknown, path: Path, under: Tree, over: Tree): Tree | undefined {
  if (over.kind === 'scalar' && over.value === null && isUnderName(root, path)) return undefined;
  if (under.kind !== 'map' || over.kind !== 'map' || isOfAnotherKind(under, over)) return over;
  const entries = new Map<string, Entry>(under.entries);
  for (const [key, entry] of over.entries) {
    const old = entries.get(key);
    const tree = old === undefined ? entry.tree : laidOver(root, [...path, key], old.tree, entry.tree);
    if (tree === undefined) entries.delete(key);
    else entries.set(key, { key: entry.key, tree });
  }
  return { kind: 'map', entries, place: over.place };
}

/** Whether a path leads to an entry of a map from names, where null is no value of its own. */
function isUnderName(root: unknown, path: Path): boolean {
  const map = path.length === 0 ? undefined : schemaAt(recipeSchema, root, path.slice(0, -1));
  const { schema } = map === undefined ? {} : bare(map);
  return schema instanceof z.ZodRecord && !z.safeParse(schema.def.valueType, null).success;
}

/**
 * The map at a path as it is once its `kind` is `kind`: what it had as another kind is taken out, but for what `isKept` says.
 * @param isKept whether the entry of this name was written for the new kind
 */
export function asKind(map: Tree | undefined, kind: Tree, isKept: (name: string) => boolean): Tree | undefined {
  if (map?.kind !== 'map') return map;
  const entries = new Map([['kind', { key: kind.place, tree: kind }]]);
  if (!isOfAnotherKind(map, { kind: 'map', entries, place: kind.place })) return map;
  return { ...map, entries: new Map([...map.entries].filter(([name]) => isKept(name))) };
}

/** An engine without a kind is the embedded one. */
function isOfAnotherKind(under: Tree, over: Tree): boolean {
  return KINDS.some((key) => {
    const [old, now] = [under, over].map((tree) => treeAt(tree, [key]));
    return now !== undefined && plain(now) !== (old === undefined && key === 'kind' ? 'local' : old && plain(old));
  });
}

/** Expands `NAME: text` under models and data to `NAME: { source: text }`, so that it can be merged and overridden. */
export function expandShortSources(tree: Tree): Tree {
  let expanded = tree;
  for (const section of ['models', 'data'] as const) {
    const entries = treeAt(tree, [section]);
    if (entries?.kind !== 'map') continue;
    for (const [name, { key, tree: value }] of entries.entries) {
      if (value.kind !== 'scalar' || typeof value.value !== 'string') continue;
      const source: Tree = { kind: 'map', entries: new Map([['source', { key, tree: value }]]), place: value.place };
      expanded = withValue(expanded, [section, name], source, key);
    }
  }
  return expanded;
}
