/** Sets of real numbers as unions of intervals, so that [-2, 7], -2 <= x <= 7 and {x | ...} are one answer. */

import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { contains, type Expression, keyOf, type RelationOperator } from '../tree/expression.js';
import { isNumber } from './arithmetic.js';
import { evaluate } from './value.js';

interface Piece {
  readonly low: number;
  readonly high: number;
  readonly lowClosed: boolean;
  readonly highClosed: boolean;
}

/** Disjoint, sorted, not touching. */
type RealSet = readonly Piece[];

const ALL_REALS: RealSet = [
  { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, lowClosed: false, highClosed: false },
];

const MAX_PIECES = 200;

function same(a: number, b: number): boolean {
  if (a === b) return true;
  return Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 1e-11 * Math.max(Math.abs(a), Math.abs(b));
}

function normalised(pieces: readonly Piece[]): RealSet {
  const sorted = pieces
    .filter((piece) => piece.low < piece.high || (same(piece.low, piece.high) && piece.lowClosed && piece.highClosed))
    .sort((a, b) => a.low - b.low || Number(b.lowClosed) - Number(a.lowClosed));
  const result: Piece[] = [];
  for (const piece of sorted) {
    const last = result.at(-1);
    const touches =
      last !== undefined &&
      ((piece.low < last.high && !same(piece.low, last.high)) ||
        (same(piece.low, last.high) && (piece.lowClosed || last.highClosed)));
    if (!touches) result.push(piece);
    else if (same(piece.high, last.high)) {
      result[result.length - 1] = { ...last, highClosed: last.highClosed || piece.highClosed };
    } else if (piece.high > last.high) {
      result[result.length - 1] = { ...last, high: piece.high, highClosed: piece.highClosed };
    }
  }
  if (result.length > MAX_PIECES) throw new NotUnderstood(`a set of more than ${MAX_PIECES} intervals`);
  return result;
}

export function union(a: RealSet, b: RealSet): RealSet {
  return normalised([...a, ...b]);
}

function complement(set: RealSet): RealSet {
  const result: Piece[] = [];
  let low = Number.NEGATIVE_INFINITY;
  let lowClosed = false;
  for (const piece of set) {
    result.push({ low, lowClosed, high: piece.low, highClosed: !piece.lowClosed && Number.isFinite(piece.low) });
    low = piece.high;
    lowClosed = !piece.highClosed && Number.isFinite(piece.high);
  }
  result.push({ low, lowClosed, high: Number.POSITIVE_INFINITY, highClosed: false });
  return normalised(result);
}

export function intersection(a: RealSet, b: RealSet): RealSet {
  return complement(union(complement(a), complement(b)));
}

export function equalSets(a: RealSet, b: RealSet): boolean {
  return (
    a.length === b.length &&
    a.every((piece, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        same(piece.low, other.low) &&
        same(piece.high, other.high) &&
        piece.lowClosed === other.lowClosed &&
        piece.highClosed === other.highClosed
      );
    })
  );
}

/** The real number that an expression without symbols is; infinities included. */
function endpoint(node: Expression, budget: WorkBudget): number | undefined {
  if (contains(node, (part) => part.kind === 'symbol')) return undefined;
  const value = evaluate(node, new Map(), budget);
  // Numbers beyond doubles are no infinities.
  if (Number.isNaN(value.re) || (value.exact !== undefined && !isNumber(value))) return undefined;
  return value.im === 0 || Math.abs(value.im) <= 1e-12 * value.scale ? value.re : undefined;
}

function interval(low: number, lowClosed: boolean, high: number, highClosed: boolean): RealSet {
  return normalised([
    { low, high, lowClosed: lowClosed && Number.isFinite(low), highClosed: highClosed && Number.isFinite(high) },
  ]);
}

/**
 * The set of real numbers that an answer denotes, or undefined when it denotes something else. A reference of `x < 1 and
 * x > 3` means the union, as many write it, because no answer is a contradiction; a reply is read as written (`strictly`).
 * @throws {NotUnderstood} when it cannot be evaluated
 */
export function realSetOf(node: Expression, budget: WorkBudget, strictly = false): RealSet | undefined {
  switch (node.kind) {
    case 'reals':
      return ALL_REALS;
    case 'quantity':
      return realSetOf(node.value, budget, strictly);
    case 'bracket': {
      const [first, second] = node.items;
      if (node.items.length !== 2 || first === undefined || second === undefined) return undefined;
      const low = endpoint(first, budget);
      const high = endpoint(second, budget);
      if (low === undefined || high === undefined || low > high) return undefined;
      return interval(low, node.open === '[', high, node.close === ']');
    }
    case 'set': {
      let result: RealSet = [];
      for (const item of node.items) {
        const point = endpoint(item, budget);
        if (point === undefined) return undefined;
        result = union(result, interval(point, true, point, true));
      }
      return result;
    }
    case 'builder': {
      const restriction = node.variable.kind === 'relation' ? realSetOf(node.variable, budget, strictly) : ALL_REALS;
      const property = realSetOf(node.property, budget, strictly);
      return restriction === undefined || property === undefined ? undefined : intersection(restriction, property);
    }
    case 'setOperation': {
      const left = realSetOf(node.left, budget, strictly);
      const right = realSetOf(node.right, budget, strictly);
      if (left === undefined || right === undefined) return undefined;
      if (node.operator === 'union') return union(left, right);
      return intersection(left, node.operator === 'intersection' ? right : complement(right));
    }
    case 'list': {
      let result: RealSet | undefined;
      for (const item of node.items) {
        if (!['relation', 'setOperation', 'bracket', 'list'].includes(item.kind)) return undefined;
        const part = realSetOf(item, budget, strictly);
        if (part === undefined) return undefined;
        if (result === undefined) result = part;
        else {
          const both = intersection(result, part);
          const isUnion = both.length === 0 && !(strictly && node.joined === 'and');
          const all = node.joined !== 'or' && item.kind === 'relation' && !isUnion;
          result = all ? both : union(result, part);
        }
      }
      return result;
    }
    case 'relation':
      return ofRelation(node.operands, node.operators, budget);
    default:
      return undefined;
  }
}

const FLIPPED: Readonly<Record<RelationOperator, RelationOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
  in: 'in',
  '∉': '∉',
  '⊂': '⊃',
  '⊃': '⊂',
  '⊆': '⊇',
  '⊇': '⊆',
  '⊄': '⊄',
  '∥': '∥',
  '⊥': '⊥',
};

function bounded(operator: RelationOperator, bound: number): RealSet | undefined {
  const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
  switch (operator) {
    case '<':
    case '<=':
      return interval(NEGATIVE_INFINITY, false, bound, operator === '<=');
    case '>':
    case '>=':
      return interval(bound, operator === '>=', POSITIVE_INFINITY, false);
    case '!=':
      return complement(interval(bound, true, bound, true));
    case '=':
      return interval(bound, true, bound, true);
    default:
      return undefined;
  }
}

/** The slope and the value at 0 of a linear function of the symbol; undefined for any other. */
function linear(
  node: Expression,
  name: string,
  budget: WorkBudget,
): readonly [slope: number, offset: number] | undefined {
  const at = (x: number) => evaluate(node, new Map([[name, x]]), budget);
  const [zero, one, two] = [at(0), at(1), at(2)];
  if ([zero, one, two].some((value) => !Number.isFinite(value.re) || value.im !== 0)) return undefined;
  const slope = one.re - zero.re;
  const straight = Math.abs(two.re - one.re - slope) <= 1e-12 * Math.max(1, Math.abs(two.re));
  return straight && slope !== 0 ? [slope, zero.re] : undefined;
}

/** `2x + 1 > 5`, `|x - 1| < 3`: one side linear in the only symbol, or its absolute value, the other a number. */
function ofLinear(
  left: Expression,
  operator: RelationOperator,
  right: Expression,
  budget: WorkBudget,
): RealSet | undefined {
  const names = new Set<string>();
  contains(left, (part) => {
    if (part.kind === 'symbol') names.add(part.name);
    return false;
  });
  const [name] = names;
  const bound = endpoint(right, budget);
  if (names.size !== 1 || name === undefined || bound === undefined || !Number.isFinite(bound)) return undefined;
  const solve = (node: Expression, sign: RelationOperator, value: number): RealSet | undefined => {
    const line = linear(node, name, budget);
    return line && bounded(line[0] < 0 ? FLIPPED[sign] : sign, (value - line[1]) / line[0]);
  };
  const [inner] = left.kind === 'call' && left.name === 'abs' ? left.inputs : [];
  if (inner === undefined) return solve(left, operator, bound);
  if (bound < 0) return undefined;
  const upper = solve(inner, operator, bound);
  const lower = solve(inner, FLIPPED[operator], -bound);
  if (upper === undefined || lower === undefined) return undefined;
  const within = operator === '<' || operator === '<=' || operator === '!=';
  return within ? intersection(upper, lower) : union(upper, lower);
}

/** The name of what is bounded: a symbol or the value of a function, `f(x)`. */
function variableOf(node: Expression, budget: WorkBudget): string | undefined {
  if (node.kind === 'symbol') return node.name;
  return node.kind === 'call' && node.name.startsWith('@') ? keyOf(node, budget) : undefined;
}

/** `3 < 2x <= 8`: every second side linear in the same symbol, the others numbers. */
function ofLinearChain(
  operands: readonly Expression[],
  operators: readonly RelationOperator[],
  budget: WorkBudget,
): RealSet | undefined {
  const hasSymbol = (node: Expression | undefined) =>
    node !== undefined && contains(node, (part) => part.kind === 'symbol');
  const middle = operands.filter(hasSymbol);
  const [only] = middle;
  if (middle.length !== 1 || only === undefined || variableOf(only, budget) !== undefined) return undefined;
  let result: RealSet = ALL_REALS;
  for (const [index, operator] of operators.entries()) {
    const [left, right] = [operands[index], operands[index + 1]];
    if (left === undefined || right === undefined || operator === '=' || hasSymbol(left) === hasSymbol(right))
      return undefined;
    const part = hasSymbol(left)
      ? ofLinear(left, operator, right, budget)
      : ofLinear(right, FLIPPED[operator], left, budget);
    if (part === undefined) return undefined;
    result = intersection(result, part);
  }
  return result;
}

/** One symbol, compared with numbers: a < x <= b, x != c, x in S. */
function ofRelation(
  operands: readonly Expression[],
  operators: readonly RelationOperator[],
  budget: WorkBudget,
): RealSet | undefined {
  const [first, second] = operands;
  if (operators.length === 1 && operators[0] === 'in' && second !== undefined) {
    return first?.kind === 'symbol' ? realSetOf(second, budget) : undefined;
  }
  const [only] = operators;
  if (operators.length === 1 && only !== undefined && only !== '=' && first !== undefined && second !== undefined) {
    if (variableOf(first, budget) === undefined && variableOf(second, budget) === undefined) {
      const turned = !contains(first, (part) => part.kind === 'symbol');
      return turned ? ofLinear(second, FLIPPED[only], first, budget) : ofLinear(first, only, second, budget);
    }
  }
  if (operators.length > 1 && operators.length <= 4) {
    const linear = ofLinearChain(operands, operators, budget);
    if (linear !== undefined) return linear;
  }
  let name: string | undefined;
  let result = ALL_REALS;
  for (const [index, operator] of operators.entries()) {
    const left = operands[index];
    const right = operands[index + 1];
    if (left === undefined || right === undefined) return undefined;
    const flipped = variableOf(right, budget) !== undefined;
    const variable = variableOf(flipped ? right : left, budget);
    const other = flipped ? left : right;
    if (variable === undefined || (name !== undefined && name !== variable)) return undefined;
    name = variable;
    // Several values after one sign (x != 1, 2) come as a list and are not read here.
    const bound = other.kind === 'list' || other.kind === 'text' ? undefined : endpoint(other, budget);
    if (bound === undefined) return undefined;
    const part = bounded(flipped ? FLIPPED[operator] : operator, bound);
    if (part === undefined) return undefined;
    result = intersection(result, part);
  }
  return result;
}
