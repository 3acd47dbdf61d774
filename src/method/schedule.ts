/** The learning rate of each optimiser step. */
import { UsageError } from '../errors.js';

export type Warmup =
  /** Of all steps, rounded up to whole steps. */
  { readonly share: number } | { readonly steps: number };

export interface ScheduleSettings {
  readonly shape: 'constant' | 'linear' | 'cosine';
  /** Reached at the end of the warm-up. */
  readonly peak: number;
  /** Linear from 0. Absent: none. */
  readonly warmup?: Warmup;
}

/** Steps of warm-up in a run of totalSteps: a share is rounded up, as in transformers' TrainingArguments.get_warmup_steps. */
export function warmupSteps(totalSteps: number, warmup: Warmup | undefined): number {
  if (warmup === undefined) return 0;
  if ('steps' in warmup) {
    if (Number.isSafeInteger(warmup.steps) && warmup.steps >= 0) return warmup.steps;
    throw new UsageError(`a warm-up of ${warmup.steps} steps can't be meant`, { field: 'warmup.steps' });
  }
  if (warmup.share >= 0 && warmup.share <= 1) return Math.ceil(totalSteps * warmup.share);
  throw new UsageError(`a warm-up of ${warmup.share} of all steps can't be meant`, { field: 'warmup.share' });
}

/**
 * The learning rate of optimiser step `step`, counted from 0, of `totalSteps`. The conventions are those of
 * transformers' get_{constant,linear,cosine}_schedule_with_warmup: with W steps of warm-up
 *
 *     step <  W   peak * step / W                                      so the very first step of a warm-up has rate 0
 *     step >= W   constant  peak
 *                 linear    peak * (totalSteps - step) / (totalSteps - W)
 *                 cosine    peak * (1 + cos(pi * (step - W) / (totalSteps - W))) / 2
 *
 * Rate 0 would be reached at step = totalSteps, one after the last.
 */
export function learningRate(step: number, totalSteps: number, settings: ScheduleSettings): number {
  if (!(Number.isSafeInteger(step) && Number.isSafeInteger(totalSteps) && step >= 0 && step < totalSteps)) {
    throw new UsageError(`there is no step ${step} in a run of ${totalSteps} steps counted from 0`);
  }
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
