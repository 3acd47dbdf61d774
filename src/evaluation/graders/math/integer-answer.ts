/** The whole number that an answer states, for competitions whose answers are whole numbers. */

import { equalRationals } from '../../../rational.js';
import { evaluate } from './equality/value.js';
import { boundedCount } from './extraction/conclusions/bounded-counts.js';
import { isUnsolved } from './extraction/conclusions/not-values.js';
import { workedPart } from './extraction/conclusions/worked-parts.js';
import type { ReadAnswer } from './read-answer.js';
import { dayOf } from './reading/words/dates.js';
import { NotUnderstood, WorkBudget } from './tree/budget.js';
import { contains, type Expression } from './tree/expression.js';

const WORK = 20_000;

/** The whole number that a reply to a question for one says where its value is no single number: a bound of a count, what was worked out, or the day of a date. */
export const wholeNumberSaid = (reply: string, read: ReadAnswer): string | undefined =>
  boundedCount(reply) ?? workedPart(reply) ?? dayOf(read.text);

/** Whether what was read in a reply is only the right side of an equation that is still to be solved. */
export const isStillToSolve = (read: ReadAnswer, reply: string): boolean => isUnsolved(read.text, reply);

/** The single, exact whole number that an answer is; two where it gives an amount twice, in hours and minutes. Never throws. */
export function integersOf({ readings: [reading], restated, origin }: ReadAnswer): readonly bigint[] {
  const first = origin === 'boxed' && reading !== undefined ? withoutRepetition(reading) : reading;
  return [first, restated].flatMap((node) => (node === undefined ? [] : (wholeNumber(node) ?? [])));
}

/** The number of `\boxed{45}\boxed{45}`. */
function withoutRepetition(node: Expression): Expression {
  const [first, ...others] = node.kind === 'list' ? node.items : [];
  if (first?.kind !== 'number' || others.length === 0) return node;
  return others.every((item) => item.kind === 'number' && equalRationals(item.value, first.value)) ? first : node;
}

function wholeNumber(reading: Expression): bigint | undefined {
  try {
    const node = bare(reading);
    // `1 hour 30 minutes` is neither 31 nor, without a unit, 90.
    if (isInSeveralUnits(node)) return undefined;
    const value = evaluate(node, new Map(), new WorkBudget(WORK));
    return value.exact?.denominator === 1n ? value.exact.numerator : undefined;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

const isInSeveralUnits = (node: Expression): boolean =>
  node.kind === 'sum' && new Set(node.terms.flatMap((term) => (term.kind === 'quantity' ? [term.unit] : []))).size > 1;

/** Without a name and unit: `m + n = 113` is 113, `30^\circ` is 30. */
function bare(node: Expression): Expression {
  if (node.kind === 'relation' && node.operators.every((operator) => operator === '=')) {
    const last = node.operands.at(-1);
    const numeric = last !== undefined && !contains(last, (part) => part.kind === 'symbol');
    return numeric ? bare(last) : node;
  }
  // `-4 degrees`
  if (node.kind === 'product' && node.factors.length === 2 && node.factors[0]?.kind === 'number')
    return { ...node, factors: node.factors.map(bare) };
  return node.kind === 'quantity' && node.unit !== '%' ? bare(node.value) : node;
}
