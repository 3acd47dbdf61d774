/** Bodies with `Content-Encoding: zstd` (RFC 8878). */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { InputError } from '../../../errors.js';

const MAGIC = 0xfd2fb528;
const RAW_BLOCK = 128 * 1024;
/** The largest window that a decoder should support (RFC 8878, section 3.1.1.1.2). */
const LARGEST_WINDOW = 8 * 2 ** 20;

/**
 * Compresses where Node can (from 22.15 on). Elsewhere the frame holds the bytes as they are, which every decoder reads.
 */
export function zstdFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const compress = 'zstdCompressSync' in zlib ? (zlib.zstdCompressSync as (data: Uint8Array) => Buffer) : undefined;
  if (compress !== undefined) return new Uint8Array(compress(bytes));
  const blocks = Math.max(1, Math.ceil(bytes.length / RAW_BLOCK));
  const frame = new Uint8Array(9 + 3 * blocks + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  // A single segment, whose size stands in 4 bytes: no window, no checksum, no dictionary.
  frame[4] = 0b10100000;
  view.setUint32(5, bytes.length, true);
  let at = 9;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * RAW_BLOCK, (block + 1) * RAW_BLOCK);
    const header = (part.length << 3) | (block === blocks - 1 ? 1 : 0);
    view.setUint16(at, header & 0xffff, true);
    frame[at + 2] = header >>> 16;
    frame.set(part, at + 3);
    at += 3 + part.length;
  }
  return frame;
}

/**
 * Decompresses at most `limit` bytes. A frame says first how much memory it takes, and one that takes more is refused
 * before any is allocated.
 * @throws {InputError} when the bytes are not one frame, or one of more than `limit` bytes
 */
export function zstdContent(frame: Uint8Array, limit: number): Uint8Array {
  if (memoryOfFrame(frame) > Math.max(limit, LARGEST_WINDOW)) throw tooLarge(limit);
  const parts: Uint8Array[] = [];
  let length = 0;
  const decompress = new Decompress((part) => {
    length += part.length;
    if (length > limit) throw tooLarge(limit);
    parts.push(part);
  });
  try {
    decompress.push(frame, true);
  } catch (cause) {
    throw cause instanceof InputError ? cause : new InputError('the zstd frame of the body is damaged', { cause });
  }
  return Buffer.concat(parts, length);
}

const tooLarge = (limit: number): InputError => new InputError(`the body is larger than ${limit} bytes`);

/** The window, or the size of the content where it is a single segment (RFC 8878, section 3.1.1.1). */
function memoryOfFrame(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 9 || view.getUint32(0, true) !== MAGIC)
    throw new InputError('the body is not compressed by zstd, though it says so');
  const descriptor = frame[4] ?? 0;
  const single = (descriptor & 0b100000) !== 0;
  const sized = descriptor >>> 6;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (single ? 0 : 1) + dictionary;
  const sizeBytes = sized === 0 ? (single ? 1 : 0) : 2 ** sized;
  const end = endOfBlocks(frame, at + sizeBytes) + ((descriptor & 0b100) === 0 ? 0 : 4);
  // A second frame could ask for any amount of memory.
  if (end !== frame.length) throw new InputError('the body is not one whole zstd frame');
  if (!single) {
    const window = frame[5] ?? 0;
    const base = 2 ** (10 + (window >>> 3));
    return base + (base / 8) * (window & 7);
  }
  if (sizeBytes === 1) return frame[at] ?? 0;
  if (sizeBytes === 2) return view.getUint16(at, true) + 256;
  return sizeBytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function endOfBlocks(frame: Uint8Array, start: number): number {
  for (let at = start; at + 3 <= frame.length; ) {
    const header = (frame[at] ?? 0) | ((frame[at + 1] ?? 0) << 8) | ((frame[at + 2] ?? 0) << 16);
    // A block of type 1 repeats one byte.
    at += 3 + (((header >>> 1) & 3) === 1 ? 1 : header >>> 3);
    if ((header & 1) === 1) return at;
  }
  return -1;
}
