import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../errors.js';
import { learningRate, type ScheduleSettings, warmupSteps } from './schedule.js';

const rates = (total: number, settings: ScheduleSettings): number[] =>
  Array.from({ length: total }, (_, step) => learningRate(step, total, settings));

describe('the learning rate', () => {
  test('by hand: two steps of warm-up, then four of each shape', () => {
    const warmup = { steps: 2 };
    expect(rates(6, { shape: 'constant', peak: 8, warmup })).toEqual([0, 4, 8, 8, 8, 8]);
    expect(rates(6, { shape: 'linear', peak: 8, warmup })).toEqual([0, 4, 8, 6, 4, 2]);
    // 4 * (1 + cos(0, pi/4, pi/2, 3 pi/4))
    const cosine = [0, 4, 8, 4 + 4 * Math.SQRT1_2, 4, 4 - 4 * Math.SQRT1_2];
    expect(rates(6, { shape: 'cosine', peak: 8, warmup })).toEqual(cosine.map((rate) => expect.closeTo(rate, 14)));
  });

  test('without a warm-up the first step has the peak', () => {
    for (const shape of ['constant', 'linear', 'cosine'] as const) {
      expect(learningRate(0, 10, { shape, peak: 3e-4 })).toBe(3e-4);
    }
  });

  test('a share of warm-up is rounded up', () => {
    expect(warmupSteps(100, { share: 0.05 })).toBe(5);
    expect(warmupSteps(21, { share: 0.05 })).toBe(2); // 1.05
    expect(warmupSteps(3, { share: 0.1 })).toBe(1); // 0.3
    expect(warmupSteps(7, { share: 0 })).toBe(0);
    expect(warmupSteps(7, undefined)).toBe(0);
  });

  test('a warm-up longer than the run never reaches the peak', () => {
    expect(rates(3, { shape: 'cosine', peak: 8, warmup: { steps: 4 } })).toEqual([0, 2, 4]);
  });

  test('steps outside the run and odd warm-ups are refused', () => {
    for (const step of [-1, 10, 1.5]) {
      expect(() => learningRate(step, 10, { shape: 'cosine', peak: 1 })).toThrow(UsageError);
    }
    for (const warmup of [{ share: 1.1 }, { share: -0.1 }, { steps: 1.5 }, { steps: -1 }]) {
      expect(() => warmupSteps(10, warmup)).toThrow(/warm-up/);
    }
  });

  test('equals the schedules of transformers at every step', () => {
    const file = new URL('../../src/method/goldens/method.json', import.meta.url);
    const goldens: readonly {
      readonly shape: ScheduleSettings['shape'];
      readonly peak: number;
      readonly total: number;
      readonly warmup: number;
      readonly rates: readonly number[];
    }[] = JSON.parse(readFileSync(file, 'utf8')).schedule;
    expect(goldens).toHaveLength(15);
    for (const { shape, peak, total, warmup, rates: expected } of goldens) {
      const actual = rates(total, { shape, peak, warmup: { steps: warmup } });
      expect(actual).toEqual(expected.map((rate) => expect.closeTo(rate, 18)));
    }
  });
});
