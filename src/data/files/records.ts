import { extname } from 'node:path';
import { InputError } from '../../errors.js';
import { readJsonl } from './jsonl.js';
import type { DataRecord, ReadLimits } from './record.js';

type Reader = (file: string, limits: ReadLimits) => AsyncGenerator<DataRecord>;

/**
 * Loads a reader at its first use. That of Parquet instantiates WebAssembly codecs, which would slow down every
 * command.
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
};

/** The file name extensions that `readRecords` knows. */
export const RECORD_FILE_ENDINGS: readonly string[] = Object.keys(READERS);

/**
 * The rows of a data file, by its extension: .jsonl or .ndjson, .parquet, .csv.
 * @throws {InputError} when the extension is unknown or the content is invalid
 * @throws {StorageError} when the file cannot be read
 */
export function readRecords(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const reader = READERS[extname(file).toLowerCase()];
  if (reader === undefined) {
    throw new InputError('the extension of the file is not a known one', {
      file,
      remedy: `Use a file that ends in ${RECORD_FILE_ENDINGS.join(', ')}.`,
    });
  }
  return reader(file, limits);
}
