/** Turns zod issues into problems with file, line, column, field and remedy. */
import { z } from 'zod';
import type { RecipeProblem } from '../errors.js';
import { isObject } from '../json.js';
import { nearest, suggestion } from '../suggestion.js';
import { childOf, EXTENDING_KEYS, type Path, placeAt, plain, type Tree, treeAt } from './document.js';
import { bare, keysOf, schemaAt, typeText } from './introspection.js';
import { nameOfItem } from './override.js';

/** A stage of a list that takes the place of inherited ones may have been meant to change one of them. */
function inPlaceOfInherited(tree: Tree, path: Path): string | undefined {
  const [section, index] = path;
  const stages = treeAt(tree, ['stages']);
  if (section !== 'stages' || typeof index !== 'number' || stages?.kind !== 'list') return undefined;
  const item = stages.items[index];
  const name = item === undefined ? undefined : nameOfItem(item);
  if (name === undefined || stages.replaced?.includes(name) !== true) return undefined;
  return `This list takes the place of all stages of the recipe that is extended. To change one of them: set: { stages.${name}.KEY: VALUE }.`;
}

/** A path as --set accepts it: stages by their names where these are unique. */
export function fieldOf(tree: Tree, path: Path): string {
  const parts: string[] = [];
  let current: Tree | undefined = tree;
  for (const key of path) {
    const items: readonly Tree[] = current?.kind === 'list' ? current.items : [];
    const item = typeof key === 'number' ? items[key] : undefined;
    const name = item === undefined ? undefined : nameOfItem(item);
    const unique = name !== undefined && items.filter((other) => nameOfItem(other) === name).length === 1;
    parts.push(unique ? name : String(key));
    current = current === undefined ? undefined : childOf(current, key);
  }
  return parts.join('.');
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function problemsOf(schema: z.core.$ZodType, tree: Tree, issues: readonly z.core.$ZodIssue[]): RecipeProblem[] {
  const value = plain(tree);
  return issues.flatMap((issue) => problemOf(schema, tree, value, issue));
}

/** What a map is for, where something else stands in its place: the description says which keys it may have. */
const formOfMap = (issue: z.core.$ZodIssueInvalidType, meaning: string): string | undefined =>
  issue.expected === 'object' && meaning !== '' ? meaning : undefined;

/** `teach` in place of `stages.teach`: what a section of the recipe has by that name. */
function inSection(tree: Tree, key: string): string | undefined {
  const section = ['stages', 'models', 'data', 'engines'].find((name) => {
    const found = treeAt(tree, [name]);
    if (found?.kind === 'list') return found.items.some((item) => nameOfItem(item) === key);
    return found?.kind === 'map' && found.entries.has(key);
  });
  return section === undefined ? undefined : `Did you mean "${section}.${key}"?`;
}

/** `learningRate` in place of `optimiser.learningRate`: a key that one of the maps beside it has. */
function deeper(schema: z.core.$ZodType | undefined, value: unknown, path: Path, key: string): string | undefined {
  const own = path.reduce<unknown>(
    (inner, part) => (isObject(inner) || Array.isArray(inner) ? Reflect.get(inner, part) : undefined),
    value,
  );
  const maps = Object.entries((schema === undefined ? undefined : keysOf(schema, own)) ?? {});
  const [name] = maps.find(([, inner]) => Object.hasOwn(keysOf(inner, undefined) ?? {}, key)) ?? [];
  return name === undefined ? undefined : `Did you mean "${name}.${key}"?`;
}

/** What lacks something has a name of the user's; an entry beside it whose name is nearly the same may have been meant for it. */
function misspelt(schema: z.core.$ZodType, value: unknown, path: Path): string | undefined {
  const [name, of] = [path.at(-2), path.slice(0, -2)];
  const named = schemaAt(schema, value, of);
  if (typeof name !== 'string' || named === undefined || !(bare(named).schema instanceof z.ZodRecord)) return undefined;
  const entries = of.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
  if (!isObject(entries)) return undefined;
  const near = nearest(
    name,
    Object.keys(entries).filter((other) => other !== name),
  );
  return near === undefined ? undefined : `Is "${near}" meant to be "${name}"?`;
}

/** `value`: the plain value of the tree. */
function problemOf(
  schema: z.core.$ZodType,
  tree: Tree,
  value: unknown,
  issue: z.core.$ZodIssue,
): readonly RecipeProblem[] {
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  const at = schemaAt(schema, value, path);
  const found = treeAt(tree, path);
  const problem = (
    message: string,
    remedy?: string,
    which: 'value' | 'key' = 'value',
    of: Path = path,
  ): RecipeProblem => ({
    message,
    ...placeAt(tree, of, which),
    ...(of.length === 0 ? {} : { field: fieldOf(tree, of) }),
    ...(remedy === undefined ? {} : { remedy }),
  });
  const meaning = at === undefined ? '' : bare(at).description;

  if (found === undefined && path.length > 0 && isAboutAbsence(issue)) {
    const choices = issue.code === 'invalid_union' ? `One of ${optionsOf(issue).join(', ')}.` : meaning;
    const remedy = [misspelt(schema, value, path), choices, inPlaceOfInherited(tree, path)].filter(
      (sentence) => sentence !== '' && sentence !== undefined,
    );
    const missing = problem(`"${String(path.at(-1))}" is missing`, remedy.length === 0 ? undefined : remedy.join(' '));
    // What a recipe that is extended leaves open is missing in the one that extends it: its lines can't be changed there.
    const { file } = tree.place;
    if (file === undefined || missing.file === file) return [missing];
    const { line: _line, column: _column, ...rest } = missing;
    return [{ ...rest, file }];
  }
  if (at !== undefined && bare(at).schema instanceof z.ZodISODate)
    return [problem(`must be a date as YYYY-MM-DD, such as 2026-01-31, not ${shown(found && plain(found))}`)];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const own = Object.keys((at === undefined ? undefined : keysOf(at, found && plain(found))) ?? {});
      const isRecipe = path.length === 0 && own.includes('stages');
      const known = isRecipe ? [...own, ...EXTENDING_KEYS] : own;
      return issue.keys.map((key) =>
        problem(
          `unknown key "${key}"`,
          (isRecipe ? inSection(tree, key) : undefined) ??
            deeper(at, value, path, key) ??
            suggestion(key, known, 'keys here'),
          'key',
          [...path, key],
        ),
      );
    }
    case 'invalid_type': {
      const isStages = path.length === 1 && path[0] === 'stages' && found?.kind === 'map';
      return [
        problem(
          `must be ${isNull(found) && at !== undefined ? withArticles(typeText(at)) : expectation(issue, at)}, not ${shown(found && plain(found))}`,
          isStages
            ? 'To change stages of the recipe that this one extends: set: { stages.NAME.KEY: VALUE }.'
            : (inPlaceOfNull(at, found) ?? formOfMap(issue, meaning)),
        ),
      ];
    }
    case 'invalid_value':
      return [unknownValue(issue.values.map(String))];
    case 'invalid_union': {
      const options = optionsOf(issue);
      if (options.length > 0) return [unknownValue(options)];
      // A map was intended: its own errors are more helpful than "none of the choices fits".
      const nested =
        found?.kind === 'map'
          ? issue.errors.find((errors) =>
              errors.some((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
            )
          : undefined;
      if (nested !== undefined) {
        return nested.flatMap((error) =>
          problemOf(schema, tree, value, { ...error, path: [...issue.path, ...error.path] }),
        );
      }
      const given = shown(found && plain(found));
      return [
        problem(
          at === undefined ? `invalid value ${given}` : `must be ${withArticles(typeText(at))}, not ${given}`,
          inPlaceOfNull(at, found),
        ),
      ];
    }
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small';
      const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum;
      const relation = issue.inclusive === false ? (small ? 'above' : 'below') : small ? 'at least' : 'at most';
      if (issue.origin === 'string') return [problem(small ? 'is empty' : 'is too long', meaning)];
      if (issue.origin === 'array')
        return [problem(`must have ${relation} ${bound} ${Number(bound) === 1 ? 'item' : 'items'}`, meaning)];
      return [problem(`must be ${relation} ${bound}, not ${shown(found && plain(found))}`)];
    }
    case 'invalid_key':
      return [
        problem(
          `"${String(path.at(-1))}" is not a valid name: ${issue.issues[0]?.message ?? 'invalid form'}`,
          undefined,
          'key',
        ),
      ];
    default:
      return [problem(issue.message)];
  }

  function unknownValue(options: readonly string[]): RecipeProblem {
    const word = found?.kind === 'scalar' ? String(found.value) : '';
    const near = nearest(word, options);
    const list = options.length === 1 ? options[0] : `one of ${options.join(', ')}`;
    return problem(
      `must be ${list}, not ${shown(found && plain(found))}`,
      near === undefined ? inPlaceOfNull(at, found) : `Did you mean "${near}"?`,
    );
  }
}

const isNull = (found: Tree | undefined): boolean => found?.kind === 'scalar' && found.value === null;

/** Null takes back settings without a default alone: what stands in its place, or what a setting that must be given is. */
function inPlaceOfNull(schema: z.core.$ZodType | undefined, found: Tree | undefined): string | undefined {
  if (schema === undefined || !isNull(found)) return undefined;
  const { fallback, description } = bare(schema);
  if (fallback === undefined) return description === '' ? undefined : description;
  const { value } = fallback;
  if (isObject(value)) return 'Leave it out, or write {}.';
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return `The default is ${text.replaceAll(',', ', ')}.`;
}

function isAboutAbsence(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): readonly string[] {
  return 'options' in issue && issue.options !== undefined ? issue.options.map(String) : [];
}

function expectation(issue: z.core.$ZodIssueInvalidType, schema: z.core.$ZodType | undefined): string {
  if (issue.expected === 'object' || issue.expected === 'record') return 'a map (key: value)';
  if (issue.expected === 'array') return 'a list';
  if (issue.expected === 'string') return 'a string (quote it if it looks like a number)';
  return schema === undefined ? issue.expected : withArticles(typeText(schema));
}

/** `a whole number, 0 or more, or a number, above 0`. */
function withArticles(type: string): string {
  return type.replace(/(^|, or )(?=whole number|number|string|list|map|name|file)/g, '$1a ');
}
