/** A file that a tracker appends to: what a killed process left behind its remembered length is cut off. */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory, writeAll } from '../../storage.js';
import { storageError } from '../../system-errors.js';

/** Writes `bytes` behind the first `length` bytes of a file, durably, and returns the new length. */
export async function appendAt(file: string, length: number, bytes: Uint8Array): Promise<number> {
  try {
    await makeDirectory(dirname(file));
    // 'a' would write behind what is cut off, and 'r+' needs the file to be there.
    await (await open(file, 'a')).close();
    const handle = await open(file, 'r+');
    try {
      await handle.truncate(length);
      await writeAll(handle, bytes, length);
      await handle.sync();
      return length + bytes.length;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw storageError('write', file, cause);
  }
}

/** The length of a file that is remembered under `bytes`; 0 where there is none yet. */
export const lengthIn = ({ bytes = 0 }: Readonly<Record<string, string | number>>): number => Number(bytes);
