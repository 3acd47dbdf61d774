/** Settings of the stages that fine-tune on examples: how many steps, and what to do where data have no traces. */
import { z } from 'zod';
import type { RELEASED } from '../method/released.js';
import { MOST_IN_A_STEP, maxTokens, reference } from './definition/settings.js';

/** Settings of supervised fine-tuning. */
export const supervisedShape = ({
  epochs,
  batch,
  normalisation,
}: typeof RELEASED.warmUp | typeof RELEASED.distill) => ({
  epochs: z.int().min(1).default(epochs).describe('Passes over the data, reshuffled each time.'),
  steps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Optimiser steps; if set, it overrides epochs, and the data is repeated as needed.'),
  minSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Take at least this many optimiser steps, with more passes over little data; null: epochs alone decide.'),
  maxSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Take at most this many optimiser steps, whatever the amount of data; null: epochs alone decide.'),
  batch: z.int().min(1).max(MOST_IN_A_STEP).default(batch).describe('Sequences per optimiser step.'),
  normalisation: z
    .enum(['token', 'sequence'])
    .default(normalisation)
    .describe('token: every trained token of a batch has the same weight; sequence: every sequence has.'),
  maxTokens,
});

/** Settings for data that may come without traces; pipeline/adaptation/adapt.ts decides by what the data have. */
export const withoutTraces = {
  examples: reference('data')
    .nullable()
    .default(null)
    .describe(
      'Data set whose traces are used if no problem has one: a few written examples, or generated problems. Null: whenNoTraces decides.',
    ),
  whenNoTraces: z
    .enum(['refuse', 'skip'])
    .default('refuse')
    .describe(
      'If no problem has a trace and there are no examples. skip: the stage is left out, stages that refer to its model take the one that it would start from, and no evaluation lists it.',
    ),
};

/** How many optimiser steps supervised fine-tuning takes over a number of examples. */
export function supervisedSteps(
  settings: {
    readonly epochs: number;
    readonly steps: number | null;
    readonly minSteps: number | null;
    readonly maxSteps: number | null;
    readonly batch: number;
  },
  examples: number,
): number {
  const { epochs, steps, minSteps, maxSteps, batch } = settings;
  if (steps !== null) return steps;
  return Math.min(Math.max(epochs * Math.ceil(examples / batch), minSteps ?? 1), maxSteps ?? Number.POSITIVE_INFINITY);
}

/** Refuses bounds that contradict each other. */
export function checkSteps(
  context: z.core.ParsePayload<{
    readonly steps: number | null;
    readonly minSteps: number | null;
    readonly maxSteps: number | null;
  }>,
): void {
  const { steps, minSteps, maxSteps } = context.value;
  if (minSteps === null || maxSteps === null || minSteps <= maxSteps || steps !== null) return;
  context.issues.push({
    code: 'custom',
    message: `minSteps is ${minSteps}, more than maxSteps, which is ${maxSteps}`,
    path: ['minSteps'],
    input: minSteps,
  });
}
