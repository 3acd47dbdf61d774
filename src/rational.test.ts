import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combine, equalRationals, rational, rationalText } from './rational.js';

describe('rational numbers', () => {
  const of = (numerator: number, denominator = 1) => ({
    numerator: BigInt(numerator),
    denominator: BigInt(denominator),
  });

  it('keeps fractions in lowest terms with a positive denominator', () => {
    expect(combine(of(1), '/', of(-2))).toEqual(of(-1, 2));
    expect(combine(of(1, 2), '+', of(1, 6))).toEqual(of(2, 3));
    expect(combine(of(0), '/', of(-5))).toEqual(of(0));
    expect(combine(of(1), '/', of(0))).toBeUndefined();
    expect(rational(6n, -4n)).toEqual(of(-3, 2));
    expect(rational(1n, 0n)).toBeUndefined();
    expect(rationalText(of(-3, 2))).toBe('-3/2');
    expect(rationalText(of(7))).toBe('7');
  });

  it('computes as the field of rationals does', () => {
    const any = fc
      .tuple(fc.bigInt(), fc.bigInt())
      .filter(([, bottom]) => bottom !== 0n)
      .map(([top, bottom]) => rational(top, bottom) ?? of(0));
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        const add = (x = of(0), y = of(0)) => combine(x, '+', y) ?? of(0);
        const times = (x = of(0), y = of(0)) => combine(x, '*', y) ?? of(0);
        expect(times(a, add(b, c))).toEqual(add(times(a, b), times(a, c)));
        expect(equalRationals(add(combine(a, '-', b), b), a)).toBe(true);
        if (b.numerator !== 0n) expect(times(combine(a, '/', b), b)).toEqual(a);
      }),
    );
  });
});
