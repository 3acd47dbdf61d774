/** Vectors written with the unit vectors of the axes, `2\mathbf{i} - 3\mathbf{j}`, beside their coordinates. */
import { type Expression, numberOf, product } from '../tree/expression.js';

const AXES = ['vector:i', 'vector:j', 'vector:k'];

const factorsOf = (node: Expression): readonly Expression[] =>
  node.kind === 'product' ? node.factors.flatMap(factorsOf) : [node];
const termsOf = (node: Expression): readonly Expression[] =>
  node.kind === 'sum' ? node.terms.flatMap(termsOf) : [node];
const axisOf = (node: Expression): number => (node.kind === 'symbol' ? AXES.indexOf(node.name) : -1);

/** The coordinates in so many dimensions; undefined for anything else than a sum of multiples of different unit vectors. */
export function coordinatesIn(node: Expression, dimensions: number): readonly Expression[] | undefined {
  if (dimensions < 2 || dimensions > AXES.length) return undefined;
  const found: Expression[] = Array.from({ length: dimensions }, () => numberOf(0n));
  const seen = new Set<number>();
  for (const term of termsOf(node)) {
    const factors = factorsOf(term);
    const at = factors.findIndex((factor) => axisOf(factor) >= 0);
    const axis = at < 0 ? -1 : axisOf(factors[at] ?? term);
    const others = factors.filter((_, index) => index !== at);
    if (axis < 0 || axis >= dimensions || seen.has(axis) || others.some((factor) => axisOf(factor) >= 0))
      return undefined;
    seen.add(axis);
    found[axis] = others.length === 0 ? numberOf(1n) : product(others);
  }
  return found;
}
