import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { InputError, RltError, StorageError } from '../../errors.js';
import { checkedFileSize } from './jsonl.js';
import { type DataRecord, DEFAULT_READ_LIMITS, type ReadLimits } from './record.js';

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * The rows of a CSV file with a header line, as objects of strings by column name. Quoted fields may hold line breaks;
 * `line` of a row's place is the line of the file at which the row ends.
 * @throws {InputError} with file and line when a row has too few or too many fields, a column name occurs twice, a
 * quote never closes or a record is too long
 * @throws {StorageError} when the file cannot be read
 */
export async function* readCsv(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  await checkedFileSize(file, limits);
  const mostRows = limits.rows ?? DEFAULT_READ_LIMITS.rows;
  let line = 1;
  let header: readonly string[] | undefined;
  let rows = 0;
  const parser = parse({
    bom: true,
    info: true,
    columns: false,
    skip_empty_lines: true,
    relax_column_count: false,
    max_record_size: limits.lineBytes ?? DEFAULT_READ_LIMITS.lineBytes,
  });
  // A failure on the way (unreadable, not UTF-8) destroys the parser, and is thrown where the rows are read.
  const flow = pipeline(createReadStream(file), (bytes) => decoded(bytes, file), parser).catch(() => undefined);
  try {
    const parsed: AsyncIterable<ParsedRow> = parser;
    for await (const row of parsed) {
      line = row.info.lines;
      if (header === undefined) {
        header = checkedHeader(row.record, file);
        continue;
      }
      if (++rows > mostRows) {
        throw new InputError(`the file has more than ${mostRows} rows`, {
          file,
          line,
          remedy: 'Split the file, or raise the limit rows.',
        });
      }
      const value = Object.fromEntries(header.map((name, i) => [name, row.record[i] ?? '']));
      yield { value, place: { file, line } };
    }
  } catch (cause) {
    if (cause instanceof RltError) throw cause;
    if (cause instanceof CsvError) {
      const at = 'lines' in cause ? cause.lines : undefined;
      throw new InputError(`the CSV file cannot be read: ${cause.message}`, {
        file,
        line: typeof at === 'number' ? at : line,
        remedy:
          'Give every row as many fields as the header, and put fields with commas, quotes or line breaks in double quotes.',
        cause,
      });
    }
    throw new StorageError(`the file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      file,
      remedy: 'Check the path and its permissions.',
      cause,
    });
  } finally {
    parser.destroy();
    await flow;
  }
}

/** Decodes strictly before csv-parse does, which would replace invalid bytes. */
async function* decoded(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new InputError('the file is not UTF-8 text', { file, remedy: 'Save the file as UTF-8.', cause });
  }
}

function checkedHeader(names: readonly string[], file: string): readonly string[] {
  const trimmed = names.map((name) => name.trim());
  const twice = trimmed.find((name, i) => trimmed.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError('two columns have the same name', {
      file,
      line: 1,
      field: twice,
      remedy: 'Rename or drop one of them.',
    });
  }
  return trimmed;
}
