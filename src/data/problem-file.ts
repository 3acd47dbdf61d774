import { InputError } from '../errors.js';
import { adapterFor, adapterNamed, type DatasetAdapter } from './adapters.js';
import { writeJsonl } from './files/jsonl.js';
import type { DataRecord, ReadLimits } from './files/record.js';
import { readRecords } from './files/records.js';
import { fetchDataset } from './hub/hub.js';
import type { HubOptions } from './hub/options.js';
import { isHubSource } from './hub/source.js';
import { type Problem, problemRecord } from './problem.js';
import { ProblemCollector } from './repeated-rows.js';

/** How a problem file is read: its layout, and how much of it. */
export interface ReadProblemsOptions {
  /** Name of the adapter; `auto` (default) takes the one that the first record fits. */
  readonly adapter?: string;
  readonly limits?: ReadLimits;
  /** Stop at the row that completes this many problems. */
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

/** The problems of a data file, and what was found in it. */
export interface ProblemFile {
  readonly problems: readonly Problem[];
  /** Number of rows that were read; more than the problems where rows repeat a problem. */
  readonly rows: number;
}

/**
 * The problems of a file or hub source. Rows with the same question and solution are one problem with their distinct
 * traces. A problem without an id gets the hash of its question and solution.
 * @throws {InputError} with file, line and field when a record is invalid, an id stands for two questions or there is
 * no problem
 */
export async function readProblemFile(source: string, options: ReadProblemsOptions = {}): Promise<ProblemFile> {
  const { first = Number.POSITIVE_INFINITY, adapter: name = 'auto' } = options;
  if (!(first >= 1))
    throw new InputError(`first is ${first}; expected a whole number from 1`, {
      field: 'first',
      remedy: 'Give the number of problems to read.',
    });
  let adapter: DatasetAdapter | undefined = name === 'auto' ? undefined : adapterNamed(name);
  const found = new ProblemCollector();
  for await (const { value, place } of openRecords(source, options)) {
    adapter ??= adapterFor(value, place);
    found.add(adapter.problem(value, place), place);
    if (found.size >= first) break;
  }
  if (found.size === 0) {
    throw new InputError('there are no problems in it', { file: source, remedy: 'Put one problem on each line.' });
  }
  return { problems: found.problems(), rows: found.rows };
}

/** The problems of `readProblemFile`. */
export async function readProblems(source: string, options: ReadProblemsOptions = {}): Promise<Problem[]> {
  return [...(await readProblemFile(source, options)).problems];
}

/** Writes a problem file (JSONL) atomically. */
export async function writeProblems(file: string, problems: Iterable<Problem>): Promise<void> {
  const records = (function* () {
    for (const problem of problems) yield problemRecord(problem);
  })();
  await writeJsonl(file, records);
}
