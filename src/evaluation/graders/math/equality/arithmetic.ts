/** Arithmetic of values: exact where they are rational, else complex doubles, or logarithms beyond their range. */
import { equalRationals, ONE, type Rational, ZERO } from '../../../../rational.js';
import * as bounded from '../tree/bounded-rational.js';
import type { WorkBudget } from '../tree/budget.js';

export interface Value {
  readonly exact?: Rational;
  readonly re: number;
  readonly im: number;
  /**
   * The natural logarithm of the magnitude of a real number that a double cannot hold; `re` and `im` are then NaN, so
   * that what does not know about it takes it for undefined. Infinity itself is never written so.
   */
  readonly ln?: number;
  readonly negative?: boolean;
  /** The largest magnitude that took part in a sum on the way here: rounding is relative to it. */
  readonly scale: number;
}

export const NOT_A_NUMBER: Value = { re: Number.NaN, im: Number.NaN, scale: 0 };

export function exactly(exact: Rational): Value {
  const re = bounded.toNumber(exact);
  return { exact, re, im: 0, scale: Math.abs(re) };
}

export /** A real number by the logarithm of its magnitude; an ordinary value where a double holds it. */
function large(ln: number, negative: boolean): Value {
  if (!Number.isFinite(ln)) return NOT_A_NUMBER;
  if (Math.abs(ln) < LARGEST) return complex((negative ? -1 : 1) * Math.exp(ln), 0);
  return { re: Number.NaN, im: Number.NaN, scale: 0, ln, negative };
}

/** Below this logarithm, magnitudes and their inverses are ordinary doubles. */
const LARGEST = 700;

/** The logarithm of the magnitude of a real number other than 0; undefined for any other value. */
function magnitude(a: Value): { readonly ln: number; readonly negative: boolean } | undefined {
  if (a.ln !== undefined) return { ln: a.ln, negative: a.negative === true };
  if (a.exact !== undefined) {
    const { numerator, denominator } = a.exact;
    if (numerator === 0n) return undefined;
    return { ln: bounded.logarithm(numerator) - bounded.logarithm(denominator), negative: numerator < 0n };
  }
  if (a.im !== 0 || a.re === 0 || !Number.isFinite(a.re)) return undefined;
  return { ln: Math.log(Math.abs(a.re)), negative: a.re < 0 };
}

/** Whether no double holds the value, though it is known. */
export function isBeyondDoubles(a: Value): boolean {
  return a.ln !== undefined || (a.exact !== undefined && !isNumber(a));
}

/** Whether a product or power of finite values left the range of doubles. */
function outOfRange(re: number, im: number): boolean {
  return im === 0 && !(Math.abs(re) < 1e300 && Math.abs(re) > 1e-300);
}

function largeProduct(a: Value, b: Value): Value {
  const [x, y] = [magnitude(a), magnitude(b)];
  return x === undefined || y === undefined ? NOT_A_NUMBER : large(x.ln + y.ln, x.negative !== y.negative);
}

export function complex(re: number, im: number, scale = 0): Value {
  return { re, im, scale: Math.max(scale, Math.abs(re), Math.abs(im)) };
}

export function orExact(exact: Rational | undefined, other: () => Value): Value {
  return exact === undefined ? other() : exactly(exact);
}

export function addValues(a: Value, b: Value, budget: WorkBudget): Value {
  const inexact = () =>
    isBeyondDoubles(a) || isBeyondDoubles(b)
      ? NOT_A_NUMBER
      : complex(a.re + b.re, a.im + b.im, Math.max(a.scale, b.scale));
  return a.exact && b.exact ? orExact(bounded.add(a.exact, b.exact, budget), inexact) : inexact();
}

export function multiplyValues(a: Value, b: Value, budget: WorkBudget): Value {
  const inexact = () => {
    if (isBeyondDoubles(a) || isBeyondDoubles(b)) return largeProduct(a, b);
    const finite = hasDouble(a) && hasDouble(b) && a.im === 0 && b.im === 0;
    if (finite && a.re !== 0 && b.re !== 0 && outOfRange(a.re * b.re, 0)) return largeProduct(a, b);
    // A real factor must not turn 0 * infinity in the other part into NaN.
    if (a.im === 0 && b.im === 0) return complex(a.re * b.re, 0, scaled(a, b));
    return complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, scaled(a, b));
  };
  return a.exact && b.exact ? orExact(bounded.multiply(a.exact, b.exact, budget), inexact) : inexact();
}

/** What rounding inside two factors amounts to in their product. */
function scaled(a: Value, b: Value): number {
  return Math.max(a.scale * Math.hypot(b.re, b.im), b.scale * Math.hypot(a.re, a.im));
}

export function inverse(a: Value, budget: WorkBudget): Value {
  if (a.ln !== undefined) return large(-a.ln, a.negative === true);
  if (a.exact) {
    return orExact(bounded.divide(ONE, a.exact, budget), () => {
      const size = magnitude(a);
      return size === undefined ? NOT_A_NUMBER : large(-size.ln, size.negative);
    });
  }
  const norm = a.re * a.re + a.im * a.im;
  if (norm === 0 || norm <= (1e-13 * a.scale) ** 2) return NOT_A_NUMBER;
  if (a.im === 0) return complex(1 / a.re, 0, a.scale / norm);
  return complex(a.re / norm, -a.im / norm, a.scale / norm);
}

export function logarithm(a: Value): Value {
  if (isBeyondDoubles(a)) {
    const size = magnitude(a);
    return size === undefined || size.negative ? NOT_A_NUMBER : complex(size.ln, 0);
  }
  if (a.re === 0 && a.im === 0) return NOT_A_NUMBER;
  return complex(Math.log(Math.hypot(a.re, a.im)), Math.atan2(a.im, a.re));
}

export function exponential(a: Value): Value {
  if (isBeyondDoubles(a)) return NOT_A_NUMBER;
  if (a.im === 0 && Number.isFinite(a.re) && Math.abs(a.re) >= LARGEST) return large(a.re, false);
  const size = Math.exp(a.re);
  return a.im === 0 ? complex(size, 0) : complex(size * Math.cos(a.im), size * Math.sin(a.im));
}

/** A real power beyond the range of doubles; undefined where ordinary arithmetic will do. */
function largePower(base: Value, exponent: Value): Value | undefined {
  if (exponent.ln !== undefined || (exponent.exact !== undefined && !Number.isFinite(exponent.re))) return NOT_A_NUMBER;
  const known = base.ln !== undefined || base.exact !== undefined || hasDouble(base);
  if (!known || exponent.im !== 0 || !Number.isFinite(exponent.re)) return undefined;
  const size = magnitude(base);
  if (size === undefined || Math.abs(size.ln * exponent.re) < LARGEST) return undefined;
  const whole = Number.isInteger(exponent.re);
  if (size.negative && !whole) return NOT_A_NUMBER;
  return large(size.ln * exponent.re, size.negative && exponent.re % 2 !== 0);
}

export function powerOf(base: Value, exponent: Value, budget: WorkBudget): Value {
  if (base.exact && exponent.exact) {
    const exact = bounded.power(base.exact, exponent.exact, budget);
    if (exact !== undefined) return exactly(exact);
  }
  if (exponent.exact?.denominator === 1n && exponent.exact.numerator === -1n) return inverse(base, budget);
  const large = largePower(base, exponent);
  if (large !== undefined) return large;
  if (exponent.re === 0 && exponent.im === 0) return exactly(ONE);
  if (base.re === 0 && base.im === 0) return exponent.re > 0 ? exactly(ZERO) : NOT_A_NUMBER;
  if (base.im === 0 && exponent.im === 0 && (base.re > 0 || Number.isInteger(exponent.re))) {
    const result = base.re ** exponent.re;
    return complex(
      result,
      0,
      Math.abs(result) * Math.max(1, Math.abs(exponent.re)) * Math.max(1, base.scale / Math.abs(base.re)),
    );
  }
  // A value that is real but for rounding takes the real branch: sqrt(-4 + 1e-17 i) is 2i, not -2i.
  const clean = Math.abs(base.im) < 1e-13 * base.scale ? { ...base, im: 0 } : base;
  return exponential(multiplyValues(exponent, logarithm(clean), budget));
}

/** The real root of a real number where there is one (cube root of -8 is -2), else the principal one. */
export function rootOf(base: Value, degree: Value, budget: WorkBudget): Value {
  if (degree.exact?.denominator !== 1n || degree.exact.numerator <= 0n) {
    return powerOf(base, inverse(degree, budget), budget);
  }
  const n = Number(degree.exact.numerator);
  if (base.exact) {
    const exponent = { numerator: 1n, denominator: degree.exact.numerator };
    const top = n <= 64 ? bounded.wholeRoot(base.exact.numerator, n, budget) : undefined;
    const bottom = n <= 64 ? bounded.wholeRoot(base.exact.denominator, n, budget) : undefined;
    if (top !== undefined && bottom !== undefined) return exactly({ numerator: top, denominator: bottom });
    const exact = bounded.power(base.exact, exponent, budget);
    if (exact !== undefined) return exactly(exact);
  }
  if (isBeyondDoubles(base)) {
    const size = magnitude(base);
    if (size === undefined || (size.negative && n % 2 === 0)) return NOT_A_NUMBER;
    return large(size.ln / n, size.negative);
  }
  const real = Math.abs(base.im) <= 1e-13 * base.scale;
  if (real && base.re < 0 && n % 2 === 1) return complex(-((-base.re) ** (1 / n)), 0, base.scale ** (1 / n));
  if (real && n === 2) {
    const size = Math.sqrt(Math.abs(base.re));
    // Rounding of the radicand reaches the root divided by the root itself.
    const scale = size === 0 ? Math.sqrt(base.scale) : Math.max(size, base.scale / size);
    return base.re < 0 ? complex(0, size, scale) : complex(size, 0, scale);
  }
  return powerOf(base, exactly({ numerator: 1n, denominator: degree.exact.numerator }), budget);
}

const LIMIT_FACTORIAL = 2_500;

/** ln(n!) for n of at least 1,000, by Stirling's series; the next term is below 1e-18 there. */
function lnFactorial(n: number): number {
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

export function factorial(a: Value, budget: WorkBudget): Value {
  if (a.im !== 0 || !Number.isInteger(a.re) || a.re < 0) return NOT_A_NUMBER;
  if (a.re > LIMIT_FACTORIAL) return large(lnFactorial(a.re), false);
  let result = 1n;
  budget.spend(1 + Math.ceil(a.re * (a.re / 640)));
  for (let k = 2; k <= a.re; k++) result *= BigInt(k);
  return orExact(bounded.ratio(result, 1n, budget), () => large(lnFactorial(a.re), false));
}

export function binomial(n: Value, k: Value, budget: WorkBudget): Value {
  if (n.im !== 0 || k.im !== 0 || !Number.isSafeInteger(n.re) || !Number.isSafeInteger(k.re)) return NOT_A_NUMBER;
  if (k.re < 0 || k.re > n.re) return exactly(ZERO);
  const small = Math.min(k.re, n.re - k.re);
  if (small > 1_000) return large(lnFactorial(n.re) - lnFactorial(small) - lnFactorial(n.re - small), false);
  budget.spend(1 + Math.ceil((small * small) / 80));
  let result = 1n;
  for (let j = 1; j <= small; j++) result = (result * BigInt(n.re - small + j)) / BigInt(j);
  return orExact(bounded.ratio(result, 1n, budget), () => {
    const ln = bounded.logarithm(result);
    return large(ln, false);
  });
}

function hasDouble(value: Value): boolean {
  return Number.isFinite(value.re) && Number.isFinite(value.im);
}

/** Whether the value is known, also where no double can hold it. */
export function isKnown(value: Value): boolean {
  return value.ln !== undefined || value.exact !== undefined || hasDouble(value);
}

/** Whether the value is an ordinary number. */
export function isNumber(value: Value): boolean {
  return hasDouble(value) && (value.exact === undefined || value.re !== 0 || value.exact.numerator === 0n);
}

/**
 * Equal by their logarithms. A logarithm is known to its last bits only, so beyond a few millions it cannot tell two
 * numbers apart, and then they are not called equal.
 */
function closeLarge(a: Value, b: Value): boolean {
  const [x, y] = [magnitude(a), magnitude(b)];
  if (x === undefined || y === undefined || x.negative !== y.negative) return false;
  const doubt = Math.max(Math.abs(x.ln), Math.abs(y.ln)) * 2 ** -50;
  return doubt < 1e-8 && Math.abs(x.ln - y.ln) <= 1e-11 + doubt;
}

/** Equal within rounding; exact values exactly. */
export function closeValues(a: Value, b: Value): boolean {
  if (a.exact && b.exact) return equalRationals(a.exact, b.exact);
  if (isBeyondDoubles(a) || isBeyondDoubles(b)) return closeLarge(a, b);
  if (!isNumber(a) || !isNumber(b)) {
    return !Number.isNaN(a.re) && a.re === b.re && a.im === b.im && a.exact === undefined && b.exact === undefined;
  }
  const size = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im));
  const tolerance = 1e-11 * size + 1e-13 * Math.min(Math.max(a.scale, b.scale), 1e6 * (1 + size));
  return Math.hypot(a.re - b.re, a.im - b.im) <= tolerance;
}
