/**
 * The header of a safetensors file: 8 bytes of length (unsigned, little-endian), then that many bytes of JSON, then the
 * tensors' bytes. Checked as strictly as the Rust crate does, so that a file has one meaning or none.
 * Format: https://github.com/huggingface/safetensors#format
 */
import { decodeUtf8 } from '../../../downloaded-file.js';
import { InputError, UnsupportedError } from '../../../errors.js';
import { isJsonObject, type JsonValue, parseJsonObject } from './json.js';

/** The crate's limit: a longer header is an attack or a damaged length. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bytes an element of each type of the format, also of those that no model of ours can have. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
  C64: 8,
};

export interface TensorEntry {
  readonly name: string;
  /** As the format names it: F32, BF16, I64, ... */
  readonly type: string;
  readonly shape: readonly number[];
  /** Place of its bytes after the header: [start, end). */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

const REMEDY = 'The file is damaged or was cut short: fetch it again, or run again what wrote it.';

/** Reads the 8 bytes of length. @throws {InputError} when it exceeds the limit or the file */
export function readHeaderLength(prefix: Uint8Array, fileBytes: number, file: string): number {
  if (prefix.length < 8) {
    throw new InputError(`${prefix.length} bytes are too few for a safetensors file`, { file, remedy: REMEDY });
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new InputError(`a header of ${length} bytes exceeds the limit of ${MAX_HEADER_BYTES}`, {
      file,
      remedy: 'The file is damaged or not a safetensors file: fetch it again, or run again what wrote it.',
    });
  }
  if (8 + Number(length) > fileBytes) {
    throw new InputError(`the header needs ${length} bytes, but the file ends after ${fileBytes}`, {
      file,
      remedy: REMEDY,
    });
  }
  return Number(length);
}

/**
 * Reads the JSON of the header.
 *
 * @param dataBytes the bytes of the file after the header; the tensors must cover them without hole or overlap.
 * @throws {InputError} when the header is invalid, naming the tensor that is to blame
 */
export function readHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  if (json[0] !== 0x7b) throw new InputError('the header does not begin with {', { file, remedy: REMEDY });
  const object = parseJsonObject(decodeUtf8(json, file), file);
  const metadata = readMetadata(object.__metadata__, file);
  const entries = Object.entries(object)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => readEntry(name, value, file))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const { name, start, end } of entries) {
    if (start !== covered) {
      const what = start < covered ? 'overlaps the tensor before it' : `leaves a hole of ${start - covered} bytes`;
      throw new InputError(`${what}: its bytes begin at ${start}, not ${covered}`, { file, tensor: name });
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new InputError(`the tensors need ${covered} bytes, but ${dataBytes} follow the header`, {
      file,
      remedy: REMEDY,
    });
  }
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

function readMetadata(value: JsonValue | undefined, file: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const field = '__metadata__';
  if (!isJsonObject(value)) throw new InputError('expected an object of strings', { file, field });
  const pairs = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw new InputError('expected a string', { file, field: `${field}.${key}` });
    return [key, text];
  });
  return Object.fromEntries(pairs);
}

/** Safe integers only: offsets beyond 2^53 would be rounded. */
function isSize(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readEntry(name: string, value: JsonValue, file: string): TensorEntry {
  const place = { file, tensor: name };
  if (!isJsonObject(value)) throw new InputError('expected an object with dtype, shape and data_offsets', place);
  const { dtype: type, shape, data_offsets: offsets } = value;
  if (typeof type !== 'string') throw new InputError('no dtype', place);
  const elementBytes = Object.hasOwn(ELEMENT_BYTES, type) ? ELEMENT_BYTES[type] : undefined;
  if (elementBytes === undefined) {
    throw new UnsupportedError(`dtype ${JSON.stringify(type)}`, {
      ...place,
      remedy: `Known are ${Object.keys(ELEMENT_BYTES).join(', ')}.`,
    });
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) throw new InputError('the shape is not a list of sizes', place);
  const [start, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  if (!isSize(start) || !isSize(end)) throw new InputError('data_offsets are not two whole numbers', place);
  if (end < start) throw new InputError(`its bytes end at ${end}, before they begin at ${start}`, place);
  let bytes = elementBytes;
  for (const size of shape) {
    bytes *= size;
    // A later 0 does not heal an overflow; the crate refuses it, too.
    if (!Number.isSafeInteger(bytes)) throw new InputError(`a shape of [${shape.join(', ')}] is too large`, place);
  }
  if (bytes !== end - start) {
    throw new InputError(
      `a shape of [${shape.join(', ')}] of ${type} needs ${bytes} bytes, but its offsets hold ${end - start}`,
      place,
    );
  }
  return { name, type, shape, start, end };
}

/**
 * The bytes before the tensors, length included; `tensors` must be in the order of their bytes. Padded with spaces so
 * that the tensors begin at a multiple of 8.
 */
export function headerBytes(
  tensors: Iterable<TensorEntry>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]];
  for (const { name, type, shape, start, end } of tensors) {
    entries.push([name, { dtype: type, shape, data_offsets: [start, end] }]);
  }
  // By hand, because an object would move names that look like indices to its front.
  const json = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = new TextEncoder().encode(`{${json.join()}}`);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
