/** Files of models and data that were downloaded: read strictly, and recognised where only a pointer was fetched. */
import { open } from 'node:fs/promises';
import { InputError } from './errors.js';

const POINTER = 'version https://git-lfs.github.com/spec/v';

/**
 * Refuses a file that Git LFS left in place of the contents: a clone without `git lfs` holds such pointers.
 *
 * @param start the file's first bytes, at least as many as a pointer's first line has.
 * @throws {InputError} when it is a pointer
 */
export function refusePointer(start: Uint8Array, file: string): void {
  if (new TextDecoder('latin1').decode(start.subarray(0, POINTER.length)) !== POINTER) return;
  throw new InputError('this is a Git LFS pointer, not the file itself', {
    file,
    remedy: 'Run `git lfs pull` in the repository that it came from, or download the file again.',
  });
}

/**
 * As refusePointer, of a file by its path.
 * @throws {InputError} when it is a pointer
 */
export async function refusePointerFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(POINTER.length), 0, POINTER.length, 0);
    refusePointer(buffer.subarray(0, bytesRead), file);
  } finally {
    await handle.close();
  }
}

/** Decodes bytes as strict UTF-8. @throws {InputError} when they are not UTF-8, or a Git LFS pointer */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  refusePointer(bytes, file);
  try {
    // ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InputError('not valid UTF-8', { file, cause, remedy: 'Fetch the file again.' });
  }
}
