/**
 * A run directory, in which one process works at a time:
 *
 *     lock.json            which process holds it
 *     recipe.yaml          the resolved recipe
 *     events.jsonl         what happened and when: everything that depends on a clock
 *     metrics.jsonl        one line per step, the same bytes for the same recipe
 *     rollouts/NN-name/    what reinforcement learning sampled; may be deleted
 *     kept/NN-name/        models of earlier steps, where they are asked for; may be deleted
 *     stages/NN-name/      stage.json, metrics.jsonl, artifacts, checkpoint-<step>/ while it runs, manifest.json last
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { JsonlAppender } from '../data/files/jsonl.js';
import { UsageError } from '../errors.js';
import { makeDirectory, requireNewEntries, requireWritable, writeFileAtomically } from '../storage.js';
import { storageError } from '../system-errors.js';
import {
  type Differences,
  NO_DIFFERENCES,
  RECIPE_FILE,
  requireSameRecipe,
  type StageIdentity,
} from './begun-stages.js';
import { acquireLock, type Lock } from './lock.js';
import { EVENTS_FILE, foreignFiles, ownersOf } from './owner.js';
import { StageDirectory } from './stage-directory.js';

export { DECISIONS_FILE, EVENTS_FILE } from './owner.js';
/** The events of every process that works on a run, and of a stage that is done, with the seconds that they took. */
export const RUN_BEGINS = 'run begins';
export const RUN_ENDS = 'run ends';
export const STAGE_TOOK = 'stage took';
/** The events of a run that ended before its end: by an error, which has `message` and `remedy`; by a request. */
export const RUN_FAILS = 'run fails';
export const RUN_STOPS = 'run stops';
/** The event of a note that warns, with its `text`: a run that took hours is read later. */
export const WARNING = 'warning';
export const isWarning = (note: string): boolean => /^(step \d+: )?warning: /.test(note);
/** The event of answers that other graders graded again, with the names of these before (`was`) and `now`. */
export const GRADED_AGAIN = 'graded again';
/** What the warning of it begins with, which holds until they are graded again. */
export const GRADED_WARNING = 'warning: graded again by ';
/** The event of each data set that a process read: `data` is its name, and numbers of rows and problems are beside it. */
export const DATA_READ = 'data read';

export interface RunDirectoryOptions {
  readonly directory: string;
  /** The resolved recipe, as YAML. */
  readonly recipe: string;
  readonly stages: readonly StageIdentity[];
  /** In what another recipe differs from this one, to name when its stages are refused. */
  readonly differences?: Differences;
  /** Require an earlier run to resume. By default an existing run is resumed and a missing one begun. */
  readonly resume?: boolean;
  /** The clock that events are stamped by. */
  readonly now?: () => Date;
}

export class RunDirectory {
  readonly directory: string;
  readonly #lock: Lock;
  readonly #events: JsonlAppender;
  readonly #now: () => Date;

  private constructor(directory: string, lock: Lock, events: JsonlAppender, now: () => Date) {
    this.directory = directory;
    this.#lock = lock;
    this.#events = events;
    this.#now = now;
  }

  /**
   * Opens or makes the directory and locks it. What an earlier process left is kept: finished stages stay done, and an
   * unfinished one resumes from its last checkpoint.
   * @throws {BusyError} when another process works in it
   * @throws {UsageError} when it holds stages of another recipe, naming them, or no run where one must be resumed
   */
  static async open(options: RunDirectoryOptions): Promise<RunDirectory> {
    const {
      directory,
      recipe,
      stages,
      differences = () => NO_DIFFERENCES,
      resume = false,
      now = () => new Date(),
    } = options;
    if (resume) requireEarlierRun(directory);
    await requireRunDirectory(directory);
    await makeDirectory(directory, MAKE);
    await makeDirectory(join(directory, 'stages'), actionOn(directory), directory);
    const lock = await acquireLock(directory);
    try {
      await requireSameRecipe(directory, stages, differences);
      // First of the files: by it a run that is killed here is known.
      const events = await JsonlAppender.open(join(directory, EVENTS_FILE));
      try {
        await writeFileAtomically(join(directory, RECIPE_FILE), recipe);
      } catch (cause) {
        await events.close();
        throw cause;
      }
      return new RunDirectory(directory, lock, events, now);
    } catch (cause) {
      await lock.release();
      throw cause;
    }
  }

  /** Adds a line to events.jsonl, stamped with the time. */
  async event(event: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#events.append({ time: this.#now().toISOString(), event, ...fields });
  }

  /**
   * Opens a stage.
   * @throws {StorageError} when it is done, but one of its files is missing or has changed since
   */
  async stage(identity: StageIdentity): Promise<StageDirectory> {
    return await StageDirectory.open(this, identity);
  }

  async close(): Promise<void> {
    await this.#events.sync();
    await this.#events.close();
    await this.#lock.release();
  }
}

const MAKE = 'make the run directory';

/** What a process is about to do with a run directory, for messages. */
const actionOn = (directory: string): string => (existsSync(directory) ? 'write in the run directory' : MAKE);

/**
 * @throws {UsageError} when a file is where the run directory is to be, it has files of others under the names of a run's, or it
 * lies in a folder of another run's own
 * @throws {StorageError} when a file is where one of the folders above it is to be, or it cannot be written
 */
export async function requireRunDirectory(directory: string): Promise<void> {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    throw storageError(MAKE, directory, cause);
  }
  if (found?.isDirectory() === false)
    throw new UsageError('the run directory is a file', { file: directory, remedy: 'Name another with --out.' });
  const foreign = foreignFiles(directory);
  if (foreign.length > 0)
    throw new UsageError(`a run would overwrite files here that no run wrote: ${foreign.join(', ')}`, {
      file: directory,
      remedy: 'Name another directory with --out, or rename the files.',
    });
  const owner = ownersOf(directory).find(({ isOwn }) => isOwn);
  if (owner !== undefined)
    throw new UsageError('the run directory lies in a folder that belongs to another run', {
      file: directory,
      remedy: `Name another with --out, outside of the run ${owner.run}.`,
    });
  await requireWritable(directory, actionOn(directory));
}

/**
 * As `requireRunDirectory`, and makes an entry where the run would, and removes it again.
 * @throws {UsageError | StorageError} as `requireRunDirectory`, and when there can be no new entries
 */
export async function requireRunEntries(directory: string): Promise<void> {
  await requireRunDirectory(directory);
  await requireNewEntries(directory, actionOn(directory));
}

/** @throws {UsageError} when the directory holds no run */
export function requireEarlierRun(directory: string): void {
  if (existsSync(join(directory, RECIPE_FILE))) return;
  throw new UsageError('there is no earlier run to resume', {
    file: directory,
    remedy: 'Leave out --resume, or name its directory with --out.',
  });
}
