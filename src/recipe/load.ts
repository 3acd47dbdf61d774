/** Loads a YAML file, with the files it extends, as a resolved recipe, or reports every problem at once. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { fileHead, foreignKind, HEAD_BYTES } from '../data/files/opening.js';
import { type Place, RecipeError, type RecipeProblem, UsageError } from '../errors.js';
import { isObject } from '../json.js';
import { nearPath } from '../near-path.js';
import { RECIPE_FILE, requireKeptRecipe } from '../run/begun-stages.js';
import { specialFile } from '../storage.js';
import { nearest } from '../suggestion.js';
import { systemReason } from '../system-errors.js';
import { withoutAbsent } from './absent.js';
import { EXTENDING_KEYS, parseYaml, plain, type Scalar, type Tree, treeAt, treeOf, withValue } from './document.js';
import { problemsOf } from './issues.js';
import { expandShortSources, laidOver } from './merging.js';
import { applyOverrides, nameOfItem, type Override, parseOverride } from './override.js';
import { referenceProblems } from './references.js';
import { type Recipe, recipeSchema } from './schema.js';
import { expandEngine, resolveSources } from './sources.js';
import { readFrom, wasRead } from './written.js';

const MOST_BYTES = 1 << 20;
const MOST_EXTENDS = 8;

/** The folder of the recipes shipped with the package. */
export const shippedRecipes = fileURLToPath(new URL('../../recipes/', import.meta.url));

/** Names of the shipped recipes: `quickstart`, `ablations/no-kl`, ... */
export function shippedRecipeNames(): readonly string[] {
  if (!existsSync(shippedRecipes)) return [];
  return readdirSync(shippedRecipes, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .map((path) => path.slice(0, -'.yaml'.length).replaceAll('\\', '/'))
    .sort();
}

/**
 * The file of a recipe, given by its path or by the name of a shipped recipe.
 * @throws {UsageError} when there is neither
 */
export function findRecipe(pathOrName: string): string {
  const names = shippedRecipeNames();
  const isThere = existsSync(pathOrName);
  const isDirectory = isThere && statSync(pathOrName).isDirectory();
  if (isThere && !isDirectory) return resolve(pathOrName);
  if (names.includes(pathOrName)) return join(shippedRecipes, `${pathOrName}.yaml`);
  if (isDirectory) {
    requireKeptRecipe(pathOrName);
    const inside = join(pathOrName, RECIPE_FILE);
    throw new UsageError('this is a directory, not a recipe', {
      file: pathOrName,
      remedy: existsSync(inside)
        ? `Write ${inside}.`
        : 'Give the path of a YAML file, or the name of a shipped recipe.',
    });
  }
  if (basename(pathOrName) === RECIPE_FILE) requireKeptRecipe(dirname(pathOrName));
  throw new UsageError('no such recipe', {
    file: pathOrName,
    remedy: `${hintFor(pathOrName)}Give the path of a YAML file, or one of: ${names.join(', ')}.`,
  });
}

/** `Did you mean …`: a shipped recipe, or a file beside the missing one. */
function hintFor(pathOrName: string): string {
  const folder = dirname(pathOrName);
  const isRecipeFile = (path: string) => /\.ya?ml$/.test(path);
  const files = existsSync(folder) ? readdirSync(folder).filter(isRecipeFile) : [];
  const ownEnding = files.find((name) => name.replace(/\.ya?ml$/, '') === basename(pathOrName));
  const beside = ownEnding === undefined ? nearPath(pathOrName, isRecipeFile) : join(folder, ownEnding);
  const near =
    beside === undefined
      ? nearest(pathOrName.replace(/\.ya?ml$/, ''), shippedRecipeNames())
      : beside.replaceAll('\\', '/');
  return near === undefined ? '' : `Did you mean "${near}"? `;
}

const PARSE_ARGUMENTS = {
  // Overrides given in its place would be passed over.
  place: z.custom((value) => isObject(value), {
    error: 'expected an object such as { file }; overrides come after it',
  }),
  overrides: z.array(z.string()),
};
const LOAD_ARGUMENTS = { pathOrName: z.string(), overrides: z.array(z.string()) };

/**
 * Loads a recipe with everything it extends, applies `overrides` (`path.to.key=value`), and validates the result.
 * @throws {RecipeError} when the recipe is invalid; it lists every problem with file, line, column and field
 * @throws {UsageError} when an override is not of the form `path=value`, or a file is missing
 */
export async function loadRecipe(pathOrName: string, overrides: readonly string[] = []): Promise<Recipe> {
  checkArguments("loadRecipe('mine.yaml', ['stages.teach.steps=4'])", { pathOrName, overrides }, LOAD_ARGUMENTS);
  const typed = overrides.map(parseOverride);
  const problems: RecipeProblem[] = [];
  const tree = await readExtended(findRecipe(pathOrName), [], problems);
  if (tree === undefined) throw new RecipeError(inOrder(problems));
  const changed = applyOverrides(tree, typed);
  return validate(changed.tree, [...problems, ...changed.problems]);
}

/**
 * Validates a recipe built by a program, with overrides as `loadRecipe` takes them; its relative paths are resolved
 * against the working directory.
 * @throws {RecipeError} when the recipe is invalid
 */
export function parseRecipe(value: unknown, place: Place = {}, overrides: readonly string[] = []): Recipe {
  checkArguments("parseRecipe(value, {}, ['stages.teach.steps=4'])", { place, overrides }, PARSE_ARGUMENTS);
  const { tree, problems } = applyOverrides(treeOf(value, place), overrides.map(parseOverride));
  return validate(tree, problems);
}

/** A recipe as it is, or validated where a program made it of another. @throws {RecipeError} when it is invalid */
export const validRecipe = (recipe: Recipe): Recipe => (wasRead(recipe) ? recipe : parseRecipe(recipe));

/** The recipe as a YAML document that loads as the same recipe; a run directory stores it. */
export function renderRecipe(recipe: Recipe): string {
  return stringify(recipe, { lineWidth: 120, aliasDuplicateObjects: false });
}

/** A hash of the resolved recipe, or of part of it, that does not depend on the order of keys. */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(value)))
    .digest('hex');
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, ordered(item)]),
  );
}

function validate(written: Tree, found: readonly RecipeProblem[]): Recipe {
  // Again, since an override may have set a source in its short form.
  const expanded = expandEngine(expandShortSources(written));
  const { tree, problems: sourceProblems } = resolveSources(withoutAbsent(recipeSchema, expanded));
  const { tree: checked, result } = parseTree(tree);
  const schemaProblems = result.success ? [] : problemsOf(recipeSchema, checked, result.error.issues);
  const problems = [...found, ...schemaProblems, ...sourceProblems, ...referenceProblems(checked)];
  if (problems.length > 0 || !result.success) throw new RecipeError(inOrder(problems));
  return readFrom(result.data, checked);
}

/**
 * `--set name=7` means the string "7" where a string is expected; YAML alone would give a number. `null` stays null, which
 * takes nothing for a name.
 */
function parseTree(tree: Tree) {
  const result = recipeSchema.safeParse(plain(tree));
  if (result.success) return { tree, result };
  let retyped = tree;
  for (const issue of result.error.issues) {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') continue;
    const path = issue.path.filter((key) => typeof key !== 'symbol');
    const node = treeAt(tree, path);
    if (node?.kind !== 'scalar' || node.typed === undefined) continue;
    if (node.value === null && node.typed.trim() !== '') continue;
    retyped = withValue(retyped, path, { kind: 'scalar', value: node.typed, place: node.place }, node.place);
  }
  return retyped === tree ? { tree, result } : { tree: retyped, result: recipeSchema.safeParse(plain(retyped)) };
}

/** In the order of files and lines, so that they can be fixed from top to bottom. */
function inOrder(problems: readonly RecipeProblem[]): readonly RecipeProblem[] {
  const files = [...new Set(problems.map((problem) => problem.file))];
  return [...problems].sort(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}

async function readText(file: string): Promise<string> {
  const special = await specialFile(file);
  if (special !== undefined) {
    throw new UsageError(`this is ${special.what}, not a recipe`, { file, remedy: special.remedy });
  }
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) {
      requireText(await fileHead(file), file);
      throw new UsageError(`the recipe has ${size} bytes; at most ${MOST_BYTES} are allowed`, { file });
    }
    const bytes = await readFile(file);
    requireText(bytes.subarray(0, HEAD_BYTES), file);
    return decodedUtf8(bytes, file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`cannot read the recipe: ${systemReason(cause)}`, { file, cause, remedy: 'Check the path.' });
  }
}

/** @throws {UsageError} when a file that begins so is a workbook, an archive or the like */
function requireText(head: Buffer, file: string): void {
  const foreign = foreignKind(head, file);
  if (foreign === undefined) return;
  throw new UsageError(`this is ${foreign.what}, where a recipe is expected`, {
    file,
    remedy: `A recipe is a YAML file that names its data. ${foreign.remedy}`,
  });
}

/** @throws {UsageError} when the bytes are not UTF-8, naming the line of the first that is not */
function decodedUtf8(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const replaced = new TextDecoder('utf-8').decode(bytes);
    const before = replaced.slice(0, replaced.indexOf('\ufffd'));
    throw new UsageError('the recipe is not UTF-8', {
      file,
      line: before.split('\n').length,
      cause,
      remedy: 'Save it as UTF-8.',
    });
  }
}

const isDataFile = (file: string): boolean => /\.(?:jsonl|ndjson|csv|tsv|parquet)(?:\.gz)?$/i.test(file);

/** Whether the first line is a JSON object with more lines behind it, as in a data file of any name. */
function beginsWithRecord(text: string): boolean {
  const line = text.slice(0, text.indexOf('\n')).trim();
  if (!line.startsWith('{')) return false;
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

const dataFileGiven = (file: string): UsageError =>
  new UsageError('this is a data file, where a recipe is expected', {
    file,
    remedy: `A recipe is a YAML file that names its data. For problems of your own: rlt run own-data --set data.train.source=${file}`,
  });

/** The document at `file` merged over the one it extends; errors are added to `problems`. */
async function readExtended(
  file: string,
  from: readonly string[],
  problems: RecipeProblem[],
): Promise<Tree | undefined> {
  const shown = relative('.', file).startsWith('..') ? file : relative('.', file);
  if (isDataFile(file)) throw dataFileGiven(shown);
  const text = await readText(file);
  const document = parseYaml(text, shown);
  if (document.problems.length > 0 && beginsWithRecord(text)) throw dataFileGiven(shown);
  problems.push(...document.problems);
  const own = document.tree;
  if (own === undefined) return undefined;
  if (own.kind !== 'map') {
    problems.push({ message: 'a recipe must be a map (key: value)', ...own.place });
    return undefined;
  }
  const base = scalarAt(own, 'extends', problems);
  const [taken, set] = [removals(own, problems), settings(own, problems)];
  const entries = new Map([...own.entries].filter(([key]) => !EXTENDING_KEYS.includes(key)));
  const rest = expandShortSources({ ...own, entries });
  if (base === undefined) {
    for (const key of EXTENDING_KEYS) {
      const entry = own.entries.get(key);
      if (entry !== undefined)
        problems.push({
          message: `"${key}" is only allowed with "extends"`,
          ...entry.key,
          remedy: 'Edit the recipe itself.',
        });
    }
    return rest;
  }
  const target = baseOf(file, String(base.value));
  const fail = (message: string, remedy: string): undefined => {
    problems.push({ message, ...base.place, field: 'extends', remedy });
    return undefined;
  };
  if (from.includes(target) || target === file) return fail('the recipe extends itself', 'Remove the cycle.');
  if (from.length >= MOST_EXTENDS)
    return fail(`more than ${MOST_EXTENDS} recipes extend each other`, 'Extend one nearer to the end of the chain.');
  if (!existsSync(target)) {
    const names = shippedRecipeNames();
    const near = nearest(String(base.value).replace(/\.ya?ml$/, ''), names);
    const hint = near === undefined ? hintFor(target) : `Did you mean "${near}"? `;
    return fail(
      `there is no ${target}`,
      `${hint}Give a path relative to the folder of this recipe, or one of: ${names.join(', ')}.`,
    );
  }
  const under = await readExtended(target, [...from, file], problems);
  if (under === undefined) return undefined;
  // Removals come first, so that this recipe can define the same keys anew.
  const left = applyOverrides(under, taken);
  const laid = laidOver(plain(left.tree), [], left.tree, rest) ?? rest;
  const changed = applyOverrides(notingReplaced(laid, left.tree, rest), set);
  problems.push(...left.problems, ...changed.problems);
  return withStages(changed.tree, own, problems);
}

/** The extended recipe: a path relative to the folder of `file`, or the name of a shipped recipe. */
function baseOf(file: string, base: string): string {
  const path = resolve(dirname(file), base);
  return !existsSync(path) && shippedRecipeNames().includes(base) ? join(shippedRecipes, `${base}.yaml`) : path;
}

/** The stages of a recipe know the names of those of the extended one whose place they take. */
function notingReplaced(tree: Tree, under: Tree, own: Tree): Tree {
  const [stages, inherited] = [treeAt(own, ['stages']), treeAt(under, ['stages'])];
  if (stages?.kind !== 'list' || inherited?.kind !== 'list') return tree;
  const replaced = inherited.items.flatMap((item) => nameOfItem(item) ?? []);
  return withValue(tree, ['stages'], { ...stages, replaced }, stages.place);
}

/** `add`: a list of stages that follow those of the extended recipe. */
function withStages(tree: Tree, own: Tree, problems: RecipeProblem[]): Tree {
  const added = treeAt(own, ['add']);
  const stages = treeAt(tree, ['stages']);
  if (added === undefined) return tree;
  if (added.kind !== 'list') {
    problems.push({ message: '"add" must be a list of stages', ...added.place, field: 'add' });
    return tree;
  }
  const before = stages?.kind === 'list' ? stages.items : [];
  return withValue(tree, ['stages'], { ...added, items: [...before, ...added.items] }, added.place);
}

type ScalarTree = Extract<Tree, { kind: 'scalar' }> & { readonly value: Scalar };

function scalarAt(tree: Tree, key: string, problems: RecipeProblem[]): ScalarTree | undefined {
  const node = treeAt(tree, [key]);
  if (node === undefined) return undefined;
  if (node.kind === 'scalar' && typeof node.value === 'string') return node;
  problems.push({ message: `"${key}" must be a string`, ...node.place, field: key });
  return undefined;
}

/** `remove`: a list of paths, removed before anything else. */
function removals(tree: Tree, problems: RecipeProblem[]): readonly Override[] {
  const node = treeAt(tree, ['remove']);
  if (node === undefined) return [];
  if (node.kind !== 'list') {
    problems.push({ message: '"remove" must be a list of paths', ...node.place, field: 'remove' });
    return [];
  }
  return node.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return [{ path: item.value, place: item.place }];
    problems.push({ message: '"remove" must contain only paths', ...item.place, field: 'remove' });
    return [];
  });
}

/** `set`: a map from paths to values, as --set accepts them. */
function settings(tree: Tree, problems: RecipeProblem[]): readonly Override[] {
  const node = treeAt(tree, ['set']);
  if (node === undefined) return [];
  if (node.kind !== 'map') {
    problems.push({ message: '"set" must be a map from paths to values', ...node.place, field: 'set' });
    return [];
  }
  return [...node.entries].map(([path, entry]) => ({ path, value: entry.tree, place: entry.key }));
}
