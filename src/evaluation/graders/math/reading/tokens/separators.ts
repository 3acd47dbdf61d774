/** What separates several answers, and which of them belong together. */
import type { Expression } from '../../tree/expression.js';

export type Separator = ',' | ';' | 'and' | 'or';

export function joining(separators: readonly Separator[]): 'and' | 'or' | 'comma' {
  const word = separators.findLast((separator) => separator === 'and' || separator === 'or');
  return word === 'and' || word === 'or' ? word : 'comma';
}

/**
 * `x = 1, y = 4 or x = 2, y = 3` as two answers of two parts each: `or` and semicolons bind less than commas and `and`
 * where every group has several parts. Undefined where there is only one level.
 */
export function grouped(items: readonly Expression[], separators: readonly Separator[]): Expression | undefined {
  const weaker = separators.includes('or') ? 'or' : ';';
  if (!separators.includes(weaker) || separators.every((separator) => separator === weaker)) return undefined;
  const groups: Expression[][] = [];
  for (const [index, item] of items.entries()) {
    if (index === 0 || separators[index - 1] === weaker) groups.push([item]);
    else groups.at(-1)?.push(item);
  }
  if (groups.some((group) => group.length < 2)) return undefined;
  const parts = groups.map((group): Expression => ({ kind: 'list', items: group, joined: 'and' }));
  return { kind: 'list', items: parts, joined: 'or' };
}
