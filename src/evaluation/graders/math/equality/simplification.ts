/** What an answer states: membership, chains of equations and the names of values reduced to it. */
import { contains, type Expression, partsOf } from '../tree/expression.js';

/** Membership, chains of equations and names of lists reduced to what they state. */
export function simplified(node: Expression): Expression {
  if (node.kind === 'relation') {
    const last = node.operands.at(-1);
    const [first] = node.operands;
    if (node.operators.length === 1 && node.operators[0] === 'in' && last !== undefined) return last;
    if (node.operators.length > 1 && node.operators.every((operator) => operator === '=') && first && last) {
      return { kind: 'relation', operands: [first, last], operators: ['='] };
    }
    const [left, right] = node.operands;
    if (node.operators.length === 1 && left?.kind === 'list' && right?.kind === 'list' && node.operators[0] === '=') {
      return right;
    }
  }
  if (node.kind === 'list') {
    const values = withoutCondition(node.items);
    const [only] = values;
    if (values.length < node.items.length && only !== undefined)
      return simplified(values.length === 1 ? only : { ...node, items: values });
    const [first, ...rest] = node.items;
    const named = first?.kind === 'relation' && first.operators.length === 1 && first.operators[0] === '=';
    // `n = 2, 3, 4`
    if (named && rest.length > 0 && rest.every((item) => item.kind !== 'relation' && item.kind !== 'text')) {
      const [name, value] = first.operands;
      if (name !== undefined && value !== undefined && isName(name)) return { ...node, items: [value, ...rest] };
    }
  }
  if (node.kind === 'quantity' && node.value.kind === 'relation' && !node.unit.startsWith('mod '))
    return simplified(node.value);
  return node;
}

/** Without the last of them where it only says what a symbol of the others is: `2k + 1, k ∈ ℤ`. */
function withoutCondition(items: readonly Expression[]): readonly Expression[] {
  const last = items.at(-1);
  if (items.length < 2 || last?.kind !== 'relation' || last.operators.join() !== 'in') return items;
  const [symbol, set] = last.operands;
  const known = set?.kind === 'reals' || (set?.kind === 'symbol' && set.name.startsWith('set:'));
  if (symbol?.kind !== 'symbol' || !known) return items;
  const others = items.slice(0, -1);
  const meant = others.every((item) => contains(item, (part) => part.kind === 'symbol' && part.name === symbol.name));
  return meant ? others : items;
}

/** Whether an expression is the name of a quantity: x, f(x), |AB|, NO/BO, (p, q, r); not 2x + z. */
export function isName(node: Expression): boolean {
  if (node.kind === 'text')
    return !/\b(?:over|across|about|by|at|in|to|along|than|below|above|from|with)$/i.test(node.text);
  if (node.kind === 'relation') return false;
  if (node.kind === 'symbol') return true;
  if (node.kind === 'call' && node.name.startsWith('@')) return true;
  const parts = partsOf(node);
  if (
    node.kind === 'call' ||
    node.kind === 'product' ||
    node.kind === 'bracket' ||
    node.kind === 'quantity' ||
    node.kind === 'proportion'
  ) {
    return parts.every(isName);
  }
  if (node.kind === 'constant') return node.name !== 'infinity';
  if (node.kind === 'power') {
    const inverse = node.exponent.kind === 'number' && node.exponent.value.numerator === -1n;
    return isName(node.base) && (inverse || isName(node.exponent));
  }
  return false;
}
