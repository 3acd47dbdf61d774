/** Parquet files as they are written: rollouts, and traces where the name of the file asks for it. */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, parquetWrite } from 'hyparquet-writer';
import { InputError } from '../../errors.js';
import { writeFileAtomically } from '../../storage.js';

/**
 * A column of a Parquet file to write. `json` columns hold objects or arrays; `floats`, `integers` and `texts` hold
 * lists of 32-bit numbers, 32-bit integers and strings.
 */
export interface ParquetColumn {
  readonly name: string;
  readonly type: keyof typeof TYPES;
}

const TYPES = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
  floats: { type: 'FLOAT' },
  integers: { type: 'INT32' },
  texts: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const satisfies Readonly<Record<string, Omit<SchemaElement, 'name'>>>;

const isList = (type: ParquetColumn['type']): boolean => ['floats', 'integers', 'texts'].includes(type);

/** The schema of a column: of its values, or of lists in the three levels that the format prescribes. */
function schemaOf({ name, type }: ParquetColumn): readonly SchemaElement[] {
  if (!isList(type)) return [{ name, ...TYPES[type], repetition_type: 'OPTIONAL' }];
  return [
    { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...TYPES[type], repetition_type: 'REQUIRED' },
  ];
}

/**
 * The bytes of a Parquet file (Snappy) with these records. A key that a record lacks becomes null. `texts` are kept
 * beside the rows, for `readParquetTexts`.
 */
export function parquetBytes(
  columns: readonly ParquetColumn[],
  records: readonly Readonly<Record<string, unknown>>[],
  { file, texts = new Map() }: { readonly file: string; readonly texts?: ReadonlyMap<string, string> },
): Uint8Array {
  const columnData: ColumnSource[] = columns.map(({ name, type }) => ({
    name,
    data: records.map((record, row) => storedValue(record[name], type, { file, line: row + 1, field: name })),
    // The least and the largest of texts and of lists help no reader, and take longer to find than the rest to write.
    ...(['integer', 'number'].includes(type) ? {} : { statistics: false }),
    // Log-probs rarely repeat: to look for repetitions takes longer than to write them.
    ...(type === 'floats' ? { encoding: 'PLAIN' as const } : {}),
  }));
  const schema = [{ name: 'root', num_children: columns.length }, ...columns.flatMap(schemaOf)];
  const writer = new ByteWriter();
  const kvMetadata = [...texts].map(([key, value]) => ({ key, value }));
  parquetWrite({
    writer,
    columnData,
    schema,
    rowGroupSize: 10_000,
    createdBy: 'rlt',
    ...(kvMetadata.length === 0 ? {} : { kvMetadata }),
  });
  return writer.getBytes();
}

/** Writes records atomically as one Parquet file (Snappy). A key that a record lacks becomes null. */
export async function writeParquet(
  file: string,
  columns: readonly ParquetColumn[],
  records: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  await writeFileAtomically(file, parquetBytes(columns, records, { file }));
}

const isEvery = (value: unknown, test: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(test);

const FITS: Readonly<Record<ParquetColumn['type'], (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  json: (value) => typeof value === 'object',
  floats: (value) => value instanceof Float32Array || isEvery(value, (item) => typeof item === 'number'),
  integers: (value) => isEvery(value, (item) => typeof item === 'number' && (item | 0) === item),
  texts: (value) => isEvery(value, (item) => typeof item === 'string'),
};

function storedValue(
  value: unknown,
  type: ParquetColumn['type'],
  place: { file: string; line: number; field: string },
): unknown {
  if (value === undefined || value === null) return null;
  if (!FITS[type](value)) throw new InputError(`the value does not fit a column of type ${type}`, place);
  if (type === 'integer' && typeof value === 'number') return BigInt(value);
  return value instanceof Float32Array ? [...value] : value;
}
