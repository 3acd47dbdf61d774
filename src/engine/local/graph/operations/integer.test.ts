import { describe, expect, test } from 'vitest';
import { RandomStream, randomKey } from '../../../../random.js';
import { gradients } from '../differentiate.js';
import { Graph } from '../graph.js';
import { type IntegerRange, integerMatmul, mixedOf } from '../operations.js';
import { findIntegerRange, Session } from '../session.js';
import { bytes, floats, resultOf } from '../tensors.js';

const SETTINGS = { provider: 'cpu', threads: 1 } as const;
const stream = new RandomStream(randomKey(1, 'integerMatmul'));
const normal = (size: number) => Float32Array.from({ length: size }, () => stream.normal());

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly codes: Int8Array;
  readonly scales: Float32Array;
}

/** x through the matrix, and the gradient of sum(seed * y) with respect to x. */
async function computed(x: Float32Array, matrix: Matrix, seed: Float32Array, range: IntegerRange) {
  const { rows, columns, codes, scales } = matrix;
  const graph = new Graph();
  const input = graph.input('x', ['M', columns]);
  const y = integerMatmul(input, graph.input('codes', [columns, rows], 'int8'), graph.input('scales', [rows]), range);
  const [gradient] = gradients([{ tensor: y, seed: graph.input('seed', ['M', rows]) }], [input]);
  graph.output('y', y);
  if (gradient !== undefined) graph.output('gradient', gradient);
  const session = await Session.create(graph, SETTINGS);
  const M = x.length / columns;
  const results = await session.run({
    x: floats(x, [M, columns]),
    codes: bytes(codes, [columns, rows]),
    scales: floats(scales, [rows]),
    seed: floats(seed, [M, rows]),
  });
  await session.close();
  return { y: resultOf(results, 'y'), gradient: resultOf(results, 'gradient') };
}

/** Numbers rounded as documented: by the largest of each row, to +-range; halves to even. */
function rounded(values: ArrayLike<number>, width: number, range: number): number[] {
  const halfToEven = (value: number) => {
    const low = Math.floor(value);
    if (value - low !== 0.5) return Math.round(value);
    return low % 2 === 0 ? low : low + 1;
  };
  return Array.from({ length: values.length }, (_, i) => {
    const row = Array.from(values).slice(Math.floor(i / width) * width, (Math.floor(i / width) + 1) * width);
    const scale = Math.fround(Math.fround(Math.max(...row.map(Math.abs))) * Math.fround(1 / range));
    return scale === 0 ? 0 : scale * halfToEven(Math.fround((values[i] as number) / scale));
  });
}

const [ROWS, COLUMNS, M] = [5, 24, 3];
const matrix: Matrix = {
  rows: ROWS,
  columns: COLUMNS,
  codes: Int8Array.from({ length: ROWS * COLUMNS }, (_, i) => ((37 * i) % 255) - 127),
  scales: Float32Array.from({ length: ROWS }, (_, row) => 0.01 * (row + 1)),
};
const weight = (row: number, column: number) =>
  (matrix.scales[row] as number) * (matrix.codes[column * ROWS + row] as number);

const most = await findIntegerRange(SETTINGS);
if (most < 127) console.log('rounding to 8 bits: skipped, since this processor adds pairs of products in 16 bits');

describe.each([127, 63] as const)('integerMatmul, rounding to +-%i', (range) => {
  const it = test.skipIf(range > most);

  it('is the product with the rows rounded, by hand', async () => {
    const x = normal(M * COLUMNS);
    const { y } = await computed(x, matrix, normal(M * ROWS), range);
    const own = rounded(x, COLUMNS, range);
    for (let m = 0; m < M; m++) {
      for (let row = 0; row < ROWS; row++) {
        let sum = 0;
        for (let column = 0; column < COLUMNS; column++)
          sum += (own[m * COLUMNS + column] as number) * weight(row, column);
        expect(y[m * ROWS + row]).toBeCloseTo(sum, 4);
      }
    }
  });

  it('sends back the product with the matrix of gradients that are scaled and rounded, by hand', async () => {
    const seed = normal(M * ROWS);
    const { gradient } = await computed(normal(M * COLUMNS), matrix, seed, range);
    const scaled = Float32Array.from(seed, (value, i) => value * (matrix.scales[i % ROWS] as number));
    const own = rounded(scaled, ROWS, range);
    for (let m = 0; m < M; m++) {
      for (let column = 0; column < COLUMNS; column++) {
        let sum = 0;
        for (let row = 0; row < ROWS; row++)
          sum += (own[m * ROWS + row] as number) * (matrix.codes[column * ROWS + row] as number);
        expect(gradient[m * COLUMNS + column]).toBeCloseTo(sum, 4);
      }
    }
  });

  it('takes rows of zeros, as padding has them, for zeros', async () => {
    const x = normal(M * COLUMNS).fill(0, COLUMNS, 2 * COLUMNS);
    const seed = normal(M * ROWS).fill(0, ROWS, 2 * ROWS);
    const { y, gradient } = await computed(x, matrix, seed, range);
    expect([...y.subarray(ROWS, 2 * ROWS)].every((value) => value === 0)).toBe(true);
    expect([...gradient.subarray(COLUMNS, 2 * COLUMNS)].every((value) => value === 0)).toBe(true);
    expect([...y, ...gradient].every(Number.isFinite)).toBe(true);
  });
});

test('mixes as many neighbours as a power of 2 up to 64 divides a row into', () => {
  expect([576, 1536, 896, 24, 36, 7].map(mixedOf)).toEqual([64, 64, 64, 8, 4, 1]);
});

test('finds a range within which products of integers are exact on this processor', async () => {
  expect([127, 63]).toContain(await findIntegerRange(SETTINGS));
});
