/**
 * The statistics that the method is made of: sums that don't lose digits, reductions, correlations. All take plain
 * numbers; none replaces a number by another.
 */
import { NumericError, type Place, UsageError } from '../errors.js';

/** Natural logs of probabilities, one a token, at whatever temperature the caller scored at. */
export type LogProbs = ArrayLike<number>;

/** How per-token values become one number. */
export type Reduction = 'mean' | 'min' | 'max' | 'sum' | 'median';

/**
 * A copy of the values, once each of them is known to be finite.
 * @throws NumericError naming the array and the index of the first value that is NaN or infinite.
 */
export function finite(values: ArrayLike<number>, name: string, place: Place = {}): Float64Array {
  const copy = Float64Array.from(values);
  const index = copy.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new NumericError(`${name}[${index}] is ${copy[index]}, of ${copy.length} values`, {
      ...place,
      tensor: `${name}[${index}]`,
      remedy: 'Look at the model or the engine that computed it: no value is put in its place.',
    });
  }
  return copy;
}

/** Sum with Neumaier's compensation: the error doesn't grow with the number of terms (16,384 tokens of both signs). */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Arithmetic mean. Equal values give exactly that value: it is computed around the first one. */
export function mean(values: ArrayLike<number>): number {
  requireValues(values, 1, 'mean');
  const origin = values[0] as number;
  return origin + sum(Float64Array.from(values, (value) => value - origin)) / values.length;
}

/** Standard deviation with n - 1, in two passes. Exactly 0 when all values are equal. Needs two values. */
export function sampleStd(values: ArrayLike<number>): number {
  requireValues(values, 2, 'sample standard deviation');
  const centre = mean(values);
  return Math.sqrt(sum(Float64Array.from(values, (value) => (value - centre) ** 2)) / (values.length - 1));
}

/** The smallest value. */
export function minimum(values: ArrayLike<number>): number {
  requireValues(values, 1, 'minimum');
  let result = values[0] as number;
  for (let i = 1; i < values.length; i++) result = Math.min(result, values[i] as number);
  return result;
}

/** The largest value. */
export function maximum(values: ArrayLike<number>): number {
  requireValues(values, 1, 'maximum');
  let result = values[0] as number;
  for (let i = 1; i < values.length; i++) result = Math.max(result, values[i] as number);
  return result;
}

/** The middle value, or the mean of the two middle values. */
export function median(values: ArrayLike<number>): number {
  requireValues(values, 1, 'median');
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[sorted.length >> 1] as number;
  return sorted.length % 2 === 1 ? upper : mean([sorted[(sorted.length >> 1) - 1] as number, upper]);
}

/** One number from at least one value, by the named reduction. */
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
 * Pearson's correlation of pairs (x_i, y_i), in [-1, 1]; undefined where one side doesn't vary, or with fewer than
 * two pairs, because no correlation exists there.
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
  const products = x.map((value, i) => value * (y[i] as number));
  const scale = Math.sqrt(sum(x.map((value) => value * value)) * sum(y.map((value) => value * value)));
  return Math.max(-1, Math.min(1, sum(products) / scale));
}

/** Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank. */
export function spearman(xs: ArrayLike<number>, ys: ArrayLike<number>): number | undefined {
  requirePairs(xs, ys);
  return pearson(ranks(xs), ranks(ys));
}

/** Ranks from 1, equal values sharing the mean of their ranks. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, index) => index);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] as number];
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === value) end++;
    for (const index of order.slice(start, end)) result[index] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

function requireValues(values: ArrayLike<number>, least: number, what: string): void {
  if (values.length < least) throw new UsageError(`a ${what} needs at least ${least} value${least === 1 ? '' : 's'}`);
}

function requirePairs(xs: ArrayLike<number>, ys: ArrayLike<number>): void {
  if (xs.length !== ys.length) {
    throw new UsageError(`a correlation needs as many x as y, not ${xs.length} and ${ys.length}`);
  }
}
