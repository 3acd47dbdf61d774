/** "Did you mean" of paths: what lies beside a missing one, and is called nearly so. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearest } from './suggestion.js';

/**
 * The path nearest to one that is not there; a folder on the way to it may be misspelt as well.
 * @param isMeant what it may be, of the paths that are there
 */
export function nearPath(path: string, isMeant: (path: string) => boolean = existsSync): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  const folder = existsSync(parent) ? parent : nearPath(parent);
  if (folder === undefined) return undefined;
  const names = namesIn(folder).filter((name) => isMeant(join(folder, name)));
  const near = nearest(basename(path), names);
  return near === undefined ? undefined : join(folder, near);
}

/** None of a folder that cannot be read, and of what is none: that is told where the path itself is. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
