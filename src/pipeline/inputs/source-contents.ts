/**
 * Hashes of the contents of the models, data sets and benchmarks that a recipe takes from outside its run. They are
 * part of the identities of stages, so results of an edited file are never mixed with results of the old one.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checksumOf } from '../../checksum.js';
import { fetchDataset } from '../../data/hub/hub.js';
import { isHubSource } from '../../data/hub/source.js';
import { StorageError } from '../../errors.js';
import { loadBenchmark } from '../../evaluation/benchmarks/benchmark.js';
import { modelHash } from '../../evaluation/model-hash.js';
import { parseYaml, plain } from '../../recipe/document.js';
import { opensFolders } from '../../recipe/engines.js';
import { DEFINITION_PREFIX, RECORDS_PREFIX, type SourceContents, sourceFields } from '../../recipe/identity.js';
import { fingerprint } from '../../recipe/load.js';
import type { ModelSettings, Recipe } from '../../recipe/schema.js';
import { parseDataSource, parseModelSource } from '../../recipe/sources.js';
import { RECIPE_FILE, recordedSources } from '../../run/begun-stages.js';
import { benchmarkFileIn, benchmarkIn } from '../../stages/definition/settings.js';
import type { Stage } from '../../stages/index.js';
import { readText } from '../../storage.js';
import { modelOf } from './models.js';

/** Is told of what takes long. */
type Note = ((text: string) => void) | undefined;

interface SourceOptions {
  readonly toMake?: readonly Stage[];
  readonly dataFiles?: SourceContents;
  readonly note?: Note;
}

/** A source, for hashing its content. */
interface Source {
  /** Sources with the same key are read once. */
  readonly key: string;
  readonly kind: 'model' | 'records';
  readonly isOnHub: boolean;
  /** Whether its paths exist. */
  readonly isThere: boolean;
  content(): Promise<string>;
}

function modelSource(recipe: Recipe, settings: ModelSettings, note: Note): Source {
  const opens = opensFolders(recipe, settings) ? 'folders' : 'names';
  const { source, adapter, tokenizer, bits } = settings;
  const parsed = parseModelSource(source);
  const paths = [...(parsed.kind === 'path' ? [parsed.path] : []), adapter, tokenizer].filter((path) => path !== null);
  return {
    key: JSON.stringify([source, adapter, tokenizer, opens, bits]),
    kind: 'model',
    isOnHub: parsed.kind === 'hub',
    isThere: paths.every((path) => existsSync(path)),
    content: async () => modelHash(await modelOf(settings, opens), note),
  };
}

function recordsSource(source: string): Source {
  const isOnHub = isHubSource(source);
  return {
    key: source,
    kind: 'records',
    isOnHub,
    isThere: !isOnHub && statSync(source, { throwIfNoEntry: false })?.isFile() === true,
    content: async () =>
      isOnHub ? fingerprint((await fetchDataset(source)).map(({ sha256 }) => sha256)) : await checksumOf(source),
  };
}

/** Undefined for generated problems, which are defined by their settings alone. */
async function sourceAt(recipe: Recipe, field: string, note: Note): Promise<Source | undefined> {
  const { models, data } = recipe;
  for (const prefix of [DEFINITION_PREFIX, RECORDS_PREFIX])
    if (field.startsWith(prefix)) return recordsSource(field.slice(prefix.length));
  const benchmark = benchmarkIn(field);
  if (benchmark !== undefined) {
    const file = benchmarkFileIn(field);
    if (file !== undefined && !existsSync(file)) return undefined;
    const { source } = await loadBenchmark(benchmark);
    return typeof source === 'string' ? recordsSource(source) : undefined;
  }
  const [section, name = ''] = field.split('.');
  const settings = data[name];
  const model = models[name];
  if (section === 'models') return model && modelSource(recipe, model, note);
  const parsed = settings && parseDataSource(settings.source);
  return parsed?.kind === 'records' ? recordsSource(parsed.source) : undefined;
}

async function contentsWhere(
  recipe: Recipe,
  isWanted: (source: Source, field: string) => boolean,
  note?: Note,
): Promise<Map<string, string>> {
  const byKey = new Map<string, string>();
  const contents = new Map<string, string>();
  for (const field of new Set(recipe.stages.flatMap((stage) => sourceFields(recipe, stage)))) {
    const source = await sourceAt(recipe, field, note);
    if (source === undefined || !isWanted(source, field)) continue;
    const content = byKey.get(source.key) ?? (await source.content());
    byKey.set(source.key, content);
    contents.set(field, content);
  }
  return contents;
}

/**
 * The contents of the data files on this machine. They are hashed before the files are read as problems: if a file is
 * edited in between, the next run is refused. In the other order, results of the old content would be taken for results
 * of the new.
 * @throws {StorageError} when a file exists but cannot be read
 */
export const dataFileContents = (recipe: Recipe): Promise<SourceContents> =>
  contentsWhere(recipe, ({ kind, isOnHub, isThere }) => kind === 'records' && !isOnHub && isThere);

/**
 * The contents of all sources of a recipe, including `dataFiles` (hashed now if not given). Models on this machine are
 * each read once, in chunks. Hub sources are fetched if one of `toMake`, the stages about to run, uses them. For any
 * other source, such as a file deleted after the stages that needed it had finished, it is the hash that the run
 * directory recorded.
 * @throws {StorageError | InputError} when a source cannot be read or fetched
 */
export async function sourceContents(
  recipe: Recipe,
  runDirectory: string,
  { toMake = [], dataFiles, note }: SourceOptions = {},
): Promise<SourceContents> {
  const files = dataFiles ?? (await dataFileContents(recipe));
  const needed = new Set(toMake.flatMap((stage) => sourceFields(recipe, stage)));
  const others = await contentsWhere(
    recipe,
    ({ kind, isOnHub, isThere }, field) => (isOnHub ? needed.has(field) : kind === 'model' && isThere),
    note,
  );
  return new Map([...(await recordedContents(recipe, runDirectory)), ...files, ...others]);
}

const sourced = z
  .record(z.string(), z.looseObject({ source: z.string(), adapter: z.string().nullish(), bits: z.number().nullish() }))
  .default({});
const recordedRecipe = z.looseObject({ models: sourced, data: sourced });

function readBack(text: string, file: string): unknown {
  const { tree } = parseYaml(text, file);
  return tree && plain(tree);
}

/** The hashes that a run directory recorded, for the sources that the recipe has not changed since. */
async function recordedContents(recipe: Recipe, runDirectory: string): Promise<SourceContents> {
  const file = join(runDirectory, RECIPE_FILE);
  if (!existsSync(file)) return new Map();
  const { success, data: earlier } = recordedRecipe.safeParse(readBack(await readText(file), file));
  if (!success)
    throw new StorageError('the file is not a recipe', { file, remedy: 'Restore it, or choose another --out.' });
  const isSame = (field: string): boolean => {
    // These say in their field where they are.
    if (field.includes(':')) return true;
    const [section, name = ''] = field.split('.');
    const [before, now] =
      section === 'models' ? [earlier.models[name], recipe.models[name]] : [earlier.data[name], recipe.data[name]];
    const bits = section === 'models' ? recipe.models[name]?.bits : undefined;
    return before?.source === now?.source && before?.adapter === now?.adapter && before?.bits === bits;
  };
  return new Map([...(await recordedSources(runDirectory))].filter(([field]) => isSame(field)));
}
