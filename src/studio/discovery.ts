/** Finds run directories: those that are named, and those in folders that are named. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RECIPE_FILE } from '../run/begun-stages.js';
import { isAbsence, storageError } from '../system-errors.js';

/** How far below a folder runs are looked for: `runs/NAME`, and `runs/GROUP/NAME`. */
const DEPTH = 2;

const isRun = (directory: string): boolean =>
  existsSync(join(directory, RECIPE_FILE)) && existsSync(join(directory, 'stages'));

async function foldersIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => join(directory, name))
      .sort();
  } catch (cause) {
    if (isAbsence(cause)) return [];
    throw storageError('read', directory, cause);
  }
}

async function runsBelow(directory: string, depth: number): Promise<readonly string[]> {
  if (isRun(directory)) return [directory];
  if (depth === 0) return [];
  const found: string[] = [];
  for (const folder of await foldersIn(directory)) found.push(...(await runsBelow(folder, depth - 1)));
  return found;
}

const idOf = (directory: string): string => createHash('sha256').update(directory).digest('base64url').slice(0, 12);

/** The runs at and below these folders, by id. */
export async function findRuns(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders)
    for (const directory of await runsBelow(resolve(folder), DEPTH)) found.set(idOf(directory), directory);
  return found;
}
