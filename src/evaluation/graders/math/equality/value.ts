/** The value of an expression at given values of its symbols. */
import { randomKey, uniformAt } from '../../../../random.js';
import { ONE, type Rational, ZERO } from '../../../../rational.js';
import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { contains, type Expression, keyOf } from '../tree/expression.js';
import {
  addValues,
  binomial,
  complex,
  exactly,
  exponential,
  factorial,
  inverse,
  isBeyondDoubles,
  logarithm,
  multiplyValues,
  NOT_A_NUMBER,
  powerOf,
  rootOf,
  type Value,
} from './arithmetic.js';

/** Values of the free symbols; a symbol without one makes the value not a number. */
export type Assignment = ReadonlyMap<string, number>;

export const NO_SYMBOLS: Assignment = new Map();

/** Whether a sine or cosine below a fraction is 0 but for the rounding of its angle. */
const isPole = (below: number, angle: number): boolean => Math.abs(below) <= 1e-15 * Math.max(1, Math.abs(angle));

function real(name: string, x: number): number {
  switch (name) {
    case 'sin':
      return Math.sin(x);
    case 'cos':
      return Math.cos(x);
    case 'tan':
      return isPole(Math.cos(x), x) ? Number.NaN : Math.tan(x);
    case 'cot':
      return isPole(Math.sin(x), x) ? Number.NaN : 1 / Math.tan(x);
    case 'sec':
      return isPole(Math.cos(x), x) ? Number.NaN : 1 / Math.cos(x);
    case 'csc':
      return isPole(Math.sin(x), x) ? Number.NaN : 1 / Math.sin(x);
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
    case 'arccoth':
      return Math.atanh(1 / x);
    case 'arcsech':
      return Math.acosh(1 / x);
    case 'arccsch':
      return Math.asinh(1 / x);
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
      if (node.unit === 'degree' && isBeyondDoubles(value)) return NOT_A_NUMBER;
      if (node.unit === 'degree') return complex((value.re * Math.PI) / 180, 0);
      if (node.unit === '%') return multiplyValues(value, exactly({ numerator: 1n, denominator: 100n }), budget);
      if (node.unit === '‰') return multiplyValues(value, exactly({ numerator: 1n, denominator: 1000n }), budget);
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

/** Functions that symbols with real values say nothing about. */
const OF_COMPLEX: ReadonlySet<string> = new Set(['re', 'im', 'conj', 'arg']);

function call(name: string, inputs: readonly Expression[], symbols: Assignment, budget: WorkBudget): Value {
  if (name === 'sum' || name === 'prod') return series(name, inputs, symbols, budget);
  if (name.startsWith('?')) {
    const key = keyOf({ kind: 'call', name, inputs }, budget);
    return complex(0.5 + 2 * uniformAt(randomKey(13, key), 0), 0);
  }
  const values = inputs.map((input) => evaluate(input, symbols, budget));
  const [first, second] = values;
  if (first === undefined) return NOT_A_NUMBER;
  const ofSymbols = OF_COMPLEX.has(name) && inputs.some((input) => contains(input, (part) => part.kind === 'symbol'));
  if (name.startsWith('@') || name === 'prime' || ofSymbols) return unknown(name, values);
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
    case 'round':
      return first.im !== 0 || !Number.isFinite(first.re)
        ? NOT_A_NUMBER
        : exactly({ numerator: BigInt(Math.round(first.re)), denominator: 1n });
    case 're':
      return first.im === 0 ? first : complex(first.re, 0, first.scale);
    case 'im':
      return first.im === 0 ? exactly(ZERO) : complex(first.im, 0, first.scale);
    case 'conj':
      return first.im === 0 ? first : complex(first.re, -first.im, first.scale);
    case 'arg':
      return complex(Math.atan2(first.im, first.re), 0);
    case 'factorial':
      return factorial(first, budget);
    case 'binomial':
      return second === undefined ? NOT_A_NUMBER : binomial(first, second, budget);
    case 'permutations': {
      if (second === undefined) return NOT_A_NUMBER;
      const chosen = binomial(first, second, budget);
      return multiplyValues(chosen, factorial(second, budget), budget);
    }
    case 'atan2':
      return second === undefined || first.im !== 0 || second.im !== 0
        ? NOT_A_NUMBER
        : complex(Math.atan2(first.re, second.re), 0);
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
    case 'sinh':
    case 'cosh':
      // Half of the exponential there, to more digits than any number has.
      if (first.im === 0 && Math.abs(first.re) > 300) {
        const half = multiplyValues(exponential(complex(Math.abs(first.re), 0)), complex(0.5, 0), budget);
        return name === 'sinh' && first.re < 0
          ? multiplyValues(half, exactly({ numerator: -1n, denominator: 1n }), budget)
          : half;
      }
      return first.im !== 0 || isBeyondDoubles(first)
        ? NOT_A_NUMBER
        : complex(real(name, first.re), 0, Math.abs(real(name, first.re)));
    case 'tanh':
    case 'coth':
      // So close to 1 that no double tells it from 1.
      if (first.im === 0 && Math.abs(first.re) > 16) return NOT_A_NUMBER;
      return first.im !== 0 || isBeyondDoubles(first) ? NOT_A_NUMBER : complex(real(name, first.re), 0, 1);
    default:
      if (first.im !== 0 || isBeyondDoubles(first)) return NOT_A_NUMBER;
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

/** Significant digits of a decimal as written (0.0012 has two). */
export function significantDigits(value: Rational, decimals: number): number {
  const scaledUp = (value.numerator * 10n ** BigInt(decimals)) / value.denominator;
  return (scaledUp < 0n ? -scaledUp : scaledUp).toString().length;
}
