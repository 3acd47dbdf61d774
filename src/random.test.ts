import { describe, expect, test } from 'vitest';
import { philox } from './random.js';

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
