/** Arrays of numbers as the messages carry them: raw little-endian bytes. */
import { endianness } from 'node:os';
import { InputError } from '../../../errors.js';
import type { BatchedTensor, DType, ForwardBackwardOutput, Tensor } from './messages.js';

/** The bytes of typed arrays are copied as they lie in memory. */
const LITTLE = endianness() === 'LE';
const BYTES_PER: Readonly<Record<DType, number>> = { unspecified: 0, float32: 4, int64: 8, int32: 4, bfloat16: 2 };

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function count(bytes: Uint8Array, size: number, what: string): number {
  if (bytes.length % size === 0) return bytes.length / size;
  throw new InputError(`${what} has ${bytes.length} bytes, not a multiple of ${size}`);
}

export function float32Bytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const floats = Float32Array.from(values);
  if (LITTLE) return new Uint8Array(floats.buffer);
  const bytes = new Uint8Array(4 * floats.length);
  for (const [i, value] of floats.entries()) view(bytes).setFloat32(4 * i, value, true);
  return bytes;
}

/** @throws {InputError} when a part of a number is missing */
export function readFloat32(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(count(bytes, 4, 'an array of float32'));
  if (LITTLE) new Uint8Array(floats.buffer).set(bytes);
  else for (let i = 0; i < floats.length; i++) floats[i] = view(bytes).getFloat32(4 * i, true);
  return floats;
}

export function int32Bytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const to = view(bytes);
  for (let i = 0; i < values.length; i++) to.setInt32(4 * i, values[i] ?? 0, true);
  return bytes;
}

/** @throws {InputError} when a part of a number is missing */
export function readInt32(bytes: Uint8Array): number[] {
  const from = view(bytes);
  return Array.from({ length: count(bytes, 4, 'an array of int32') }, (_, i) => from.getInt32(4 * i, true));
}

export function int64Bytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * values.length);
  const to = view(bytes);
  for (let i = 0; i < values.length; i++) to.setBigInt64(8 * i, BigInt(values[i] ?? 0), true);
  return bytes;
}

/** @throws {InputError} when a part of a number is missing */
export function readInt64(bytes: Uint8Array): number[] {
  const from = view(bytes);
  return Array.from({ length: count(bytes, 8, 'an array of int64') }, (_, i) => Number(from.getBigInt64(8 * i, true)));
}

export const float32Tensor = (values: ArrayLike<number>): Tensor => ({
  dense: float32Bytes(values),
  dtype: 'float32',
  shape: [values.length],
});

export const int64Tensor = (values: ArrayLike<number>): Tensor => ({
  dense: int64Bytes(values),
  dtype: 'int64',
  shape: [values.length],
});

function readNumbers(bytes: Uint8Array, dtype: DType): number[] {
  switch (dtype) {
    case 'float32':
      return Array.from(readFloat32(bytes));
    case 'int64':
      return readInt64(bytes);
    case 'int32':
      return readInt32(bytes);
    case 'bfloat16': {
      const from = view(bytes);
      const floats = new Float32Array(1);
      const bits = new Uint32Array(floats.buffer);
      return Array.from({ length: count(bytes, 2, 'an array of bfloat16') }, (_, i) => {
        bits[0] = from.getUint16(2 * i, true) << 16;
        return floats[0] ?? 0;
      });
    }
    case 'unspecified':
      throw new InputError('a tensor does not say of what type its numbers are');
  }
}

/** Most numbers of a sparse matrix that is written out: a small message can name a huge one. */
const MOST_SPARSE = 1 << 24;

/**
 * The numbers of a tensor, row by row; those of a sparse matrix with its zeros.
 * @throws {InputError} when they do not fill its shape
 */
export function readTensor({ dense, sparse_csr: sparse, dtype, shape }: Tensor): number[] {
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (sparse === undefined) {
    const values = dense === undefined ? [] : readNumbers(dense, dtype);
    if (shape.length > 0 && values.length !== size)
      throw new InputError(`a tensor of shape [${shape}] has ${values.length} numbers`);
    return values;
  }
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2 || !(rows >= 0) || !(columns >= 0) || !(size <= MOST_SPARSE))
    throw new InputError(`a sparse tensor of shape [${shape}] cannot be read`);
  const values = readNumbers(sparse.values, dtype);
  const [starts, places] = [readInt64(sparse.crow_indices), readInt64(sparse.col_indices)];
  const numbers = new Array<number>(size).fill(0);
  if (starts.length !== rows + 1 || starts[rows] !== values.length || places.length !== values.length)
    throw new InputError('a sparse tensor does not say where its numbers stand');
  for (let row = 0; row < rows; row++) {
    for (let i = starts[row] ?? 0; i < (starts[row + 1] ?? 0); i++) {
      const column = places[i] ?? -1;
      if (column < 0 || column >= columns) throw new InputError(`a sparse tensor has no column ${column}`);
      numbers[row * columns + column] = values[i] ?? 0;
    }
  }
  return numbers;
}

/** One array of float32 for each datum. */
export function batchedFloat32(rows: readonly ArrayLike<number>[]): BatchedTensor {
  const offsets = [0];
  const all: number[] = [];
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) all.push(row[i] ?? 0);
    offsets.push(4 * all.length);
  }
  return { data: float32Bytes(all), offsets: int64Bytes(offsets), dtype: 'float32', trailing_shape: [] };
}

/** @throws {InputError} when the offsets do not divide the data, or the numbers have another type */
function readBatched({ data, offsets: bytes, dtype }: BatchedTensor): Float32Array[] {
  const offsets = readInt64(bytes);
  if (dtype !== 'float32' && dtype !== 'bfloat16') throw new InputError(`log-probs of the type ${dtype}`);
  if (offsets[0] !== 0 || offsets.at(-1) !== data.length)
    throw new InputError(`the offsets ${offsets.join(', ')} do not divide ${data.length} bytes`);
  return offsets.slice(1).map((end, i) => {
    const start = offsets[i] ?? 0;
    if (end < start || (end - start) % BYTES_PER[dtype] !== 0)
      throw new InputError(`the offsets ${start} and ${end} are not those of ${dtype}`);
    const row = data.subarray(start, end);
    return dtype === 'float32' ? readFloat32(row) : Float32Array.from(readNumbers(row, dtype));
  });
}

/**
 * A column of a result, such as the log-probs: one array for each datum.
 * @throws {InputError} when the result lacks the column
 */
export function outputColumn({ loss_fn_outputs }: ForwardBackwardOutput, name: string): Float32Array[] {
  return loss_fn_outputs.flatMap(({ fields, num_datums }) => {
    const column = fields.get(name);
    if (column === undefined) throw new InputError(`the result has no ${name}`);
    const rows = readBatched(column);
    if (rows.length !== num_datums)
      throw new InputError(`the result has the ${name} of ${rows.length} of ${num_datums} sequences`);
    return rows;
  });
}

/** Columns of a result for its datums, as one record. */
export function outputRecord(
  columns: Readonly<Record<string, readonly ArrayLike<number>[]>>,
  datums: number,
): ForwardBackwardOutput['loss_fn_outputs'] {
  const fields = new Map(Object.entries(columns).map(([name, rows]) => [name, batchedFloat32(rows)]));
  return [{ type_tag: 'ArrayRecord', fields, num_datums: datums }];
}
