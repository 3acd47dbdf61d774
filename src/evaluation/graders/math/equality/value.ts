/** The value of an expression: exact where it is rational, else a complex double with a bound on what was rounded. */
import { randomKey, uniformAt } from '../../../../random.js';
import { equalRationals, ONE, type Rational, ZERO } from '../../../../rational.js';
import * as bounded from '../tree/bounded-rational.js';
import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { type Expression, keyOf } from '../tree/expression.js';
import { UNITS } from '../tree/vocabulary.js';

export interface Value {
  readonly exact?: Rational;
  readonly re: number;
  readonly im: number;
  /** The largest magnitude that took part in a sum on the way here: rounding is relative to it. */
  readonly scale: number;
}

/** Values of the free symbols; a symbol without one makes the value not a number. */
export type Assignment = ReadonlyMap<string, number>;

export const NO_SYMBOLS: Assignment = new Map();

const NOT_A_NUMBER: Value = { re: Number.NaN, im: Number.NaN, scale: 0 };

function exactly(exact: Rational): Value {
  const re = bounded.toNumber(exact);
  return { exact, re, im: 0, scale: Math.abs(re) };
}

function complex(re: number, im: number, scale = 0): Value {
  return { re, im, scale: Math.max(scale, Math.abs(re), Math.abs(im)) };
}

function orExact(exact: Rational | undefined, other: () => Value): Value {
  return exact === undefined ? other() : exactly(exact);
}

function addValues(a: Value, b: Value, budget: WorkBudget): Value {
  const inexact = () => complex(a.re + b.re, a.im + b.im, Math.max(a.scale, b.scale));
  return a.exact && b.exact ? orExact(bounded.add(a.exact, b.exact, budget), inexact) : inexact();
}

function multiplyValues(a: Value, b: Value, budget: WorkBudget): Value {
  const inexact = () => {
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

function inverse(a: Value, budget: WorkBudget): Value {
  if (a.exact) return orExact(bounded.divide(ONE, a.exact, budget), () => NOT_A_NUMBER);
  const norm = a.re * a.re + a.im * a.im;
  if (norm === 0 || norm <= (1e-13 * a.scale) ** 2) return NOT_A_NUMBER;
  if (a.im === 0) return complex(1 / a.re, 0, a.scale / norm);
  return complex(a.re / norm, -a.im / norm, a.scale / norm);
}

function logarithm(a: Value): Value {
  if (a.re === 0 && a.im === 0) return NOT_A_NUMBER;
  return complex(Math.log(Math.hypot(a.re, a.im)), Math.atan2(a.im, a.re));
}

function exponential(a: Value): Value {
  const size = Math.exp(a.re);
  return a.im === 0 ? complex(size, 0) : complex(size * Math.cos(a.im), size * Math.sin(a.im));
}

function powerOf(base: Value, exponent: Value, budget: WorkBudget): Value {
  if (base.exact && exponent.exact) {
    const exact = bounded.power(base.exact, exponent.exact, budget);
    if (exact !== undefined) return exactly(exact);
  }
  if (exponent.exact?.denominator === 1n && exponent.exact.numerator === -1n) return inverse(base, budget);
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
function rootOf(base: Value, degree: Value, budget: WorkBudget): Value {
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

const LIMIT_FACTORIAL = 2_000;

function factorial(a: Value, budget: WorkBudget): Value {
  if (a.im !== 0 || !Number.isInteger(a.re) || a.re < 0) return NOT_A_NUMBER;
  if (a.exact === undefined || a.re > LIMIT_FACTORIAL) {
    let result = 1;
    for (let k = 2; k <= Math.min(a.re, 171); k++) result *= k;
    return complex(result, 0);
  }
  let result = 1n;
  budget.spend(1 + Math.ceil(a.re * (a.re / 64)));
  for (let k = 2; k <= a.re; k++) result *= BigInt(k);
  return orExact(bounded.ratio(result, 1n, budget), () => complex(Number(result), 0));
}

function binomial(n: Value, k: Value, budget: WorkBudget): Value {
  if (n.im !== 0 || k.im !== 0 || !Number.isInteger(n.re) || !Number.isInteger(k.re)) return NOT_A_NUMBER;
  if (k.re < 0 || k.re > n.re) return exactly(ZERO);
  const small = Math.min(k.re, n.re - k.re);
  if (small > 1_000) return NOT_A_NUMBER;
  budget.spend(1 + Math.ceil((small * small) / 8));
  let result = 1n;
  for (let j = 1; j <= small; j++) result = (result * BigInt(n.re - small + j)) / BigInt(j);
  return orExact(bounded.ratio(result, 1n, budget), () => complex(Number(result), 0));
}

function real(name: string, x: number): number {
  switch (name) {
    case 'sin':
      return Math.sin(x);
    case 'cos':
      return Math.cos(x);
    case 'tan':
      return Math.tan(x);
    case 'cot':
      return 1 / Math.tan(x);
    case 'sec':
      return 1 / Math.cos(x);
    case 'csc':
      return 1 / Math.sin(x);
    case 'arcsin':
      return Math.asin(x);
    case 'arccos':
      return Math.acos(x);
    case 'arctan':
      return Math.atan(x);
    case 'arccot':
      return Math.PI / 2 - Math.atan(x);
    case 'arcsec':
      return Math.acos(1 / x);
    case 'arccsc':
      return Math.asin(1 / x);
    case 'sinh':
      return Math.sinh(x);
    case 'cosh':
      return Math.cosh(x);
    case 'tanh':
      return Math.tanh(x);
    case 'coth':
      return 1 / Math.tanh(x);
    case 'sech':
      return 1 / Math.cosh(x);
    case 'csch':
      return 1 / Math.sinh(x);
    case 'arcsinh':
      return Math.asinh(x);
    case 'arccosh':
      return Math.acosh(x);
    case 'arctanh':
      return Math.atanh(x);
    case 'sgn':
    case 'sign':
      return Math.sign(x);
    default:
      return Number.NaN;
  }
}

/** A function about which nothing is known: a fixed pseudo-random number for each name and arguments. */
function unknown(name: string, inputs: readonly Value[]): Value {
  const parts: (string | number)[] = [name];
  for (const input of inputs) {
    const re = Math.round(input.re * 1e6);
    const im = Math.round(input.im * 1e6);
    if (!Number.isSafeInteger(re) || !Number.isSafeInteger(im)) return NOT_A_NUMBER;
    parts.push(re === 0 ? 0 : re, im === 0 ? 0 : im);
  }
  return complex(0.5 + 2 * uniformAt(randomKey(11, ...parts), 0), 0);
}

function fold(values: readonly Value[], name: string, budget: WorkBudget): Value {
  if (values.some((value) => value.im !== 0)) return NOT_A_NUMBER;
  const [first, ...rest] = values;
  if (first === undefined) return NOT_A_NUMBER;
  if (name === 'max') return rest.reduce((best, next) => (next.re > best.re ? next : best), first);
  if (name === 'min') return rest.reduce((best, next) => (next.re < best.re ? next : best), first);
  let result = first.exact?.numerator;
  for (const value of values) {
    if (value.exact?.denominator !== 1n || result === undefined) return NOT_A_NUMBER;
    budget.spend(500);
    let [x, y] = [
      result < 0n ? -result : result,
      value.exact.numerator < 0n ? -value.exact.numerator : value.exact.numerator,
    ];
    const whole = x * y;
    while (y !== 0n) [x, y] = [y, x % y];
    result = name === 'gcd' ? x : x === 0n ? 0n : whole / x;
  }
  return result === undefined ? NOT_A_NUMBER : exactly({ numerator: result, denominator: 1n });
}

/** Evaluates an expression. @throws {NotUnderstood} for sets, relations, texts and everything else without a value */
export function evaluate(node: Expression, symbols: Assignment, budget: WorkBudget): Value {
  budget.spend(1);
  const of = (part: Expression): Value => evaluate(part, symbols, budget);
  switch (node.kind) {
    case 'number':
      return exactly(node.value);
    case 'symbol': {
      const value = symbols.get(node.name);
      if (value === undefined) return NOT_A_NUMBER;
      return Number.isInteger(value) ? exactly({ numerator: BigInt(value), denominator: 1n }) : complex(value, 0);
    }
    case 'constant':
      if (node.name === 'pi') return complex(Math.PI, 0);
      if (node.name === 'e') return complex(Math.E, 0);
      if (node.name === 'i') return complex(0, 1);
      return complex(Number.POSITIVE_INFINITY, 0);
    case 'sum':
      return node.terms.map(of).reduce((left, right) => addValues(left, right, budget));
    case 'product':
      return node.factors.map(of).reduce((left, right) => multiplyValues(left, right, budget));
    case 'power':
      return powerOf(of(node.base), of(node.exponent), budget);
    case 'quantity': {
      const value = of(node.value);
      if (node.unit === 'degree') return complex((value.re * Math.PI) / 180, 0);
      if (node.unit === '%') return multiplyValues(value, exactly({ numerator: 1n, denominator: 100n }), budget);
      return value;
    }
    case 'proportion': {
      const [first, second] = node.parts;
      if (node.parts.length !== 2 || first === undefined || second === undefined) break;
      return multiplyValues(of(first), inverse(of(second), budget), budget);
    }
    case 'call':
      return call(node.name, node.inputs, symbols, budget);
    default:
      break;
  }
  throw new NotUnderstood(`a ${node.kind} has no numeric value`);
}

function call(name: string, inputs: readonly Expression[], symbols: Assignment, budget: WorkBudget): Value {
  if (name === 'sum' || name === 'prod') return series(name, inputs, symbols, budget);
  if (name.startsWith('?')) {
    const key = keyOf({ kind: 'call', name, inputs }, budget);
    return complex(0.5 + 2 * uniformAt(randomKey(13, key), 0), 0);
  }
  const values = inputs.map((input) => evaluate(input, symbols, budget));
  const [first, second] = values;
  if (first === undefined) return NOT_A_NUMBER;
  if (name.startsWith('@') || name === 'prime') return unknown(name, values);
  switch (name) {
    case 'root':
      return second === undefined ? NOT_A_NUMBER : rootOf(first, second, budget);
    case 'abs':
      if (first.exact) {
        const { numerator, denominator } = first.exact;
        return exactly({ numerator: numerator < 0n ? -numerator : numerator, denominator });
      }
      return complex(Math.hypot(first.re, first.im), 0, first.scale);
    case 'floor':
    case 'ceil': {
      if (first.im !== 0 || !Number.isFinite(first.re)) return NOT_A_NUMBER;
      const nearest = Math.round(first.re);
      const whole = Math.abs(first.re - nearest) < 1e-11 * Math.max(1, first.scale);
      const result = whole ? nearest : name === 'floor' ? Math.floor(first.re) : Math.ceil(first.re);
      return exactly({ numerator: BigInt(result), denominator: 1n });
    }
    case 'factorial':
      return factorial(first, budget);
    case 'binomial':
      return second === undefined ? NOT_A_NUMBER : binomial(first, second, budget);
    case 'mod':
      if (first.exact?.denominator === 1n && second?.exact?.denominator === 1n && second.exact.numerator > 0n) {
        const modulus = second.exact.numerator;
        const rest = ((first.exact.numerator % modulus) + modulus) % modulus;
        return exactly({ numerator: rest, denominator: 1n });
      }
      return second === undefined ? NOT_A_NUMBER : unknown('mod', [first, second]);
    case 'max':
    case 'min':
    case 'gcd':
    case 'lcm':
      return fold(values, name, budget);
    case 'exp':
      return exponential(first);
    case 'ln':
      return logarithm(first);
    case 'lg':
      return multiplyValues(logarithm(first), complex(1 / Math.LN10, 0), budget);
    case 'log': {
      // Without a base: the field's answers mean the natural logarithm or that to base 10; both sides are read alike.
      const base = second === undefined ? exactly({ numerator: 10n, denominator: 1n }) : second;
      return multiplyValues(logarithm(first), inverse(logarithm(base), budget), budget);
    }
    default:
      if (first.im !== 0) return NOT_A_NUMBER;
      return complex(real(name, first.re), 0, Math.abs(real(name, first.re)) + first.scale);
  }
}

function series(name: string, inputs: readonly Expression[], symbols: Assignment, budget: WorkBudget): Value {
  const [body, variable, low, high] = inputs;
  if (body === undefined || variable?.kind !== 'symbol' || low === undefined || high === undefined) return NOT_A_NUMBER;
  const from = evaluate(low, symbols, budget);
  const to = evaluate(high, symbols, budget);
  const terms = to.re - from.re + 1;
  if (!Number.isInteger(from.re) || !Number.isInteger(to.re) || !(terms <= 1_000)) {
    const key = keyOf({ kind: 'call', name, inputs }, budget);
    return complex(0.5 + 2 * uniformAt(randomKey(13, key), 0), 0);
  }
  let total = exactly(name === 'sum' ? ZERO : ONE);
  const inner = new Map(symbols);
  for (let k = from.re; k <= to.re; k++) {
    inner.set(variable.name, k);
    const term = evaluate(body, inner, budget);
    total = name === 'sum' ? addValues(total, term, budget) : multiplyValues(total, term, budget);
  }
  return total;
}

export function isNumber(value: Value): boolean {
  return Number.isFinite(value.re) && Number.isFinite(value.im);
}

/** Equal within rounding; exact values exactly. */
export function closeValues(a: Value, b: Value): boolean {
  if (a.exact && b.exact) return equalRationals(a.exact, b.exact);
  if (!isNumber(a) || !isNumber(b)) {
    return !Number.isNaN(a.re) && a.re === b.re && a.im === b.im && a.exact === undefined && b.exact === undefined;
  }
  const size = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im));
  const tolerance = 1e-11 * size + 1e-13 * Math.min(Math.max(a.scale, b.scale), 1e6 * (1 + size));
  return Math.hypot(a.re - b.re, a.im - b.im) <= tolerance;
}

/** Significant digits of a decimal as written (0.0012 has two). */
export function significantDigits(value: Rational, decimals: number): number {
  const scaledUp = (value.numerator * 10n ** BigInt(decimals)) / value.denominator;
  return (scaledUp < 0n ? -scaledUp : scaledUp).toString().length;
}

/** How much one unit is of its dimension's base unit; undefined for words that are not converted. */
export function unitOf(name: string): { readonly dimension: string; readonly scale: number } | undefined {
  const [base = '', exponent] = name.split('^');
  const squared = /^(?:square|sq)\.? (.+)$/.exec(base);
  const cubic = /^(?:cubic|cu)\.? (.+)$/.exec(base);
  const word = squared?.[1] ?? cubic?.[1] ?? base;
  const unit = UNITS.get(word) ?? UNITS.get(word.toLowerCase());
  if (unit === undefined) return undefined;
  const degree = squared ? 2 : cubic ? 3 : exponent === undefined ? 1 : Number(exponent);
  return { dimension: `${unit.dimension}^${degree}`, scale: unit.scale ** degree };
}
