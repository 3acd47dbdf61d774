import { UsageError } from '../errors.js';

/**
 * f(xs[i], ys[i], i) for every index of two arrays of one length.
 * @throws {UsageError} when the lengths differ
 */
export function zip<X, Y, Result>(
  xs: ArrayLike<X>,
  ys: ArrayLike<Y>,
  f: (x: X, y: Y, index: number) => Result,
): Result[] {
  if (xs.length !== ys.length) {
    throw new UsageError(`the arrays have ${xs.length} and ${ys.length} values; expected two of one length`);
  }
  return Array.from(xs, (x, i) => f(x, ys[i] as Y, i));
}
