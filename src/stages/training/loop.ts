/** A loop of optimiser steps that survives being killed: it continues at its last checkpoint and ends in the same bytes. */
import { z } from 'zod';
import type { CursorState } from '../../data/cursor.js';
import { InputError, InterruptedError, RltError } from '../../errors.js';
import type { Metrics } from '../../method/metrics.js';
import { throwIfInterrupted } from '../../run/interrupt.js';
import type { StageContext } from '../stage.js';

export interface StepOutcome {
  readonly metrics: Metrics;
  readonly tokens: number;
  readonly phases?: Readonly<Record<string, number>>;
}

export interface Loop<State> {
  readonly steps: number;
  readonly checkpointEvery: number;
  /** What a step changes besides what `save` writes: the place in the data. A JSON value. */
  state(): State;
  parse(state: unknown): State;
  /** Writes weights and optimisers into a checkpoint's folder. */
  save(directory: string): Promise<void>;
  restore(directory: string, state: State): Promise<void>;
  /**
   * Step number `step`, from 0. Returns its metrics, how many tokens it computed and, where measured, seconds by phase.
   * Interrupted, it throws InterruptedError before it has changed anything that `save` writes.
   */
  body(step: number): Promise<StepOutcome>;
}

/** Runs the steps that are still to be done. A checkpoint is written every so many, and when the work is interrupted. */
export async function trainingLoop<State>(context: StageContext, loop: Loop<State>): Promise<void> {
  const { directory: stage, progress, signal } = context;
  const resumed = await stage.begin(loop.parse);
  if (resumed !== undefined) {
    if (resumed.step > loop.steps) {
      throw new InputError(`the checkpoint is of step ${resumed.step}, but the recipe has ${loop.steps} steps`, {
        file: resumed.directory,
        remedy: 'Run with the recipe that it was made with, or in another folder.',
      });
    }
    await loop.restore(resumed.directory, resumed.state);
    context.note(`goes on after step ${resumed.step}`);
  }
  let saved = resumed?.step ?? 0;
  const checkpoint = async (step: number, state: State) => {
    if (saved === step) return;
    await stage.checkpoint(step, state, (directory) => loop.save(directory));
    saved = step;
  };
  progress.report({ done: saved, of: loop.steps });
  for (let step = saved; step < loop.steps; step++) {
    // The data moves on inside a step; one that is interrupted is done again, with the same data.
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
}

/** The few metrics that a person watches. */
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

const cursorState = z.strictObject({ seed: z.int(), count: z.int(), epoch: z.int(), position: z.int() });
/** For loops over data: what `parse` is. */
export const parseCursorState = (state: unknown): CursorState => cursorState.parse(state);

/** Adds stage and step to an error that does not name them. */
async function inStep<T>(stage: string, step: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RltError && error.facts.stage === undefined) throw error.at({ stage, step });
    throw error;
  }
}
