/** Answers of several statements: the values of each, by what they are called or else in the order given. */
import type { WorkBudget } from '../tree/budget.js';
import type { Expression } from '../tree/expression.js';
import { sameAnswer } from './comparison.js';
import { inOrder } from './several.js';

/** What one statement says: the words in front of it, and its values. */
export interface ReadPart {
  readonly label: string;
  readonly values: readonly Expression[];
}

/** The values by label; those without one belong to the label before. Undefined where labels repeat or none begins. */
function byLabel(parts: readonly ReadPart[]): ReadonlyMap<string, readonly Expression[]> | undefined {
  const found = new Map<string, Expression[]>();
  let current: Expression[] | undefined;
  for (const { label, values } of parts) {
    if (label !== '') {
      if (found.has(label)) return undefined;
      current = [];
      found.set(label, current);
    }
    if (current === undefined) return undefined;
    current.push(...values);
  }
  return found;
}

/** Whether single words name other things on either side: `cat` and `dog`, `Ann` and `Bob`; `max` is short for `maximum`. */
function areOtherNames(left: readonly string[], right: readonly string[]): boolean {
  const areNames = [...left, ...right].every((name) => /^[a-z]{2,}$/.test(name));
  return areNames && !left.some((name) => right.some((other) => name.startsWith(other) || other.startsWith(name)));
}

/** Every part of the one answer is in the other, and nothing else. */
export function sameParts(gold: readonly ReadPart[], prediction: readonly ReadPart[], budget: WorkBudget): boolean {
  const [left, right] = [byLabel(gold), byLabel(prediction)];
  const shared = left === undefined || right === undefined ? [] : [...left.keys()].filter((name) => right.has(name));
  if (left !== undefined && right !== undefined && shared.length === left.size && left.size === right.size)
    return shared.every((name) => inOrder(left.get(name) ?? [], right.get(name) ?? [], sameAnswer, budget));
  if (
    left !== undefined &&
    right !== undefined &&
    shared.length === 0 &&
    areOtherNames([...left.keys()], [...right.keys()])
  )
    return false;
  // Other words: the order decides, unless the words that both use stand in another one.
  const order = (parts: readonly ReadPart[]) => parts.flatMap(({ label }) => (shared.includes(label) ? [label] : []));
  if (order(gold).join('|') !== order(prediction).join('|')) return false;
  const all = (parts: readonly ReadPart[]) => parts.flatMap(({ values }) => values);
  return inOrder(all(gold), all(prediction), sameAnswer, budget);
}
