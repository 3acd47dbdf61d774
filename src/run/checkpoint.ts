/**
 * Checkpoints of a stage: folders `checkpoint-<step>`, each written beside its place, its manifest last, then renamed.
 * The newest complete one is usable at every moment. The one before it is kept too, for a disk that damages the newest;
 * older ones are deleted once a newer one is on the disk.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDirectoryAtomically } from '../directory-swap.js';
import { RltError, StorageError } from '../errors.js';
import { verifyManifest, writeManifest } from '../manifest.js';
import { writeSynced } from '../storage.js';
import { isAbsence, storageError } from '../system-errors.js';

const STATE = 'state.json';
const NAME = /^checkpoint-(\d+)$/;

/** How many checkpoints of a stage are kept. */
const KEPT = 2;

const stateSchema = z.strictObject({
  step: z.int().min(0),
  metricsBytes: z.int().min(0),
  // Checkpoints of earlier versions have none.
  metricsSha256: z.string().optional(),
  state: z.json(),
});

export interface Checkpoint<State> {
  /** Steps done. */
  readonly step: number;
  /** The folder that `fill` wrote into. */
  readonly directory: string;
  /** Length of the stage's metrics when it was written. */
  readonly metricsBytes: number;
  /** SHA-256 of the stage's metrics up to that length. */
  readonly metricsSha256: string | undefined;
  readonly state: State;
}

export function isCheckpointName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Writes a checkpoint, then deletes older ones but for the one before. `fill` writes synced files into the folder that it is given, for
 * example with a policy's saveState; `state` is any JSON value.
 * @throws {StorageError} when it cannot be written (a full disk); the previous checkpoint is then untouched
 */
export async function writeCheckpoint(
  stageDirectory: string,
  checkpoint: {
    readonly step: number;
    readonly metricsBytes: number;
    readonly metricsSha256?: string;
    readonly state: unknown;
  },
  fill: (directory: string) => Promise<void>,
): Promise<void> {
  const { step, metricsBytes, metricsSha256, state } = checkpoint;
  const name = `checkpoint-${step}`;
  await writeDirectoryAtomically(join(stageDirectory, name), async (partial) => {
    await fill(partial);
    await writeSynced(
      join(partial, STATE),
      `${JSON.stringify({ step, metricsBytes, metricsSha256, state }, null, 2)}\n`,
    );
    await writeManifest(partial);
  });
  const before = (await stepsOf(stageDirectory)).filter((other) => other < step).sort((a, b) => b - a);
  const kept = new Set([step, ...before.slice(0, KEPT - 1)]);
  await removeCheckpoints(stageDirectory, (other) => !kept.has(other));
}

/** Deletes the checkpoints of the steps that `which` selects. */
export async function removeCheckpoints(stageDirectory: string, which: (step: number) => boolean): Promise<void> {
  for (const step of await stepsOf(stageDirectory)) {
    if (which(step)) await rm(join(stageDirectory, `checkpoint-${step}`), { recursive: true, force: true });
  }
}

async function stepsOf(stageDirectory: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(stageDirectory);
  } catch (cause) {
    if (isAbsence(cause)) return [];
    throw storageError('read', stageDirectory, cause);
  }
  return names.flatMap((name) => {
    const step = NAME.exec(name)?.[1];
    return step === undefined ? [] : [Number(step)];
  });
}

/** A checkpoint that cannot be used, and why. */
export interface Damage {
  /** Steps that were done when it was written. */
  readonly step: number;
  readonly error: RltError;
}

/**
 * The newest checkpoint that is complete and unharmed, or undefined. A damaged one is passed over and reported: the
 * stage then resumes from the one before it, or from the start.
 * @param check throws when a checkpoint does not fit what else the stage left.
 */
export async function newestCheckpoint<State>(
  stageDirectory: string,
  parse: (state: unknown) => State,
  report: (damage: Damage) => void,
  check: (checkpoint: Checkpoint<State>) => Promise<void> = async () => undefined,
): Promise<Checkpoint<State> | undefined> {
  for (const step of (await stepsOf(stageDirectory)).sort((a, b) => b - a)) {
    const directory = join(stageDirectory, `checkpoint-${step}`);
    try {
      if ((await verifyManifest(directory)) === undefined)
        throw new StorageError('the checkpoint has no manifest', { file: directory });
      const stored = stateSchema.parse(JSON.parse(await readFile(join(directory, STATE), 'utf8')));
      const { metricsBytes, metricsSha256 } = stored;
      const checkpoint = { step: stored.step, directory, metricsBytes, metricsSha256, state: parse(stored.state) };
      await check(checkpoint);
      return checkpoint;
    } catch (cause) {
      report({ step, error: storageErrorOf(directory, cause) });
    }
  }
  return undefined;
}

function storageErrorOf(directory: string, cause: unknown): RltError {
  return cause instanceof RltError ? cause : storageError('use the checkpoint', directory, cause);
}
