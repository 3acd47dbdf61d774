/** Directories that are either whole or absent: written beside their place, synced, then swapped with what was there. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { behindLinks, isThere, makeDirectory, partialOf, removeAbandoned, syncDirectory } from './storage.js';
import { isAbsence, storageError } from './system-errors.js';

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
  try {
    await makeDirectory(dirname(target), 'write', path);
    await removeAbandoned(target);
    await recoverDirectory(target);
    await mayReplace(target);
    await mkdir(partial);
    await fill(partial);
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
    await rm(replaced, { recursive: true, force: true });
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw storageError('write', path, cause);
  }
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
    for (let looks = 0; looks < SWAP_LOOKS && !(await isThere(target)); looks++) await setTimeout(SWAP_MILLISECONDS);
    if (await isThere(target)) await rm(replaced, { recursive: true, force: true });
    else await renameIfThere(replaced, target);
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
