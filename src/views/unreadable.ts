/** What of a run cannot be read: such files cost a page what they hold, and not all the rest of it. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { z } from 'zod';
import { checksumOf } from '../checksum.js';
import { InputError, RltError } from '../errors.js';
import { ANSWERS_FILE, PROBLEMS_FILE, RESULTS_FILE } from '../evaluation/answers/results.js';
import { MANIFEST, readManifest } from '../manifest.js';
import { namesText } from '../printable.js';
import { RECIPE_FILE } from '../run/begun-stages.js';
import { METRICS_FILE } from '../run/metrics.js';
import { TRACES_FILE } from '../stages/explain.js';
import { readText } from '../storage.js';
import { Recent } from './recent.js';

/**
 * What a file that a run wrote must hold.
 * @throws {InputError} when it holds something else
 */
export function requireShape<Value>(schema: z.ZodType<Value>, value: unknown, file: string): Value {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const field = error.issues[0]?.path.map(String).join('.') ?? '';
  throw new InputError('it does not hold what rlt writes there', { file, ...(field === '' ? {} : { field }) });
}

/** @throws {InputError} when the file is not JSON or holds something else; {StorageError} when it cannot be read */
export async function readShape<Value>(schema: z.ZodType<Value>, file: string): Promise<Value> {
  const text = await readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(text.trim() === '' ? 'the file is empty' : 'it is not valid JSON', { file, cause });
  }
  return requireShape(schema, value, file);
}

/** `stages/03-evaluate/results.json could not be read: the file is empty`. */
function unreadableText(name: string, { summary, facts: { line, field } }: RltError): string {
  const places = [...(line === undefined ? [] : [`line ${line}`]), ...(field === undefined ? [] : [field])];
  return `${name} could not be read: ${summary}${places.length === 0 ? '' : ` (${places.join(', ')})`}`;
}

/** Collects what cannot be read while a page is made. */
export class Unreadable {
  readonly #run: string;
  /** By the name of the file in the run. */
  readonly #texts = new Map<string, string>();

  constructor(run: string) {
    this.#run = run;
  }

  get texts(): readonly string[] {
    return [...this.#texts.values()];
  }

  /** What the work gives; without it, what is given `instead`, and the file is noted. */
  async attempt<Value>(work: () => Promise<Value>, instead: Value): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RltError) || error.facts.file === undefined) throw error;
      const { file } = error.facts;
      const name = relative(this.#run, file).replaceAll('\\', '/');
      this.note(name, unreadableText(name, error));
      return instead;
    }
  }

  /** Of a file the first thing is told. */
  note(name: string, text: string): void {
    if (!this.#texts.has(name)) this.#texts.set(name, text);
  }
}

/** The files of a stage that pages are made from. */
const SHOWN = [METRICS_FILE, TRACES_FILE, RESULTS_FILE, ANSWERS_FILE, PROBLEMS_FILE];

/** Those that are small, and hold what a person would rather have otherwise: here a change shows that leaves the size alone. */
const CHECKED = [RESULTS_FILE, ANSWERS_FILE];

const manifests = new Recent(512, (file) => readManifest(join(file, '..')));
const checksums = new Recent(512, checksumOf);

const sizeOf = async (file: string): Promise<number | undefined> =>
  existsSync(file) ? (await stat(file)).size : undefined;

/**
 * How a file of a finished stage is other than its manifest says, in words; undefined where it is as it was written, or the
 * manifest does not name it.
 * @throws {InputError} when the manifest is damaged
 */
export async function changeIn(directory: string, file: string): Promise<string | undefined> {
  const manifest = await manifests.of(join(directory, MANIFEST));
  const expected = manifest?.files[file];
  if (expected === undefined) return undefined;
  const path = join(directory, file);
  const bytes = await sizeOf(path);
  if (bytes === undefined) return 'is missing';
  if (bytes !== expected.bytes) return `has changed since it was written (${bytes} bytes instead of ${expected.bytes})`;
  if (CHECKED.includes(file) && (await checksums.of(path)) !== expected.sha256)
    return 'has changed since it was written (wrong checksum)';
  return undefined;
}

/** Notes what has changed in finished stages since they were written: most files by their sizes, as one cut short is the commonest damage. */
export async function noteChanges(run: string, stages: readonly string[], found: Unreadable): Promise<void> {
  let metrics = 0;
  for (const folder of stages) {
    const path = join(run, 'stages', folder);
    const manifest = await found.attempt(() => manifests.of(join(path, MANIFEST)), undefined);
    metrics += manifest?.files[METRICS_FILE]?.bytes ?? 0;
    if (manifest === undefined) continue;
    for (const file of SHOWN) {
      const change = await changeIn(path, file);
      const name = `stages/${folder}/${file}`;
      if (change === 'is missing') found.note(name, `${name} is missing`);
      else if (change !== undefined)
        found.note(name, `${name} ${change}: what is shown of it may not be what the run wrote`);
    }
  }
  const bytes = (await sizeOf(join(run, METRICS_FILE))) ?? 0;
  if (bytes < metrics)
    found.note(METRICS_FILE, `${METRICS_FILE} has ${bytes} bytes, but the finished stages wrote ${metrics}`);
}

/** Notes the folders of stages that the recipe of the run does not name: it may have been cut short. */
export async function noteUnnamedStages(run: string, named: readonly string[], found: Unreadable): Promise<void> {
  const folders = await readdir(join(run, 'stages')).catch((): string[] => []);
  const unnamed = folders.filter((folder) => /^\d+-/.test(folder) && !named.includes(folder)).sort();
  if (unnamed.length === 0) return;
  found.note(RECIPE_FILE, `${RECIPE_FILE} has no stage for ${namesText(unnamed.map((folder) => `stages/${folder}`))}`);
}
