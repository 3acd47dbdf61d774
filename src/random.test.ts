import { describe, expect, test } from 'vitest';
import { philox, RandomStream, randomKey } from './random.js';

const ONES = 0xffffffff;

describe('Philox4x32-10', () => {
  test.each([
    [{ low: 0, high: 0 }, [0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [{ low: ONES, high: ONES }, [ONES, ONES, ONES, ONES], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      { low: 0xa4093822, high: 0x299f31d0 },
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("gives the known answers of Random123's own tests: key %o", (key, counter, expected) => {
    expect(philox(key, counter).map((word) => word >>> 0)).toEqual([...expected]);
  });
});

describe('pickWeighted', () => {
  test('takes each item in the share of its weight, and never one of weight 0', () => {
    const stream = new RandomStream(randomKey(1, 'weights'));
    const weights = { a: 3, never: 0, b: 1 };
    const items = Object.keys(weights) as (keyof typeof weights)[];
    const drawn = Array.from({ length: 4000 }, () => stream.pickWeighted(items, (item) => weights[item]));
    expect(drawn).not.toContain('never');
    // Five standard errors.
    expect(Math.abs(drawn.filter((item) => item === 'a').length / 4000 - 0.75)).toBeLessThan(0.035);
  });

  test('refuses weights none of which is above 0', () => {
    const stream = new RandomStream(randomKey(1, 'weights'));
    expect(() => stream.pickWeighted(['a'], () => 0)).toThrow(RangeError);
    expect(() => stream.pickWeighted([], () => 1)).toThrow(RangeError);
  });
});
