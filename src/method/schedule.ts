/** The learning rate of each optimiser step. */

import { UsageError } from '../errors.js';
import { aNumber, finiteNumber, objectWith, oneOf, optional, requireArguments, settingsOf } from './arguments.js';

/** How long the learning rate rises from 0: a share of the steps, or a number of them. */
export type Warmup =
  /** A share of all steps, rounded up to whole steps. */
  { readonly share: number } | { readonly steps: number };

/** The course of the learning rate. */
export interface ScheduleSettings {
  readonly shape: 'constant' | 'linear' | 'cosine';
  /** Reached at the end of the warm-up. */
  readonly peak: number;
  /** Linear from 0. Default: none. */
  readonly warmup?: Warmup;
}

const SETTINGS = settingsOf({
  shape: oneOf('constant', 'linear', 'cosine'),
  peak: finiteNumber,
  warmup: optional(objectWith({})),
});

/**
 * The number of warm-up steps among `totalSteps`. A share is rounded up, as in transformers'
 * `TrainingArguments.get_warmup_steps`.
 * @throws {UsageError} when share or steps are out of range
 */
export function warmupSteps(totalSteps: number, warmup: Warmup | undefined): number {
  if (warmup === undefined) return 0;
  requireArguments('warmupSteps(100, { share: 0.1 })', {
    totalSteps: [totalSteps, aNumber],
    warmup: [warmup, objectWith({})],
  });
  if ('steps' in warmup) {
    if (Number.isSafeInteger(warmup.steps) && warmup.steps >= 0) return warmup.steps;
    throw new UsageError(`warm-up of ${warmup.steps} steps; expected a whole number from 0`, { field: 'warmup.steps' });
  }
  if (warmup.share >= 0 && warmup.share <= 1) return Math.ceil(totalSteps * warmup.share);
  throw new UsageError(`warm-up of ${warmup.share}; expected a share of all steps from 0 to 1`, {
    field: 'warmup.share',
  });
}

/**
 * The learning rate of optimiser step `step`, counted from 0, of `totalSteps`. The conventions are those of
 * transformers' get_{constant,linear,cosine}_schedule_with_warmup: with W steps of warm-up
 *
 *     step <  W   peak * step / W                                      (the first step of a warm-up has rate 0)
 *     step >= W   constant  peak
 *                 linear    peak * (totalSteps - step) / (totalSteps - W)
 *                 cosine    peak * (1 + cos(pi * (step - W) / (totalSteps - W))) / 2
 *
 * A rate of 0 would be reached at step = totalSteps, one after the last.
 * @throws {UsageError} when the step is not one of the run, or the warm-up is out of range
 */
export function learningRate(step: number, totalSteps: number, settings: ScheduleSettings): number {
  if (!(Number.isSafeInteger(step) && Number.isSafeInteger(totalSteps) && step >= 0 && step < totalSteps)) {
    throw new UsageError(`step is ${step}; expected a whole number from 0, below the ${totalSteps} steps of the run`);
  }
  requireArguments("learningRate(0, 100, { shape: 'constant', peak: 1e-5 })", {
    settings: [settings, SETTINGS],
  });
  const warmup = warmupSteps(totalSteps, settings.warmup);
  if (step < warmup) return settings.peak * (step / warmup);
  const rest = totalSteps - warmup;
  switch (settings.shape) {
    case 'constant':
      return settings.peak;
    case 'linear':
      return settings.peak * ((totalSteps - step) / rest);
    case 'cosine':
      return settings.peak * (0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / rest)));
  }
}
