/** Parquet files as they are read: untrusted, so that every size is checked before anything is decompressed. */
import { type FileHandle, open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { compressors } from 'hyparquet-compressors';
import { InputError, RltError, StorageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { systemReason } from '../../system-errors.js';
import { checkedFileSize } from './opening.js';
import { takeIntegers, withMeanings } from './parquet-integers.js';
import { type DataRecord, DEFAULT_READ_LIMITS, type ReadLimits } from './record.js';

/** Bytes that are decompressed at a time: bounds the memory of reading a file with one huge row group. */
const UNPACKED_AT_A_TIME = 128 * 2 ** 20;

function parquetError(file: string, cause: unknown, line?: number): RltError {
  if (cause instanceof RltError) return cause;
  // What the reader throws on metadata that make no sense is about its own variables.
  const isInternal = cause instanceof TypeError || (cause instanceof RangeError && /DataView/.test(cause.message));
  const reason = isInternal ? 'its metadata are damaged' : cause instanceof Error ? cause.message : String(cause);
  return new InputError(`this is not a readable Parquet file (${reason})`, {
    file,
    ...(line === undefined ? {} : { line }),
    remedy: 'The file is damaged or truncated, or uses an unsupported feature. Fetch it again, or convert it to JSONL.',
    cause,
  });
}

/** Reading takes time with the square of the columns: some seconds for this many. */
const MAX_COLUMNS = 5000;

function checkWidth({ schema }: FileMetaData, file: string): void {
  if (schema.length <= MAX_COLUMNS) return;
  throw new InputError(`the file has ${schema.length} columns, more than the limit of ${MAX_COLUMNS}`, {
    file,
    remedy: 'Keep the columns that hold problems, and write the file again.',
  });
}

/** The paths of the columns that hold values. */
function leafPaths(node: SchemaTree): string[] {
  return node.children.length === 0 ? [node.path.join('.')] : node.children.flatMap(leafPaths);
}

/**
 * Every row group must hold each column of the schema once, and no other. hyparquet starts to read all columns, then
 * drops those it has no place for; if one of these failed, the unhandled rejection would end the process.
 */
function checkColumns(metadata: FileMetaData): void {
  const expected = leafPaths(parquetSchema(metadata)).sort();
  if (new Set(expected).size !== expected.length) throw new Error('the schema names a column twice');
  for (const group of metadata.row_groups) {
    const found = group.columns.map((column) => column.meta_data?.path_in_schema.join('.')).sort();
    if (found.length !== expected.length || found.some((path, i) => path !== expected[i])) {
      throw new Error('the columns of a row group are not those of the schema');
    }
  }
}

/** The sizes that a Parquet file states must fit the file and the limits before any memory is allocated. */
function checkMetadata(metadata: FileMetaData, file: string, fileSize: number, limits: ReadLimits): number {
  const mostRows = limits.rows ?? DEFAULT_READ_LIMITS.rows;
  const mostBytes = limits.fileBytes ?? DEFAULT_READ_LIMITS.fileBytes;
  let rows = 0;
  let unpacked = 0;
  for (const group of metadata.row_groups) {
    const groupRows = Number(group.num_rows);
    if (!(groupRows >= 0)) throw new InputError('a row group states a negative number of rows', { file });
    rows += groupRows;
    for (const { meta_data: column } of group.columns) {
      if (column === undefined) throw new InputError('a column chunk of the Parquet file has no metadata', { file });
      const start = Number(column.dictionary_page_offset || column.data_page_offset);
      const packed = Number(column.total_compressed_size);
      if (!(start >= 0 && packed >= 0 && start + packed <= fileSize)) {
        throw new InputError('a column chunk of the Parquet file lies outside the file', {
          file,
          field: column.path_in_schema.join('.'),
          remedy: 'The file is damaged or truncated. Fetch it again.',
        });
      }
      unpacked += Number(column.total_uncompressed_size);
    }
  }
  if (rows > mostRows) {
    throw new InputError(`the file states ${rows} rows, more than the limit of ${mostRows}`, {
      file,
      remedy: 'Split the file, or raise the limit rows.',
    });
  }
  if (!(unpacked >= 0 && unpacked <= mostBytes)) {
    throw new InputError(`the file unpacks to ${unpacked} bytes, more than the limit of ${mostBytes}`, {
      file,
      remedy: 'Split the file, or raise the limit fileBytes.',
    });
  }
  return rows;
}

function checkCount(count: number | undefined, bound: number): void {
  if (!(count !== undefined && count >= 0 && count <= bound)) throw new Error('a page states an impossible count');
}

/**
 * Checks the page headers of a row group before it is decoded: hyparquet trusts their sizes and counts, and a damaged
 * one would keep it in a loop for hours.
 */
async function checkPages(metadata: FileMetaData, group: RowGroup, buffer: AsyncBuffer): Promise<void> {
  const repeated = new Set(
    metadata.schema.filter((element) => element.repetition_type === 'REPEATED').map(({ name }) => name),
  );
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw new Error('a column chunk has no metadata');
    const start = Number(column.dictionary_page_offset || column.data_page_offset);
    const view = new DataView(await buffer.slice(start, start + Number(column.total_compressed_size)));
    const reader = { view, offset: 0 };
    let unpacked = 0;
    let values = 0;
    // As in hyparquet: a single last byte is not a page.
    while (reader.offset < view.byteLength - 1) {
      const { compressed_page_size: packed, uncompressed_page_size: full, ...page } = parquetHeader(reader);
      if (!(packed >= 0 && full >= 0 && packed <= view.byteLength - reader.offset))
        throw new Error('a page has an impossible size');
      reader.offset += packed;
      unpacked += full;
      const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary } = page;
      const most = Math.max(Number(column.num_values), full);
      if (first !== undefined) checkCount(first.num_values, most);
      if (dictionary !== undefined) checkCount(dictionary.num_values, most);
      if (second !== undefined) {
        checkCount(second.num_values, most);
        checkCount(second.num_rows, second.num_values);
        checkCount(second.num_nulls, second.num_values);
        checkCount(second.definition_levels_byte_length, packed);
        checkCount(second.repetition_levels_byte_length, packed);
      }
      values += (first ?? second)?.num_values ?? 0;
    }
    if (unpacked > Number(column.total_uncompressed_size) || values !== Number(column.num_values)) {
      throw new Error('the pages of a column do not add up to what the column states');
    }
    const [name = '', ...inner] = column.path_in_schema;
    const isFlat = inner.length === 0 && !repeated.has(name);
    if (isFlat && values !== Number(group.num_rows))
      throw new Error('a column and its row group differ in their number of rows');
  }
}

async function openParquet(
  file: string,
  limits: ReadLimits,
): Promise<{ readonly buffer: AsyncBuffer; readonly handle: FileHandle; readonly byteLength: number }> {
  const byteLength = await checkedFileSize(file, limits);
  if (byteLength === 0) throw new InputError('the file is empty', { file });
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new StorageError(`the file cannot be opened: ${systemReason(cause)}`, {
      file,
      remedy: 'Check its permissions.',
      cause,
    });
  });
  const buffer: AsyncBuffer = {
    byteLength,
    async slice(start, end = byteLength) {
      const from = start < 0 ? Math.max(0, byteLength + start) : start;
      if (!(from <= end && end <= byteLength)) throw new RangeError(`the file has no bytes ${from} to ${end}`);
      const bytes = new ArrayBuffer(end - from);
      const { bytesRead } = await handle.read(new Uint8Array(bytes), 0, end - from, from);
      if (bytesRead !== end - from) throw new RangeError('the file ended early');
      return bytes;
    },
  };
  return { buffer, handle, byteLength };
}

/**
 * The texts that the writer of a Parquet file put beside its rows, by key; only the end of the file is read.
 * @throws {InputError} when the file is damaged
 * @throws {StorageError} when the file cannot be read
 */
export async function readParquetTexts(file: string, limits: ReadLimits = {}): Promise<ReadonlyMap<string, string>> {
  const { buffer, handle } = await openParquet(file, limits);
  try {
    const { key_value_metadata: pairs = [] } = await parquetMetadataAsync(buffer, { geoparquet: false });
    return new Map(pairs.map(({ key, value = '' }) => [key, value]));
  } catch (cause) {
    throw parquetError(file, cause);
  } finally {
    await handle.close();
  }
}

/**
 * The rows of a Parquet file in order, as plain JSON-like objects (64-bit integers become numbers); `line` of a row's
 * place is its 1-based number. With `columns`, rows have these only.
 * @throws {InputError} with file and row when the file is damaged or exceeds a limit
 * @throws {StorageError} when the file cannot be read
 */
export async function* readParquet(
  file: string,
  limits: ReadLimits = {},
  columns?: readonly string[],
): AsyncGenerator<DataRecord> {
  const { buffer, handle, byteLength } = await openParquet(file, limits);
  try {
    let metadata: FileMetaData;
    let rows: number;
    try {
      metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
      checkWidth(metadata, file);
      checkColumns(metadata);
      rows = checkMetadata(metadata, file, byteLength, limits);
    } catch (cause) {
      throw parquetError(file, cause);
    }
    renameProto(metadata);
    const meanings = takeIntegers(metadata);
    let row = 0;
    for (const group of metadata.row_groups) {
      await checkPages(metadata, group, buffer).catch((cause: unknown) => {
        throw parquetError(file, cause, row + 1);
      });
      const groupEnd = Math.min(rows, row + Number(group.num_rows));
      const unpacked = group.columns.reduce(
        (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
        0,
      );
      const share = Math.min(1, UNPACKED_AT_A_TIME / unpacked);
      const rowsAtATime = Math.max(1, Math.floor((groupEnd - row) * share));
      while (row < groupEnd) {
        const rowEnd = Math.min(groupEnd, row + rowsAtATime);
        const values = await parquetReadObjects({
          file: buffer,
          metadata,
          ...(columns === undefined ? {} : { columns: [...columns] }),
          rowStart: row,
          rowEnd,
          compressors,
          parsers: { ...DEFAULT_PARSERS, stringFromBytes: decodedText, dateFromDays: dayText },
          geoparquet: false,
        }).catch((cause: unknown) => {
          throw parquetError(file, cause, row + 1);
        });
        if (values.length !== rowEnd - row) {
          throw parquetError(file, new Error(`some of the rows ${row + 1} to ${rowEnd} are missing`));
        }
        for (const value of values) {
          row++;
          const place = { file, line: row };
          const plain = plainValue(withMeanings(value, meanings), place, '');
          if (!isObject(plain)) throw new InputError('a row of the Parquet file is not an object', place);
          yield { value: plain, place };
        }
      }
    }
  } finally {
    await handle.close();
  }
}

const DAY_MS = 86_400_000;
/** A time as it is written; null beyond those that a Date can hold. */
const timeText = (time: Date): string | null => (Number.isNaN(time.getTime()) ? null : time.toISOString());
/** A day, without a time: `2020-01-31`. */
const dayText = (days: number): string | null => timeText(new Date(days * DAY_MS))?.split('T')[0] ?? null;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** hyparquet sets the keys of rows, structs and maps one by one: this one would set a prototype, and be lost. */
const PROTO = '__proto__';
/** What stands for it until the values are ours: half of a surrogate pair, which no decoded text begins with. */
const STANDS_FOR_PROTO = `\ud800${PROTO}`;

/** Columns and fields of that name. */
function renameProto({ schema, row_groups: groups }: FileMetaData): void {
  const renamed = (name: string): string => (name === PROTO ? STANDS_FOR_PROTO : name);
  for (const element of schema) element.name = renamed(element.name);
  for (const { meta_data: column } of groups.flatMap(({ columns }) => columns))
    if (column !== undefined) column.path_in_schema = column.path_in_schema.map(renamed);
}

/**
 * Text that is not UTF-8 gets halves of surrogate pairs where the bytes are wrong, so that it is refused where it is used
 * and only there.
 */
function decodedText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    const text = utf8.decode(bytes);
    // It may be the key of a map.
    return text === PROTO ? STANDS_FOR_PROTO : text;
  } catch {
    return Buffer.from(bytes).toString('utf8').replaceAll('\ufffd', '\udfff');
  }
}

function plainValue(value: unknown, place: { file: string; line: number }, field: string): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (value instanceof Date) return timeText(value);
  if (value instanceof Uint8Array) {
    // Many data sets have columns of images and the like, which nothing here reads.
    return null;
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as ArrayLike<unknown>, (item, i) => plainValue(item, place, `${field}[${i}]`));
  }
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([given, item]) => {
        const key = given === STANDS_FOR_PROTO ? PROTO : given;
        return [key, plainValue(item, place, field === '' ? key : `${field}.${key}`)];
      }),
    );
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return value === STANDS_FOR_PROTO ? PROTO : value;
}
