/**
 * Parquet files as they are written: rollouts, and traces where the name of the file asks for it. hyparquet-writer writes
 * headers and metadata, and compresses; its own encoding of lists, value by value, takes several times as long.
 */
import type { ColumnChunk, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { InputError } from '../../errors.js';
import { writeFileAtomically } from '../../storage.js';
import {
  floatValues,
  integerValues,
  jsonValues,
  NONE,
  numberValues,
  type Refuse,
  runLengths,
  textListValues,
  textValues,
  totalOf,
  type Values,
} from './parquet-values.js';

/**
 * A column of a Parquet file to write. `json` columns hold objects or arrays; `floats`, `integers` and `texts` hold
 * lists of 32-bit numbers, 32-bit integers and strings.
 */
export interface ParquetColumn<Name extends string = string> {
  readonly name: Name;
  readonly type: keyof typeof TYPES;
}

interface ColumnType {
  readonly element: Omit<SchemaElement, 'name'> & Required<Pick<SchemaElement, 'type'>>;
  readonly isList: boolean;
  values(rows: readonly unknown[], refuse: Refuse): Values;
}

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const ONE = { isList: false } as const;
const LIST = { isList: true } as const;

const TYPES = {
  text: { ...ONE, element: TEXT, values: textValues },
  integer: { ...ONE, element: { type: 'INT64' }, values: (rows, refuse) => numberValues(rows, 'integer', refuse) },
  number: { ...ONE, element: { type: 'DOUBLE' }, values: (rows, refuse) => numberValues(rows, 'number', refuse) },
  json: { ...ONE, element: { type: 'BYTE_ARRAY', converted_type: 'JSON' }, values: jsonValues },
  floats: { ...LIST, element: { type: 'FLOAT' }, values: floatValues },
  integers: { ...LIST, element: { type: 'INT32' }, values: integerValues },
  texts: { ...LIST, element: TEXT, values: textListValues },
} as const satisfies Readonly<Record<string, ColumnType>>;

/** The schema of a column: of its values, or of lists in the three levels that the format prescribes. */
function schemaOf({ name, type }: ParquetColumn): readonly SchemaElement[] {
  const { element, isList } = TYPES[type];
  if (!isList) return [{ name, ...element, repetition_type: 'OPTIONAL' }];
  return [
    { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...element, repetition_type: 'REQUIRED' },
  ];
}

const ROWS_PER_GROUP = 10_000;
const PAGE_BYTES = 2 ** 20;
const MAGIC = Buffer.from('PAR1');

/**
 * The bytes of a Parquet file (Snappy) with these records. A key that a record lacks becomes null. `texts` are kept
 * beside the rows, for `readParquetTexts`.
 * @throws {InputError} when a value does not fit its column
 */
export function parquetBytes<Name extends string>(
  columns: readonly ParquetColumn<Name>[],
  records: readonly Readonly<Partial<Record<Name, unknown>>>[],
  { file, texts = new Map() }: { readonly file: string; readonly texts?: ReadonlyMap<string, string> },
): Uint8Array {
  const writer = new ByteWriter();
  writer.appendBytes(MAGIC);
  const groups: RowGroup[] = [];
  for (let first = 0; first < records.length; first += ROWS_PER_GROUP) {
    const rows = records.slice(first, first + ROWS_PER_GROUP);
    const chunks = columns.map((column) => {
      const refuse = (row: number): never => {
        const place = { file, line: first + row + 1, field: column.name };
        throw new InputError(`the value does not fit a column of type ${column.type}`, place);
      };
      const values = TYPES[column.type].values(
        rows.map((row) => row[column.name]),
        refuse,
      );
      return writeChunk(writer, column, values);
    });
    groups.push({
      columns: chunks,
      total_byte_size: chunks.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
      num_rows: BigInt(rows.length),
    });
  }
  writeMetadata(writer, {
    version: 2,
    created_by: 'rlt',
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(schemaOf)],
    num_rows: BigInt(records.length),
    row_groups: groups,
    metadata_length: 0,
    ...(texts.size === 0 ? {} : { key_value_metadata: [...texts].map(([key, value]) => ({ key, value })) }),
  });
  writer.appendBytes(MAGIC);
  return writer.getBytes();
}

function writeChunk(writer: ByteWriter, { name, type }: ParquetColumn, values: Values): ColumnChunk {
  const { isList, element } = TYPES[type];
  const start = writer.offset;
  let unpacked = 0;
  const writePage = (levels: readonly Uint8Array[], bytes: Uint8Array, header: PageFacts): void => {
    const packed = snappyCompress(bytes);
    const levelBytes = levels.reduce((sum, level) => sum + level.length, 0);
    const headerStart = writer.offset;
    writePageHeader(writer, {
      ...header,
      uncompressed_page_size: levelBytes + bytes.length,
      compressed_page_size: levelBytes + packed.length,
    });
    unpacked += writer.offset - headerStart + levelBytes + bytes.length;
    for (const part of [...levels, packed]) writer.appendBytes(part);
  };
  const { dictionary, encoding } = values;
  if (dictionary !== undefined) {
    const { bytes, size } = dictionary;
    writePage([], bytes, { type: 'DICTIONARY_PAGE', dictionary_page_header: { num_values: size, encoding: 'PLAIN' } });
  }
  const dataStart = writer.offset;
  let entries = 0;
  let from = 0;
  for (const counts of pagesOf(values)) {
    const levels = isList ? [repetitionLevels(counts)] : [];
    const definition = definitionLevels(counts, isList);
    const to = from + totalOf(counts);
    const nulls = counts.reduce((sum, count) => sum + (count > 0 ? 0 : 1), 0);
    writePage([...levels, definition], values.bytes(from, to), {
      type: 'DATA_PAGE_V2',
      data_page_header_v2: {
        num_values: to - from + nulls,
        num_nulls: nulls,
        num_rows: counts.length,
        encoding,
        definition_levels_byte_length: definition.length,
        repetition_levels_byte_length: levels[0]?.length ?? 0,
        is_compressed: true,
      },
    });
    entries += to - from + nulls;
    from = to;
  }
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element.type,
      encodings: dictionary === undefined ? ['PLAIN', 'RLE'] : ['PLAIN', 'RLE', 'RLE_DICTIONARY'],
      path_in_schema: isList ? [name, 'list', 'element'] : [name],
      codec: 'SNAPPY',
      num_values: BigInt(entries),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(unpacked),
      data_page_offset: BigInt(dataStart),
      ...(dictionary === undefined ? {} : { dictionary_page_offset: BigInt(start) }),
    },
  };
}

type PageFacts = Omit<Parameters<typeof writePageHeader>[1], 'uncompressed_page_size' | 'compressed_page_size'>;

/** The counts of the rows of each page: a row lies in one page, also where it is longer than a page should be. */
function* pagesOf({ counts, bytesPerValue }: Values): Generator<Int32Array> {
  let start = 0;
  let bytes = 0;
  for (let row = 0; row < counts.length; row++) {
    const more = Math.max(0, counts[row] ?? 0) * bytesPerValue;
    if (bytes + more > PAGE_BYTES && row > start) {
      yield counts.subarray(start, row);
      start = row;
      bytes = 0;
    }
    bytes += more;
  }
  yield counts.subarray(start);
}

/** For each value whether it begins a row (0) or goes on in it (1); a row without values has a 0. */
const repetitionLevels = (counts: Int32Array): Uint8Array =>
  runLengths(2 * counts.length, (run) => {
    for (const count of counts) {
      run(0, 1);
      if (count > 1) run(1, count - 1);
    }
  });

/** For each value that it is there, as often as levels of the schema are optional or lists; less for what is missing. */
const definitionLevels = (counts: Int32Array, isList: boolean): Uint8Array =>
  runLengths(counts.length, (run) => {
    for (const count of counts) {
      if (count === NONE) run(0, 1);
      else if (count === 0) run(1, 1);
      else run(isList ? 2 : 1, count);
    }
  });

/** Writes records atomically as one Parquet file (Snappy). A key that a record lacks becomes null. */
export async function writeParquet<Name extends string>(
  file: string,
  columns: readonly ParquetColumn<Name>[],
  records: readonly Readonly<Partial<Record<Name, unknown>>>[],
): Promise<void> {
  await writeFileAtomically(file, parquetBytes(columns, records, { file }));
}
