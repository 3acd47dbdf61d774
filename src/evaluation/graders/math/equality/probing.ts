/** Equality of expressions as numbers, or as functions of their symbols by values at fixed points. */
import { randomKey, uniformAt } from '../../../../random.js';
import { equalRationals, type Rational } from '../../../../rational.js';
import { toNumber } from '../tree/bounded-rational.js';
import type { WorkBudget } from '../tree/budget.js';
import { contains, type Expression, partsOf } from '../tree/expression.js';
import { closeValues, isKnown, isNumber, type Value } from './arithmetic.js';
import { type Assignment, evaluate, NO_SYMBOLS, significantDigits } from './value.js';

/** Names of the symbols, sorted. */
export function symbolsOf(nodes: readonly Expression[]): string[] {
  const found = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.kind === 'symbol') found.add(node.name);
    for (const part of partsOf(node)) visit(part);
  };
  for (const node of nodes) visit(node);
  return [...found].sort();
}

/** Symbols that only make sense as whole numbers: in factorials, binomials, bounds of sums. */
function wholeSymbols(nodes: readonly Expression[]): Set<string> {
  const found = new Set<string>();
  const visit = (node: Expression): void => {
    if (
      node.kind === 'call' &&
      ['factorial', 'binomial', 'permutations', 'sum', 'prod', 'mod', 'gcd', 'lcm'].includes(node.name)
    ) {
      for (const name of symbolsOf(node.inputs)) found.add(name);
    }
    for (const part of partsOf(node)) visit(part);
  };
  for (const node of nodes) visit(node);
  return found;
}

const PROBES = 8;

type Range = 'wide' | 'unit' | 'far';

/**
 * Fixed pseudo-random values for the symbols: the first half positive, then of both signs. Those of the unit interval
 * are for functions that are real there only, such as arcsines.
 */
function probes(nodes: readonly Expression[], range: Range = 'wide'): Assignment[] {
  const names = symbolsOf(nodes);
  const whole = wholeSymbols(nodes);
  return Array.from({ length: PROBES }, (_, probe) => {
    const values = new Map<string, number>();
    for (const name of names) {
      const key = randomKey(range === 'wide' ? 17 : 19, name);
      const uniform = uniformAt(key, probe);
      if (whole.has(name)) values.set(name, 2 + Math.floor(uniform * 9));
      else if (range === 'unit') values.set(name, 0.03 + 0.94 * uniform);
      else if (range === 'far') values.set(name, (probe % 2 === 0 ? -1 : 1) * 10 ** (1 + (probe % 4) + uniform));
      else {
        const sign = probe < PROBES / 2 || uniformAt(key, probe, 1) < 0.5 ? 1 : -1;
        values.set(name, sign * (0.3 + 2.4 * uniform));
      }
    }
    return values;
  });
}

const isImaginary = (part: Expression): boolean => part.kind === 'constant' && part.name === 'i';
const isSign = (part: Expression): boolean => part.kind === 'call' && (part.name === 'abs' || part.name === 'sgn');

/** Equal values, or equal functions. @throws {NotUnderstood} when something has no value */
export function sameNumber(g: Expression, p: Expression, budget: WorkBudget): boolean {
  const names = symbolsOf([g, p]);
  if (names.length === 0) {
    const left = evaluate(g, NO_SYMBOLS, budget);
    const right = evaluate(p, NO_SYMBOLS, budget);
    return closeValues(left, right) || rounded(g, left, p, right) || rounded(p, right, g, left);
  }
  const real = ![g, p].some((node) => contains(node, isImaginary));
  let positive = 0;
  let other = 0;
  let failedOther = false;
  let outside = false;
  for (const [index, symbols] of probes([g, p]).entries()) {
    const left = evaluate(g, symbols, budget);
    const right = evaluate(p, symbols, budget);
    const defined = [isKnown(left), isKnown(right)];
    if (!defined[0] && !defined[1]) {
      outside = true;
      continue;
    }
    const agrees = defined[0] && defined[1] && closeValues(left, right);
    if (!agrees && real && !isReal(left) && !isReal(right)) {
      // Real functions outside of their domain: log(-2) and -log(-1/2) take different branches.
      outside = true;
      continue;
    }
    if (index < PROBES / 2) {
      if (!agrees) return false;
      positive++;
    } else if (agrees) other++;
    else failedOther = true;
  }
  // Equal for positive values is enough for roots and logarithms, but not where a sign is what matters.
  if ([g, p].some((node) => contains(node, isSign)) && (failedOther || !agreeFarAway(g, p, budget))) return false;
  if (positive >= 3 || (positive > 0 && other >= 2)) return true;
  return outside && agreeWithin(g, p, budget);
}

function isReal(value: Value): boolean {
  return value.ln !== undefined || value.exact !== undefined || Math.abs(value.im) <= 1e-12 * Math.max(1, value.scale);
}

/** Where an absolute value turns may be far from the other probes: `|x + 1000| - 1000` is x there. */
function agreeFarAway(g: Expression, p: Expression, budget: WorkBudget): boolean {
  return probes([g, p], 'far').every((symbols) => {
    const left = evaluate(g, symbols, budget);
    const right = evaluate(p, symbols, budget);
    return !isNumber(left) || !isNumber(right) || !isReal(left) || !isReal(right) || closeValues(left, right);
  });
}

/** Whether functions agree where all their symbols are between 0 and 1. */
function agreeWithin(g: Expression, p: Expression, budget: WorkBudget): boolean {
  let agreed = 0;
  for (const symbols of probes([g, p], 'unit')) {
    const left = evaluate(g, symbols, budget);
    const right = evaluate(p, symbols, budget);
    if (!isKnown(left) && !isKnown(right)) continue;
    if (!isReal(left) && !isReal(right)) continue;
    if (!closeValues(left, right)) return false;
    agreed++;
  }
  return agreed >= 3;
}

/**
 * A decimal of six places and as many significant digits (or nine of these) that is the other, exact value rounded or
 * cut at its last place.
 */
function rounded(decimal: Expression, value: Value, other: Expression, exact: Value): boolean {
  const written = decimalOf(decimal);
  if (written === undefined || value.exact === undefined) return false;
  if (decimalOf(other) !== undefined || isDecimal(other) || !isNumber(exact) || exact.im !== 0) return false;
  const { number, decimals, exponent } = written;
  const digits = significantDigits(number, decimals);
  if (digits < 9 && (digits < 6 || decimals < 6)) return false;
  if (exact.exact !== undefined && equalRationals(exact.exact, value.exact)) return true;
  const place = 10 ** (exponent - decimals);
  const error = Math.abs(toNumber(value.exact)) - Math.abs(exact.re);
  if (Math.sign(value.re) !== Math.sign(exact.re)) return false;
  const slack = 1e-9 * place + 1e-13 * Math.abs(exact.re);
  return error <= place / 2 + slack && error > -place - slack;
}

/** A number with decimals, also negated or times a power of ten. */
function decimalOf(
  node: Expression,
): { readonly number: Rational; readonly decimals: number; readonly exponent: number } | undefined {
  let found: { number: Rational; decimals: number } | undefined;
  let exponent = 0;
  for (const factor of node.kind === 'product' ? node.factors : [node]) {
    if (factor.kind === 'number' && factor.decimals !== undefined && found === undefined) {
      found = { number: factor.value, decimals: factor.decimals };
    } else if (factor.kind === 'power' && isTen(factor.base) && factor.exponent.kind === 'number') {
      exponent += toNumber(factor.exponent.value);
    } else if (!(factor.kind === 'number' && factor.value.denominator === 1n && factor.value.numerator === -1n)) return;
  }
  return found === undefined || !Number.isInteger(exponent) ? undefined : { ...found, exponent };
}

function isTen(node: Expression): boolean {
  return node.kind === 'number' && node.value.denominator === 1n && node.value.numerator === 10n;
}

function isDecimal(node: Expression): boolean {
  if (node.kind === 'product' && node.factors.length === 2) {
    return node.factors.every((factor) => factor.kind === 'number');
  }
  return node.kind === 'number';
}

/** The constant that one expression is of the other at every probe, or undefined. */
export function proportional(
  a: Expression,
  b: Expression,
  budget: WorkBudget,
): { readonly re: number; readonly im: number } | undefined {
  // Numbers alone are all multiples of one another.
  if (symbolsOf([a, b]).length === 0) return undefined;
  let factor: { re: number; im: number } | undefined;
  let agreed = 0;
  for (const symbols of probes([a, b])) {
    const left = evaluate(a, symbols, budget);
    const right = evaluate(b, symbols, budget);
    const size = Math.hypot(right.re, right.im);
    if (!isNumber(left) || !isNumber(right) || size < 1e-9) continue;
    const re = (left.re * right.re + left.im * right.im) / size ** 2;
    const im = (left.im * right.re - left.re * right.im) / size ** 2;
    const quotient = Math.hypot(re, im);
    if (quotient < 1e-12) return undefined;
    if (factor !== undefined && Math.hypot(re - factor.re, im - factor.im) > 1e-9 * quotient) return undefined;
    factor ??= { re, im };
    agreed++;
  }
  return agreed >= 3 ? factor : undefined;
}
