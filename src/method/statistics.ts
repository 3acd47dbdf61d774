/**
 * Compensated sums, reductions and correlations of plain numbers. None of them replaces a value by another: a NaN that
 * comes in comes out.
 */
import { NumericError, type Place, UsageError } from '../errors.js';
import { shown } from './arguments.js';
import { zip } from './zip.js';

declare const brand: unique symbol;

/**
 * Natural logs of probabilities, one per token, at the temperature at which the caller scored. A type of its own, so that
 * weights, probabilities or other numbers cannot be passed in their place.
 */
export type LogProbs<Values extends ArrayLike<number> = ArrayLike<number>> = Values & { readonly [brand]: 'LogProbs' };

/** Declares numbers to be log-probs. */
export function asLogProbs<Values extends ArrayLike<number>>(values: Values): LogProbs<Values> {
  return values as LogProbs<Values>;
}

/** Some of the log-probs, in order, in the same memory. */
export function logProbsFrom(values: LogProbs<Float32Array>, start: number, end?: number): LogProbs<Float32Array> {
  return asLogProbs(values.subarray(start, end));
}

/** How per-token values are reduced to one number. */
export type Reduction = 'mean' | 'min' | 'max' | 'sum' | 'median';

/**
 * A copy of the values, all of which are finite.
 * @throws {NumericError} when a value is NaN or infinite, naming the array and the index of the first one
 * @throws {UsageError} when one is no number
 */
export function finite(values: ArrayLike<number>, name: string, place: Place = {}): Float64Array {
  // Typed arrays hold numbers; a text in another list would become one without a word.
  if (!ArrayBuffer.isView(values)) {
    for (let index = 0; index < values.length; index++) {
      if (typeof values[index] === 'number') continue;
      throw new UsageError(`${name}[${index}] is ${shown(values[index])}; expected a number`, {
        ...place,
        field: `${name}.${index}`,
      });
    }
  }
  const copy = Float64Array.from(values);
  const index = copy.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new NumericError(`${name}[${index}] is ${copy[index]}, of ${copy.length} values`, {
      ...place,
      tensor: `${name}[${index}]`,
      remedy: 'Check the model or the engine that computed it. It is never replaced by another value.',
    });
  }
  return copy;
}

/** Sum with Neumaier's compensation: the error does not grow with the number of terms. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of Float64Array.from(values)) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/**
 * Arithmetic mean. Equal values give exactly that value, because the mean is computed around the first one.
 * @throws {UsageError} when there are no values
 */
export function mean(values: ArrayLike<number>): number {
  const origin = values[0];
  if (origin === undefined) throw tooFew('mean', 1, values);
  return origin + sum(Float64Array.from(values, (value) => value - origin)) / values.length;
}

/**
 * Standard deviation with n - 1, in two passes. Exactly 0 when all values are equal.
 * @throws {UsageError} when there are fewer than two values
 */
export function sampleStd(values: ArrayLike<number>): number {
  if (values.length < 2) throw tooFew('sample standard deviation', 2, values);
  const centre = mean(values);
  return Math.sqrt(sum(Float64Array.from(values, (value) => (value - centre) ** 2)) / (values.length - 1));
}

/** The smallest value. @throws {UsageError} when there are no values */
export function minimum(values: ArrayLike<number>): number {
  if (values.length === 0) throw tooFew('minimum', 1, values);
  return Float64Array.from(values).reduce((a, b) => Math.min(a, b));
}

/** The largest value. @throws {UsageError} when there are no values */
export function maximum(values: ArrayLike<number>): number {
  if (values.length === 0) throw tooFew('maximum', 1, values);
  return Float64Array.from(values).reduce((a, b) => Math.max(a, b));
}

/** The middle value, or the mean of the two middle values. @throws {UsageError} when there are no values */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const lower = sorted[(sorted.length - 1) >> 1];
  const upper = sorted[sorted.length >> 1];
  if (lower === undefined || upper === undefined) throw tooFew('median', 1, values);
  return sorted.length % 2 === 1 ? upper : mean([lower, upper]);
}

/**
 * One number by the named reduction.
 * @throws {UsageError} when there are no values, except for `sum`, which is then 0
 */
export function reduce(values: ArrayLike<number>, reduction: Reduction): number {
  switch (reduction) {
    case 'mean':
      return mean(values);
    case 'min':
      return minimum(values);
    case 'max':
      return maximum(values);
    case 'median':
      return median(values);
    case 'sum':
      return sum(values);
  }
}

/**
 * Pearson's correlation of pairs (x_i, y_i), in [-1, 1]; undefined where none exists: when one side does not vary, or
 * there are fewer than two pairs.
 * @throws {UsageError} when there are not as many x as y
 */
export function pearson(xs: ArrayLike<number>, ys: ArrayLike<number>): number | undefined {
  requirePairs(xs, ys);
  if (xs.length < 2) return undefined;
  const xMean = mean(xs);
  const yMean = mean(ys);
  const dx = Float64Array.from(xs, (x) => x - xMean);
  const dy = Float64Array.from(ys, (y) => y - yMean);
  // Scaled to at most 1 each, so that squares neither overflow nor vanish.
  const xScale = maximum(dx.map(Math.abs));
  const yScale = maximum(dy.map(Math.abs));
  if (xScale === 0 || yScale === 0) return undefined;
  const x = dx.map((value) => value / xScale);
  const y = dy.map((value) => value / yScale);
  const products = zip(x, y, (a, b) => a * b);
  const scale = Math.sqrt(sum(x.map((value) => value * value)) * sum(y.map((value) => value * value)));
  return Math.max(-1, Math.min(1, sum(products) / scale));
}

/** Spearman's rank correlation: Pearson's of the ranks. @throws {UsageError} when there are not as many x as y */
export function spearman(xs: ArrayLike<number>, ys: ArrayLike<number>): number | undefined {
  requirePairs(xs, ys);
  return pearson(ranks(xs), ranks(ys));
}

/** Ranks from 1, equal values sharing the mean of their ranks. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = order[start]?.value;
    let end = start + 1;
    while (order[end]?.value === value) end++;
    for (const { index } of order.slice(start, end)) result[index] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

function tooFew(what: string, least: number, values: ArrayLike<number>): UsageError {
  return new UsageError(`${what} of ${values.length} values; expected at least ${least}`);
}

function requirePairs(xs: ArrayLike<number>, ys: ArrayLike<number>): void {
  if (xs.length !== ys.length) {
    throw new UsageError(`correlation of ${xs.length} x and ${ys.length} y; expected as many of each`);
  }
}
