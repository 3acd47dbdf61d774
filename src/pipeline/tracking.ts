/** Trackers of a recipe: beside a run that works, and for one that is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonl } from '../data/files/jsonl.js';
import { ConnectionError, UsageError } from '../errors.js';
import { loadRecipe } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { RECIPE_FILE, requireKeptRecipe } from '../run/begun-stages.js';
import { EVENTS_FILE } from '../run/directory.js';
import { isInUse } from '../run/lock.js';
import { runRemedy } from '../run/near-run.js';
import { Followers, lockTracking, reasonOf } from '../tracking/follower.js';
import { parametersOf } from '../tracking/parameters.js';
import { Sender } from '../tracking/sender.js';
import { type TrackerSettings, trackersIn } from '../tracking/settings.js';
import { stagesOf } from '../tracking/source.js';
import { type RunState, type TrackedRun, TrackerError } from '../tracking/tracker.js';
import { trackersOf } from '../tracking/trackers.js';

/** @throws {UsageError} when a tracker of the recipe could not work */
export async function checkTrackers({ track }: Recipe, runDirectory: string): Promise<void> {
  await trackersOf(trackersIn(track), runDirectory);
}

/** When the first event of a run was. */
async function beginning(runDirectory: string): Promise<number> {
  const file = join(runDirectory, EVENTS_FILE);
  if (existsSync(file)) {
    for await (const { value } of readJsonl(file, { fileBytes: Number.MAX_SAFE_INTEGER })) {
      const time = Date.parse(String(value.time));
      if (Number.isFinite(time)) return time;
    }
  }
  return Date.now();
}

async function sendersOf(
  recipe: Recipe,
  settings: readonly TrackerSettings[],
  runDirectory: string,
): Promise<readonly Sender[]> {
  const run: TrackedRun = {
    name: recipe.name,
    began: await beginning(runDirectory),
    parameters: parametersOf({ ...recipe }),
  };
  const made = await trackersOf(settings, runDirectory);
  return made.map(([kind, tracker]) => new Sender(tracker, kind, runDirectory, run));
}

/** Follows a run with the trackers of its recipe, until the function that it returns is called. Nothing that happens to them reaches the run. */
export async function followRun(
  recipe: Recipe,
  runDirectory: string,
  tell: (text: string) => void,
): Promise<() => Promise<void>> {
  const settings = trackersIn(recipe.track);
  const followers = await Followers.begin(runDirectory, () => sendersOf(recipe, settings, runDirectory), tell);
  return async () => {
    try {
      await followers.close(await stateOf(recipe, runDirectory));
    } catch (error) {
      tell(`the trackers did not end as they should: ${reasonOf(error)}`);
    }
  };
}

/** Whether all stages of the recipe are done, or work on them has only stopped. */
async function stateOf(recipe: Recipe, runDirectory: string): Promise<RunState> {
  const done = new Set((await stagesOf(runDirectory)).flatMap(({ name, isDone }) => (isDone ? [name] : [])));
  return recipe.stages.every(({ name }) => done.has(name)) ? 'complete' : 'stopped';
}

/** What one tracker got. */
export interface Tracked {
  readonly tracker: string;
  /** Steps that were sent now. */
  readonly steps: number;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
/** How long a tracker may take before whoever waits is told of it. */
const PATIENCE_MS = 2_000;

export interface TrackOptions {
  readonly signal: AbortSignal;
  /** Told of what there is to wait for, and of what of the run cannot be read. */
  readonly tell: (text: string) => void;
  readonly patienceMs?: number;
}

/**
 * Sends what the trackers of a run have not got, or those given in place of the recipe's own.
 * @throws {UsageError} when the directory holds no run, or there is no tracker
 * @throws {BusyError} when another process sends the figures of this run
 * @throws {ConnectionError} when a tracker does not take everything
 */
export async function trackRun(
  runDirectory: string,
  given: readonly TrackerSettings[] | undefined,
  options: TrackOptions,
): Promise<readonly Tracked[]> {
  const file = join(runDirectory, RECIPE_FILE);
  if (!existsSync(file)) {
    requireKeptRecipe(runDirectory);
    throw new UsageError('there is no run here', {
      file: runDirectory,
      remedy: runRemedy(runDirectory, 'Name the directory of a run: runs/NAME.'),
    });
  }
  const recipe = await loadRecipe(file);
  const settings = given ?? trackersIn(recipe.track);
  if (settings.length === 0) {
    throw new UsageError('the recipe of this run names no tracker', {
      file: runDirectory,
      remedy: 'Name one: --to tensorboard, --to wandb, --to mlflow=http://HOST:5000 or --to trackio=http://HOST:7860.',
    });
  }
  const lock = await lockTracking(runDirectory);
  try {
    const state = (await isInUse(runDirectory)) ? undefined : await stateOf(recipe, runDirectory);
    const tracked: Tracked[] = [];
    const failures: string[] = [];
    const damaged = new Map<string, number>();
    for (const sender of await sendersOf(recipe, settings, runDirectory)) {
      const failure = await untilSent(sender, state, options);
      if (failure !== undefined) failures.push(`${sender.tracker.label}: ${failure}`);
      tracked.push({ tracker: sender.tracker.label, steps: sender.delivered });
      for (const [path, lines] of sender.damaged(state !== undefined)) damaged.set(path, lines);
    }
    for (const [path, lines] of damaged)
      options.tell(
        `warning: ${join(runDirectory, path)}: ${lines} ${lines === 1 ? 'line' : 'lines'} could not be read`,
      );
    if (failures.length === 0) return tracked;
    throw new ConnectionError(`not everything was sent: ${failures.join('; ')}`, {
      remedy: 'Nothing is lost; the same command sends the rest.',
    });
  } finally {
    await lock.release();
  }
}

/** Sends everything, in several attempts; returns why it did not succeed. */
async function untilSent(
  sender: Sender,
  state: RunState | undefined,
  { signal, tell, patienceMs = PATIENCE_MS }: TrackOptions,
): Promise<string | undefined> {
  let failure: string | undefined;
  const waiting = setTimeout(
    () => tell(`waiting for ${sender.tracker.label}${failure === undefined ? '' : `: ${failure}; it is asked again`}`),
    patienceMs,
  );
  try {
    for (let attempts = 1; ; attempts++) {
      try {
        await sender.send(signal, state);
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        failure = reasonOf(error);
        const isFinal = !(error instanceof TrackerError) || error.isFinal;
        if (isFinal || attempts === ATTEMPTS) return failure;
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempts));
      }
    }
  } finally {
    clearTimeout(waiting);
  }
}
