/** Numbers whose notation is part of the answer: to a base, as a proportion, as a time of day. */
import type { WorkBudget } from '../tree/budget.js';
import type { Expression } from '../tree/expression.js';
import { evaluate, NO_SYMBOLS } from './value.js';

/** 52 to base 8 is the value 42, but where a base was asked for, 42 is not the answer. */
export function sameBased(g: Expression, p: Expression): boolean {
  const read = (node: Expression): readonly [string, bigint] | undefined => {
    if (node.kind === 'number' && node.value.denominator === 1n) return [String(node.value.numerator), 10n];
    if (node.kind !== 'based' || node.base.kind !== 'number') return undefined;
    return [node.digits.replace(/^0+(?=\d)/, ''), node.base.value.numerator];
  };
  const left = read(g);
  const right = read(p);
  return left !== undefined && right !== undefined && left[0] === right[0] && left[1] === right[1];
}

const CLOCK = /^\d{1,2}:\d{2}$/;

/** 2 : 4 is 1 : 2; of two times, 2:40 is 2:40 only. */
export function sameProportion(
  g: Extract<Expression, { kind: 'proportion' }>,
  p: Extract<Expression, { kind: 'proportion' }>,
  budget: WorkBudget,
): boolean {
  const [left, right] = [g.source, p.source].map((source) => source.replace(/^0?(\d{1,2}:\d{2}):00$/, '$1'));
  if (left === right) return true;
  if ((CLOCK.test(left ?? '') && CLOCK.test(right ?? '')) || g.parts.length !== p.parts.length) return false;
  const lefts = g.parts.map((part) => evaluate(part, NO_SYMBOLS, budget));
  const rights = p.parts.map((part) => evaluate(part, NO_SYMBOLS, budget));
  return lefts.every((value, i) =>
    lefts.every((other, j) => {
      const a = value.re * (rights[j]?.re ?? Number.NaN);
      const b = other.re * (rights[i]?.re ?? Number.NaN);
      return Math.abs(a - b) <= 1e-11 * Math.max(Math.abs(a), Math.abs(b));
    }),
  );
}
