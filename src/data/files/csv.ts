import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { type ErrorFacts, InputError, type Place, RltError, StorageError } from '../../errors.js';
import { counted } from '../../printable.js';
import { systemReason } from '../../system-errors.js';
import { encodingRemedy } from './encoding.js';
import { headerRemedy, looksLikeCells } from './header.js';
import { checkedFileSize, fileHead } from './opening.js';
import { type DataRecord, DEFAULT_READ_LIMITS, type ReadLimits, requireRowLimit } from './record.js';
import { hasContent, refuseTitle } from './title.js';

/** Delimiters that are detected in the header line, the likeliest first. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * The rows of a CSV file with a header line, as objects of strings by column name. The delimiter is the one of comma,
 * semicolon, tab and vertical bar that is most frequent in the header, or what a first line `sep=;` says. Quoted fields
 * may hold line breaks; `line` of a row's place is the line of the file at which the row begins. Columns without a name
 * and rows without any value are left out.
 * @throws {InputError} with file and line when a row has too few or too many fields, a column name occurs twice, a
 * quote never closes, a record is too long or there is no delimiter
 * @throws {StorageError} when the file cannot be read
 */
export async function* readCsv(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const head = await textHead(file);
  const [first = ''] = head.split(LINE_END, 1);
  const [, stated] = /^"?sep=(.)"?$/i.exec(first) ?? [];
  const fromLine = stated === undefined ? 1 : 2;
  const table = stated === undefined ? head : head.slice(first.length).replace(/^(?:\r\n|\n|\r)/, '');
  refuseTitle(file, table, { delimiters: stated === undefined ? DELIMITERS : [stated], fromLine });
  const header = table.split(LINE_END).find(hasContent) ?? '';
  yield* readTable(file, limits, {
    delimiter: stated ?? delimiterOf(header),
    fromLine,
    record_delimiter: lineEndsOf(head),
  });
}

/**
 * The rows of a file of tab-separated values, as `readCsv` reads them. Quotes inside of a field are ordinary characters.
 * @throws {InputError} as `readCsv`
 * @throws {StorageError} when the file cannot be read
 */
export async function* readTsv(file: string, limits: ReadLimits = {}): AsyncGenerator<DataRecord> {
  const head = await textHead(file);
  refuseTitle(file, head, { delimiters: ['\t'], fromLine: 1 });
  yield* readTable(file, limits, {
    delimiter: '\t',
    fromLine: 1,
    record_delimiter: lineEndsOf(head),
    relax_quotes: true,
  });
}

const LINE_END = /\r\n|\n|\r/;

/** Text in double quotes, which may hold line ends and delimiters. */
const QUOTED = /"(?:[^"]|"")*"/g;

/**
 * What ends the rows of a file that begins like this. Lines of Unix and of Windows may be mixed, as where a header was put in
 * front of an export; the library by itself takes the first line's end for that of all. A carriage return alone ends a row
 * only where it ends the first: in other files it is text.
 */
function lineEndsOf(head: string): string[] {
  const [first] = LINE_END.exec(head.replace(QUOTED, '')) ?? [];
  return first === '\r' ? ['\r\n', '\n', '\r'] : ['\r\n', '\n'];
}

/** The beginning of a file as text, without a byte order mark. */
const textHead = async (file: string): Promise<string> =>
  (await fileHead(file)).toString('utf8').replace(/^\ufeff/, '');

function delimiterOf(header: string): string {
  const bare = header.replace(QUOTED, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return DELIMITERS[counts.indexOf(most)] ?? ',';
}

interface TableOptions {
  readonly delimiter: string;
  readonly fromLine: number;
  readonly record_delimiter: string[];
  readonly relax_quotes?: boolean;
}

async function* readTable(
  file: string,
  limits: ReadLimits,
  { fromLine, ...options }: TableOptions,
): AsyncGenerator<DataRecord> {
  await checkedFileSize(file, limits);
  const mostRows = limits.rows ?? DEFAULT_READ_LIMITS.rows;
  const mostBytes = limits.lineBytes ?? DEFAULT_READ_LIMITS.lineBytes;
  let header: readonly string[] | undefined;
  let rows = 0;
  const found = new RowLines(file, fromLine);
  const parser = parse({
    ...options,
    bom: true,
    columns: false,
    // Rows are left out and counted by `found`: the library says only where a row ends, and takes CR LF in a field for two lines.
    relax_column_count: true,
    from_line: fromLine,
    max_record_size: mostBytes,
    on_record: (cells, { bytes }) => found.add(cells, bytes),
  });
  // A failure on the way (unreadable, not UTF-8) destroys the parser, and is thrown where the rows are read.
  const flow = pipeline(createReadStream(file), decoded, parser).catch(() => undefined);
  try {
    const parsed: AsyncIterable<readonly string[]> = parser;
    for await (const cells of parsed) {
      const place = { file, line: found.nextLine() };
      if (header === undefined) {
        header = checkedHeader(cells, place);
        continue;
      }
      requireRowLimit(++rows, mostRows, place);
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
        // In the header, the name itself is what cannot be read.
        ...(column === undefined || column.includes('\ufffd') ? {} : { field: column }),
        remedy: await encodingRemedy(cause.bytes, file),
      });
    }
    if (cause instanceof RltError) throw cause;
    if (cause instanceof CsvError) {
      const isTooLong = cause.code === 'CSV_MAX_RECORD_SIZE';
      const reason = isTooLong
        ? `a row is longer than the limit of ${mostBytes} bytes`
        : (CSV_ERRORS[cause.code] ?? cause.message);
      const place = { file, line: await found.lineAt(Number('bytes' in cause ? cause.bytes : 0)) };
      throw unreadable(reason, { ...place, remedy: isTooLong ? tooLongRemedy(options.delimiter) : FIELDS, cause });
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

const unreadable = (reason: string, facts: ErrorFacts): InputError =>
  new InputError(`the file cannot be read as CSV or TSV: ${reason}`, facts);

const FIELDS =
  'Give every row as many fields as the header, and put fields with delimiters, quotes or line breaks in double quotes.';

/** A row has no end where a quote is left open: all that follows is one field. */
const tooLongRemedy = (delimiter: string): string =>
  `Look for a double quote there that is never closed: all rows behind it are in one field then${delimiter === '\t' ? '' : ' (one within a field is written twice)'}. If the text is as long as that, shorten it, or leave the row out: no model reads so much.`;

/** Where the rows of a file begin, as the parser finds them. */
class RowLines {
  readonly #file: string;
  /** Line and byte at which the next row begins. */
  #line: number;
  #byte = 0;
  #columns: number | undefined;
  /** Where the first row is, which names the columns, and how many came after it. */
  #headerLine = 0;
  #rows = 0;
  /** Of the rows that were parsed and not taken yet. */
  readonly #lines: number[] = [];

  constructor(file: string, fromLine: number) {
    this.#file = file;
    this.#line = fromLine;
  }

  /**
   * Notes a row that ends at this byte; null where it has no value, and is left out.
   * @throws {InputError} when it has another number of fields than the first
   */
  add<Row extends readonly string[]>(cells: Row, bytes: number): Row | null {
    const line = this.#line;
    this.#byte = bytes;
    // Where a row ends in CR CR LF, its last field keeps the first of them.
    const last = cells.length - 1;
    const endsIn = (cell: string, index: number) => countLineEnds(index === last ? cell.replace(/\r$/, '') : cell);
    this.#line += cells.reduce((ends, cell, index) => ends + endsIn(cell, index), 1);
    if (cells.every((cell) => cell.trim() === '')) return null;
    if (this.#columns === undefined) [this.#columns, this.#headerLine] = [cells.length, line];
    else this.#rows++;
    if (cells.length !== this.#columns) {
      const reason = `a row has ${counted(cells.length, 'field')}, and the header has ${this.#columns}`;
      // Nobody counts on a header that the very first row does not fit.
      const title =
        this.#rows === 1
          ? ` If line ${this.#headerLine} is a title or a remark, delete it: the names of the columns come first.`
          : '';
      throw unreadable(reason, { file: this.#file, line, remedy: `${FIELDS}${title}` });
    }
    this.#lines.push(line);
    return cells;
  }

  /** The line of the next row that was noted and not left out. */
  nextLine(): number {
    const line = this.#lines.shift();
    if (line === undefined) throw new Error('every row is noted before it is taken');
    return line;
  }

  /** The line of the field that begins at a byte of the row that is being parsed. */
  async lineAt(byte: number): Promise<number> {
    if (byte <= this.#byte) return this.#line;
    const handle = await open(this.#file);
    try {
      const { buffer } = await handle.read(Buffer.alloc(byte - this.#byte), 0, byte - this.#byte, this.#byte);
      return this.#line + countLineEnds(buffer.toString('utf8'));
    } finally {
      await handle.close();
    }
  }
}

/** What the library's messages say with its own options. */
const CSV_ERRORS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a field begins with a quote that is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a quote within a field is followed by more of it',
  INVALID_OPENING_QUOTE: 'a field has a quote in its middle',
};

/** Bytes that are not UTF-8, after `before` on their line. */
class InvalidText extends Error {
  readonly line: number;
  readonly before: string;
  /** A part of the file with these bytes. */
  readonly bytes: Buffer;

  constructor(line: number, before: string, bytes: Buffer) {
    super('not UTF-8');
    this.line = line;
    this.before = before;
    this.bytes = bytes;
  }
}

/** The names in the header, where no row has been parsed yet. */
async function headerNames(file: string, delimiter: string, fromLine: number): Promise<readonly string[]> {
  const line =
    (await textHead(file))
      .split(LINE_END)
      .slice(fromLine - 1)
      .find(hasContent) ?? '';
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
    throw new InvalidText(line + countLineEnds(before), before.split(/[\r\n]/).at(-1) ?? '', current);
  }
}

const countLineEnds = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

function checkedHeader(names: readonly string[], place: Place): readonly string[] {
  const trimmed = names.map((name) => name.trim());
  // Names that differ in their form of Unicode alone are read by either.
  const composed = trimmed.map((name) => name.normalize('NFC'));
  const twice = composed.find((name, i) => name !== '' && composed.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError('two columns have the same name', {
      ...place,
      field: twice,
      remedy: looksLikeCells(trimmed) ? headerRemedy(trimmed.length) : 'Rename or drop one of them.',
    });
  }
  const [only = ''] = trimmed;
  // One column with such characters in its name is several columns with a delimiter that is not known.
  if (trimmed.length === 1 && /[^\p{L}\p{N}\s_.()?'"-]/u.test(only)) {
    throw new InputError(`the header line "${only.slice(0, 80)}" has no known delimiter`, {
      ...place,
      remedy:
        'Separate the columns by commas, semicolons, tabs or vertical bars, or write sep= and the delimiter as first line.',
    });
  }
  return trimmed;
}
