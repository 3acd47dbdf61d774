/** Files that are either whole or absent: written beside their place, synced, then renamed. */
import { constants } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorageError } from './errors.js';
import { errorCode, isAbsence, storageError } from './system-errors.js';

/**
 * Makes a directory and those above it that are missing. Node's own recursive call never returns where a file system
 * answers that nothing is there to a new entry of a directory that is (`/proc`; Node 20).
 * @throws {StorageError} when it cannot be made: it says `cannot ${action}`, and names `named`
 */
export async function makeDirectory(path: string, action = 'make the directory', named = path): Promise<void> {
  const target = resolve(path);
  try {
    const { nearest, missing } = await nearestDirectory(target);
    for (const directory of missing) {
      try {
        await mkdir(directory);
      } catch (cause) {
        // Another process may have made it in between.
        if (errorCode(cause) === 'EEXIST' && (await isThere(directory))) continue;
        if (errorCode(cause) !== 'ENOENT') throw cause;
        throw new StorageError(`cannot ${action}: ${nearest} takes no new entries`, {
          file: named,
          remedy: 'Choose a place on an ordinary file system.',
          cause,
        });
      }
    }
  } catch (cause) {
    throw storageError(action, named, cause);
  }
}

/**
 * Checks that a directory can be made or written in, as far as that is known without doing so.
 * @throws {StorageError} when a part of the path is a file, or the nearest directory that is there cannot be written: it
 * says `cannot ${action}`, and names `named`
 */
export async function requireWritable(path: string, action: string, named = path): Promise<void> {
  try {
    const { nearest } = await nearestDirectory(resolve(path));
    await access(nearest, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw storageError(action, named, cause);
  }
}

/**
 * As `requireWritable`, and makes an entry in the nearest directory and removes it again: the permissions of some file
 * systems (`/proc`) promise more than they keep.
 * @throws {StorageError} when the directory takes no new entries
 */
export async function requireNewEntries(path: string, action: string, named = path): Promise<void> {
  await requireWritable(path, action, named);
  const { nearest } = await nearestDirectory(resolve(path));
  try {
    await rmdir(await mkdtemp(join(nearest, `${PARTIAL_PREFIX}probe-`)));
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw storageError(action, named, cause);
    throw new StorageError(`cannot ${action}: ${nearest} takes no new entries`, {
      file: named,
      remedy: 'Choose a place on an ordinary file system.',
      cause,
    });
  }
}

/**
 * Bytes that this user can still write where a path lies, or would lie; undefined where the file system does not say.
 * Quotas are not known.
 */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { nearest } = await nearestDirectory(resolve(path));
    const { blocks, bavail, bsize } = await statfs(nearest);
    // File systems that hold no files of their own have no blocks.
    return blocks === 0 ? undefined : bavail * bsize;
  } catch {
    // Some file systems do not answer. What is wrong with the path is said by what writes there.
    return undefined;
  }
}

/** The nearest directory at or above a path that is there, and those below it that are missing, the uppermost first. */
async function nearestDirectory(
  target: string,
): Promise<{ readonly nearest: string; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  for (let nearest = target; ; nearest = dirname(nearest)) {
    try {
      if ((await stat(nearest)).isDirectory()) return { nearest, missing };
      throw Object.assign(new Error(`${nearest} is not a directory`), { code: 'ENOTDIR' });
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT' || dirname(nearest) === nearest) throw cause;
      missing.unshift(nearest);
    }
  }
}

/** A file or directory that is being written. */
const PARTIAL_PREFIX = '.partial-';

/** Whether a name is that of a file or directory whose writing did not end. */
export function isUnfinished(name: string): boolean {
  // Earlier versions put their mark at the end of the names of JSONL files.
  return name.startsWith(PARTIAL_PREFIX) || name.endsWith('.partial');
}

let writes = 0;

/** A name that no other write uses: the process id tells processes apart, the count the writes of one process. */
export function partialOf(target: string): string {
  return join(dirname(target), `${PARTIAL_PREFIX}${basename(target)}.${process.pid}-${writes++}`);
}

/** Deletes what killed processes left of their writes of the same target. */
export async function removeAbandoned(target: string): Promise<void> {
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

/** What file systems answer that cannot sync a directory: mounted buckets, shares, some of FUSE. */
const NO_DIRECTORY_SYNC: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF', 'EISDIR']);

/**
 * Makes the entries of a directory durable, where the file system can. Windows cannot open directories and needs no
 * such call.
 */
export async function syncDirectory(
  directory: string,
  openDirectory: (path: string) => Promise<Pick<FileHandle, 'sync' | 'close'>> = (path) => open(path, 'r'),
): Promise<void> {
  if (process.platform === 'win32') return;
  let handle: Pick<FileHandle, 'sync' | 'close'> | undefined;
  try {
    handle = await openDirectory(directory);
    await handle.sync();
  } catch (cause) {
    if (!NO_DIRECTORY_SYNC.has(errorCode(cause))) throw cause;
  } finally {
    await handle?.close();
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
  await refuseSpecialTarget(path);
  try {
    await makeDirectory(dirname(target), 'write', path);
    await removeAbandoned(target);
    await writeSynced(partial, content, path);
    await rename(partial, target);
    await syncDirectory(dirname(target));
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw storageError('write', path, cause);
  }
}

/**
 * Writes and syncs a file in place: for files inside a directory that is itself put in its place later. `named`: what the
 * user calls it.
 * @throws {StorageError} when it cannot be written
 */
export async function writeSynced(
  path: string,
  content: string | Uint8Array | ((handle: FileHandle) => Promise<void>),
  named = path,
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
    throw storageError('write', named, cause);
  }
}

/**
 * Where a path leads, absolute, when what it names is a link; nothing need be there. A link to a directory that is being
 * swapped leads nowhere for a moment.
 * @throws {StorageError} when links cannot be followed, or lead in a circle
 */
export async function behindLinks(path: string): Promise<string> {
  let place = resolve(path);
  try {
    // As many as Linux follows.
    for (let links = 0; links <= 40; links++) {
      const facts = await lstat(place).catch((cause: unknown) => {
        if (isAbsence(cause)) return undefined;
        throw cause;
      });
      if (facts?.isSymbolicLink() !== true) return place;
      place = resolve(await realpath(dirname(place)), await readlink(place));
    }
    throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
  } catch (cause) {
    throw storageError('follow the link', path, cause);
  }
}

/**
 * Whether anything is at a path, behind links.
 * @throws {StorageError} when the system does not say, as of a path below a folder that may not be searched
 */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (isAbsence(cause)) return false;
    throw storageError('look for it', path, cause);
  }
}

/**
 * What is at a path that is neither a file nor a directory, with what to do; undefined for what is one, and for nothing.
 * Asked before it is opened: opening a named pipe waits for its writer, and nothing stops that.
 */
export async function specialFile(
  path: string,
): Promise<{ readonly what: string; readonly remedy: string } | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || facts.isFile() || facts.isDirectory()) return undefined;
  const what = facts.isFIFO() ? 'a pipe' : facts.isSocket() ? 'a socket' : 'a device';
  return {
    what,
    remedy: facts.isFIFO() ? 'Write what comes out of it to a file first, and name that file.' : 'Name a file.',
  };
}

/**
 * @param remedy what to do; by default with a file that was to be read
 * @throws {StorageError} when it is a pipe, a socket or a device
 */
export async function refuseSpecialFile(path: string, remedy?: string): Promise<void> {
  const special = await specialFile(path);
  if (special === undefined) return;
  throw new StorageError(`this is ${special.what}, not a file`, { file: path, remedy: remedy ?? special.remedy });
}

/**
 * As `refuseSpecialFile`, of one that is to be written: a rename would put a file in the place of a device. Nor is a name of a
 * folder that of a file.
 */
export async function refuseSpecialTarget(path: string): Promise<void> {
  const remedy = 'Name a file to write to, which need not exist.';
  await refuseSpecialFile(path, remedy);
  const isFolder =
    /(?:^|[/\\])\.{0,2}$/.test(path) || (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (isFolder) throw new StorageError('this is a folder, not a file', { file: path, remedy });
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
 * @throws {StorageError} when it cannot be read, or is a pipe, a socket or a device
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  await refuseSpecialFile(path);
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
