/** Exact rational numbers: one type for the Countdown solver, the Countdown grader and the math grader. */

/** In lowest terms, denominator positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** numerator / denominator in lowest terms; undefined for a denominator of 0. */
export function rational(numerator: bigint, denominator: bigint): Rational | undefined {
  if (denominator === 0n) return undefined;
  if (denominator === 1n) return { numerator, denominator };
  const [top, bottom] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
  const divisor = greatestCommonDivisor(top, bottom);
  return { numerator: top / divisor, denominator: bottom / divisor };
}

export function integer(value: bigint): Rational {
  return { numerator: value, denominator: 1n };
}

export const ZERO: Rational = integer(0n);
export const ONE: Rational = integer(1n);

export type Operator = '+' | '-' | '*' | '/';

/** `left operator right`, not yet in lowest terms: callers bound the size before they pay for the division. */
export function unreduced(left: Rational, operator: Operator, right: Rational): readonly [bigint, bigint] {
  const { numerator: a, denominator: b } = left;
  const { numerator: c, denominator: d } = right;
  if (b === 1n && d === 1n && operator !== '/') {
    return [operator === '+' ? a + c : operator === '-' ? a - c : a * c, 1n];
  }
  if (operator === '+') return [a * d + c * b, b * d];
  if (operator === '-') return [a * d - c * b, b * d];
  return operator === '*' ? [a * c, b * d] : [a * d, b * c];
}

/** `left operator right`, exactly; undefined for a division by zero. */
export function combine(left: Rational, operator: Operator, right: Rational): Rational | undefined {
  return rational(...unreduced(left, operator, right));
}

export function equalRationals(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** `3`, or `8/3` */
export function rationalText({ numerator, denominator }: Rational): string {
  return denominator === 1n ? String(numerator) : `${numerator}/${denominator}`;
}
