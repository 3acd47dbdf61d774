/** Files and directories that are either whole or absent: written beside their place, synced, then renamed. */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RltError, StorageError } from './errors.js';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path: there is nothing there.',
  EACCES: 'Check the permissions of the directory.',
  EPERM: 'Check the permissions of the directory.',
  EROFS: 'Choose a writable place.',
  ENOSPC: 'Free space on the disk and resume; what was written before is unharmed.',
  EDQUOT: 'Free space in the quota and resume; what was written before is unharmed.',
  EFBIG: 'Choose a file system that holds files of this size.',
  ENOTDIR: 'Check the path: one of its parts is a file.',
  EISDIR: 'Check the path: it is a directory.',
  EEXIST: 'Choose another path, or move away what is there.',
  ENOTEMPTY: 'Choose another path, or move away what is there.',
  EMFILE: 'Raise the limit of open files (ulimit -n).',
  ENAMETOOLONG: 'Choose a shorter path.',
  EIO: 'Check the disk: the system reports an input/output error.',
};

/** The system's code for an error (`ENOENT`); undefined for any other error. */
export function errorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** Whether the system says that there is nothing at a path. */
export function isAbsence(cause: unknown): boolean {
  const code = errorCode(cause);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Turns what the file system threw into a StorageError that names the file; errors of ours pass through unchanged. */
export function storageError(action: string, file: string, cause: unknown): RltError {
  if (cause instanceof RltError) return cause;
  const code = errorCode(cause);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new StorageError(`cannot ${action}: ${reason}`, { file, cause, ...(remedy === undefined ? {} : { remedy }) });
}

/** A file or directory that is being written, or that was replaced and is about to be deleted. */
const PARTIAL_PREFIX = '.partial-';
const REPLACED_PREFIX = '.replaced-';

/** Whether a name is that of a file or directory whose writing did not end. */
export function isUnfinished(name: string): boolean {
  // Earlier versions put their mark at the end of the names of JSONL files.
  return name.startsWith(PARTIAL_PREFIX) || name.endsWith('.partial');
}

let writes = 0;

/** A name that no other write uses: the process id tells processes apart, the count the writes of one process. */
function partialOf(target: string): string {
  return join(dirname(target), `${PARTIAL_PREFIX}${basename(target)}.${process.pid}-${writes++}`);
}

/** Deletes what killed processes left of their writes of the same target. */
async function removeAbandoned(target: string): Promise<void> {
  const prefix = `${PARTIAL_PREFIX}${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    const pid = name.startsWith(prefix) ? /^([0-9]+)-[0-9]+$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && !isProcessAlive(Number(pid))) {
      await rm(join(dirname(target), name), { recursive: true, force: true });
    }
  }
}

/** Whether a process of this machine runs. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: alive, but another user's.
    return errorCode(cause) !== 'ESRCH';
  }
}

/** Makes the entries of a directory durable. Windows cannot open directories and needs no such call. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes all of `bytes` at `position`, or where the handle stands: one call of `write` may write less than it is given.
 */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    // Linux writes at most 2 GiB - 4 KiB in one call.
    const length = Math.min(bytes.length - done, 1 << 30);
    const { bytesWritten } = await handle.write(bytes, done, length, position === undefined ? null : position + done);
    done += bytesWritten;
  }
}

/**
 * Puts a file in its place whole: a reader sees the old file or the new one, even after a crash. Missing parent
 * directories are created. `content` may be a function that writes into the open file piece by piece.
 * @throws {StorageError} when it cannot be written (disk full, forbidden, ...); the old file is then untouched
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array | ((handle: FileHandle) => Promise<void>),
): Promise<void> {
  const target = resolve(path);
  const partial = partialOf(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await removeAbandoned(target);
    await writeSynced(partial, content);
    await rename(partial, target);
    await syncDirectory(dirname(target));
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw storageError('write', path, cause);
  }
}

/**
 * Writes and syncs a file in place: for files inside a directory that is itself put in its place later.
 * @throws {StorageError} when it cannot be written
 */
export async function writeSynced(
  path: string,
  content: string | Uint8Array | ((handle: FileHandle) => Promise<void>),
): Promise<void> {
  try {
    const handle = await open(path, 'w');
    try {
      if (typeof content === 'function') await content(handle);
      else await writeAll(handle, typeof content === 'string' ? new TextEncoder().encode(content) : content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw storageError('write', path, cause);
  }
}

/**
 * Puts a directory in its place whole. `fill` writes into a directory beside it (with writeSynced); then a
 * directory that was at `path` is renamed away, the new one is renamed to `path`, and the old one is deleted.
 *
 * At every moment `path` is the old directory, the new one, or - between two renames, for microseconds - absent, with
 * both complete beside it: no system call that Node offers swaps two directories. `recoverDirectory` completes a swap
 * that a crash interrupted there; every reader of such a directory calls it first. No reader sees a half-written one.
 * @throws {StorageError} when it cannot be written, and whatever `fill` throws; the old directory is then untouched
 */
export async function writeDirectoryAtomically(path: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const target = resolve(path);
  const partial = partialOf(target);
  const replaced = join(dirname(target), `${REPLACED_PREFIX}${basename(target)}`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await removeAbandoned(target);
    await recoverDirectory(target);
    await mkdir(partial);
    await fill(partial);
    await syncDirectory(partial);
    await renameIfThere(target, replaced);
    try {
      await rename(partial, target);
    } catch (cause) {
      await renameIfThere(replaced, target);
      throw cause;
    }
    await syncDirectory(dirname(target));
    await rm(replaced, { recursive: true, force: true });
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw storageError('write', path, cause);
  }
}

/**
 * Completes a swap of `writeDirectoryAtomically` that a crash interrupted: when the directory is absent and the one it
 * replaces is still beside it, that one is put back; when both exist, the old one is deleted.
 * @throws {StorageError} when the directories cannot be renamed or deleted
 */
export async function recoverDirectory(path: string): Promise<void> {
  const target = resolve(path);
  const replaced = join(dirname(target), `${REPLACED_PREFIX}${basename(target)}`);
  try {
    if (!(await isThere(replaced))) return;
    if (await isThere(target)) await rm(replaced, { recursive: true, force: true });
    else await rename(replaced, target);
  } catch (cause) {
    throw storageError('recover', path, cause);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (isAbsence(cause)) return false;
    throw cause;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    if (!isAbsence(cause)) throw cause;
  }
}

/**
 * Names of the files in a directory, sorted by code unit, without unfinished ones.
 * @throws {StorageError} when it cannot be read
 */
export async function listFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith(PARTIAL_PREFIX))
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    throw storageError('read', directory, cause);
  }
}

/**
 * The bytes of a file.
 * @throws {StorageError} when it cannot be read
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw storageError('read', path, cause);
  }
}

/**
 * A file as UTF-8 text; malformed bytes become U+FFFD.
 * @throws {StorageError} when it cannot be read
 */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}
