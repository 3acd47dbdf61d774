import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumericError, UsageError } from '../errors.js';
import {
  finite,
  maximum,
  mean,
  median,
  minimum,
  pearson,
  ranks,
  reduce,
  sampleStd,
  spearman,
  sum,
} from './statistics.js';

describe('sum', () => {
  test('keeps the digits that plain addition loses', () => {
    // In order, 1e16 + 1 rounds to 1e16 and 1 is lost twice.
    expect(sum([1e16, 1, -1e16, 1])).toBe(2);
    expect(sum(new Float64Array(10).fill(0.1))).toBe(1);
    expect(sum([])).toBe(0);
  });

  test('equals exact integer addition in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 50 }), (values) => {
        const exact = Number(values.reduce((total, value) => total + BigInt(value), 0n));
        expect(sum(values) - exact).toBe(0);
        expect(sum(values.toReversed()) - exact).toBe(0);
      }),
    );
  });
});

describe('reductions', () => {
  test('by hand', () => {
    const values = [3, -1, 4, 2];
    expect(reduce(values, 'mean')).toBe(2); // 8 / 4
    expect(reduce(values, 'sum')).toBe(8);
    expect(reduce(values, 'min')).toBe(-1);
    expect(reduce(values, 'max')).toBe(4);
    expect(reduce(values, 'median')).toBe(2.5); // -1 2 | 3 4
    expect(median([10, -2, 5])).toBe(5);
    expect(sampleStd(values)).toBeCloseTo(Math.sqrt(14 / 3), 15); // deviations 1 -3 2 0: squares 14, over n - 1 = 3
  });

  test('of equal values are that value to the last bit, with a deviation of exactly 0', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 2, max: 70 }),
        (value, count) => {
          const values = new Float64Array(count).fill(value);
          expect(mean(values) - value).toBe(0);
          expect(median(values) - value).toBe(0);
          expect(sampleStd(values)).toBe(0);
        },
      ),
    );
  });

  test('the deviation of large values that differ little is right', () => {
    expect(sampleStd([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
  });

  test('leave their input as it was', () => {
    const values = [3, 1, 2];
    for (const reduction of ['mean', 'min', 'max', 'sum', 'median'] as const) reduce(values, reduction);
    expect(values).toEqual([3, 1, 2]);
  });

  test('of nothing are refused, the empty sum excepted', () => {
    for (const reduction of [mean, minimum, maximum, median]) expect(() => reduction([])).toThrow(UsageError);
    expect(() => sampleStd([1])).toThrow(/at least 2/);
  });
});

describe('correlations', () => {
  test('by hand', () => {
    // x - 2: -1 0 1; y - 2: 0 -1 1: products 1, both sums of squares 2
    expect(pearson([1, 2, 3], [2, 1, 3])).toBeCloseTo(0.5, 15);
    expect(spearman([1, 10, 100], [2, 1, 3])).toBeCloseTo(0.5, 15);
    expect([...ranks([5, 1, 5, 3])]).toEqual([3.5, 1, 3.5, 2]);
  });

  test('a side that does not vary has no correlation', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeUndefined();
    expect(spearman([1, 2], [7, 7])).toBeUndefined();
    expect(pearson([1], [1])).toBeUndefined();
    expect(() => pearson([1, 2], [1])).toThrow(UsageError);
  });

  test('ranks make any increasing relation perfect, whatever its size', () => {
    const xs = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(xs, (values) => {
        const ys = values.map((x) => Math.exp(x));
        expect(spearman(values, ys)).toBeCloseTo(1, 12);
        const negative = ys.map((y) => -y);
        expect(spearman(values, negative)).toBeCloseTo(-1, 12);
      }),
    );
  });
});

test('finite names the array and the first place of a value that is none', () => {
  expect(() => finite([0, Number.NEGATIVE_INFINITY, Number.NaN], 'logProbs', { sample: 7 })).toThrow(
    /logProbs\[1\] is -Infinity, of 3 values \(tensor logProbs\[1\], sample 7\)/,
  );
  expect(() => finite([Number.NaN], 'logProbs')).toThrow(NumericError);
});
