import { InputError, type Place } from '../errors.js';
import { adapterFor, adapterNamed, type DatasetAdapter } from './adapters.js';
import { writeJsonl } from './files/jsonl.js';
import type { DataRecord, ReadLimits } from './files/record.js';
import { readRecords } from './files/records.js';
import { fetchDataset } from './hub/hub.js';
import type { HubOptions } from './hub/options.js';
import { isHubSource } from './hub/source.js';
import { type Problem, problemHash, problemRecord, type UnnamedProblem } from './problem.js';

/** How a problem file is read: its layout, and how much of it. */
export interface ReadProblemsOptions {
  /** Name of the adapter; `auto` (default) takes the one that the first record fits. */
  readonly adapter?: string;
  readonly limits?: ReadLimits;
  /** Read this many problems and stop. */
  readonly first?: number;
  readonly hub?: HubOptions;
}

/** The rows of a local file, or of a hub source (`hf:…`), which is fetched first. */
export async function* openRecords(
  source: string,
  options: { readonly limits?: ReadLimits; readonly hub?: HubOptions } = {},
): AsyncGenerator<DataRecord> {
  if (!isHubSource(source)) {
    yield* readRecords(source, options.limits);
    return;
  }
  for (const file of await fetchDataset(source, options.hub)) yield* readRecords(file.path, options.limits);
}

/**
 * The problems of a file (.jsonl, .parquet, .csv) or hub source. A problem without an id gets the hash of its question
 * and solution; a repeated pair gets the hash with -2, -3, … in the order of the file.
 * @throws {InputError} with file, line and field when a record is invalid, an id occurs twice or there is no problem
 */
export async function readProblems(source: string, options: ReadProblemsOptions = {}): Promise<Problem[]> {
  const { first = Number.POSITIVE_INFINITY, adapter: name = 'auto' } = options;
  if (!(first >= 1))
    throw new InputError(`first is ${first}; expected a whole number from 1`, {
      field: 'first',
      remedy: 'Give the number of problems to read.',
    });
  let adapter: DatasetAdapter | undefined = name === 'auto' ? undefined : adapterNamed(name);
  const found: { problem: UnnamedProblem; place: Place }[] = [];
  for await (const { value, place } of openRecords(source, options)) {
    adapter ??= adapterFor(value, place);
    found.push({ problem: adapter.problem(value, place), place });
    if (found.length >= first) break;
  }
  if (found.length === 0) {
    throw new InputError('there are no problems in it', { file: source, remedy: 'Put one problem on each line.' });
  }
  return named(found);
}

/**
 * Gives every problem its id. Explicit ids are reserved first, so a derived id cannot clash with a later explicit one.
 */
function named(found: readonly { problem: UnnamedProblem; place: Place }[]): Problem[] {
  const places = new Map<string, Place>();
  for (const { problem, place } of found) {
    if (problem.id === undefined) continue;
    const before = places.get(problem.id);
    if (before !== undefined) {
      throw new InputError(`the id ${problem.id} occurs twice, first at line ${before.line ?? 'unknown'}`, {
        ...place,
        field: 'id',
        remedy: 'Give every problem its own id, or leave the column out.',
      });
    }
    places.set(problem.id, place);
  }
  return found.map(({ problem, place }) => {
    if (problem.id !== undefined) return { ...problem, id: problem.id };
    const hash = problemHash(problem);
    let id = hash;
    for (let again = 2; places.has(id); again++) id = `${hash}-${again}`;
    places.set(id, place);
    return { ...problem, id };
  });
}

/** Writes a problem file (JSONL) atomically. */
export async function writeProblems(file: string, problems: Iterable<Problem>): Promise<void> {
  const records = (function* () {
    for (const problem of problems) yield problemRecord(problem);
  })();
  await writeJsonl(file, records);
}
