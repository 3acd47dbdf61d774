/** Files that a command writes: an existing one is replaced only where that is asked for. */
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../errors.js';
import { RECIPE_FILE } from '../run/begun-stages.js';
import { DECISIONS_FILE, EVENTS_FILE } from '../run/directory.js';
import { LOCK_FILE } from '../run/lock.js';
import { METRICS_FILE } from '../run/metrics.js';
import { ROLLOUTS_FOLDER } from '../run/rollouts.js';
import { KEPT_FOLDER } from '../run/stage-directory.js';
import { TRACKING_FOLDER } from '../tracking/cursor.js';

export const OVERWRITE_OPTION = ['--overwrite', 'replace the file if it exists'] as const;

/**
 * Refuses a file that cannot be written where it is named, before anything is computed for it.
 * @param option the option that names the file, for the advice
 * @throws {UsageError} when it exists and is not to be replaced, or is a folder, or belongs to a run
 */
export function requireFree(file: string, option: string, overwrite = false): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError('this is a folder, not a file', { file, remedy: `Name a file with ${option}.` });
  const run = runOf(file);
  if (run !== undefined)
    throw new UsageError('this is a file of a run, which would be lost', {
      file,
      remedy: `Name another with ${option}, best outside of the run ${run}.`,
    });
  // A link to nothing is there, too.
  if (overwrite || lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new UsageError('the file exists already', { file, remedy: `Name another with ${option}, or add --overwrite.` });
}

/** What a run keeps in its directory; whatever else is there is its owner's. */
const RUN_FILES = [RECIPE_FILE, EVENTS_FILE, METRICS_FILE, DECISIONS_FILE, LOCK_FILE];
const RUN_FOLDERS = ['stages', ROLLOUTS_FOLDER, KEPT_FOLDER, TRACKING_FOLDER];

/** The run that a file is of; undefined where it is of none. Links lead to the file that would be written. */
function runOf(file: string): string | undefined {
  const path = realPath(resolve(file));
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const isRun = existsSync(join(folder, RECIPE_FILE)) && existsSync(join(folder, EVENTS_FILE));
    const [first = '', ...others] = relative(folder, path).split(sep);
    if (isRun && (others.length === 0 ? RUN_FILES : RUN_FOLDERS).includes(first)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The path without links, as far as it is there. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
}
