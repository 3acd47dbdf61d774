/** Whether a fetched file is what its name says, for hubs that state no checksum. */
import { open, readFile } from 'node:fs/promises';
import { StorageError } from '../../errors.js';
import { isObject } from '../../json.js';

const REMEDY =
  'Nothing of it was kept: run the same command again. If this repeats, something between here and the hub changes it.';

const damaged = (url: string, what: string): StorageError => new StorageError(`${url} ${what}`, { remedy: REMEDY });

/** Bytes at the beginning and end that tell what a file is. */
const EDGE_BYTES = 4096;

async function edges(path: string): Promise<{ readonly start: Buffer; readonly end: Buffer; readonly size: number }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(EDGE_BYTES, size);
    const [start, end] = [Buffer.alloc(length), Buffer.alloc(length)];
    await handle.read(start, 0, length, 0);
    await handle.read(end, 0, length, size - length);
    return { start, end, size };
  } finally {
    await handle.close();
  }
}

/**
 * Refuses what cannot be the file: a web page, as a login page or a proxy answers, and a file that is cut off. `path` is
 * where it was saved, and `name` what the repository calls it.
 * @throws {StorageError} naming the URL
 */
export async function checkContent(path: string, name: string, url: string, contentType: string | null): Promise<void> {
  const { start, end, size } = await edges(path);
  if (/^\s*<(?:!doctype|html|head|\?xml)/i.test(start.toString('latin1')) || /^text\/html/i.test(contentType ?? ''))
    throw damaged(url, 'was answered by a web page instead of the file');
  if (
    name.endsWith('.parquet') &&
    (start.subarray(0, 4).toString() !== 'PAR1' || end.subarray(-4).toString() !== 'PAR1')
  )
    throw damaged(url, 'is not a whole Parquet file');
  if (name.endsWith('.safetensors') && size !== statedSize(start, await headerOf(path, start, size)))
    throw damaged(url, 'is not a whole safetensors file');
  if (/\.jsonl?$|\.ndjson$/.test(name) && size === 0) throw damaged(url, 'is empty');
  if (name.endsWith('.json') && !(await isJson(path))) throw damaged(url, 'is not whole JSON');
  if (/\.(?:jsonl|ndjson)$/.test(name) && !isLastLineWhole(end, size))
    throw damaged(url, 'ends in the middle of a line');
}

/** JSON files of a repository are at most some megabytes; larger ones are lists of records, which their reader checks. */
const MOST_JSON_BYTES = 64 * 2 ** 20;

async function isJson(path: string): Promise<boolean> {
  const bytes = await readFile(path);
  if (bytes.length > MOST_JSON_BYTES) return true;
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  try {
    JSON.parse(text);
    return true;
  } catch {
    // JSON Lines under another name.
    return text.trimEnd().split('\n').length > 1 && isLastLineWhole(bytes, bytes.length);
  }
}

/** Whether the last line is JSON; one that is longer than the bytes at hand is taken to be. */
function isLastLineWhole(end: Buffer, size: number): boolean {
  const lines = end
    .toString('utf8')
    .trimEnd()
    .split(/[\r\n]+/);
  if (lines.length === 1 && size > end.length) return true;
  try {
    JSON.parse((lines.at(-1) ?? '').replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}

async function headerOf(path: string, start: Buffer, size: number): Promise<unknown> {
  const length = start.length < 8 ? 0 : Number(start.readBigUInt64LE(0));
  if (length === 0 || length > Math.min(size - 8, 100 * 2 ** 20)) return undefined;
  const handle = await open(path, 'r');
  try {
    const header = Buffer.alloc(length);
    await handle.read(header, 0, length, 8);
    return JSON.parse(header.toString('utf8'));
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

/** The size of a safetensors file by its header; undefined where there is none. */
function statedSize(start: Buffer, header: unknown): number | undefined {
  if (!isObject(header)) return undefined;
  const ends = Object.values(header).map((tensor) => {
    const offsets: unknown = isObject(tensor) ? tensor.data_offsets : undefined;
    return Array.isArray(offsets) ? Number(offsets[1]) : 0;
  });
  return 8 + Number(start.readBigUInt64LE(0)) + Math.max(0, ...ends);
}
