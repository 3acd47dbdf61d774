/** Answers of several parts: lists, sets and values with a sign of both kinds, part by part. */
import type { WorkBudget } from '../tree/budget.js';
import { contains, type Expression, keyOf } from '../tree/expression.js';
import { signs } from './signs.js';
import { simplified } from './simplification.js';

/** How two parts are compared. */
export type Same = (left: Expression, right: Expression, budget: WorkBudget) => boolean;

export function isSeveral(node: Expression): boolean {
  return node.kind === 'list' || node.kind === 'set' || contains(node, (part) => part.kind === 'plusMinus');
}

function itemsOf(node: Expression): readonly Expression[] {
  if (node.kind === 'list' || node.kind === 'set') return node.items.flatMap((item) => itemsOf(simplified(item)));
  return signs(node);
}

export function sameSeveral(g: Expression, p: Expression, same: Same, budget: WorkBudget): boolean {
  const [listed, other] = [asList(g), asList(p)];
  if (listed !== g || other !== p) return sameSeveral(listed, other, same, budget);
  // `[1, 2]` is an interval beside a set; as a program's list it is one beside values without braces.
  if (isSquare(g) && p.kind === 'list' && p.braced === true) return false;
  if (g.kind === 'bracket' && p.kind === 'list') return inOrder(g.items, coordinates(p, budget) ?? [], same, budget);
  if (isSquare(p) && g.kind === 'list' && g.braced === true) return false;
  if (g.kind === 'list' && p.kind === 'bracket') return inOrder(coordinates(g, budget) ?? [], p.items, same, budget);
  if (g.kind === 'list' && p.kind === 'list' && !sameConnective(g, p)) return false;
  if (isGrouped(g) && isGrouped(p)) return inAnyOrder(g.items, p.items, same, budget);
  const left = itemsOf(g);
  const right = itemsOf(p);
  if (left.length !== right.length) {
    const [a, b] = [distinct(left, same, budget), distinct(right, same, budget)];
    return (
      a.length === b.length && (a.length < left.length || b.length < right.length) && inAnyOrder(a, b, same, budget)
    );
  }
  // Names that tell the parts apart fix their order when only one side has them.
  const leftNames = names(left, budget);
  const rightNames = names(right, budget);
  if ((leftNames > 1 && rightNames === 0) || (rightNames > 1 && leftNames === 0))
    return inOrder(left, right, same, budget);
  return inAnyOrder(left, right, same, budget);
}

/** `[1, 4, 9]` and `[(1, 2), (3, 4)]` as programs write lists; two numbers are an interval. */
function asList(node: Expression): Expression {
  if (node.kind !== 'bracket' || node.open !== '[' || node.close !== ']') return node;
  const points = node.items.every((item) => item.kind === 'bracket' && item.open === '(');
  return points || node.items.length > 2 ? { kind: 'list', items: node.items, joined: 'comma' } : node;
}

function isSquare(node: Expression): boolean {
  return node.kind === 'bracket' && (node.open === '[' || node.close === ']');
}

/** Answers of several parts each: `1, 2; 3, 4`. */
function isGrouped(node: Expression): node is List {
  return node.kind === 'list' && node.items.every((item) => item.kind === 'list');
}

type List = Extract<Expression, { kind: 'list' }>;

/** Between statements and between words `and` and `or` say different things; between values both only list them. */
function sameConnective(g: List, p: List): boolean {
  if ([...g.items, ...p.items].every((item) => item.kind === 'text'))
    return (g.joined === 'or') === (p.joined === 'or');
  const isStatement = (item: Expression): boolean =>
    item.kind === 'symbol' ||
    (item.kind === 'relation' && item.operators.some((operator) => operator !== '=')) ||
    (item.kind === 'list' && item.items.some(isStatement));
  const strict = [...g.items, ...p.items].some(isStatement) && g.joined !== 'comma' && p.joined !== 'comma';
  return !strict || g.joined === p.joined;
}

/** The parts of a list that stands for a point: in bare braces, or given one by one as `x = 1, y = 2`. */
function coordinates(
  list: Extract<Expression, { kind: 'list' }>,
  budget: WorkBudget,
): readonly Expression[] | undefined {
  if (list.braced === true) return list.items;
  if (list.joined === 'or' || names(list.items, budget) !== list.items.length) return undefined;
  return list.items.flatMap((item) => (item.kind === 'relation' ? item.operands.slice(-1) : []));
}

function distinct(items: readonly Expression[], same: Same, budget: WorkBudget): Expression[] {
  const result: Expression[] = [];
  for (const item of items) if (!result.some((other) => same(other, item, budget))) result.push(item);
  return result;
}

/** How many different names the items are equations for; 0 when not all are. */
function names(items: readonly Expression[], budget: WorkBudget): number {
  const found = new Set<string>();
  for (const item of items) {
    if (item.kind !== 'relation' || item.operators.some((operator) => operator !== '=')) return 0;
    const [left] = item.operands;
    if (left === undefined) return 0;
    found.add(keyOf(left, budget));
  }
  return found.size;
}

export function inOrder(
  left: readonly Expression[],
  right: readonly Expression[],
  same: Same,
  budget: WorkBudget,
): boolean {
  return (
    left.length === right.length &&
    left.every((item, index) => {
      const other = right[index];
      return other !== undefined && same(item, other, budget);
    })
  );
}

export function inAnyOrder(
  left: readonly Expression[],
  right: readonly Expression[],
  same: Same,
  budget: WorkBudget,
): boolean {
  if (left.length !== right.length) return false;
  // Most parts of long lists are written alike; only the others are compared pair by pair.
  const waiting = new Map<string, Expression[]>();
  for (const item of right) {
    const key = keyOf(item, budget);
    const alike = waiting.get(key);
    if (alike === undefined) waiting.set(key, [item]);
    else alike.push(item);
  }
  const unmatched = left.filter((item) => waiting.get(keyOf(item, budget))?.pop() === undefined);
  const rest = [...waiting.values()].flat();
  for (const item of unmatched) {
    const index = rest.findIndex((other) => same(item, other, budget));
    if (index < 0) return false;
    rest.splice(index, 1);
  }
  return true;
}
