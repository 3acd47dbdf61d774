import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { InputError, RltError, StorageError } from '../../errors.js';
import { systemReason } from '../../storage.js';
import { checkedFileSize, fileHead } from './opening.js';
import { type DataRecord, DEFAULT_READ_LIMITS, type ReadLimits, requireRowLimit } from './record.js';

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Delimiters that are detected in the header line, the likeliest first. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * The rows of a CSV file with a header line, as objects of strings by column name. The delimiter is the one of comma,
 * semicolon, tab and vertical bar that is most frequent in the header, or what a first line `sep=;` says. Quoted fields
 * may hold line breaks; `line` of a row's place is the line of the file at which the row ends. Columns without a name
 * and rows without any value are left out.
 * @throws {InputError} with file and line when a row has too few or too many fields, a column name occurs twice, a
 * quote never closes, a record is too long or there is no delimiter
 * @throws {StorageError} when the file cannot be read
 */
export async function* readCsv(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const [first = '', second = ''] = firstLines((await fileHead(file)).toString('utf8').replace(/^\ufeff/, ''));
  const [, stated] = /^"?sep=(.)"?$/i.exec(first) ?? [];
  const delimiter = stated ?? delimiterOf(stated === undefined ? first : second);
  yield* readTable(file, limits, { delimiter, fromLine: stated === undefined ? 1 : 2 });
}

/**
 * The rows of a file of tab-separated values, as `readCsv` reads them. Quotes inside of a field are ordinary characters.
 * @throws {InputError} as `readCsv`
 * @throws {StorageError} when the file cannot be read
 */
export async function* readTsv(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  yield* readTable(file, limits, { delimiter: '\t', fromLine: 1, relax_quotes: true });
}

const firstLines = (head: string): readonly string[] => head.split(/\r\n|\n|\r/, 2);

function delimiterOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return DELIMITERS[counts.indexOf(most)] ?? ',';
}

interface TableOptions {
  readonly delimiter: string;
  readonly fromLine: number;
  readonly relax_quotes?: boolean;
}

async function* readTable(
  file: string,
  limits: ReadLimits,
  { fromLine, ...options }: TableOptions,
): AsyncGenerator<DataRecord> {
  await checkedFileSize(file, limits);
  const mostRows = limits.rows ?? DEFAULT_READ_LIMITS.rows;
  let line = 1;
  let header: readonly string[] | undefined;
  let rows = 0;
  const parser = parse({
    ...options,
    bom: true,
    info: true,
    columns: false,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    from_line: fromLine,
    relax_column_count: false,
    max_record_size: limits.lineBytes ?? DEFAULT_READ_LIMITS.lineBytes,
  });
  // A failure on the way (unreadable, not UTF-8) destroys the parser, and is thrown where the rows are read.
  const flow = pipeline(createReadStream(file), decoded, parser).catch(() => undefined);
  try {
    const parsed: AsyncIterable<ParsedRow> = parser;
    for await (const row of parsed) {
      line = row.info.lines;
      if (header === undefined) {
        header = checkedHeader(row.record, file);
        continue;
      }
      const place = { file, line };
      requireRowLimit(++rows, mostRows, place);
      const cells = row.record;
      const value = Object.fromEntries(header.flatMap((name, i) => (name === '' ? [] : [[name, cells[i] ?? '']])));
      yield { value, place };
    }
  } catch (cause) {
    if (cause instanceof InvalidText) {
      const names = header ?? (await headerNames(file, options.delimiter, fromLine));
      const column = names[cellsBefore(cause.before, options.delimiter)];
      throw new InputError('the file is not UTF-8 text', {
        file,
        line: cause.line,
        ...(column === undefined ? {} : { field: column }),
        remedy: 'Save the file as UTF-8.',
      });
    }
    if (cause instanceof RltError) throw cause;
    if (cause instanceof CsvError) {
      const at = 'lines' in cause ? cause.lines : undefined;
      throw new InputError(`the CSV file cannot be read: ${CSV_ERRORS[cause.code] ?? cause.message}`, {
        file,
        line: typeof at === 'number' ? at : line,
        remedy:
          'Give every row as many fields as the header, and put fields with delimiters, quotes or line breaks in double quotes.',
        cause,
      });
    }
    throw new StorageError(`the file cannot be read: ${systemReason(cause)}`, {
      file,
      remedy: 'Check the path and its permissions.',
      cause,
    });
  } finally {
    parser.destroy();
    await flow;
  }
}

/** What the library's messages say with its own options. */
const CSV_ERRORS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a field begins with a quote that is never closed',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'a row has another number of fields than the first',
  CSV_RECORD_INCONSISTENT_COLUMNS: 'a row has another number of fields than the header',
  CSV_INVALID_CLOSING_QUOTE: 'a quote within a field is followed by more of it',
  INVALID_OPENING_QUOTE: 'a field has a quote in its middle',
};

/** Bytes that are not UTF-8, after `before` on their line. */
class InvalidText extends Error {
  readonly line: number;
  readonly before: string;

  constructor(line: number, before: string) {
    super('not UTF-8');
    this.line = line;
    this.before = before;
  }
}

/** The names in the header, where no row has been parsed yet. */
async function headerNames(file: string, delimiter: string, fromLine: number): Promise<readonly string[]> {
  const line = firstLines((await fileHead(file)).toString('utf8').replace(/^\ufeff/, ''))[fromLine - 1] ?? '';
  return line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** The number of whole cells in the beginning of a row. */
const cellsBefore = (row: string, delimiter: string): number =>
  row.replace(/"(?:[^"]|"")*(?:"|$)/g, '').split(delimiter).length - 1;

/** Decodes strictly before csv-parse does, which would replace invalid bytes. */
async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  let current: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      current = chunk;
      const text = decoder.decode(chunk, { stream: true });
      line += countLineEnds(text);
      yield text;
    }
    current = Buffer.alloc(0);
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const before = current.toString('utf8').split('\ufffd', 1)[0] ?? '';
    throw new InvalidText(line + countLineEnds(before), before.split(/[\r\n]/).at(-1) ?? '');
  }
}

const countLineEnds = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

function checkedHeader(names: readonly string[], file: string): readonly string[] {
  const trimmed = names.map((name) => name.trim());
  const twice = trimmed.find((name, i) => name !== '' && trimmed.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError('two columns have the same name', {
      file,
      line: 1,
      field: twice,
      remedy: 'Rename or drop one of them.',
    });
  }
  const [only = ''] = trimmed;
  // One column with such characters in its name is several columns with a delimiter that is not known.
  if (trimmed.length === 1 && /[^\p{L}\p{N}\s_.()?'"-]/u.test(only)) {
    throw new InputError(`the header line "${only.slice(0, 80)}" has no known delimiter`, {
      file,
      line: 1,
      remedy:
        'Separate the columns by commas, semicolons, tabs or vertical bars, or write sep= and the delimiter as first line.',
    });
  }
  return trimmed;
}
