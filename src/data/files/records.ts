import { extname } from 'node:path';
import { InputError } from '../../errors.js';
import { readJsonl } from './jsonl.js';
import type { DataRecord, ReadLimits } from './record.js';

type Reader = (file: string, limits: ReadLimits) => AsyncGenerator<DataRecord>;

/** Loads a reader at its first use: those of Parquet bring WebAssembly codecs, which every command would pay for. */
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

/** The endings that `readRecords` knows. */
export const RECORD_FILE_ENDINGS: readonly string[] = Object.keys(READERS);

/** The rows of a data file, by its ending: .jsonl or .ndjson, .parquet, .csv. @throws InputError, StorageError. */
export function readRecords(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const reader = READERS[extname(file).toLowerCase()];
  if (reader === undefined) {
    throw new InputError('the ending of the file does not say how to read it', {
      file,
      remedy: `Name a file that ends in ${RECORD_FILE_ENDINGS.join(', ')}.`,
    });
  }
  return reader(file, limits);
}
