import { expect, test } from 'vitest';
import type { Policy } from '../../engine/engine.js';
import { supervisedWork } from '../definition/plan.js';
import { supervisedSteps } from '../supervised.js';
import { type OptimiserSettings, updatePolicy } from './optimiser.js';

const SETTINGS: OptimiserSettings = {
  learningRate: 0.01,
  schedule: 'cosine',
  warmUp: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
};

/** The learning rates of a run's steps, as its policy gets them. */
async function ratesOf(steps: number): Promise<readonly number[]> {
  const rates: number[] = [];
  const policy: Pick<Policy, 'accumulate' | 'step'> = {
    accumulate: async () => [],
    step: async ({ learningRate }) => {
      rates.push(learningRate);
      return { gradientNorm: 1 };
    },
  };
  for (let step = 0; step < steps; step++) await updatePolicy(policy as Policy, [], SETTINGS, { step, steps });
  return rates;
}

test('a run of one step trains at its peak rate; longer ones begin at 0, as in transformers', async () => {
  expect(await ratesOf(1)).toEqual([0.01]);
  expect(await ratesOf(2)).toEqual([0, 0.01]);
  expect((await ratesOf(20)).slice(0, 3)).toEqual([0, 0.005, 0.01]);
});

test('steps are epochs over the data, within their bounds; a fixed number of steps overrides both', () => {
  const settings = { epochs: 3, steps: null, minSteps: null, maxSteps: null, batch: 10 };
  expect(supervisedSteps(settings, 25)).toBe(9);
  expect(supervisedSteps({ ...settings, minSteps: 20 }, 25)).toBe(20);
  expect(supervisedSteps({ ...settings, minSteps: 20 }, 250)).toBe(75);
  expect(supervisedSteps({ ...settings, maxSteps: 7 }, 25)).toBe(7);
  expect(supervisedSteps({ ...settings, minSteps: 20, maxSteps: 30, steps: 2 }, 25)).toBe(2);
});

test('the plan counts the sequences of all steps, smaller last batches included', () => {
  const stage = { epochs: 3, steps: null, minSteps: null, maxSteps: null, batch: 10, maxTokens: 100 };
  const trained = (changes: object, examples: number) =>
    supervisedWork({ ...stage, ...changes }, examples, undefined, Number.POSITIVE_INFINITY).tokens?.trained;
  expect(trained({}, 25)).toBe(3 * 25 * 100);
  // Eight passes of three steps, and two steps of ten.
  expect(trained({ minSteps: 26 }, 25)).toBe((8 * 25 + 20) * 100);
  expect(trained({ minSteps: 5 }, 4)).toBe(5 * 4 * 100);
  expect(trained({ steps: 2 }, 25)).toBe(20 * 100);
});
