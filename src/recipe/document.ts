/** YAML documents as trees that keep the file, line and column of every value, for error messages. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Place, RecipeProblem } from '../errors.js';

/** Keys of a recipe that say how it differs from the one it extends; they are not part of the result. */
export const EXTENDING_KEYS = ['extends', 'remove', 'set', 'add'];

export type Scalar = string | number | boolean | null;

export type Tree =
  | {
      readonly kind: 'scalar';
      readonly value: Scalar;
      readonly place: Place;
      /** The text as typed after --set. */
      readonly typed?: string;
      /** Whether a whole number is written as `1.0`, which YAML takes for the same. */
      readonly hasPoint?: true;
    }
  | {
      readonly kind: 'list';
      readonly items: readonly Tree[];
      readonly place: Place;
      /** Of stages: the names of those of an extended recipe whose place they take. */
      readonly replaced?: readonly string[];
    }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry>; readonly place: Place };

export interface Entry {
  /** Position of the key. */
  readonly key: Place;
  readonly tree: Tree;
}

export type Path = readonly (string | number)[];

/** Most values in a document. Every use of an alias counts, so that nested aliases cannot exhaust memory. */
const MOST_NODES = 20_000;

export interface ParsedDocument {
  readonly tree: Tree | undefined;
  readonly problems: readonly RecipeProblem[];
}

/** Parses one YAML document. Never throws: errors are returned as problems. */
export function parseYaml(text: string, file: string): ParsedDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    merge: false,
    // The library compares every key with every other; `repeatedKeys` takes linear time.
    uniqueKeys: false,
  });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: RecipeProblem[] = [
    ...[...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
      message: code === 'MULTIPLE_DOCS' ? 'a recipe is one document, and a second begins here' : message,
      at: pos[0],
    })),
    ...repeatedKeys(document).map(({ key, at }) => ({ message: `the key ${key} is there twice`, at })),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ message, at }) => ({ message: `invalid YAML: ${message}`, ...placeOf(at) }));
  if (problems.length > 0) return { tree: undefined, problems };

  let nodes = 0;
  /** The node that each anchor stands for at this point of the document. To resolve one, the library walks the document. */
  const anchors = new Map<string, Node>();
  const build = (node: Node | null, fallback: Place, depth: number): Tree => {
    const place = node?.range ? placeOf(node.range[0]) : fallback;
    nodes++;
    if (nodes === MOST_NODES) problems.push({ message: `the recipe has more than ${MOST_NODES} values`, ...place });
    if (depth === 64) problems.push({ message: 'the recipe is nested more than 64 levels deep', ...place });
    if (nodes >= MOST_NODES || depth >= 64 || node === null) return { kind: 'scalar', value: null, place };
    if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        problems.push({ message: `the alias *${node.source} has no anchor before it`, ...place });
      return build(target ?? null, place, depth + 1);
    }
    if (isScalar(node)) {
      const hasPoint = Number.isInteger(node.value) && node.source?.includes('.') === true;
      return { kind: 'scalar', value: scalarOf(node.value), place, ...(hasPoint ? { hasPoint } : {}) };
    }
    if (isSeq(node)) {
      return { kind: 'list', items: node.items.map((item) => build(nodeOf(item), place, depth + 1)), place };
    }
    const entries = new Map<string, Entry>();
    for (const pair of isMap(node) ? node.items : []) {
      const range = nodeOf(pair.key)?.range;
      const key = range ? placeOf(range[0]) : place;
      if (!isScalar(pair.key) || typeof pair.key.value === 'object') {
        problems.push({ message: 'a key must be a string', ...key, remedy: 'Put the key in quotes.' });
      } else if (pair.key.value === '__proto__') {
        problems.push({ message: 'unknown key "__proto__"', ...key });
      } else {
        entries.set(String(pair.key.value), { key, tree: build(nodeOf(pair.value), key, depth + 1) });
      }
    }
    return { kind: 'map', entries, place };
  };
  const tree = build(document.contents, { file, line: 1, column: 1 }, 0);
  return problems.length > 0 ? { tree: undefined, problems } : { tree, problems };
}

/** Where in the text keys stand that their maps have had before. */
function repeatedKeys(document: Document): readonly { readonly key: string; readonly at: number }[] {
  const repeated: { key: string; at: number }[] = [];
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) repeated.push({ key: JSON.stringify(key.value), at: key.range?.[0] ?? 0 });
        keys.add(key.value);
      }
    },
  });
  return repeated;
}

const nodeOf = (value: unknown): Node | null => (isNode(value) ? value : null);

/** YAML scalars without a JSON counterpart (bigint, binary) become strings, which the schema then rejects. */
function scalarOf(value: unknown): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return String(value);
}

/** Parses the value of `--set path=value`, a YAML document of its own. */
export function parseTyped(text: string, place: Place): ParsedDocument {
  const { tree, problems } = parseYaml(text, '');
  if (tree === undefined) return { tree, problems: problems.map(({ message }) => ({ message, ...place })) };
  const replant = (node: Tree): Tree => {
    if (node.kind === 'list') return { ...node, items: node.items.map(replant), place };
    if (node.kind === 'scalar') return { ...node, place };
    const entries = [...node.entries].map(([key, entry]) => [key, { key: place, tree: replant(entry.tree) }] as const);
    return { kind: 'map', entries: new Map(entries), place };
  };
  const planted = replant(tree);
  return { tree: planted.kind === 'scalar' ? { ...planted, typed: text } : planted, problems };
}

/** The tree of a value built by a program; every node has the same place. */
export function treeOf(value: unknown, place: Place): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => treeOf(item, place)), place };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, { key: place, tree: treeOf(item, place) }] as const);
    return { kind: 'map', entries: new Map(entries), place };
  }
  return { kind: 'scalar', value: scalarOf(value), place };
}

export function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plain(entry.tree)]));
}

export function childOf(tree: Tree, key: string | number): Tree | undefined {
  if (tree.kind === 'list') return typeof key === 'number' ? tree.items[key] : undefined;
  return tree.kind === 'map' ? tree.entries.get(String(key))?.tree : undefined;
}

export function treeAt(tree: Tree, path: Path): Tree | undefined {
  let current: Tree | undefined = tree;
  for (const key of path) current = current === undefined ? undefined : childOf(current, key);
  return current;
}

/** Position of the value at a path, else of its nearest ancestor. With `key`, the position of its key. */
export function placeAt(tree: Tree, path: Path, which: 'value' | 'key' = 'value'): Place {
  const last = path.at(-1);
  if (which === 'key' && last !== undefined) {
    const parent = treeAt(tree, path.slice(0, -1));
    const entry = parent?.kind === 'map' ? parent.entries.get(String(last)) : undefined;
    if (entry !== undefined) return entry.key;
  }
  for (let length = path.length; length > 0; length--) {
    const found = treeAt(tree, path.slice(0, length));
    if (found !== undefined) return found.place;
  }
  return tree.place;
}

/** The tree with another value at a path. Missing maps on the way are created; `undefined` removes the value. */
export function withValue(tree: Tree | undefined, path: Path, value: Tree | undefined, place: Place): Tree {
  const [key, ...rest] = path;
  if (key === undefined) return value ?? { kind: 'scalar', value: null, place };
  if (tree?.kind === 'list' && typeof key === 'number') {
    if (rest.length === 0 && value === undefined) {
      return { ...tree, items: tree.items.filter((_, index) => index !== key) };
    }
    return {
      ...tree,
      items: tree.items.map((item, index) => (index === key ? withValue(item, rest, value, place) : item)),
    };
  }
  const entries = new Map(tree?.kind === 'map' ? tree.entries : []);
  const old = entries.get(String(key));
  if (rest.length === 0 && value === undefined) entries.delete(String(key));
  else entries.set(String(key), { key: old?.key ?? place, tree: withValue(old?.tree, rest, value, place) });
  return { kind: 'map', entries, place: tree?.place ?? place };
}
