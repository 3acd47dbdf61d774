/** The tree that answers are read into, and a canonical key of it. */
import type { Rational } from '../../../../rational.js';
import type { WorkBudget } from './budget.js';

export type RelationOperator =
  | '='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | '∉'
  | '⊂'
  | '⊃'
  | '⊆'
  | '⊇'
  | '⊄'
  | '∥'
  | '⊥';
type SetOperator = 'union' | 'intersection' | 'difference';

export type Expression =
  /** `decimals`: places after the point when it was written as a decimal, so that a rounded value can be recognised. */
  | { readonly kind: 'number'; readonly value: Rational; readonly decimals?: number }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'constant'; readonly name: 'pi' | 'e' | 'i' | 'infinity' }
  | { readonly kind: 'sum'; readonly terms: readonly Expression[] }
  | { readonly kind: 'product'; readonly factors: readonly Expression[] }
  | { readonly kind: 'power'; readonly base: Expression; readonly exponent: Expression }
  /** A named function, also ones that nothing is known about (`f(2)`, `F_{n-1}`). */
  | { readonly kind: 'call'; readonly name: string; readonly inputs: readonly Expression[] }
  /** left ± right, or ± right; `upper` is the sign of the first reading (−1 for ∓). */
  | { readonly kind: 'plusMinus'; readonly left?: Expression; readonly right: Expression; readonly upper: 1 | -1 }
  /** Round or square brackets: a point, or an interval when there are two items. */
  | {
      readonly kind: 'bracket';
      readonly open: '(' | '[';
      readonly close: ')' | ']';
      readonly items: readonly Expression[];
    }
  | { readonly kind: 'set'; readonly items: readonly Expression[] }
  /** All values of `variable` (which may be restricted to a domain there) with the property. */
  | { readonly kind: 'builder'; readonly variable: Expression; readonly property: Expression }
  | { readonly kind: 'reals' }
  | {
      readonly kind: 'setOperation';
      readonly operator: SetOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** Several answers; `and` and `or` separate like a comma, but `or` and `and` matter between inequalities. */
  | {
      readonly kind: 'list';
      readonly items: readonly Expression[];
      readonly joined: 'and' | 'or' | 'comma';
      /** Written in bare braces, `{1,3}`, which LaTeX does not show: may have been meant as a set or as a point. */
      readonly braced?: boolean;
    }
  | {
      readonly kind: 'relation';
      readonly operands: readonly Expression[];
      readonly operators: readonly RelationOperator[];
    }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly Expression[])[] }
  | { readonly kind: 'quantity'; readonly value: Expression; readonly unit: string }
  | { readonly kind: 'based'; readonly digits: string; readonly base: Expression }
  | { readonly kind: 'proportion'; readonly parts: readonly Expression[]; readonly source: string }
  | { readonly kind: 'text'; readonly text: string };

export function numberOf(numerator: bigint, denominator = 1n): Expression {
  return { kind: 'number', value: { numerator, denominator } };
}

export const MINUS_ONE = numberOf(-1n);
export const INFINITY: Expression = { kind: 'constant', name: 'infinity' };

/** The condition of the last case of a function. */
export const OTHERWISE: Expression = { kind: 'text', text: 'otherwise' };

/** What a bound without a left side is a bound of. */
export const UNNAMED: Expression = { kind: 'symbol', name: '' };

export function caseOf(value: Expression, condition: Expression): Expression {
  return { kind: 'call', name: 'case', inputs: [value, condition] };
}

export function sum(terms: readonly Expression[]): Expression {
  return terms.length === 1 && terms[0] !== undefined ? terms[0] : { kind: 'sum', terms };
}

export function product(factors: readonly Expression[]): Expression {
  return factors.length === 1 && factors[0] !== undefined ? factors[0] : { kind: 'product', factors };
}

export function negated(operand: Expression): Expression {
  if (operand.kind === 'number') {
    return { ...operand, value: { numerator: -operand.value.numerator, denominator: operand.value.denominator } };
  }
  return { kind: 'product', factors: [MINUS_ONE, operand] };
}

/** Direct parts of a node, in order. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'number':
    case 'symbol':
    case 'constant':
    case 'reals':
    case 'text':
      return [];
    case 'sum':
      return node.terms;
    case 'product':
      return node.factors;
    case 'power':
      return [node.base, node.exponent];
    case 'call':
      return node.inputs;
    case 'plusMinus':
      return node.left === undefined ? [node.right] : [node.left, node.right];
    case 'bracket':
    case 'set':
    case 'list':
      return node.items;
    case 'builder':
      return [node.variable, node.property];
    case 'setOperation':
      return [node.left, node.right];
    case 'relation':
      return node.operands;
    case 'matrix':
      return node.rows.flat();
    case 'quantity':
      return [node.value];
    case 'based':
      return [node.base];
    case 'proportion':
      return node.parts;
  }
}

/** Whether the tree has more levels than that. Without recursion, because it guards what recurs. */
export function isDeeper(node: Expression, limit: number): boolean {
  let level: readonly Expression[] = [node];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}

/** Whether the node or any part of it satisfies the test. */
export function contains(node: Expression, test: (part: Expression) => boolean): boolean {
  return test(node) || partsOf(node).some((part) => contains(part, test));
}

/** The tree with every part replaced for which `replace` gives something else. */
export function mapped(node: Expression, replace: (part: Expression) => Expression | undefined): Expression {
  const replaced = replace(node);
  if (replaced !== undefined) return replaced;
  const go = (part: Expression): Expression => mapped(part, replace);
  switch (node.kind) {
    case 'sum':
      return { ...node, terms: node.terms.map(go) };
    case 'product':
      return { ...node, factors: node.factors.map(go) };
    case 'power':
      return { ...node, base: go(node.base), exponent: go(node.exponent) };
    case 'call':
      return { ...node, inputs: node.inputs.map(go) };
    case 'plusMinus':
      return { ...node, ...(node.left === undefined ? {} : { left: go(node.left) }), right: go(node.right) };
    case 'bracket':
    case 'set':
    case 'list':
      return { ...node, items: node.items.map(go) };
    case 'builder':
      return { ...node, variable: go(node.variable), property: go(node.property) };
    case 'setOperation':
      return { ...node, left: go(node.left), right: go(node.right) };
    case 'relation':
      return { ...node, operands: node.operands.map(go) };
    case 'matrix':
      return { ...node, rows: node.rows.map((row) => row.map(go)) };
    case 'quantity':
      return { ...node, value: go(node.value) };
    case 'proportion':
      return { ...node, parts: node.parts.map(go) };
    default:
      return node;
  }
}

function sortedKeys(nodes: readonly Expression[], budget: WorkBudget): string {
  return nodes
    .map((node) => keyOf(node, budget))
    .sort()
    .join(',');
}

function listKeys(nodes: readonly Expression[], budget: WorkBudget): string {
  return nodes.map((node) => keyOf(node, budget)).join(',');
}

function flattened(node: Expression, kind: 'sum' | 'product'): Expression[] {
  if (node.kind === 'sum' && kind === 'sum') return node.terms.flatMap((term) => flattened(term, kind));
  if (node.kind === 'product' && kind === 'product') return node.factors.flatMap((factor) => flattened(factor, kind));
  return [node];
}

/**
 * A text that is the same for trees that differ only in the order of terms and factors. Equal keys mean equal answers.
 */
export function keyOf(node: Expression, budget: WorkBudget): string {
  budget.spend(1);
  switch (node.kind) {
    case 'number':
      return `${node.value.numerator}${node.value.denominator === 1n ? '' : `/${node.value.denominator}`}`;
    case 'symbol':
      return `'${node.name}`;
    case 'constant':
      return `#${node.name}`;
    case 'sum':
      return `+(${sortedKeys(flattened(node, 'sum'), budget)})`;
    case 'product': {
      const factors = flattened(node, 'product');
      // Matrices do not commute.
      const ordered = factors.some((factor) => contains(factor, (part) => part.kind === 'matrix'));
      return `*(${ordered ? listKeys(factors, budget) : sortedKeys(factors, budget)})`;
    }
    case 'power':
      return `^(${keyOf(node.base, budget)},${keyOf(node.exponent, budget)})`;
    case 'call':
      return `${node.name}(${listKeys(node.inputs, budget)})`;
    case 'plusMinus': {
      const left = node.left === undefined ? '' : keyOf(node.left, budget);
      return `pm${node.upper}(${left},${keyOf(node.right, budget)})`;
    }
    case 'bracket':
      return `${node.open}${listKeys(node.items, budget)}${node.close}`;
    case 'set':
      return `{${sortedKeys(node.items, budget)}}`;
    case 'builder':
      return `{${keyOf(node.variable, budget)}|${keyOf(node.property, budget)}}`;
    case 'reals':
      return '#R';
    case 'setOperation':
      return `${node.operator}(${keyOf(node.left, budget)},${keyOf(node.right, budget)})`;
    case 'list':
      return `list:${node.joined}(${sortedKeys(node.items, budget)})`;
    case 'relation':
      return `rel(${listKeys(node.operands, budget)};${node.operators.join()})`;
    case 'matrix':
      return `M[${node.rows.map((row) => listKeys(row, budget)).join(';')}]`;
    case 'quantity':
      return `q(${keyOf(node.value, budget)},${node.unit})`;
    case 'based':
      return `${node.digits}_${keyOf(node.base, budget)}`;
    case 'proportion':
      return `:(${listKeys(node.parts, budget)})`;
    case 'text':
      return `"${node.text}"`;
  }
}
