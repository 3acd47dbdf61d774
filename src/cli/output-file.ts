/** Files that a command writes: an existing one is replaced only where that is asked for. */
import { existsSync, lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { RECIPE_FILE } from '../run/begun-stages.js';
import { ownersOf } from '../run/owner.js';

export const OVERWRITE_OPTION = ['--overwrite', 'replace the file if it exists'] as const;

/**
 * Refuses a file that cannot be written where it is named, before anything is computed for it.
 * @param option the option that names the file, for the advice
 * @throws {UsageError} when it exists and is not to be replaced, or is a folder, or belongs to a run
 */
export function requireFree(file: string, option: string, overwrite = false): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError('this is a folder, not a file', { file, remedy: `Name a file with ${option}.` });
  const owner = ownersOf(file).find(({ isOwn }) => isOwn);
  if (owner !== undefined)
    throw new UsageError('this is a file of a run, which would be lost', {
      file,
      remedy: `Name another with ${option}, best outside of the run ${owner.run}.`,
    });
  // A link to nothing is there, too.
  if (overwrite || lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new UsageError('the file exists already', { file, remedy: `Name another with ${option}, or add --overwrite.` });
}

/**
 * Refuses a run directory that lies in another run's, which would be copied, pushed and deleted with that run. One in which a
 * run is already is continued there.
 * @throws {UsageError} when it does
 */
export function requireApart(runDirectory: string): void {
  const [owner] = ownersOf(runDirectory);
  if (owner === undefined || (!owner.isOwn && existsSync(join(runDirectory, RECIPE_FILE)))) return;
  throw new UsageError('the run directory lies in that of another run', {
    file: runDirectory,
    remedy: `Name another with --out, outside of the run ${owner.run}.`,
  });
}
