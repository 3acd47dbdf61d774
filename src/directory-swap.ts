/** Directories that are either whole or absent: written beside their place, synced, then swapped with what was there. */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StorageError } from './errors.js';
import { behindLinks, isThere, makeDirectory, partialOf, removeAbandoned, syncDirectory } from './storage.js';
import { errorCode, isAbsence, storageError } from './system-errors.js';

/** A directory that was replaced and is about to be deleted. */
const REPLACED_PREFIX = '.replaced-';

/**
 * Puts a directory in its place whole. `fill` writes into a directory beside it (with writeSynced); then a
 * directory that was at `path` is renamed away, the new one is renamed to `path`, and the old one is deleted.
 *
 * At every moment `path` is the old directory, the new one, or - between two renames, for microseconds - absent, with
 * both complete beside it: no system call that Node offers swaps two directories. `recoverDirectory` completes a swap
 * that a crash interrupted there; every reader of such a directory calls it first. No reader sees a half-written one.
 *
 * A link stays, and what it leads to is replaced.
 * @param mayReplace throws where what is at the place must stay; asked before anything is written, and again before the
 * swap, since filling can take long
 * @throws {StorageError} when it cannot be written, and whatever `fill` and `mayReplace` throw; the old directory is then
 * untouched
 */
export async function writeDirectoryAtomically(
  path: string,
  fill: (partial: string) => Promise<void>,
  mayReplace: (place: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const target = await behindLinks(path);
  const partial = partialOf(target);
  const replaced = join(dirname(target), `${REPLACED_PREFIX}${basename(target)}`);
  let isFilled = false;
  try {
    await makeDirectory(dirname(target), 'write', path);
    await removeAbandoned(target);
    await recoverDirectory(target);
    await mayReplace(target);
    await mkdir(partial);
    await fill(partial);
    isFilled = true;
    await syncDirectory(partial);
    await mayReplace(target);
    await renameIfThere(target, replaced);
    try {
      await rename(partial, target);
    } catch (cause) {
      await renameIfThere(replaced, target);
      throw cause;
    }
    await syncDirectory(dirname(target));
    await removeReplaced(replaced);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    if (isFilled && (isTaken(cause) || isAbsence(cause)))
      throw new StorageError('another process wrote to this place meanwhile', {
        file: path,
        remedy: 'Write again, or give each process a place of its own.',
        cause,
      });
    throw storageError('write', path, cause);
  }
}

/** That something is where a directory was to be renamed to, or came into one that was being deleted. */
const isTaken = (cause: unknown): boolean => ['ENOTEMPTY', 'EEXIST'].includes(errorCode(cause) ?? '');

/** Deletes what was replaced. Whoever replaced it may be doing so too, or be replacing it again. */
async function removeReplaced(replaced: string): Promise<void> {
  await rm(replaced, { recursive: true, force: true }).catch((cause: unknown) => {
    if (!isTaken(cause) && !isAbsence(cause)) throw cause;
  });
}

/** How often a directory is read again that was swapped meanwhile. */
const MOST_READINGS = 10;

/**
 * What is read of one directory at a path, and not of one and of another that took its place meanwhile: then it is read again.
 * @param discard lets go of what was read of two
 * @throws whatever `read` throws where nothing took its place
 */
export async function readUnswapped<T>(
  path: string,
  read: () => Promise<T>,
  discard: (result: T) => Promise<void>,
): Promise<T> {
  for (let reading = 1; ; reading++) {
    const before = await versionAt(path);
    let result: T;
    try {
      result = await read();
    } catch (cause) {
      const after = await versionAt(path);
      // A swap leaves the place empty for a moment.
      if (after === undefined) await setTimeout(SWAP_MILLISECONDS);
      const isThereAgain = after === undefined && (await versionAt(path)) !== undefined;
      if (reading === MOST_READINGS || (after === before && !isThereAgain)) throw cause;
      continue;
    }
    if ((await versionAt(path)) === before) return result;
    await discard(result);
    if (reading === MOST_READINGS)
      throw new StorageError('this is replaced again and again while it is read', {
        file: path,
        remedy: 'Read it when whoever writes it is done, or have it written to a place of its own.',
      });
  }
}

/** What tells directories at a path apart; undefined where there is none. */
async function versionAt(path: string): Promise<string | undefined> {
  const facts = await stat(path, { bigint: true }).catch(() => undefined);
  return facts && `${facts.ino} ${facts.birthtimeNs}`;
}

/** How often a place is looked at before a swap counts as interrupted; one takes microseconds, and longer on a busy disk. */
const SWAP_LOOKS = 10;
const SWAP_MILLISECONDS = 20;

/**
 * Completes a swap of `writeDirectoryAtomically` that a crash interrupted: when the directory is absent and the one it
 * replaces is still beside it, that one is put back; when both exist, the old one is deleted. Another process may be
 * in the middle of its swap, so what is absent is given time to appear.
 * @throws {StorageError} when the directories cannot be renamed or deleted
 */
export async function recoverDirectory(path: string): Promise<void> {
  const target = await behindLinks(path);
  const replaced = join(dirname(target), `${REPLACED_PREFIX}${basename(target)}`);
  try {
    if (!(await isThere(replaced))) return;
    for (let looks = 0; looks < SWAP_LOOKS; looks++) {
      if (await isThere(target)) return await removeReplaced(replaced);
      await setTimeout(SWAP_MILLISECONDS);
    }
    await renameIfThere(replaced, target).catch((cause: unknown) => {
      // It has appeared after all.
      if (!isTaken(cause)) throw cause;
    });
  } catch (cause) {
    throw storageError('recover', path, cause);
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    if (!isAbsence(cause)) throw cause;
  }
}
