import { describe, expect, it } from 'vitest';
import { RandomStream, randomKey } from '../../../random.js';
import { softwareVulkan } from '../../../testing/software-vulkan.js';
import type { Provider } from '../settings.js';
import { gradients } from './differentiate.js';
import type { Shape } from './dimension.js';
import { type Dialect, Graph, GraphError, type Tensor } from './graph.js';
import * as op from './operations.js';
import { Session } from './session.js';
import { bytes, floats, integers, resultOf } from './tensors.js';

interface Input {
  readonly shape: readonly number[];
  /** Range of the random values; positive where the operation needs it. */
  readonly range?: readonly [number, number];
  readonly integers?: readonly number[];
  readonly bytes?: Int8Array | Uint8Array;
}

interface Case {
  readonly inputs: Readonly<Record<string, Input>>;
  /** `seed` declares the gradient that flows back to the output, of its shape. */
  readonly build: (inputs: Readonly<Record<string, Tensor>>, seed: (shape: Shape) => Tensor) => Tensor;
  /** Names of the table's operations that this checks. */
  readonly covers: readonly (keyof typeof op.operations)[];
}

const cases: Record<string, Case> = {
  'add with broadcasting': {
    inputs: { a: { shape: [3, 4] }, b: { shape: [4] } },
    build: ({ a, b }) => op.add(a as Tensor, b as Tensor),
    covers: ['add'],
  },
  'subtract with broadcasting of both sides': {
    inputs: { a: { shape: [3, 1] }, b: { shape: [2, 1, 4] } },
    build: ({ a, b }) => op.subtract(a as Tensor, b as Tensor),
    covers: ['subtract'],
  },
  'multiply with broadcasting': {
    inputs: { a: { shape: [2, 3, 4] }, b: { shape: [3, 1] } },
    build: ({ a, b }) => op.multiply(a as Tensor, b as Tensor),
    covers: ['multiply', 'constant'],
  },
  sigmoid: { inputs: { x: { shape: [5] } }, build: ({ x }) => op.sigmoid(x as Tensor), covers: ['sigmoid'] },
  silu: { inputs: { x: { shape: [7], range: [-3, 3] } }, build: ({ x }) => op.silu(x as Tensor), covers: ['silu'] },
  power: {
    inputs: { x: { shape: [6], range: [0.5, 2] } },
    build: ({ x }) => op.add(op.power(x as Tensor, -0.5), op.power(x as Tensor, 3)),
    covers: ['power'],
  },
  'reduceSum over two axes': {
    inputs: { x: { shape: [2, 3, 4] } },
    build: ({ x }) => op.reduceSum(x as Tensor, [0, 2]),
    covers: ['reduceSum', 'expand'],
  },
  meanOfLast: {
    inputs: { x: { shape: [2, 5] } },
    build: ({ x }) => op.meanOfLast(x as Tensor),
    covers: ['meanOfLast'],
  },
  expand: { inputs: { x: { shape: [2, 1] } }, build: ({ x }) => op.expand(x as Tensor, [2, 3]), covers: ['expand'] },
  'softmax of scores of which some are masked': {
    inputs: { x: { shape: [2, 3, 4] } },
    build: ({ x }) => op.maskedSoftmax(x as Tensor),
    covers: ['maskedSoftmax'],
  },
  'softmax over the last axis': {
    inputs: { x: { shape: [3, 5] } },
    build: ({ x }) => op.softmax(x as Tensor),
    covers: ['softmax'],
  },
  rmsNorm: {
    inputs: { x: { shape: [4, 6] }, w: { shape: [6] } },
    build: ({ x, w }) => op.rmsNorm(x as Tensor, w as Tensor, 1e-5),
    covers: ['rmsNorm'],
  },
  'rmsNorm of three axes': {
    inputs: { x: { shape: [2, 3, 8] }, w: { shape: [8] } },
    build: ({ x, w }) => op.rmsNorm(x as Tensor, w as Tensor, 1e-5),
    covers: ['rmsNorm'],
  },
  rotary: {
    inputs: {
      x: { shape: [5, 16] },
      p: { shape: [5], integers: [0, 3, 1, 7, 7] },
      c: { shape: [8, 4] },
      s: { shape: [8, 4] },
    },
    build: ({ x, p, c, s }) => op.rotary(x as Tensor, p as Tensor, c as Tensor, s as Tensor, 2),
    covers: ['rotary'],
  },
  'rotary by heads': {
    inputs: {
      x: { shape: [2, 3, 2, 8] },
      p: { shape: [2, 2], integers: [0, 3, 7, 7] },
      c: { shape: [8, 4] },
      s: { shape: [8, 4] },
    },
    build: ({ x, p, c, s }) => op.rotary(x as Tensor, p as Tensor, c as Tensor, s as Tensor, 3),
    covers: ['rotary'],
  },
  reshape: { inputs: { x: { shape: [2, 6] } }, build: ({ x }) => op.reshape(x as Tensor, [3, 4]), covers: ['reshape'] },
  transpose: {
    inputs: { x: { shape: [2, 3, 4] } },
    build: ({ x }) => op.transpose(x as Tensor, [2, 0, 1]),
    covers: ['transpose'],
  },
  'transpose of axes of size 1': {
    inputs: { x: { shape: [1, 2, 1, 3] } },
    build: ({ x }) => op.transpose(x as Tensor, [2, 1, 0, 3]),
    covers: ['reshape'],
  },
  after: {
    inputs: { x: { shape: [2, 3] }, y: { shape: [4, 3] } },
    build: ({ x, y }) => op.concat([op.after(x as Tensor, op.multiply(y as Tensor, y as Tensor)), y as Tensor], 0),
    covers: ['after'],
  },
  'concat and split': {
    inputs: { a: { shape: [2, 3] }, b: { shape: [2, 2] } },
    build: ({ a, b }) => {
      const [left, right] = op.split(op.concat([a as Tensor, b as Tensor], 1), 1, [1, 4]);
      return op.multiply(left as Tensor, right as Tensor);
    },
    covers: ['concat', 'split'],
  },
  'split of which one part is used': {
    inputs: { a: { shape: [2, 5] } },
    build: ({ a }) => op.split(a as Tensor, 1, [2, 3])[1] as Tensor,
    covers: ['split', 'zeros'],
  },
  gatherRows: {
    inputs: { t: { shape: [5, 3] }, i: { shape: [2], integers: [4, 1] } },
    build: ({ t, i }) => op.gatherRows(t as Tensor, i as Tensor),
    covers: ['gatherRows', 'scatterRows'],
  },
  softCap: {
    inputs: { x: { shape: [2, 3], range: [-4, 4] } },
    build: ({ x }) => op.softCap(x as Tensor, 1.5),
    covers: ['tanh'],
  },
  geluTanh: {
    inputs: { x: { shape: [2, 5], range: [-3, 3] } },
    build: ({ x }) => op.geluTanh(x as Tensor),
    covers: ['tanh', 'multiply'],
  },
  tokenLogProb: {
    inputs: { l: { shape: [3, 6] }, i: { shape: [3], integers: [5, 0, 2] } },
    build: ({ l, i }) => op.tokenLogProb(l as Tensor, i as Tensor),
    covers: ['tokenLogProb', 'tokenLogProbGradient'],
  },
};
for (const [name, sizes] of Object.entries({ 'one chunk': [5], 'chunks of unequal size': [2, 1, 2] })) {
  cases[`chunkedLogProb in ${name}`] = {
    inputs: {
      h: { shape: [5, 3] },
      v: { shape: [6, 3] },
      i: { shape: [5], integers: [5, 0, 2, 2, 1] },
      n: { shape: [sizes.length], integers: sizes },
    },
    build: ({ h, v, i, n }, seed) =>
      op.chunkedLogProb(h as Tensor, v as Tensor, i as Tensor, n as Tensor, {
        seed: { gradient: seed([5]), ofHead: true },
      }),
    covers: ['chunkedLogProb'],
  };
}
for (const [name, sizes] of Object.entries({ 'one chunk': [3], 'two chunks': [1, 2] })) {
  cases[`chunkedLogProb with a cap in ${name}`] = {
    inputs: {
      h: { shape: [3, 3] },
      v: { shape: [6, 3], range: [-2, 2] },
      i: { shape: [3], integers: [5, 0, 2] },
      n: { shape: [sizes.length], integers: sizes },
      // Temperatures carry no gradient.
      s: { shape: [3, 1], range: [0.5, 2] },
    },
    build: ({ h, v, i, n, s }, seed) =>
      op.chunkedLogProb(h as Tensor, v as Tensor, i as Tensor, n as Tensor, {
        capped: { cap: 1.5, factors: s as Tensor },
        seed: { gradient: seed([3]), ofHead: true },
      }),
    covers: ['chunkedLogProb'],
  };
}
const codes = (bytes: number) => Array.from({ length: bytes }, (_, i) => (37 * i) % 251);
// Two blocks a row where 36 columns need one and a part of another.
for (const [bits, columns] of [
  [8, 32],
  [8, 36],
  [4, 64],
  [4, 36],
] as const) {
  const blocks = 3 * Math.ceil(columns / 32);
  cases[`a product with a matrix of ${bits} bits, ${columns} columns`] = {
    inputs: {
      x: { shape: [2, columns] },
      q: {
        shape: [blocks, 4 * bits],
        bytes: bits === 8 ? Int8Array.from(codes(blocks * 32)) : Uint8Array.from(codes(blocks * 16)),
      },
      s: { shape: [blocks], range: [0.01, 0.02] },
      ...(bits === 4 ? { z: { shape: [blocks], bytes: Uint8Array.from(codes(blocks), (code) => code % 16) } } : {}),
    },
    build: ({ x, q, s, z }) =>
      op.matmul(x as Tensor, op.dequantise(q as Tensor, s as Tensor, z, [3, columns]), { transposeB: true }),
    covers: ['dequantise'],
  };
}
for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    for (const batch of [[], [2], [2, 3]]) {
      cases[`matmul of rank ${batch.length + 2}, transposed ${transposeA} ${transposeB}`] = {
        inputs: {
          a: { shape: [...batch, ...(transposeA ? [4, 3] : [3, 4])] },
          b: { shape: [...batch, ...(transposeB ? [5, 4] : [4, 5])] },
        },
        build: ({ a, b }) => op.matmul(a as Tensor, b as Tensor, { transposeA, transposeB, scale: 0.5 }),
        covers: ['matmul'],
      };
    }
  }
}
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

// The portable dialect is checked on the CPU as well: every provider computes the same graph.
const forms: Record<string, readonly [Provider, Dialect]> = {
  'in the onnxruntime dialect': ['cpu', 'onnxruntime'],
  'in the portable dialect': ['cpu', 'portable'],
};
const vulkan = softwareVulkan();
if ('missing' in vulkan) it.skip(`derivatives on WebGPU: ${vulkan.missing}`);
else forms['on WebGPU'] = ['webgpu', 'webgpu'];

describe.each(Object.entries(forms))('derivatives %s equal finite differences', (_, [provider, dialect]) => {
  it.each(Object.entries(cases))('%s', async (name, { inputs, build }) => {
    const graph = new Graph();
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([key, { shape, integers: ids, bytes: own }]) => [
        key,
        graph.input(
          key,
          shape,
          own instanceof Int8Array ? 'int8' : own ? 'uint8' : ids === undefined ? 'float32' : 'int64',
        ),
      ]),
    );
    let declared: Tensor | undefined;
    const seedOf = (shape: Shape): Tensor => {
      declared ??= graph.input('seed', shape);
      return declared;
    };
    const output = build(tensors, seedOf);
    const seed = seedOf(output.shape);
    // Tables of a rotation and scales of blocks are constants of the model: they carry no gradient.
    const sources = Object.keys(inputs).filter(
      (key) => inputs[key]?.integers === undefined && inputs[key]?.bytes === undefined && !['c', 's'].includes(key),
    );
    const results = gradients(
      [{ tensor: output, seed }],
      sources.map((key) => tensors[key] as Tensor),
    );
    graph.output('output', output);
    for (const [i, key] of sources.entries()) graph.output(`gradient ${key}`, results[i] as Tensor);
    const session = await Session.create(graph, { provider, threads: 1 }, dialect);

    const stream = new RandomStream(randomKey(1, name));
    const values = Object.fromEntries(
      Object.entries(inputs).map(([key, { shape, range = [-1, 1], integers: ids }]) => [
        key,
        ids === undefined
          ? Float32Array.from({ length: sizeOf(shape) }, () => range[0] + (range[1] - range[0]) * stream.uniform())
          : ids,
      ]),
    );
    const seeds = Float32Array.from({ length: sizeOf(output.shape as number[]) }, () => stream.normal());
    const feeds = () => ({
      ...Object.fromEntries(
        Object.entries(inputs).map(([key, { shape, bytes: own }]) => {
          const value = values[key];
          if (own !== undefined) return [key, bytes(own, shape)];
          return [key, value instanceof Float32Array ? floats(value, shape) : integers(value ?? [], shape)];
        }),
      ),
      seed: floats(seeds, output.shape as number[]),
    });
    const objective = async () => {
      const out = (await session.run(feeds())).get('output') as Float32Array;
      return out.reduce((total, value, i) => total + value * (seeds[i] as number), 0);
    };
    const analytic = await session.run(feeds());
    for (const key of sources) {
      const gradient = analytic.get(`gradient ${key}`) as Float32Array;
      const value = values[key] as Float32Array;
      expect(gradient).toHaveLength(value.length);
      for (let i = 0; i < value.length; i++) {
        const centre = value[i] as number;
        const width = 2 ** -7;
        value[i] = centre + width;
        const above = await objective();
        value[i] = centre - width;
        const below = await objective();
        value[i] = centre;
        expect(gradient[i], `${key}[${i}]`).toBeCloseTo((above - below) / (2 * width), 2);
      }
    }
    await session.close();
  });
});

it.each(Object.entries(forms))(
  'numbers whose exponentials overflow are computed %s',
  async (_, [provider, dialect]) => {
    const graph = new Graph();
    const input = (name: string, shape: readonly number[]) => graph.input(name, shape);
    const logits = input('logits', [2, 3]);
    const targets = graph.input('targets', [2], 'int64');
    const sizes = graph.input('sizes', [2], 'int64');
    graph.output('logProbs', op.tokenLogProb(logits, targets));
    graph.output('chunked', op.chunkedLogProb(input('hidden', [2, 1]), input('head', [3, 1]), targets, sizes));
    graph.output('softmax', op.softmax(logits));
    graph.output('sigmoid', op.sigmoid(logits));
    graph.output('silu', op.silu(logits));
    const session = await Session.create(graph, { provider, threads: 1 }, dialect);
    const results = await session.run({
      logits: floats(Float32Array.of(400, -400, 200, -400, 400, -200), [2, 3]),
      hidden: floats(Float32Array.of(400, -400), [2, 1]),
      head: floats(Float32Array.of(1, -1, 0.5), [3, 1]),
      targets: integers([0, 2], [2]),
      sizes: integers([1, 1], [2]),
    });
    const rounded = (name: string) => Array.from(results.get(name) ?? [], (x) => Math.round(x * 1e6) / 1e6 + 0);
    expect(rounded('logProbs')).toEqual([0, -600]);
    expect(rounded('chunked')).toEqual([0, -600]);
    expect(rounded('softmax')).toEqual([1, 0, 0, 0, 1, 0]);
    expect(rounded('sigmoid')).toEqual([1, 0, 1, 0, 1, 0]);
    expect(rounded('silu')).toEqual([400, 0, 200, 0, 400, 0]);
    await session.close();
  },
);

it.each(Object.entries(forms))(
  '%s: roots and inverses, and which numbers are equal',
  async (_, [provider, dialect]) => {
    const graph = new Graph();
    const [x, row] = [graph.input('x', [3, 1]), graph.input('row', [1, 4])];
    graph.output('equal', op.equal(x, row));
    graph.output('root', op.power(x, 0.5));
    graph.output('inverse', op.power(row, -1));
    const session = await Session.create(graph, { provider, threads: 1 }, dialect);
    const results = await session.run({
      x: floats(Float32Array.of(0, 4, 2047), [3, 1]),
      row: floats(Float32Array.of(2047, 0.5, 4, 2048), [1, 4]),
    });
    expect([...(results.get('equal') ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
    const root = results.get('root') ?? [];
    expect(root[0]).toBe(0);
    expect(root[1]).toBeCloseTo(2, 6);
    expect(root[2]).toBeCloseTo(Math.sqrt(2047), 4);
    const inverse = results.get('inverse') ?? [];
    for (const [i, value] of [1 / 2047, 2, 0.25, 1 / 2048].entries()) expect(inverse[i]).toBeCloseTo(value, 8);
    await session.close();
  },
);

it('a segment that is computed again gives the same gradients, from copies that wait for what they are for', async () => {
  const run = async (again: boolean) => {
    const graph = new Graph();
    const [x, w, v] = [graph.input('x', [2, 3]), graph.input('w', [3, 3]), graph.input('v', [3])];
    const layer = (input: Tensor) => op.add(input, op.multiply(op.silu(op.matmul(input, w)), v));
    const middle = layer(layer(x));
    const output = op.multiply(layer(middle), middle);
    const segments = again ? [{ input: x, output: middle }] : [];
    const results = gradients([{ tensor: output, seed: graph.input('seed', [2, 3]) }], [x, w, v], segments);
    for (const [i, name] of ['x', 'w', 'v'].entries()) graph.output(name, results[i] as Tensor);
    const session = await Session.create(graph, { provider: 'cpu', threads: 1 });
    const stream = new RandomStream(randomKey(1, 'segments'));
    const drawn = (shape: readonly number[]) =>
      floats(
        Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()),
        shape,
      );
    const found = await session.run({ x: drawn([2, 3]), w: drawn([3, 3]), v: drawn([3]), seed: drawn([2, 3]) });
    await session.close();
    const values = ['x', 'w', 'v'].map((name) => resultOf(found, name));
    return { values, silus: graph.nodes.filter(({ operation }) => operation.name === 'silu').length };
  };
  const [kept, again] = [await run(false), await run(true)];
  expect(again.values).toEqual(kept.values);
  expect([kept.silus, again.silus]).toEqual([3, 5]);
});

it('blockMatmul multiplies with scale * (code - zero point) of each block', async () => {
  const [rows, columns] = [3, 40];
  const stream = new RandomStream(randomKey(1, 'blockMatmul'));
  const code = (row: number, column: number) => (7 * row + 3 * column) % 16;
  const [zeros, scales] = [[5, 8, 0, 15, 7, 1], Float32Array.from({ length: 6 }, () => stream.uniform())];
  const pairs = Uint8Array.from({ length: 3 * 32 }, (_, i) => {
    const [row, column] = [Math.floor(i / 32), 2 * (i % 32)];
    return code(row, column) + 16 * code(row, column + 1);
  });
  const x = Float32Array.from({ length: 2 * columns }, () => stream.normal());
  const graph = new Graph();
  const weights = [
    graph.constant('codes', 'uint8', [rows, 2, 16], () => pairs),
    graph.constant('scales', 'float32', [rows, 2], () => scales),
    graph.constant('zeros', 'uint8', [rows, 1], () => Uint8Array.of(5 + 16 * 8, 0 + 16 * 15, 7 + 16 * 1)),
  ] as const;
  graph.output('y', op.blockMatmul(graph.input('x', ['M', columns]), weights, [rows, columns]));
  const session = await Session.create(graph, { provider: 'cpu', threads: 1 });
  const y = (await session.run({ x: floats(x, [2, columns]) })).get('y') ?? [];
  for (let m = 0; m < 2; m++) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        const block = 2 * row + (column < 32 ? 0 : 1);
        const weight = (scales[block] as number) * (code(row, column) - (zeros[block] as number));
        sum += (x[m * columns + column] as number) * weight;
      }
      expect(y[m * rows + row]).toBeCloseTo(sum, 4);
    }
  }
  await session.close();
});

it('a session has its own copy of a constant: a view of numbers that change afterwards', async () => {
  const numbers = Float32Array.from({ length: 1024 }, (_, i) => i);
  const graph = new Graph();
  const held = graph.constant('held', 'float32', [256], () => numbers.subarray(512, 768));
  graph.output('y', op.add(graph.input('x', [256]), held));
  const session = await Session.create(graph, { provider: 'cpu', threads: 1 });
  numbers.fill(-1);
  const y = (await session.run({ x: floats(new Float32Array(256), [256]) })).get('y');
  expect(y).toEqual(Float32Array.from({ length: 256 }, (_, i) => 512 + i));
  await session.close();
});

it('a constant whose numbers do not fill its shape is refused when the graph is written', async () => {
  const graph = new Graph();
  const held = graph.constant('held', 'float32', [2, 3], () => new Float32Array(5));
  graph.output('y', op.add(graph.input('x', [2, 3]), held));
  await expect(Session.create(graph, { provider: 'cpu', threads: 1 })).rejects.toThrow(
    'the constant held of 24 bytes was given 20',
  );
});

it('every operation of the table is covered', () => {
  // Without a derivative: tests above; with rounded ones: operations/integer.test.ts.
  const others = ['blockMatmul', 'equal', 'integerMatmul'];
  const covered = new Set([...Object.values(cases).flatMap(({ covers }) => covers), ...others]);
  expect(Object.keys(op.operations).filter((name) => !covered.has(name as never))).toEqual([]);
});

it('shapes are checked when a graph is built', () => {
  const graph = new Graph();
  const a = graph.input('a', ['B', 3]);
  const b = graph.input('b', ['T', 3]);
  expect(() => op.add(a, b)).toThrow(GraphError);
  expect(() => op.matmul(a, b)).toThrow('inner sizes 3 and T differ');
  expect(() => op.reshape(a, ['B', 4])).toThrow('3*B elements do not fill [B, 4]');
  expect(op.matmul(a, b, { transposeB: true }).shape).toEqual(['B', 'T']);
  expect(op.concat([a, b], 0).shape).toEqual(['B+T', 3]);
});
