/** The values of a column of a Parquet file, as its pages hold them: bytes that can be cut at any value. */
import { endianness } from 'node:os';

/** A column takes a list of values in each row, one value, or none. */
export interface Values {
  /** How many values each row has; NONE where the row is null. */
  readonly counts: Int32Array;
  readonly encoding: 'PLAIN' | 'RLE_DICTIONARY';
  /** The page that the values refer to, with how many it holds. */
  readonly dictionary?: { readonly bytes: Uint8Array; readonly size: number };
  /** What a value takes, on average: pages are cut by it. */
  readonly bytesPerValue: number;
  /** The values from one to before another. */
  bytes(from: number, to: number): Uint8Array;
}

/** The count of a row that is null. */
export const NONE = -1;

/** Refuses the value of a row that does not fit its column. */
export type Refuse = (row: number) => never;

/** Lists of 32-bit floats. They rarely repeat, and are written as they lie in memory. */
export function floatValues(rows: readonly unknown[], refuse: Refuse): Values {
  const counts = listCounts(rows, refuse);
  const floats = new Float32Array(totalOf(counts));
  let at = 0;
  for (const [row, list] of rows.entries()) {
    if (!isList(list)) continue;
    if (list instanceof Float32Array) floats.set(list, at);
    else for (const [i, item] of list.entries()) floats[at + i] = typeof item === 'number' ? item : refuse(row);
    at += list.length;
  }
  return fixedValues(counts, littleEndian(floats));
}

/** One 64-bit integer or double per row. */
export function numberValues(rows: readonly unknown[], type: 'integer' | 'number', refuse: Refuse): Values {
  const counts = singleCounts(rows);
  const total = totalOf(counts);
  const numbers = type === 'integer' ? new BigInt64Array(total) : new Float64Array(total);
  let at = 0;
  for (const [row, value] of rows.entries()) {
    if (counts[row] === NONE) continue;
    if (!(typeof value === 'number' && (type === 'integer' ? Number.isSafeInteger : Number.isFinite)(value)))
      return refuse(row);
    if (numbers instanceof Float64Array) numbers[at++] = value;
    else numbers[at++] = BigInt(value);
  }
  return fixedValues(counts, littleEndian(numbers));
}

/** Lists of 32-bit integers. */
export function integerValues(rows: readonly unknown[], refuse: Refuse): Values {
  const isInteger = (item: unknown): item is number => typeof item === 'number' && (item | 0) === item;
  return repeatedValues(rows, listCounts(rows, refuse), itemOf, isInteger, refuse, {
    size: () => Int32Array.BYTES_PER_ELEMENT,
    bytes: (integers) => littleEndian(Int32Array.from(integers)),
  });
}

/** Lists of texts. */
export const textListValues = (rows: readonly unknown[], refuse: Refuse): Values =>
  repeatedValues(rows, listCounts(rows, refuse), itemOf, isText, refuse, TEXTS);

/** One text per row. */
export const textValues = (rows: readonly unknown[], refuse: Refuse): Values =>
  repeatedValues(rows, singleCounts(rows), (value) => value, isText, refuse, TEXTS);

/** One object or array per row, as JSON. */
export function jsonValues(rows: readonly unknown[], refuse: Refuse): Values {
  const texts = rows.map((value, row) => {
    if (isNone(value)) return null;
    return typeof value === 'object' ? JSON.stringify(value, asJson) : refuse(row);
  });
  return textValues(texts, refuse);
}

/** Values that JSON has no form for, as the Parquet library writes them. A copy of the object would lose a key `__proto__`. */
function asJson(_: string, value: unknown): unknown {
  // Dates have become texts before they come here.
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Array.from(value);
  return value;
}

const itemOf = (list: unknown, index: number): unknown => (Array.isArray(list) ? list[index] : undefined);
const isNone = (value: unknown): value is null | undefined => value === null || value === undefined;
const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is readonly unknown[] | Float32Array =>
  Array.isArray(value) || value instanceof Float32Array;

// Loops, here and below: they run for every token that is recorded, and functions of arrays take several times as long.
function singleCounts(rows: readonly unknown[]): Int32Array {
  const counts = new Int32Array(rows.length);
  for (let row = 0; row < rows.length; row++) counts[row] = isNone(rows[row]) ? NONE : 1;
  return counts;
}

function listCounts(rows: readonly unknown[], refuse: Refuse): Int32Array {
  const counts = new Int32Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const list = rows[row];
    counts[row] = isNone(list) ? NONE : isList(list) ? list.length : refuse(row);
  }
  return counts;
}

/** How many values rows have together. */
export function totalOf(counts: Int32Array): number {
  let total = 0;
  for (let row = 0; row < counts.length; row++) total += Math.max(0, counts[row] as number);
  return total;
}

/** The bytes of numbers; on a machine that has them the other way around, they are turned in place. */
function littleEndian(numbers: Float32Array | Float64Array | Int32Array | BigInt64Array): Uint8Array {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (endianness() === 'LE') return bytes;
  return numbers.BYTES_PER_ELEMENT === 4 ? bytes.swap32() : bytes.swap64();
}

function fixedValues(counts: Int32Array, bytes: Uint8Array): Values {
  const width = bytes.length === 0 ? 0 : bytes.length / totalOf(counts);
  return {
    counts,
    encoding: 'PLAIN',
    bytesPerValue: width,
    bytes: (from, to) => bytes.subarray(from * width, to * width),
  };
}

/** How values of a type lie in a file. */
interface Form<Value> {
  size(value: Value): number;
  bytes(values: readonly Value[]): Uint8Array;
}

const TEXTS: Form<string> = {
  size: (text) => Uint32Array.BYTES_PER_ELEMENT + Buffer.byteLength(text),
  bytes(texts) {
    const bytes = Buffer.allocUnsafe(texts.reduce((total, text) => total + TEXTS.size(text), 0));
    let at = 0;
    for (const text of texts) {
      const length = bytes.write(text, at + Uint32Array.BYTES_PER_ELEMENT);
      bytes.writeUInt32LE(length, at);
      at += Uint32Array.BYTES_PER_ELEMENT + length;
    }
    return bytes;
  },
};

/** More distinct values are not looked up: what refers to them would take as much. */
const MOST_DISTINCT = 2 ** 16;

/** Values that may repeat: each distinct one is written once where that halves what they take. */
function repeatedValues<Value>(
  rows: readonly unknown[],
  counts: Int32Array,
  valueIn: (row: unknown, index: number) => unknown,
  isValue: (item: unknown) => item is Value,
  refuse: Refuse,
  form: Form<Value>,
): Values {
  const indices = new Uint32Array(totalOf(counts));
  const known = new Map<Value, number>();
  const distinct: Value[] = [];
  const sizes: number[] = [];
  let total = 0;
  let at = 0;
  for (let row = 0; row < rows.length; row++) {
    const count = counts[row] as number;
    for (let i = 0; i < count; i++) {
      const item = valueIn(rows[row], i);
      if (!isValue(item)) return refuse(row);
      let index = known.get(item);
      if (index === undefined) {
        index = distinct.length;
        known.set(item, index);
        distinct.push(item);
        sizes.push(form.size(item));
      }
      indices[at++] = index;
      total += sizes[index] as number;
    }
  }
  const bitWidth = Math.max(1, Math.ceil(Math.log2(distinct.length)));
  const looked = sizes.reduce((sum, size) => sum + size, 0) + (indices.length * bitWidth) / 8;
  if (2 * looked >= total || distinct.length > MOST_DISTINCT)
    return {
      counts,
      encoding: 'PLAIN',
      bytesPerValue: total / Math.max(1, indices.length),
      bytes: (from, to) => form.bytes(Array.from(indices.subarray(from, to), (index) => distinct[index] as Value)),
    };
  return {
    counts,
    encoding: 'RLE_DICTIONARY',
    dictionary: { bytes: form.bytes(distinct), size: distinct.length },
    bytesPerValue: bitWidth / 8,
    bytes: (from, to) => packed(indices.subarray(from, to), bitWidth),
  };
}

/** Numbers of up to 16 bits as one bit-packed run, behind their width. */
function packed(numbers: Uint32Array, bitWidth: number): Uint8Array {
  const groups = Math.ceil(numbers.length / 8);
  const bytes = new Uint8Array(1 + MOST_VARINT + groups * bitWidth);
  bytes[0] = bitWidth;
  let at = writeVarint(bytes, 1, (groups << 1) | 1);
  const end = at + groups * bitWidth;
  let pending = 0;
  let bits = 0;
  for (let i = 0; i < numbers.length; i++) {
    pending |= (numbers[i] as number) << bits;
    for (bits += bitWidth; bits >= 8; bits -= 8) {
      bytes[at++] = pending;
      pending >>>= 8;
    }
  }
  if (bits > 0) bytes[at] = pending;
  return bytes.subarray(0, end);
}

const MOST_VARINT = 5;

/** Numbers of up to 8 bits as runs of equal ones. `give` hands over at most so many runs, which need not be the longest. */
export function runLengths(most: number, give: (run: (value: number, count: number) => void) => void): Uint8Array {
  const bytes = new Uint8Array(most * (MOST_VARINT + 1));
  let at = 0;
  let value = 0;
  let count = 0;
  const end = (): void => {
    if (count === 0) return;
    at = writeVarint(bytes, at, count << 1);
    bytes[at++] = value;
  };
  give((next, more) => {
    if (next !== value) {
      end();
      value = next;
      count = 0;
    }
    count += more;
  });
  end();
  return bytes.subarray(0, at);
}

/** Writes a number in groups of 7 bits; returns where it ends. */
function writeVarint(bytes: Uint8Array, from: number, number: number): number {
  let at = from;
  let rest = number;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}
