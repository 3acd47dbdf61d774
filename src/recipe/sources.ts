/** Where models and problems come from: `builtin:`, `hf:`, `served:`, `task:`, or a path. */
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parseHubSource } from '../data/hub/source.js';
import { TASKS } from '../data/tasks/index.js';
import { InterruptedError, type RecipeProblem, RltError } from '../errors.js';
import { BENCHMARK_PREFIX, benchmarkFileIn } from '../stages/definition/settings.js';
import { stageSchema } from '../stages/index.js';
import { nearest, suggestion } from '../suggestion.js';
import { placeAt, plain, type Tree, treeAt, withValue } from './document.js';
import { referencesIn } from './introspection.js';
import { fieldOf } from './issues.js';
import { builtinModels } from './schema.js';

export type ParsedModelSource =
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'hub'; readonly repository: string; readonly revision: string }
  /** A model that its engine's server knows by this name. */
  | { readonly kind: 'served'; readonly name: string }
  | { readonly kind: 'path'; readonly path: string };

/** `records`: a source that data/problem-file.ts reads, which is a file or `hf:…`. */
export type ParsedDataSource =
  | { readonly kind: 'task'; readonly name: string }
  | { readonly kind: 'records'; readonly source: string };

/** `problems` are records that a stage takes itself, without a name under data. */
const PREFIXES = { models: ['builtin', 'hf', 'served'], data: ['task', 'hf'], problems: ['hf'] } as const;

/** Parses a model's source, already checked by `resolveSources`. Paths are absolute in a loaded recipe. */
export function parseModelSource(text: string): ParsedModelSource {
  const [prefix, rest] = splitPrefix(text);
  if (prefix === 'builtin') return { kind: 'builtin', name: rest };
  if (prefix === 'served') return { kind: 'served', name: rest };
  if (prefix !== 'hf') return { kind: 'path', path: text };
  const [repository = '', revision = 'main'] = rest.split('@');
  return { kind: 'hub', repository, revision };
}

/** Parses a data set's source. */
export function parseDataSource(text: string): ParsedDataSource {
  const [prefix, rest] = splitPrefix(text);
  return prefix === 'task' ? { kind: 'task', name: rest } : { kind: 'records', source: text };
}

/** A prefix has at least two letters: `C:\data` is a path. */
function splitPrefix(text: string): [prefix: string, rest: string] {
  const [, prefix = '', rest = text] = /^([a-z][a-z-]+):(?!\/\/)(.*)$/is.exec(text) ?? [];
  return [prefix, rest];
}

function sourceProblem(section: keyof typeof PREFIXES, text: string): { message: string; remedy: string } | undefined {
  const [prefix, rest] = splitPrefix(text);
  if (/^[a-z]+:\/\//i.test(text)) {
    return { message: `"${text}" is a URL`, remedy: 'Download it and give its path, or use hf:owner/name.' };
  }
  if (prefix === '') return undefined;
  const prefixes: readonly string[] = PREFIXES[section];
  if (!prefixes.includes(prefix)) {
    const near = nearest(prefix, prefixes);
    const hint = near === undefined ? '' : `Did you mean "${near}:"? `;
    return {
      message: `"${prefix}:" is not a kind of source for ${section}`,
      remedy: `${hint}Use ${prefixes.map((known) => `${known}:`).join(', ')}, or a path.`,
    };
  }
  if (prefix === 'hf' && section !== 'models') {
    try {
      parseHubSource(text);
      return undefined;
    } catch (error) {
      if (!(error instanceof RltError) || error instanceof InterruptedError) throw error;
      return { message: error.message.split('\n')[0] ?? '', remedy: error.facts.remedy ?? '' };
    }
  }
  if (prefix === 'hf') {
    if (/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(@[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*)?$/.test(rest))
      return undefined;
    return { message: `"${text}" does not name a model`, remedy: 'Write hf:owner/name or hf:owner/name@revision.' };
  }
  if (prefix === 'served') {
    if (rest !== '') return undefined;
    return {
      message: `"${text}" does not name a model`,
      remedy: 'Write served: followed by the name that the server knows it by.',
    };
  }
  const known: readonly string[] = prefix === 'task' ? TASKS.map((task) => task.name) : builtinModels;
  if (known.includes(rest)) return undefined;
  return { message: `there is no ${prefix}:${rest}`, remedy: suggestion(rest, known, `names after ${prefix}:`) };
}

/** `engine: { threads: 1 }`, or --set engine.threads=1 on a recipe without an engine, is about the embedded one. */
export function expandEngine(tree: Tree): Tree {
  const engine = treeAt(tree, ['engine']);
  if (engine?.kind !== 'map' || engine.entries.has('kind')) return tree;
  return withValue(tree, ['engine', 'kind'], { kind: 'scalar', value: 'local', place: engine.place }, engine.place);
}

/** A sentence whose paths in angle brackets, which are relative to its file, stand there as a shell takes them from anywhere. */
function withWholePaths(sentence: string, file: string | undefined): string {
  return sentence.replace(/<(\.{1,2}\/[^<>]+)>/g, (_, path: string) => {
    const whole = absolutePath(path, file);
    return /\s/.test(whole) ? `"${whole}"` : whole;
  });
}

/** Checks every source and makes its path absolute: relative paths are relative to the file they are written in. */
export function resolveSources(tree: Tree): { readonly tree: Tree; readonly problems: readonly RecipeProblem[] } {
  let resolved = tree;
  const problems: RecipeProblem[] = [];
  for (const section of ['models', 'data'] as const) {
    const entries = treeAt(tree, [section]);
    if (entries?.kind !== 'map') continue;
    for (const [name, entry] of entries.entries) {
      if (section === 'data') {
        problems.push(...heldOutProblems(tree, name));
        const told = treeAt(entry.tree, ['whenMissing']);
        if (told?.kind === 'scalar' && typeof told.value === 'string') {
          const value = withWholePaths(told.value, told.place.file);
          resolved = withValue(resolved, [section, name, 'whenMissing'], { ...told, value }, told.place);
        }
      }
      for (const key of section === 'models' ? ['source', 'adapter', 'tokenizer'] : ['source']) {
        const path = [section, name, key];
        const value = treeAt(entry.tree, [key]);
        if (value?.kind !== 'scalar' || typeof value.value !== 'string' || value.value === '') continue;
        const problem = sourceProblem(section, value.value);
        // A model's adapter and tokenizer are always paths; a data set's adapter is a layout.
        if (problem !== undefined && key === 'source')
          problems.push({ ...problem, ...placeAt(tree, path), field: path.join('.') });
        if (section === 'data') problems.push(...dataProblems(tree, name, value.value));
        if (section === 'models' && key === 'source') problems.push(...tokenizerProblems(tree, name, value.value));
        if (splitPrefix(value.value)[0] !== '') continue;
        const absolute = absolutePath(value.value, value.place.file);
        resolved = withValue(resolved, path, { kind: 'scalar', value: absolute, place: value.place }, value.place);
      }
    }
  }
  const stages = resolveStages(resolved);
  return { tree: stages.tree, problems: [...problems, ...stages.problems] };
}

/** The files that stages name themselves: of benchmarks, and of problems. */
function resolveStages(tree: Tree): { readonly tree: Tree; readonly problems: readonly RecipeProblem[] } {
  const stages = treeAt(tree, ['stages']);
  if (stages?.kind !== 'list') return { tree, problems: [] };
  let resolved = tree;
  const problems: RecipeProblem[] = [];
  for (const [index, stage] of stages.items.entries()) {
    for (const { path, kind, name } of referencesIn(stageSchema, plain(stage), ['stages', index])) {
      const { place } = treeAt(tree, path) ?? stage;
      const benchmark = kind === 'problems' ? benchmarkFileIn(name) : undefined;
      if (kind !== 'records' && benchmark === undefined) continue;
      const problem = kind === 'records' ? sourceProblem('problems', name) : undefined;
      if (problem !== undefined) problems.push({ ...problem, ...place, field: fieldOf(tree, path) });
      if (kind === 'records' && splitPrefix(name)[0] !== '') continue;
      const value =
        benchmark === undefined
          ? absolutePath(name, place.file)
          : `${BENCHMARK_PREFIX}${absolutePath(benchmark, place.file)}`;
      resolved = withValue(resolved, path, { kind: 'scalar', value, place }, place);
    }
  }
  return { tree: resolved, problems };
}

/** A model that a server knows needs a tokenizer on this machine; any other model brings its own. */
function tokenizerProblems(tree: Tree, name: string, source: string): readonly RecipeProblem[] {
  const path = ['models', name, 'tokenizer'];
  const given = treeAt(tree, path);
  const hasTokenizer = given !== undefined && plain(given) !== null;
  const isServed = parseModelSource(source).kind === 'served';
  if (isServed === hasTokenizer) return [];
  return [
    isServed
      ? {
          message: `${source} needs a tokenizer: prompts are encoded on this machine`,
          ...placeAt(tree, ['models', name]),
          field: path.join('.'),
          remedy: 'Give a folder with tokenizer.json and tokenizer_config.json.',
        }
      : {
          message: 'tokenizer applies only to models that a server knows (served:NAME)',
          ...placeAt(tree, path, 'key'),
          field: path.join('.'),
          remedy: 'Remove it: the model brings its own tokenizer.',
        },
  ];
}

/** Keys of a data set that apply to one kind of source only, with their defaults. */
const GENERATED_ONLY = { count: 1000, level: null, purpose: 'training', traces: null, seed: null };
const RECORDS_ONLY = { adapter: 'auto', columns: null, rows: null, whenMissing: null };

/** Keys that do not apply to the source, and levels that the task does not have: the schema cannot check these. */
function dataProblems(tree: Tree, name: string, source: string): readonly RecipeProblem[] {
  const { kind, name: taskName } = { name: '', ...parseDataSource(source) };
  const pointless = Object.entries(kind === 'task' ? RECORDS_ONLY : GENERATED_ONLY).filter(([key, fallback]) => {
    const given = treeAt(tree, ['data', name, key]);
    // A resolved recipe has every default written out.
    return given !== undefined && plain(given) !== fallback;
  });
  const problems: RecipeProblem[] = pointless.map(([key, fallback]) => ({
    message: `${key} does not apply to ${kind === 'task' ? 'generated problems' : 'problems read from a source'}`,
    ...placeAt(tree, ['data', name, key], 'key'),
    field: `data.${name}.${key}`,
    remedy: `Remove it, or write "${key}: ${fallback}" where another recipe has it that this one extends.`,
  }));
  const level = treeAt(tree, ['data', name, 'level']);
  const levels = TASKS.find((task) => task.name === taskName)?.levels.map((known) => known.name);
  if (
    levels !== undefined &&
    level?.kind === 'scalar' &&
    typeof level.value === 'string' &&
    !levels.includes(level.value)
  ) {
    problems.push({
      message: `${taskName} has no level "${level.value}"`,
      ...level.place,
      field: `data.${name}.level`,
      remedy: suggestion(level.value, levels, 'levels'),
    });
  }
  return problems;
}

/** `heldOut: 1.0` may be meant as a share or as a number of questions. */
function heldOutProblems(tree: Tree, name: string): readonly RecipeProblem[] {
  const given = treeAt(tree, ['data', name, 'heldOut']);
  if (given?.kind !== 'scalar' || given.hasPoint !== true || Number(given.value) < 1) return [];
  const value = Number(given.value);
  return [
    {
      message: `${value}.0 is neither a share below 1 nor a number of questions`,
      ...given.place,
      field: `data.${name}.heldOut`,
      remedy: `Write ${value} for ${value} question${value === 1 ? '' : 's'}, or a share such as 0.2 for a fifth of them.`,
    },
  ];
}

/** Relative to the folder of the file it is written in; on the command line, to the working directory. */
function absolutePath(path: string, writtenIn: string | undefined): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  if (isAbsolute(path)) return path;
  const inFile = writtenIn !== undefined && writtenIn !== '' && !writtenIn.startsWith('--');
  return resolve(inFile ? dirname(writtenIn) : '.', path);
}
