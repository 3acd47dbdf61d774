/** Values with names: `x = 1, y = 2`, `(x, y) = (1, 2)`, and several such solutions of one system. */
import type { WorkBudget } from '../tree/budget.js';
import { contains, type Expression, keyOf } from '../tree/expression.js';

/** The values of one solution by the names they were given, in the order in which they stand. */
type Solution = ReadonlyMap<string, Expression>;

type Entry = readonly [name: Expression, value: Expression];

/** What may stand on the left as a name: x, x_1, f(2), AB, |AB|. */
function isValueName(node: Expression): boolean {
  if (node.kind === 'symbol') return true;
  if (node.kind === 'text') return node.text.length <= 40;
  if (node.kind === 'product') return node.factors.every((factor) => factor.kind === 'symbol');
  if (node.kind === 'call') return node.name.startsWith('@') || (node.name === 'abs' && node.inputs.every(isValueName));
  return false;
}

function entriesOf(node: Expression): readonly Entry[] | undefined {
  if (node.kind !== 'relation' || node.operators.some((operator) => operator !== '=')) return undefined;
  const value = node.operands.at(-1);
  const names = node.operands.slice(0, -1);
  if (value === undefined) return undefined;
  const [only] = names;
  if (names.length === 1 && only?.kind === 'bracket' && value.kind === 'bracket') {
    if (only.items.length !== value.items.length || !only.items.every(isValueName)) return undefined;
    return only.items.flatMap((name, index): Entry[] => {
      const item = value.items[index];
      return item === undefined ? [] : [[name, item]];
    });
  }
  return only !== undefined && isValueName(only) ? [[only, value]] : undefined;
}

/** The key of a name, with |AB| as AB. */
function nameKey(name: Expression, budget: WorkBudget): string {
  const [inner] = name.kind === 'call' && name.name === 'abs' ? name.inputs : [];
  return keyOf(inner ?? name, budget);
}

/** The solutions that an answer states, each with the same two names or more; undefined for other answers. */
export function solutionsOf(node: Expression, budget: WorkBudget): readonly Solution[] | undefined {
  if (node.kind !== 'relation' && node.kind !== 'list' && node.kind !== 'set') return undefined;
  const found: Map<string, Expression>[] = [];
  const add = (entries: readonly Entry[], fresh: boolean): boolean => {
    if (fresh) found.push(new Map());
    for (const [name, value] of entries) {
      const key = nameKey(name, budget);
      const current = found.at(-1);
      if (current === undefined || current.has(key)) found.push(new Map([[key, value]]));
      else current.set(key, value);
    }
    return true;
  };
  const read = (items: readonly Expression[]): boolean =>
    items.every((item, index) => {
      if (item.kind === 'list') {
        found.push(new Map());
        return item.items.length > 0 && read(item.items);
      }
      const entries = entriesOf(item);
      if (entries !== undefined) return add(entries, item.kind === 'relation' && item.operands[0]?.kind === 'bracket');
      // `(x, y) = (1, 2) or (2, 1)`
      const last = found.at(-1);
      if (index === 0 || item.kind !== 'bracket' || last === undefined || last.size !== item.items.length) return false;
      const names = [...last.keys()];
      found.push(new Map(item.items.map((value, i): [string, Expression] => [names[i] ?? '', value])));
      return true;
    });
  if (!read(node.kind === 'relation' ? [node] : node.items)) return undefined;
  const solutions = found.filter((solution) => solution.size > 0);
  const [first] = solutions;
  if (first === undefined || first.size < 2) return undefined;
  const names = [...first.keys()].sort().join();
  return solutions.every((solution) => [...solution.keys()].sort().join() === names) ? solutions : undefined;
}

/** The values of a solution in the order of another's names; undefined where the names differ. */
function valuesBy(names: readonly string[], solution: Solution): readonly Expression[] | undefined {
  if (solution.size !== names.length) return undefined;
  const values = names.flatMap((name) => solution.get(name) ?? []);
  return values.length === names.length ? values : undefined;
}

/** Both sides as points with coordinates in one order; undefined where they do not name the same values. */
export function asPoints(
  left: readonly Solution[],
  right: readonly Solution[],
): readonly [readonly Expression[], readonly Expression[]] | undefined {
  const names = [...(left[0]?.keys() ?? [])];
  const points = (solutions: readonly Solution[]) =>
    solutions.map((solution) => {
      const values = valuesBy(names, solution);
      return values === undefined ? undefined : point(values);
    });
  const [a, b] = [points(left), points(right)];
  const complete = (list: readonly (Expression | undefined)[]): list is readonly Expression[] =>
    !list.includes(undefined);
  return complete(a) && complete(b) ? [a, b] : undefined;
}

function point(items: readonly Expression[]): Expression {
  return { kind: 'bracket', open: '(', close: ')', items };
}

/**
 * What solutions are beside an answer without names: a point with its coordinates in the order of the alphabet where
 * names are letters, or in the order in which they stand; of several solutions a list of points. Beside a bare list it is the list of its values, whose order counts.
 */
export function unnamed(solutions: readonly Solution[], other: Expression): Expression {
  const [first] = solutions;
  const names = [...(first?.keys() ?? [])];
  const bare = other.kind === 'list' && other.braced !== true && !contains(other, (part) => part.kind === 'bracket');
  if (bare && solutions.length === 1)
    return { kind: 'list', items: valuesBy(names, first ?? new Map()) ?? [], joined: 'comma' };
  const ordered = names.every((name) => /^'[a-z]$/.test(name)) ? [...names].sort() : names;
  const points = solutions.map((solution) => valuesBy(ordered, solution) ?? []);
  const [only] = points;
  if (points.length > 1 || only === undefined) return { kind: 'list', items: points.map(point), joined: 'comma' };
  return point(only);
}
