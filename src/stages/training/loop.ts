/**
 * A loop of optimiser steps that survives being killed: it resumes at its last checkpoint and ends in the same bytes.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import type { CursorState } from '../../data/cursor.js';
import type { FrozenCopy, StateReference } from '../../engine/engine.js';
import { InputError, InterruptedError, RltError } from '../../errors.js';
import type { Metrics } from '../../method/metrics.js';
import { throwIfInterrupted } from '../../stopping.js';
import { writeSynced } from '../../storage.js';
import type { StageContext } from '../definition/stage.js';

export interface StepOutcome {
  readonly metrics: Metrics;
  readonly tokens: number;
  readonly phases?: Readonly<Record<string, number>>;
}

/** The models that a step changes, by their names in a checkpoint. */
export type SavedModels = Readonly<Record<string, Pick<FrozenCopy, 'saveState' | 'restoreState'>>>;

export interface Loop<State> {
  readonly steps: number;
  readonly checkpointEvery: number;
  /** The state of the loop besides the models: the position in the data. A JSON value. */
  state(): State;
  parse(state: unknown): State;
  /** The models that steps change, in their current state. */
  models(): SavedModels;
  /** Completes what steps left to be done: before a checkpoint is written, and after the last step. */
  settle?(): Promise<void>;
  /** Moves back to the position in the data at which a checkpoint was written. */
  rewind?(state: State): void;
  /**
   * Runs step number `step`, from 0. Returns its metrics, the number of tokens computed and, if measured, seconds by
   * phase. If interrupted, it throws InterruptedError before any model has changed.
   */
  body(step: number): Promise<StepOutcome>;
}

/**
 * Runs the remaining steps. A checkpoint is written every `checkpointEvery` steps, and on interruption.
 * @throws {InputError} when the checkpoint is beyond the last step, or lacks the state of a model
 * @throws {InterruptedError} when the stage's signal is aborted
 */
export async function trainingLoop<State>(context: StageContext, loop: Loop<State>): Promise<void> {
  const { directory: stage, progress, signal } = context;
  const resumed = await stage.begin(loop.parse, context.note);
  if (resumed !== undefined) {
    if (resumed.step > loop.steps) {
      throw new InputError(`the checkpoint is of step ${resumed.step}, but the recipe has ${loop.steps} steps`, {
        file: resumed.directory,
        remedy: 'Use the recipe that wrote the checkpoint, or choose another folder.',
      });
    }
    await restoreModels(loop.models(), resumed.directory);
    loop.rewind?.(resumed.state);
    context.note(`resumes after step ${resumed.step}`);
  }
  let saved = resumed?.step ?? 0;
  const checkpoint = async (step: number, state: State) => {
    if (saved === step) return;
    await loop.settle?.();
    await stage.checkpoint(step, state, (directory) => saveModels(loop.models(), directory));
    saved = step;
  };
  progress.report({ done: saved, of: loop.steps });
  for (let step = saved; step < loop.steps; step++) {
    // A step advances the position in the data; an interrupted step is repeated with the same data.
    const before = loop.state();
    const began = performance.now();
    const { metrics, tokens, phases } = await inStep(context.name, step, async () => {
      throwIfInterrupted(signal);
      return await loop.body(step);
    }).catch(async (error: unknown) => {
      if (error instanceof InterruptedError) await checkpoint(step, before);
      throw error;
    });
    await stage.metrics(step, metrics);
    const seconds = (performance.now() - began) / 1000;
    await stage.event('step', { step, seconds, tokens, ...(phases === undefined ? {} : { phases }) });
    progress.report({ done: step + 1, of: loop.steps, tokens, values: shown(metrics) });
    if ((step + 1) % loop.checkpointEvery === 0 && step + 1 < loop.steps) await checkpoint(step + 1, loop.state());
  }
  await loop.settle?.();
}

/** The file of a checkpoint that says where its models' states are: in its own folder, or on their engine's server. */
const STATES_FILE = 'models.json';
const statesSchema = z.record(
  z.string(),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('directory'), directory: z.string() }),
    z.strictObject({ kind: z.literal('served'), path: z.string() }),
  ]),
);

async function saveModels(models: SavedModels, directory: string): Promise<void> {
  const states: Record<string, StateReference> = {};
  for (const [name, model] of Object.entries(models)) {
    const state = await model.saveState(join(directory, name));
    // Checkpoints are renamed after writing and runs may be moved, so directories are relative to the checkpoint.
    states[name] = state.kind === 'directory' ? { ...state, directory: relative(directory, state.directory) } : state;
  }
  await writeSynced(join(directory, STATES_FILE), `${JSON.stringify(states, null, 2)}\n`);
}

async function restoreModels(models: SavedModels, directory: string): Promise<void> {
  const file = join(directory, STATES_FILE);
  const states = statesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  for (const [name, model] of Object.entries(models)) {
    const state = states[name];
    if (state === undefined) throw new InputError(`the checkpoint has no state of the model ${name}`, { file });
    await model.restoreState(
      state.kind === 'directory' ? { ...state, directory: join(directory, state.directory) } : state,
    );
  }
}

/** The few metrics shown as progress. */
function shown(metrics: Metrics): Metrics {
  const names = {
    reward: 'reward',
    r_SS: 'reward/solution',
    r_KL: 'reward/kl',
    right: 'answers/right',
    loss: 'update/loss',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([label, name]) => {
      const value = metrics[name];
      return value === undefined || (label === 'loss' && metrics.reward !== undefined) ? [] : [[label, value]];
    }),
  );
}

export const cursorState = z.strictObject({ seed: z.int(), count: z.int(), epoch: z.int(), position: z.int() });
/** The `parse` of loops over data. */
export const parseCursorState = (state: unknown): CursorState => cursorState.parse(state);

/** Adds stage and step to errors that lack them. */
async function inStep<T>(stage: string, step: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RltError && error.facts.stage === undefined) throw error.at({ stage, step });
    throw error;
  }
}
