/** Exact arithmetic of bounded size, so that hostile answers cost only a fixed amount of work. */
import { ONE, type Rational, rational, unreduced, ZERO } from '../../../../rational.js';
import { NotUnderstood, type WorkBudget } from './budget.js';

/** Integers up to this size stay exact; larger ones become floating point. */
const INTEGER_BITS = 32_768;
const FRACTION_BITS = 4_096;

function bitsOf(value: bigint): number {
  // Digits in base 16 give the size to within four bits, in linear time.
  return value.toString(16).length * 4;
}

const SMALL = 1n << 64n;

/** numerator / denominator in lowest terms, or undefined when the denominator is 0 or the numbers are too large. */
export function ratio(numerator: bigint, denominator: bigint, budget: WorkBudget): Rational | undefined {
  if (denominator === 0n) return undefined;
  const small = numerator < SMALL && numerator > -SMALL && denominator < SMALL && denominator > -SMALL;
  if (!small) {
    const bits = Math.max(bitsOf(numerator), bitsOf(denominator));
    budget.spend(Math.ceil(bits / 64));
    if (bits > (denominator === 1n ? INTEGER_BITS : FRACTION_BITS)) return undefined;
  }
  if (!small && denominator !== 1n) budget.spend(500);
  return rational(numerator, denominator);
}

export function add(a: Rational, b: Rational, budget: WorkBudget): Rational | undefined {
  return ratio(...unreduced(a, '+', b), budget);
}

export function multiply(a: Rational, b: Rational, budget: WorkBudget): Rational | undefined {
  return ratio(...unreduced(a, '*', b), budget);
}

export function divide(a: Rational, b: Rational, budget: WorkBudget): Rational | undefined {
  return ratio(...unreduced(a, '/', b), budget);
}

/** base^exponent when that is rational and small enough: whole exponents and exact roots. */
export function power(base: Rational, exponent: Rational, budget: WorkBudget): Rational | undefined {
  if (exponent.denominator !== 1n) {
    if (exponent.denominator > 64n || base.numerator < 0n) return undefined;
    const degree = Number(exponent.denominator);
    const top = wholeRoot(base.numerator, degree, budget);
    const bottom = wholeRoot(base.denominator, degree, budget);
    if (top === undefined || bottom === undefined) return undefined;
    const root = { numerator: top, denominator: bottom };
    return power(root, { numerator: exponent.numerator, denominator: 1n }, budget);
  }
  const whole = exponent.numerator;
  if (whole === 0n) return ONE;
  if (base.numerator === 0n) return whole > 0n ? ZERO : undefined;
  const steps = whole < 0n ? -whole : whole;
  const unit = base.denominator === 1n && (base.numerator === 1n || base.numerator === -1n);
  if (unit) return { numerator: base.numerator === 1n || steps % 2n === 0n ? 1n : -1n, denominator: 1n };
  if (steps > BigInt(INTEGER_BITS)) return undefined;
  const bits = Math.max(bitsOf(base.numerator), bitsOf(base.denominator));
  if (bits * Number(steps) > INTEGER_BITS * 4) return undefined;
  budget.spend(1 + Math.ceil((bits * Number(steps)) / 64));
  const top = base.numerator ** steps;
  const bottom = base.denominator ** steps;
  return whole > 0n ? ratio(top, bottom, budget) : ratio(bottom, top, budget);
}

/** The whole number r with r^degree = value, or undefined. Newton's iteration from above. */
export function wholeRoot(value: bigint, degree: number, budget: WorkBudget): bigint | undefined {
  if (value < 0n) {
    if (degree % 2 === 0) return undefined;
    const root = wholeRoot(-value, degree, budget);
    return root === undefined ? undefined : -root;
  }
  if (value < 2n) return value;
  const bits = bitsOf(value);
  if (bits > FRACTION_BITS) return undefined;
  const n = BigInt(degree);
  let root = 1n << BigInt(Math.ceil(bits / degree) + 1);
  for (;;) {
    budget.spend(1 + Math.ceil(bits / 64));
    const next = ((n - 1n) * root + value / root ** (n - 1n)) / n;
    if (next >= root) break;
    root = next;
  }
  return root ** n === value ? root : undefined;
}

/** Nearest double; infinite when out of range. */
export function toNumber(value: Rational): number {
  if (value.denominator === 1n) return Number(value.numerator);
  const direct = Number(value.numerator) / Number(value.denominator);
  if (Number.isFinite(direct) && direct !== 0) return direct;
  const shift = BigInt(Math.max(0, bitsOf(value.denominator) - bitsOf(value.numerator) + 64));
  return Number((value.numerator << shift) / value.denominator) / 2 ** Number(shift);
}

/** ln |value| of a whole number other than 0, of any size. */
export function logarithm(value: bigint): number {
  const size = value < 0n ? -value : value;
  const shift = Math.max(0, bitsOf(size) - 1_000);
  return Math.log(Number(size >> BigInt(shift))) + shift * Math.LN2;
}

/** Reads `12`, `.5`, `3.25`; the caller has removed separators. */
export function parseDecimal(text: string, budget: WorkBudget): Rational {
  const point = text.indexOf('.');
  const digits = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
  if (digits.length > 3_000) throw new NotUnderstood('a number of more than 3,000 digits');
  const scale = point < 0 ? 0 : text.length - point - 1;
  const value = ratio(BigInt(digits === '' ? '0' : digits), 10n ** BigInt(scale), budget);
  if (value === undefined) throw new NotUnderstood('a number of too many digits');
  return value;
}
