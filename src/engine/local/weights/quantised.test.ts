import { describe, expect, it } from 'vitest';
import { InputError } from '../../../errors.js';
import { RandomStream, randomKey } from '../../../random.js';
import { Graph } from '../graph/graph.js';
import { blockMatmul } from '../graph/operations.js';
import { Session } from '../graph/session.js';
import { floats } from '../graph/tensors.js';
import { dequantise, parameterBytes, quantise, quantiseForProducts, rowsOf, zerosForProducts } from './quantised.js';

const float = (numbers: readonly number[]) => Float32Array.from(numbers);
const parameter = (name: string, shape: readonly number[]) => {
  return { name, shape, size: shape.reduce((a, b) => a * b, 1), parts: [] };
};
/** A block that begins with these numbers. */
const block = (...numbers: number[]) => float([...numbers, ...Array.from({ length: 32 - numbers.length }, () => 0)]);

describe('8 bits', () => {
  it('are round(w / s) with s = max |w| / 127, by hand', () => {
    // s = 2.54 / 127 = 0.02
    const { codes, scales, zeros } = quantise(block(-2.54, 1, 0.029, -0.031), [1, 32], 8);
    expect([...codes.slice(0, 5)]).toEqual([-127, 50, 1, -2, 0]);
    expect([...scales]).toEqual([Math.fround(2.54 / 127)]);
    expect(zeros).toHaveLength(0);
  });

  it('give numbers within half a scale', () => {
    const stream = new RandomStream(randomKey(1, 'quantised'));
    const values = Float32Array.from({ length: 5 * 64 }, () => stream.normal());
    const matrix = quantise(values, [5, 64], 8);
    dequantise(matrix).forEach((value, i) => {
      const scale = matrix.scales[Math.floor(i / 32)] as number;
      expect(Math.abs(value - (values[i] as number))).toBeLessThanOrEqual(scale * 0.5001);
    });
  });
});

describe('4 bits', () => {
  it('are round(w / s) + z with the span of the block in 15 steps, two in a byte, by hand', () => {
    // The span is 0.5 + 1 = 15 s: s = 0.1, z = round(0.5 / s) = 5.
    const values = block(-0.5, 1, 0.26, -0.11);
    const { codes, scales, zeros } = quantise(values, [1, 32], 4);
    expect([...zeros]).toEqual([5]);
    expect([...scales]).toEqual([Math.fround(0.1)]);
    // Byte j: code 2 j, and code 2 j + 1 times 16.
    expect([...codes.slice(0, 3)]).toEqual([0 + 16 * 15, 8 + 16 * 4, 5 + 16 * 5]);
    const back = dequantise({ rows: 1, columns: 32, codes, scales, zeros });
    [-0.5, 1, 0.3, -0.1, 0].forEach((value, i) => {
      expect(back[i]).toBeCloseTo(value, 6);
    });
  });

  it('reach from the lowest to the highest of weights that are all of one sign', () => {
    const positive = float(Array.from({ length: 32 }, (_, i) => 1 + i / 31));
    expect(quantise(positive, [1, 32], 4).zeros[0]).toBe(0);
    expect(dequantise(quantise(positive, [1, 32], 4))[31]).toBeCloseTo(2, 6);
    const negative = positive.map((value) => -value);
    expect(quantise(negative, [1, 32], 4).zeros[0]).toBe(15);
    expect(dequantise(quantise(negative, [1, 32], 4))[31]).toBeCloseTo(-2, 6);
  });
});

it('zero points of 4 bits for products are those of two blocks in a byte', () => {
  // Three blocks a row.
  const values = Float32Array.from({ length: 96 }, (_, i) => (i % 16) - Math.floor(i / 32));
  const matrix = quantise(values, [1, 96], 4);
  expect([...matrix.zeros]).toEqual([0, 1, 2]);
  expect([...zerosForProducts(matrix)]).toEqual([0 + 16 * 1, 2]);
});

describe.each([8, 4] as const)('blocks of %i bits', (bits) => {
  it('do not cross rows: the last one of a row is filled', () => {
    // One row is a hundred times the other; a block of both would round the smaller one to nothing.
    const values = float(Array.from({ length: 72 }, (_, i) => (i < 36 ? 100 : 1) * Math.cos(i)));
    const matrix = quantise(values, [2, 36], bits);
    expect(matrix.scales).toHaveLength(4);
    const back = dequantise(matrix);
    for (let i = 36; i < 72; i++) expect(back[i]).toBeCloseTo(values[i] as number, bits === 8 ? 2 : 0);
  });

  it('of zeros are zeros, and rows of a matrix are views', () => {
    expect([...dequantise(quantise(new Float32Array(64), [2, 32], bits))]).toEqual([...new Float32Array(64)]);
    const values = Float32Array.from({ length: 3 * 40 }, (_, i) => Math.sin(i));
    const matrix = quantise(values, [3, 40], bits);
    const part = rowsOf(matrix, 1, 2);
    expect([...dequantise(part)]).toEqual([...dequantise(matrix).subarray(40)]);
    expect(part.codes.buffer).toBe(matrix.codes.buffer);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuse %d', (value) => {
    expect(() => quantise(block(1, value, 2), [1, 32], bits)).toThrow(InputError);
  });

  it('take the bytes that the plan says', () => {
    const matrix = quantise(new Float32Array(7 * 50), [7, 50], bits);
    const { byteLength } = matrix.codes;
    const bytes = byteLength + matrix.scales.byteLength + matrix.zeros.byteLength;
    expect(parameterBytes(parameter('layers.0.down', [7, 50]), bits)).toBe(bytes);
    expect(parameterBytes(parameter('layers.0.down', [7, 50]), undefined)).toBe(4 * 350);
    expect(parameterBytes(parameter('embedding', [7, 50]), bits)).toBe(4 * 350);
    expect(parameterBytes(parameter('norm', [50]), bits)).toBe(4 * 50);
  });
});

/** x rounded to 8 bits by blocks of 32, as the kernel does before it multiplies integers. */
function rounded(x: Float32Array, columns: number): Float32Array {
  const result = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    for (let first = 0; first < columns; first += 32) {
      const block = x.subarray(start + first, start + Math.min(columns, first + 32));
      const scale = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
      result.set(
        block.map((value) => scale * Math.round(value / scale)),
        start + first,
      );
    }
  }
  return result;
}

it('blockMatmul with integers multiplies codes of 8 bits with x in 8 bits', async () => {
  const [rows, columns] = [3, 40];
  const stream = new RandomStream(randomKey(2, 'blockMatmul'));
  const weights32 = Float32Array.from({ length: rows * columns }, () => stream.normal());
  const matrix = quantise(weights32, [rows, columns], 8);
  const x = Float32Array.from({ length: 5 * columns }, () => stream.normal());
  const graph = new Graph();
  const weights = [
    graph.constant('codes', 'uint8', [rows, 2, 32], () => quantiseForProducts(weights32, [rows, columns]).codes),
    graph.constant('scales', 'float32', [rows, 2], () => matrix.scales),
  ];
  const input = graph.input('x', ['M', columns]);
  expect(() => blockMatmul(input, weights, [rows, columns])).toThrow('in integers only');
  graph.output('y', blockMatmul(input, weights, [rows, columns], true));
  const session = await Session.create(graph, { provider: 'cpu', threads: 1 });
  const y = (await session.run({ x: floats(x, [5, columns]) })).get('y') ?? [];
  const [values, known] = [dequantise(matrix), rounded(x, columns)];
  for (let m = 0; m < 5; m++) {
    for (let row = 0; row < rows; row++) {
      const products = Array.from(
        { length: columns },
        (_, column) => (known[m * columns + column] as number) * (values[row * columns + column] as number),
      );
      const exact = Array.from(
        { length: columns },
        (_, column) => (x[m * columns + column] as number) * (values[row * columns + column] as number),
      );
      const sum = (all: readonly number[]) => all.reduce((total, value) => total + value, 0);
      expect(y[m * rows + row]).toBeCloseTo(sum(products), 3);
      expect(Math.abs((y[m * rows + row] ?? 0) - sum(exact))).toBeGreaterThan(1e-5);
    }
  }
  await session.close();
});
