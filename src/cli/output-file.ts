/** Files that a command writes: an existing one is replaced only where that is asked for. */
import { lstatSync, statSync } from 'node:fs';
import { UsageError } from '../errors.js';

export const OVERWRITE_OPTION = ['--overwrite', 'replace the file if it exists'] as const;

/**
 * Refuses a file that cannot be written where it is named, before anything is computed for it.
 * @param option the option that names the file, for the advice
 * @throws {UsageError} when it exists and is not to be replaced, or is a folder
 */
export function requireFree(file: string, option: string, overwrite = false): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError('this is a folder, not a file', { file, remedy: `Name a file with ${option}.` });
  // A link to nothing is there, too.
  if (overwrite || lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new UsageError('the file exists already', { file, remedy: `Name another with ${option}, or add --overwrite.` });
}
