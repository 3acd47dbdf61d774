import { describe, expect, it } from 'vitest';
import { InputError } from '../../../errors.js';
import { RandomStream, randomKey } from '../../../random.js';
import { Graph } from '../graph/graph.js';
import { integerMatmul, mixed } from '../graph/operations.js';
import { Session } from '../graph/session.js';
import { bytes, floats, resultOf } from '../graph/tensors.js';
import { asBlocks, asFloats, integerBytes, mixRows, roundRows } from './integer.js';
import { dequantise, type QuantisedMatrix } from './quantised.js';

const stream = new RandomStream(randomKey(1, 'integer'));
const normal = (size: number) => Float32Array.from({ length: size }, () => stream.normal());

describe('mixed rows', () => {
  it('are the Hadamard transform of each piece, by hand', () => {
    // 6 columns: pieces of 2, (a + b, a - b) / sqrt 2.
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    mixRows(values, 6);
    const half = Math.SQRT1_2;
    [3, -1, 7, -1, 11, -1].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value * half, 6);
    });
  });

  it('have the products that they had before, and come back when mixed again', () => {
    const [a, b] = [normal(192), normal(192)];
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
    const before = dot(a, b);
    const [own, other] = [a.slice(), b.slice()];
    mixRows(own, 192);
    mixRows(other, 192);
    expect(own.some((value, i) => Math.abs(value - (a[i] as number)) > 0.1)).toBe(true);
    expect(dot(own, other)).toBeCloseTo(before, 3);
    mixRows(own, 192);
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(a[i] as number, 5);
    });
  });
});

describe('rounded rows', () => {
  it('are round(w / s) with s = max |w| / 127 of the mixed row, turned, by hand', () => {
    // 3 columns are not mixed.
    const { codes, scales } = roundRows(Float32Array.of(1.27, -0.5, 0.014, 0, -2.54, 0.031), [2, 3], 'w');
    expect(scales[0]).toBeCloseTo(0.01, 8);
    expect(scales[1]).toBeCloseTo(0.02, 8);
    expect([...codes]).toEqual([127, 0, -50, -127, 1, 2]);
  });

  it('give numbers within half a scale of each mixed one, in tiles and beyond them', () => {
    const [rows, columns] = [130, 8];
    const values = normal(rows * columns);
    const exact = values.slice();
    const matrix = roundRows(values.slice(), [rows, columns], 'w');
    const back = asFloats(matrix);
    mixRows(back, columns);
    mixRows(exact, columns);
    back.forEach((value, i) => {
      const scale = matrix.scales[Math.floor(i / columns)] as number;
      expect(Math.abs(value - (exact[i] as number))).toBeLessThanOrEqual(0.501 * scale + 1e-6);
    });
  });

  it('of zeros are zeros', () => {
    const { codes, scales } = roundRows(new Float32Array(8), [2, 4], 'w');
    expect([...codes, ...scales].every((value) => value === 0)).toBe(true);
  });

  it('that are not finite are refused, and the tensor is named', () => {
    expect(() => roundRows(Float32Array.of(1, Number.NaN), [1, 2], 'layers.3')).toThrow(InputError);
    expect(() => roundRows(Float32Array.of(1, Number.POSITIVE_INFINITY), [1, 2], 'layers.3')).toThrow('layers.3');
  });

  it('take a byte for each weight, and four for each row', () => {
    const { codes, scales } = roundRows(normal(40 * 24), [40, 24], 'w');
    expect(integerBytes([40, 24])).toBe(codes.byteLength + scales.byteLength);
  });
});

it('by blocks, matrices one above the other are the same numbers', () => {
  const parts = [roundRows(normal(70 * 40), [70, 40], 'a'), roundRows(normal(2 * 40), [2, 40], 'b')];
  const whole = asBlocks(parts);
  // In the form for products 128 stands for 0.
  const signed: QuantisedMatrix = { ...whole, codes: Int8Array.from(whole.codes, (code) => code - 128) };
  const mixedFloats = parts.map((part) => {
    const values = asFloats(part);
    mixRows(values, 40);
    return [...values];
  });
  const expected = mixedFloats.flat();
  expect(whole.rows).toBe(72);
  dequantise(signed).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 6);
  });
});

it('a number that stands alone costs little where rows are mixed', async () => {
  const [rows, columns] = [16, 128];
  const values = normal(rows * columns).map((value) => value / 10);
  const x = normal(4 * columns);
  for (let m = 0; m < 4; m++) x[m * columns + 7] = 60;
  const exact = Float64Array.from({ length: 4 * rows }, (_, i) => {
    const [m, row] = [Math.floor(i / rows), i % rows];
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += (x[m * columns + k] as number) * (values[row * columns + k] as number);
    return sum;
  });
  const error = async (mixes: boolean) => {
    const own = values.slice();
    if (mixes) mixRows(own, columns);
    const scales = Float32Array.from({ length: rows }, (_, row) => {
      return Math.max(...own.subarray(row * columns, (row + 1) * columns).map(Math.abs)) / 127;
    });
    const codes = Int8Array.from({ length: rows * columns }, (_, i) => {
      const [column, row] = [Math.floor(i / rows), i % rows];
      return Math.round((own[row * columns + column] as number) / (scales[row] as number));
    });
    const graph = new Graph();
    const input = graph.input('x', ['M', columns]);
    const left = mixes ? mixed(input) : input;
    const right = [graph.input('codes', [columns, rows], 'int8'), graph.input('scales', [rows])] as const;
    graph.output('y', integerMatmul(left, ...right, 127));
    const session = await Session.create(graph, { provider: 'cpu', threads: 1 });
    const feeds = { codes: bytes(codes, [columns, rows]), scales: floats(scales, [rows]) };
    const y = resultOf(await session.run({ x: floats(x, [4, columns]), ...feeds }), 'y');
    await session.close();
    return y.reduce((sum, value, i) => sum + Math.abs(value - (exact[i] as number)), 0) / y.length;
  };
  const [alone, together] = [await error(false), await error(true)];
  expect(together).toBeLessThan(alone / 2);
  expect(together).toBeGreaterThan(0);
});
