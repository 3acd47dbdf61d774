/** "Did you mean" of runs. */
import { basename, join } from 'node:path';
import { nearPath } from '../near-path.js';
import { isRun } from './begun-stages.js';

/** Where runs are made, unless another directory is named. */
const RUNS = 'runs';

/**
 * The run whose directory is called nearly as one that is not there, beside it or where runs are made, with the names behind
 * the path: `runs/quikstart:rlt` was meant to be `runs/quickstart:rlt`.
 */
export function nearRun(reference: string): string | undefined {
  const [, path = reference, names = ''] = /^(.+?)((?::[^:/\\]+){0,2})$/.exec(reference) ?? [];
  const near = nearPath(path, isRun) ?? (basename(path) === path ? nearPath(join(RUNS, path), isRun) : undefined);
  return near === undefined ? undefined : `${near}${names}`;
}

/**
 * A remedy for what names no run: the nearest one, before what else can be named.
 * @param isAlso what may be meant where no run is near
 */
export function runRemedy(reference: string, otherwise: string, isAlso?: (path: string) => boolean): string {
  const near = nearRun(reference) ?? (isAlso === undefined ? undefined : nearPath(reference, isAlso));
  return near === undefined ? otherwise : `Did you mean ${near}? ${otherwise}`;
}
