import { extname } from 'node:path';
import { InputError } from '../../errors.js';
import { readCsv } from './csv.js';
import { readJsonl } from './jsonl.js';
import { readParquet } from './parquet.js';
import type { DataRecord, ReadLimits } from './record.js';

const READERS: Readonly<Record<string, (file: string, limits: ReadLimits) => AsyncGenerator<DataRecord>>> = {
  '.jsonl': readJsonl,
  '.ndjson': readJsonl,
  '.parquet': readParquet,
  '.csv': readCsv,
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
