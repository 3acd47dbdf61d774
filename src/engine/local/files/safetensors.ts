/** Safetensors files, read tensor by tensor and written in one pass, with float32 in memory. */
import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { refusePointer } from '../../../downloaded-file.js';
import { InputError, NumericError, StorageError, UnsupportedError } from '../../../errors.js';
import { refuseSpecialFile, writeAll } from '../../../storage.js';
import { storageError } from '../../../system-errors.js';
import type { FloatType } from './architecture.js';
import { BYTES_OF, bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float-types.js';
import {
  headerBytes,
  readHeader,
  readHeaderLength,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors-header.js';

/** Elements that are converted at a time: half-precision files never lie in memory whole. */
const CHUNK_ELEMENTS = 1 << 22;

/** An open file. Its header was checked; the numbers are read when asked for. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /**
   * The numbers of a tensor, row-major, as float32: in `into` where it is given, which has their number.
   *
   * @throws {InputError} when there is no such tensor or the file ends early
   * @throws {UnsupportedError} when it is not F32, F16 or BF16
   */
  read(name: string, into?: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a file and checks its whole header.
 * @throws {StorageError} when it cannot be read
 * @throws {InputError} when the header is invalid
 * @throws {UnsupportedError} when a tensor is of an unknown type
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  if (endianness() !== 'LE') {
    throw new UnsupportedError('weight files are little-endian, this machine is not', { file: path });
  }
  await refuseSpecialFile(path);
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw storageError('open', path, cause);
  });
  try {
    const { size } = await handle.stat();
    const start = new Uint8Array(Math.min(64, size));
    await readInto(handle, start, 0, path);
    refusePointer(start, path);
    const headerLength = readHeaderLength(start.subarray(0, 8), size, path);
    const json = new Uint8Array(headerLength);
    await readInto(handle, json, 8, path);
    const dataStart = 8 + headerLength;
    const header = readHeader(json, size - dataStart, path);
    return {
      ...header,
      path,
      read: (name, into) => readTensor(handle, header, name, dataStart, path, into),
      close: () => handle.close(),
    };
  } catch (cause) {
    await handle.close();
    throw storageError('read', path, cause);
  }
}

async function readInto(handle: FileHandle, bytes: Uint8Array, position: number, file: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
    if (bytesRead === 0) throw new StorageError('the file became shorter while it was read', { file });
    done += bytesRead;
  }
}

async function readTensor(
  handle: FileHandle,
  header: SafetensorsHeader,
  name: string,
  dataStart: number,
  file: string,
  into?: Float32Array,
): Promise<Float32Array> {
  const entry = header.tensors.get(name);
  if (entry === undefined) throw new InputError('no such tensor', { file, tensor: name });
  const { type, shape, start } = entry;
  if (!isFloatType(type)) {
    throw new UnsupportedError(`weights of type ${type}`, {
      file,
      tensor: name,
      remedy: `Supported are ${Object.keys(BYTES_OF).join(', ')}.`,
    });
  }
  const size = shape.reduce((product, one) => product * one, 1);
  const values = into ?? new Float32Array(size);
  if (values.length !== size)
    throw new RangeError(`${name} has ${size} numbers, and room for ${values.length} was given`);
  const from = dataStart + start;
  try {
    if (type === 'F32') {
      await readInto(handle, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), from, file);
      return values;
    }
    const convert = type === 'F16' ? float16ToFloat32 : bfloat16ToFloat32;
    const halves = new Uint16Array(Math.min(values.length, CHUNK_ELEMENTS));
    for (let done = 0; done < values.length; done += CHUNK_ELEMENTS) {
      const chunk = halves.subarray(0, Math.min(CHUNK_ELEMENTS, values.length - done));
      await readInto(handle, new Uint8Array(chunk.buffer, 0, chunk.byteLength), from + 2 * done, file);
      convert(chunk, values.subarray(done, done + chunk.length));
    }
    return values;
  } catch (cause) {
    throw storageError('read', file, cause);
  }
}

function isFloatType(type: string): type is FloatType {
  return Object.hasOwn(BYTES_OF, type);
}

export interface SafetensorsOptions {
  /** Default F32. F16 and BF16 round to nearest, ties to even. */
  readonly type?: FloatType;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file from the handle's start. The bytes depend on names, shapes and numbers only, not on the
 * order in which the values come: tensors lie in the order of their names.
 *
 * @param shapes every tensor of the file.
 * @param values each tensor's numbers once, in any order; only one needs to be in memory at a time.
 * @throws {InputError} when a tensor is missing, duplicate, unknown or of another size
 * @throws {NumericError} when a finite number would become an infinity in the chosen type
 * @throws {StorageError} when the file cannot be written
 */
export async function writeSafetensors(
  handle: FileHandle,
  file: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  values: Iterable<readonly [name: string, values: Float32Array]>,
  options: SafetensorsOptions = {},
): Promise<void> {
  const type = options.type ?? 'F32';
  const entries = layOut(shapes, type, file);
  const prefix = headerBytes(entries.values(), options.metadata ?? {});
  const missing = new Set(entries.keys());
  try {
    await writeAll(handle, prefix);
    for (const [name, array] of values) {
      const entry = entries.get(name);
      if (entry === undefined) throw new InputError('not a tensor of this file', { file, tensor: name });
      if (!missing.delete(name)) throw new InputError('given twice', { file, tensor: name });
      if (array.length * BYTES_OF[type] !== entry.end - entry.start) {
        throw new InputError(`${array.length} numbers for a shape of [${entry.shape.join(', ')}]`, {
          file,
          tensor: name,
        });
      }
      await writeTensor(handle, file, array, type, entry, prefix.length + entry.start);
    }
  } catch (cause) {
    throw storageError('write', file, cause);
  }
  const [first] = missing;
  if (first !== undefined) throw new InputError(`${missing.size} tensors were not given`, { file, tensor: first });
}

function layOut(
  shapes: ReadonlyMap<string, readonly number[]>,
  type: FloatType,
  file: string,
): ReadonlyMap<string, TensorEntry> {
  const entries = new Map<string, TensorEntry>();
  let start = 0;
  for (const [name, shape] of [...shapes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name === '__metadata__')
      throw new InputError('a name that the format keeps for itself', { file, tensor: name });
    const end = start + shape.reduce((product, size) => product * size, BYTES_OF[type]);
    entries.set(name, { name, type, shape, start, end });
    start = end;
  }
  return entries;
}

async function writeTensor(
  handle: FileHandle,
  file: string,
  values: Float32Array,
  type: FloatType,
  entry: TensorEntry,
  position: number,
): Promise<void> {
  if (type === 'F32') {
    await writeAll(handle, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    return;
  }
  const [convert, infinity] = type === 'F16' ? [float32ToFloat16, 0x7c00] : [float32ToBfloat16, 0x7f80];
  const halves = new Uint16Array(Math.min(values.length, CHUNK_ELEMENTS));
  for (let done = 0; done < values.length; done += CHUNK_ELEMENTS) {
    const chunk = values.subarray(done, done + CHUNK_ELEMENTS);
    const converted = halves.subarray(0, chunk.length);
    convert(chunk, converted);
    for (let i = 0; i < chunk.length; i++) {
      if (((converted[i] as number) & 0x7fff) === infinity && Number.isFinite(chunk[i])) {
        throw new NumericError(`${chunk[i]} is too large for ${type}`, {
          file,
          tensor: entry.name,
          remedy: type === 'F16' ? 'Write BF16 or F32.' : 'Write F32.',
        });
      }
    }
    await writeAll(handle, new Uint8Array(converted.buffer, 0, converted.byteLength), position + 2 * done);
  }
}
