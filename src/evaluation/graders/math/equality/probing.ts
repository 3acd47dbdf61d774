/** Equality of expressions as numbers, or as functions of their symbols by values at fixed points. */
import { randomKey, uniformAt } from '../../../../random.js';
import { equalRationals } from '../../../../rational.js';
import { toNumber } from '../tree/bounded-rational.js';
import type { WorkBudget } from '../tree/budget.js';
import { contains, type Expression, partsOf } from '../tree/expression.js';
import {
  type Assignment,
  closeValues,
  evaluate,
  isNumber,
  NO_SYMBOLS,
  significantDigits,
  type Value,
} from './value.js';

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
    if (node.kind === 'call' && ['factorial', 'binomial', 'sum', 'prod', 'mod', 'gcd', 'lcm'].includes(node.name)) {
      for (const name of symbolsOf(node.inputs)) found.add(name);
    }
    for (const part of partsOf(node)) visit(part);
  };
  for (const node of nodes) visit(node);
  return found;
}

const PROBES = 8;

/** Fixed pseudo-random values for the symbols: the first half positive, then of both signs. */
function probes(nodes: readonly Expression[]): Assignment[] {
  const names = symbolsOf(nodes);
  const whole = wholeSymbols(nodes);
  return Array.from({ length: PROBES }, (_, probe) => {
    const values = new Map<string, number>();
    for (const name of names) {
      const key = randomKey(17, name);
      const uniform = uniformAt(key, probe);
      if (whole.has(name)) values.set(name, 2 + Math.floor(uniform * 9));
      else {
        const sign = probe < PROBES / 2 || uniformAt(key, probe, 1) < 0.5 ? 1 : -1;
        values.set(name, sign * (0.3 + 2.4 * uniform));
      }
    }
    return values;
  });
}

/** Equal values, or equal functions. @throws {NotUnderstood} when something has no value */
export function sameNumber(g: Expression, p: Expression, budget: WorkBudget): boolean {
  const names = symbolsOf([g, p]);
  if (names.length === 0) {
    const left = evaluate(g, NO_SYMBOLS, budget);
    const right = evaluate(p, NO_SYMBOLS, budget);
    return closeValues(left, right) || rounded(g, left, p, right) || rounded(p, right, g, left);
  }
  let positive = 0;
  let other = 0;
  let failedOther = false;
  for (const [index, symbols] of probes([g, p]).entries()) {
    const left = evaluate(g, symbols, budget);
    const right = evaluate(p, symbols, budget);
    const defined = [isNumber(left), isNumber(right)];
    if (!defined[0] && !defined[1]) continue;
    const agrees = defined[0] && defined[1] && closeValues(left, right);
    if (index < PROBES / 2) {
      if (!agrees) return false;
      positive++;
    } else if (agrees) other++;
    else failedOther = true;
  }
  // Equal for positive values is enough for roots and logarithms, but not where a sign is what matters.
  if (
    failedOther &&
    [g, p].some((node) =>
      contains(node, (part) => part.kind === 'call' && (part.name === 'abs' || part.name === 'sgn')),
    )
  ) {
    return false;
  }
  return positive >= 3 || (positive > 0 && other >= 2);
}

/**
 * A decimal of six places and as many significant digits (or nine of these) that is the other, exact value rounded or
 * cut at its last place.
 */
function rounded(decimal: Expression, value: Value, other: Expression, exact: Value): boolean {
  const bare = decimal.kind === 'product' && decimal.factors.length === 2 ? decimal.factors[1] : decimal;
  if (bare?.kind !== 'number' || bare.decimals === undefined || value.exact === undefined) return false;
  if (isDecimal(other) || !isNumber(exact) || exact.im !== 0) return false;
  const digits = significantDigits(bare.value, bare.decimals);
  if (digits < 9 && (digits < 6 || bare.decimals < 6)) return false;
  if (exact.exact !== undefined && equalRationals(exact.exact, value.exact)) return true;
  const place = 10 ** -bare.decimals;
  const error = Math.abs(toNumber(value.exact)) - Math.abs(exact.re);
  if (Math.sign(value.re) !== Math.sign(exact.re)) return false;
  const slack = 1e-9 * place + 1e-13 * Math.abs(exact.re);
  return error <= place / 2 + slack && error > -place - slack;
}

function isDecimal(node: Expression): boolean {
  if (node.kind === 'product' && node.factors.length === 2) {
    return node.factors.every((factor) => factor.kind === 'number');
  }
  return node.kind === 'number';
}

/** The constant that one expression is of the other at every probe, or undefined. */
export function proportional(a: Expression, b: Expression, budget: WorkBudget): number | undefined {
  let factor: number | undefined;
  let agreed = 0;
  for (const symbols of probes([a, b])) {
    const left = evaluate(a, symbols, budget);
    const right = evaluate(b, symbols, budget);
    if (!isNumber(left) || !isNumber(right) || Math.abs(right.re) < 1e-9 || right.im !== 0 || left.im !== 0) continue;
    const quotient = left.re / right.re;
    if (Math.abs(quotient) < 1e-12) return undefined;
    if (factor !== undefined && Math.abs(quotient - factor) > 1e-9 * Math.abs(factor)) return undefined;
    factor ??= quotient;
    agreed++;
  }
  return agreed >= 3 ? factor : undefined;
}
