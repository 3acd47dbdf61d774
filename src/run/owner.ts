/** Which run a path lies in, and whether it is one of the run's own: what is written there would damage it. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { RECIPE_FILE, stagesLeft } from './begun-stages.js';
import { LOCK_FILE } from './lock.js';
import { METRICS_FILE } from './metrics.js';
import { ROLLOUTS_FOLDER } from './rollouts.js';
import { KEPT_FOLDER } from './stage-directory.js';

export const EVENTS_FILE = 'events.jsonl';
/** What came of the whole run. */
export const SUMMARY_FILE = 'summary.json';
/** What was decided by what the data have. */
export const DECISIONS_FILE = 'decisions.json';
/** How far the figures of the run were sent on. */
export const TRACKING_FOLDER = 'tracking';

/** What a run keeps in its directory; whatever else is there is its owner's. */
const RUN_FILES = [RECIPE_FILE, EVENTS_FILE, METRICS_FILE, DECISIONS_FILE, LOCK_FILE];
const RUN_FOLDERS = ['stages', ROLLOUTS_FOLDER, KEPT_FOLDER, TRACKING_FOLDER];

/** Names that a run writes under, of files that are there although no run was: those of its owner. */
export function foreignFiles(directory: string): readonly string[] {
  const { done, begun } = stagesLeft(directory);
  if (existsSync(join(directory, EVENTS_FILE)) || done.length + begun.length > 0) return [];
  // A run that was killed before it wrote anything leaves its lock.
  const files = [...RUN_FILES, SUMMARY_FILE].filter((file) => file !== LOCK_FILE);
  return files.filter((file) => existsSync(join(directory, file)));
}

/** A run in whose directory a path lies. */
export interface Owner {
  readonly run: string;
  /** Whether the path is one of the run's files, or lies in one of its folders. */
  readonly isOwn: boolean;
}

/** The runs that a path lies in, the innermost first. Links lead to the place that would be written. */
export function ownersOf(path: string): readonly Owner[] {
  const place = realPath(resolve(path));
  const owners: Owner[] = [];
  for (let folder = dirname(place); ; folder = dirname(folder)) {
    const [first = '', ...others] = relative(folder, place).split(sep);
    if (existsSync(join(folder, RECIPE_FILE)) && existsSync(join(folder, EVENTS_FILE))) {
      const isFile = others.length === 0 && RUN_FILES.includes(first);
      owners.push({ run: folder, isOwn: isFile || RUN_FOLDERS.includes(first) });
    }
    if (folder === dirname(folder)) return owners;
  }
}

/** The path without links, as far as it is there. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
}
