/**
 * Frozen matrices for products of integers: 8 bits and a scale s (float32) for each row, s = max |w| / 127, q = round(w / s),
 * w ~ s q. A row is what one output is made of, so its scale is a factor of that output, and what remains is a product of
 * integers. Blocks within a row, as weights/quantised.ts has them, are more exact, but their scales stand inside the sum.
 *
 * Rows are mixed before they are rounded (`mixRows`), as what they meet is: a product does not notice, and large numbers that
 * stand alone, as in the activations of language models, cost less.
 *
 * Codes lie turned, [columns, rows], as the kernel takes them.
 */
import { mixedOf } from '../graph/operations/integer.js';
import { BLOCK } from '../graph/operations/quantised.js';
import { blocksOf, checkScale, codeOf8, inverse, type QuantisedMatrix, scaleOf8 } from './quantised.js';

/** A matrix [rows, columns]. */
export interface IntegerMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [columns, rows] */
  readonly codes: Int8Array;
  /** [rows] */
  readonly scales: Float32Array;
}

/** By Hugging Face tensor name: matrices that lie together as float32 are products of their own here. */
export type IntegerValues = ReadonlyMap<string, IntegerMatrix>;

/** Bytes of a matrix. */
export const integerBytes = ([rows = 0, columns = 0]: readonly number[]): number => rows * (columns + 4);

/** Rows that are turned together, so that neither what is read nor what is written leaves the cache. */
const TILE = 64;

/** Mixes the rows of a matrix in place, as `mixed` of the graph does: the fast Walsh-Hadamard transform of each piece. */
export function mixRows(values: Float32Array, columns: number): void {
  const size = mixedOf(columns);
  const factor = 1 / Math.sqrt(size);
  for (let start = 0; start < values.length; start += size) {
    for (let half = 1; half < size; half *= 2) {
      for (let i = start; i < start + size; i += 2 * half) {
        for (let j = i; j < i + half; j++) {
          const [one, other] = [values[j] as number, values[j + half] as number];
          values[j] = one + other;
          values[j + half] = one - other;
        }
      }
    }
    for (let i = start; i < start + size; i++) values[i] = (values[i] as number) * factor;
  }
}

/**
 * Rounds a matrix, whose rows are mixed in place before.
 * @throws {InputError} when a weight is not finite; it names the tensor
 */
export function roundRows(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  tensor: string,
): IntegerMatrix {
  mixRows(values, columns);
  const codes = new Int8Array(rows * columns);
  const scales = new Float32Array(rows);
  const factors = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const scale = scaleOf8(values, row * columns, (row + 1) * columns);
    checkScale(scale, tensor);
    scales[row] = scale;
    factors[row] = inverse(scale);
  }
  for (let first = 0; first < rows; first += TILE) {
    const end = Math.min(rows, first + TILE);
    for (let column = 0; column < columns; column++) {
      for (let row = first; row < end; row++)
        codes[column * rows + row] = codeOf8(values[row * columns + column] as number, factors[row] as number);
    }
  }
  return { rows, columns, codes, scales };
}

/**
 * Matrices one above the other, in the form of `quantiseForProducts`: by blocks, all of a row with its scale, and 128 for 0.
 */
export function asBlocks(parts: readonly IntegerMatrix[]): QuantisedMatrix {
  const columns = parts[0]?.columns ?? 0;
  const perRow = blocksOf(columns);
  const rows = parts.reduce((total, part) => total + part.rows, 0);
  const codes = new Uint8Array(rows * perRow * BLOCK).fill(128);
  const scales = new Float32Array(rows * perRow);
  let start = 0;
  for (const part of parts) {
    for (let first = 0; first < part.rows; first += TILE) {
      const end = Math.min(part.rows, first + TILE);
      for (let column = 0; column < columns; column++) {
        for (let row = first; row < end; row++)
          codes[(start + row) * perRow * BLOCK + column] = (part.codes[column * part.rows + row] as number) + 128;
      }
    }
    for (let row = 0; row < part.rows; row++)
      scales.fill(part.scales[row] as number, (start + row) * perRow, (start + row + 1) * perRow);
    start += part.rows;
  }
  return { rows, columns, codes, scales, zeros: new Uint8Array(0) };
}

/**
 * The float32 matrix [rows, columns] that the codes stand for, for tests.
 * @internal
 */
export function asFloats({ rows, columns, codes, scales }: IntegerMatrix): Float32Array {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    return (scales[row] as number) * (codes[(i % columns) * rows + row] as number);
  });
  mixRows(values, columns);
  return values;
}
