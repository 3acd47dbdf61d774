/** Whether two answers are the same answer. */
import { equalRationals } from '../../../../rational.js';
import { isRange } from '../reading/words/ranges.js';
import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import {
  contains,
  type Expression,
  keyOf,
  mapped,
  negated,
  partsOf,
  type RelationOperator,
  sum,
} from '../tree/expression.js';
import { withoutIndices } from './indices.js';
import { isVector, matrixOf, type Rows, withoutDeterminants } from './matrices.js';
import { sameBased, sameProportion } from './notation.js';
import { proportional, sameNumber, symbolsOf } from './probing.js';
import { hasUnit, sameQuantity } from './quantities.js';
import { equalSets, realSetOf } from './realset.js';
import { inAnyOrder, inOrder, isSeveral, sameSeveral } from './several.js';
import { signs } from './signs.js';
import { isName, simplified } from './simplification.js';
import { asPoints, solutionsOf, unnamed } from './solutions.js';
import { coordinatesIn } from './unit-vectors.js';
import { listedWords, sameWords, wordsOf } from './words.js';

/** Tries a comparison that may not apply. A spent budget still ends everything at the next step. */
function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

/**
 * The comparison is not symmetric: a reference of 5 accepts `x = 5` and `a + b = 5`, but a reference of `2x + z = 1`
 * does not accept 1.
 */
export function sameAnswer(gold: Expression, prediction: Expression, budget: WorkBudget): boolean {
  budget.spend(1);
  if (keyOf(gold, budget) === keyOf(prediction, budget)) return true;
  const goldSolutions = solutionsOf(gold, budget);
  const reply = withoutIndices(prediction, gold);
  const solutions = solutionsOf(goldSolutions === undefined ? reply : chained(reply), budget);
  if (goldSolutions !== undefined && solutions !== undefined) {
    const points = asPoints(goldSolutions, solutions);
    return points !== undefined && inAnyOrder(...points, sameAnswer, budget);
  }
  if (goldSolutions !== undefined) return sameUnnamed(unnamed(goldSolutions, prediction), prediction, budget);
  if (solutions !== undefined) return sameUnnamed(gold, unnamed(solutions, gold), budget);
  const g = simplified(withoutDeterminants(gold, budget));
  const p = simplified(withoutDeterminants(reply, budget));
  if (g.kind === 'set' && p.kind === 'text') return sameSetOfWords(g.items, p.text);
  if (g.kind === 'text' || p.kind === 'text')
    return g.kind === 'text' && p.kind === 'text' && sameWords(g.text, p.text);

  const goldRelation = g.kind === 'relation';
  const predictionRelation = p.kind === 'relation';
  if (goldRelation && predictionRelation) {
    if (attempt(() => sameRelation(g, p, budget)) === true) return true;
    const equations = [...g.operators, ...p.operators].every((operator) => operator === '=');
    if (equations || !sameVariables(g, p)) return false;
    return attempt(() => sameSet(g, p, budget)) === true;
  }
  if (goldRelation || predictionRelation) {
    if (attempt(() => sameSet(g, p, budget)) === true) return true;
    const [relation, other] = goldRelation ? [g, p] : [p, g];
    if (relation.kind !== 'relation') return false;
    const value = statedValue(relation, goldRelation, budget);
    if (value === undefined) return false;
    return goldRelation ? sameAnswer(value, other, budget) : sameAnswer(other, value, budget);
  }
  return sameObject(g, p, budget);
}

/** Words in braces have no order, `{red, blue}`; a reply may list them without. */
function sameSetOfWords(items: readonly Expression[], text: string): boolean {
  const words = items.map((item) => (item.kind === 'text' ? wordsOf(item.text) : ''));
  return listedWords(text)?.toSorted().join() === words.toSorted().join();
}

/** `x = y = 2` as a value for each name. */
function chained(node: Expression): Expression {
  if (node.kind !== 'relation' || node.operators.length < 2 || node.operators.some((operator) => operator !== '='))
    return node;
  const value = node.operands.at(-1);
  const names = node.operands.slice(0, -1);
  if (value === undefined || !names.every((name) => name.kind === 'symbol')) return node;
  return {
    kind: 'list',
    items: names.map((name): Expression => ({ kind: 'relation', operands: [name, value], operators: ['='] })),
    joined: 'and',
  };
}

/** Bounds of the same quantities; a bound without a left side is one of whatever was asked for. */
function sameVariables(g: Expression, p: Expression): boolean {
  const [left, right] = [symbolsOf([g]), symbolsOf([p])];
  return left.join() === right.join() || [left, right].some((names) => names.length === 1 && names[0] === '');
}

/** Where one side has lost its names; between lists only the order is left to tell the values apart. */
function sameUnnamed(g: Expression, p: Expression, budget: WorkBudget): boolean {
  const lists = g.kind === 'list' && p.kind === 'list' && !g.items.some(isPoint) && !p.items.some(isPoint);
  return lists ? inOrder(g.items, p.items, sameAnswer, budget) : sameAnswer(g, p, budget);
}

function isPoint(node: Expression): boolean {
  return node.kind === 'bracket';
}

function sameObject(g: Expression, p: Expression, budget: WorkBudget): boolean {
  if (isCase(g) || isCase(p)) return isCase(g) && isCase(p) && inOrder(partsOf(g), partsOf(p), sameAnswer, budget);
  if (isRange(g) || isRange(p)) return isRange(g) && isRange(p) && inOrder(partsOf(g), partsOf(p), sameAnswer, budget);
  const several = isSeveral(g) || isSeveral(p);
  if (several) {
    if (attempt(() => sameSet(g, p, budget)) === true) return true;
    return sameSeveral(g, p, sameAnswer, budget);
  }
  if (isSetLike(g) || isSetLike(p)) {
    if (g.kind === 'bracket' && p.kind === 'bracket') {
      return g.open === p.open && g.close === p.close && inOrder(g.items, p.items, sameAnswer, budget);
    }
    if (attempt(() => sameSet(g, p, budget)) === true) return true;
    if (g.kind === 'setOperation' && p.kind === 'setOperation') return sameOperation(g, p, budget);
    const rows = [matrixOf(g, budget), matrixOf(p, budget)] as const;
    if (rows[0] !== undefined && rows[1] !== undefined) return sameRows(rows[0], rows[1], budget);
    const matrix = rows[0] ?? rows[1];
    const bracket = g.kind === 'bracket' ? g : p.kind === 'bracket' ? p : undefined;
    const along = bracket && coordinatesIn(bracket === g ? p : g, bracket.items.length);
    if (bracket !== undefined && along !== undefined) return inOrder(bracket.items, along, sameAnswer, budget);
    return (
      matrix !== undefined &&
      bracket !== undefined &&
      isVector(matrix) &&
      inOrder(matrix.flat(), bracket.items, sameAnswer, budget)
    );
  }
  const left = matrixOf(g, budget);
  const right = matrixOf(p, budget);
  if (left !== undefined || right !== undefined) {
    if (left !== undefined && right !== undefined) return sameRows(left, right, budget);
    const entries = isVector(left ?? right ?? []) ? (left ?? right ?? []).flat() : [];
    const along = coordinatesIn(left === undefined ? g : p, entries.length);
    return along !== undefined && inOrder(entries, along, sameAnswer, budget);
  }
  return attempt(() => sameScalar(g, p, budget)) === true;
}

function sameRows(left: Rows, right: Rows, budget: WorkBudget): boolean {
  return (
    left.length === right.length && left.every((row, index) => inOrder(row, right[index] ?? [], sameAnswer, budget))
  );
}

/** One case of a function: a value with its condition. */
function isCase(node: Expression): boolean {
  return node.kind === 'call' && node.name === 'case';
}

// ---- relations

type Relation = Extract<Expression, { kind: 'relation' }>;

function isUnknown(part: Expression): boolean {
  return part.kind === 'symbol' || (part.kind === 'call' && /^[@?]/.test(part.name));
}

/** What is left of `x = 5` beside an answer of 5. */
function statedValue(relation: Relation, isGold: boolean, budget: WorkBudget): Expression | undefined {
  if (relation.operators.some((operator) => operator !== '=')) return undefined;
  const [left] = relation.operands;
  const right = relation.operands.at(-1);
  if (left === undefined || right === undefined) return undefined;
  if (isName(left)) return right;
  if (isName(right) && right.kind === 'symbol') return left;
  if (isGold) return undefined;
  // A prediction may repeat what was asked for (`m + n = 113`, `5 + 7 = 12`), but an equation solved for nothing is
  // none.
  const zero = right.kind === 'number' && right.value.numerator === 0n;
  if (zero && contains(left, isUnknown)) return undefined;
  if (contains(left, isUnknown) && !contains(right, (part) => part.kind === 'symbol')) return right;
  // Of an identity (`5 + 7 = 12`) either side is what it states.
  return attempt(() => sameObject(left, right, budget)) === true ? right : undefined;
}

function sameRelation(g: Relation, p: Relation, budget: WorkBudget): boolean {
  const [gLeft, gRight] = g.operands;
  const [pLeft, pRight] = p.operands;
  if (gLeft === undefined || gRight === undefined || pLeft === undefined || pRight === undefined) return false;
  const equations =
    g.operators.every((operator) => operator === '=') && p.operators.every((operator) => operator === '=');
  if (equations) {
    if (sameName(gLeft, pLeft, budget)) {
      if (sameAnswer(gRight, renamed(pLeft, gLeft, pRight), budget)) return true;
      if (isName(gLeft) && !contains(gRight, (part) => part.kind === 'symbol')) return false;
    }
    // A wrong sum such as `3 = 5` is no equation for an unknown, though numbers are multiples of one another.
    if (contains(g, isUnknown) !== contains(p, isUnknown)) return false;
    if (symbolsOf([g, p]).length === 0) return sameAnswer(gRight, pRight, budget) || (isWrongSum(g) && isWrongSum(p));
    return proportional(difference(g), difference(p), budget) !== undefined;
  }
  const left = ascending(g);
  const right = ascending(p);
  if (left.operators.join() === right.operators.join() && inOrder(left.operands, right.operands, sameAnswer, budget))
    return true;
  if (g.operators.length !== 1 || p.operators.length !== 1 || left.operators[0] !== right.operators[0]) return false;
  const factor = proportional(difference(left), difference(right), budget);
  return factor !== undefined && factor.im === 0 && (factor.re > 0 || g.operators[0] === '!=');
}

/** `3 = 5`: what an equation without solutions comes down to. */
function isWrongSum({ operands }: Relation): boolean {
  const [left, right] = operands;
  if (left?.kind !== 'number' || right?.kind !== 'number') return false;
  return !equalRationals(left.value, right.value);
}

function sameName(a: Expression, b: Expression, budget: WorkBudget): boolean {
  if (keyOf(a, budget) === keyOf(b, budget)) return true;
  if (a.kind === 'text' && b.kind === 'text') return sameWords(a.text, b.text);
  const isFunction = (node: Expression) => node.kind === 'call' && node.name.startsWith('@');
  // f(x) = ... and f(t) = ..., y = ... and f(x) = ...
  if (a.kind === 'call' && b.kind === 'call' && isFunction(a) && a.name === b.name) {
    return [...a.inputs, ...b.inputs].every((input) => input.kind === 'symbol');
  }
  const isY = (node: Expression) => node.kind === 'symbol' && node.name === 'y';
  return (isY(a) && isFunction(b)) || (isFunction(a) && isY(b));
}

/** A function's rule with its own variables called as in another: `f(t) = 2t` as `f(x) = 2x`. */
function renamed(from: Expression, to: Expression, rule: Expression): Expression {
  if (from.kind !== 'call' || to.kind !== 'call') return rule;
  const names = new Map<string, Expression>();
  for (const [index, input] of from.inputs.entries()) {
    const target = to.inputs[index];
    if (input.kind === 'symbol' && target !== undefined) names.set(input.name, target);
  }
  return mapped(rule, (node) => (node.kind === 'symbol' ? names.get(node.name) : undefined));
}

function difference(relation: Relation): Expression {
  const [left, right] = relation.operands;
  if (left === undefined || right === undefined) throw new NotUnderstood('a relation with one side');
  return sum([left, negated(right)]);
}

const DESCENDING: Readonly<Partial<Record<RelationOperator, RelationOperator>>> = {
  '>': '<',
  '>=': '<=',
  '⊃': '⊂',
  '⊇': '⊆',
};

function ascending(relation: Relation): Relation {
  if (!relation.operators.every((operator) => DESCENDING[operator] !== undefined)) return relation;
  return {
    kind: 'relation',
    operands: [...relation.operands].reverse(),
    operators: [...relation.operators].reverse().map((operator) => DESCENDING[operator] ?? operator),
  };
}

// ---- sets

function isSetLike(node: Expression): boolean {
  return ['bracket', 'builder', 'reals', 'setOperation'].includes(node.kind);
}

function sameSet(g: Expression, p: Expression, budget: WorkBudget): boolean {
  const plain = (node: Expression) => node.kind === 'bracket' || node.kind === 'set' || node.kind === 'list';
  // Two points are compared as points, below; here one side must say that it is a set of reals.
  if (plain(g) && plain(p) && !(g.kind === 'list' && hasIntervals(g)) && !(p.kind === 'list' && hasIntervals(p)))
    return false;
  const left = realSetOf(expanded(g), budget);
  if (left === undefined) return false;
  const asReference = g.kind === 'list' && g.joined === 'and';
  const right = realSetOf(expanded(p), budget, !asReference);
  return right !== undefined && equalSets(left, right);
}

function hasIntervals(node: Expression): boolean {
  return node.kind === 'list' && node.items.some((item) => item.kind === 'relation' || item.kind === 'setOperation');
}

/** x != ±1 as x != 1, x != -1. */
function expanded(node: Expression): Expression {
  if (node.kind !== 'relation' || !contains(node, (part) => part.kind === 'plusMinus')) return node;
  const both = node.operators[0] === '!=';
  return { kind: 'list', items: signs(node), joined: both ? 'and' : 'or' };
}

function sameOperation(
  g: Extract<Expression, { kind: 'setOperation' }>,
  p: Extract<Expression, { kind: 'setOperation' }>,
  budget: WorkBudget,
): boolean {
  if (g.operator !== p.operator) return false;
  const flat = (node: Expression): Expression[] =>
    node.kind === 'setOperation' && node.operator === g.operator && g.operator !== 'difference'
      ? [...flat(node.left), ...flat(node.right)]
      : [node];
  if (g.operator === 'difference') return inOrder([g.left, g.right], [p.left, p.right], sameAnswer, budget);
  return inAnyOrder(flat(g), flat(p), sameAnswer, budget);
}

// ---- scalars

function isWhole(node: Expression): boolean {
  return node.kind === 'number' && node.value.denominator === 1n;
}

function sameScalar(g: Expression, p: Expression, budget: WorkBudget): boolean {
  if (g.kind === 'based' || p.kind === 'based') return sameBased(g, p);
  if (g.kind === 'proportion' && p.kind === 'proportion') return sameProportion(g, p, budget);
  // A ratio may be written as a fraction, but 7:1 is not the number 7.
  if ((g.kind === 'proportion' && isWhole(p)) || (p.kind === 'proportion' && isWhole(g))) return false;
  if (hasUnit(g) || hasUnit(p)) return sameQuantity(g, p, sameAnswer, budget);
  return sameNumber(g, p, budget);
}
