import { basename, extname } from 'node:path';
import { InputError } from '../../errors.js';
import { Turns } from '../../stopping.js';
import { readJsonl } from './jsonl.js';
import { checkedFileSize, refuseFolder, refuseForeign } from './opening.js';
import type { DataRecord, ReadLimits } from './record.js';

type Reader = (file: string, limits: ReadLimits) => AsyncGenerator<DataRecord>;

/**
 * Loads a reader at its first use: each is a file or more that no other format needs, and that of Parquet instantiates
 * WebAssembly codecs.
 */
function loaded(load: () => Promise<Reader>): Reader {
  return async function* (file, limits) {
    const read = await load();
    yield* read(file, limits);
  };
}

const READERS: Readonly<Record<string, Reader>> = {
  '.jsonl': readJsonl,
  '.ndjson': readJsonl,
  '.parquet': loaded(async () => (await import('./parquet.js')).readParquet),
  '.csv': loaded(async () => (await import('./csv.js')).readCsv),
  '.tsv': loaded(async () => (await import('./csv.js')).readTsv),
  '.json': loaded(async () => (await import('./json.js')).readJson),
};

/** The file name extensions that `readRecords` knows. */
export const RECORD_FILE_ENDINGS: readonly string[] = Object.keys(READERS);

/** Whether the rows of a data file are lines of a text; those of Parquet are numbered. */
export const isText = (file: string): boolean => extname(file).toLowerCase() !== '.parquet';

/**
 * The rows of a data file, by its extension: .jsonl or .ndjson, .parquet, .csv, .tsv, .json.
 * @throws {InputError} when the extension is unknown, the file is of another kind than it says, or its content is invalid
 * @throws {StorageError} when the file cannot be read
 * @throws {InterruptedError} when the work around is to stop
 */
export async function* readRecords(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const extension = extname(file).toLowerCase();
  const reader = READERS[extension];
  await refuseFolder(file, RECORD_FILE_ENDINGS);
  if (reader !== undefined) {
    await refuseForeign(file, extension === '.parquet');
    const turns = new Turns();
    let rows = 0;
    for await (const record of reader(file, limits)) {
      rows++;
      if (turns.isDue) await turns.give(() => `reading ${basename(file)}: row ${rows}`);
      yield record;
    }
    return;
  }
  // Says that it is missing, where it is.
  await checkedFileSize(file, limits);
  await refuseForeign(file, false);
  throw new InputError('the extension of the file is not a known one', {
    file,
    remedy: `Use a file that ends in ${RECORD_FILE_ENDINGS.join(', ')}.`,
  });
}
