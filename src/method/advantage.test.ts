import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumericError, UsageError } from '../errors.js';
import { groupAdvantage } from './advantage.js';
import { RELEASED } from './released.js';
import { sum } from './statistics.js';

describe('the group advantage', () => {
  test('by hand', () => {
    // mean 2, deviations -1 -1 0 2, squares 6, std = sqrt(6 / 3)
    const { advantages_G, mean, std } = groupAdvantage([1, 1, 2, 4]);
    expect(mean).toBe(2);
    expect(std).toBeCloseTo(Math.SQRT2, 15);
    const scale = Math.SQRT2 + 1e-4;
    expect([...advantages_G]).toEqual([-1, -1, 0, 2].map((d) => expect.closeTo(d / scale, 14)));
  });

  test('without the scale, as in Dr. GRPO', () => {
    const { advantages_G } = groupAdvantage([1, 1, 2, 4], { ...RELEASED.advantage, scaleByStd: false });
    expect([...advantages_G]).toEqual([-1, -1, 0, 2]);
  });

  test('a group of one has 0', () => {
    expect(groupAdvantage([-3.7])).toEqual({ advantages_G: new Float64Array([0]), mean: -3.7, std: 0 });
  });

  test('a reward of exactly 0 is a reward', () => {
    // mean -0.5, std = sqrt(0.5)
    const scale = Math.SQRT1_2 + 1e-4;
    expect([...groupAdvantage([0, -1]).advantages_G]).toEqual([0.5 / scale, -0.5 / scale]);
  });

  test('no group, and rewards that are not finite, are refused', () => {
    expect(() => groupAdvantage([])).toThrow(UsageError);
    expect(() => groupAdvantage([1, 2], { scaleByStd: true, epsilon: -1 })).toThrow(
      /settings\.epsilon: expected a number from 0/,
    );
    expect(() => groupAdvantage([0, Number.NaN])).toThrow(NumericError);
    expect(() => groupAdvantage([0, Number.NaN])).toThrow(/rewards\[1\]/);
  });
});

describe('properties', () => {
  const reward = fc.double({ min: -20, max: 5, noNaN: true });
  const group = fc.array(reward, { minLength: 2, maxLength: 16 });

  test('equal rewards have advantages of exactly 0, even with an epsilon of 0', () => {
    fc.assert(
      fc.property(reward, fc.integer({ min: 1, max: 64 }), fc.constantFrom(1e-4, 0), (value, count, epsilon) => {
        const { advantages_G, std } = groupAdvantage(new Float64Array(count).fill(value), {
          scaleByStd: true,
          epsilon,
        });
        expect(advantages_G.every((advantage) => advantage === 0)).toBe(true);
        expect(std).toBe(0);
      }),
    );
  });

  test('they sum to 0, and a shift of all rewards changes nothing', () => {
    fc.assert(
      fc.property(group, fc.integer({ min: -100, max: 100 }), (rewards, shift) => {
        const { advantages_G } = groupAdvantage(rewards);
        expect(sum(advantages_G)).toBeCloseTo(0, 9);
        const shifted = groupAdvantage(rewards.map((value) => value + shift)).advantages_G;
        // Rounding of value + shift (about 1e-14) over the epsilon of 1e-4.
        for (const [g, advantage] of advantages_G.entries()) expect(shifted[g]).toBeCloseTo(advantage, 8);
      }),
    );
  });

  test('none is larger than (G - 1) / sqrt(G), which one outlier among equals reaches but for the epsilon', () => {
    fc.assert(
      fc.property(group, (rewards) => {
        const bound = (rewards.length - 1) / Math.sqrt(rewards.length);
        for (const advantage of groupAdvantage(rewards).advantages_G) {
          expect(Math.abs(advantage)).toBeLessThanOrEqual(bound * (1 + 1e-12));
        }
      }),
    );
    const { advantages_G } = groupAdvantage([1, 0, 0, 0], { scaleByStd: true, epsilon: 0 });
    expect(advantages_G[0]).toBeCloseTo(3 / 2, 14);
  });

  test('the order of samples does not matter, and better samples have higher advantages', () => {
    fc.assert(
      fc.property(group, (rewards) => {
        const { advantages_G } = groupAdvantage(rewards);
        const reversed = groupAdvantage(rewards.toReversed()).advantages_G.toReversed();
        for (const [g, advantage] of advantages_G.entries()) {
          expect(reversed[g]).toBeCloseTo(advantage, 8);
          for (const [h, other] of advantages_G.entries()) {
            if ((rewards[g] as number) > (rewards[h] as number)) expect(advantage).toBeGreaterThanOrEqual(other);
          }
        }
      }),
    );
  });
});
