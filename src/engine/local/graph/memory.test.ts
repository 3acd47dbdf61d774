import { expect, test } from 'vitest';
import { gradients } from './differentiate.js';
import { Graph } from './graph.js';
import { memoryOf } from './memory.js';
import { add, matmul, multiply, reshape, silu } from './operations.js';

const sizes = new Map([['N', 10]]);
/** Bytes of [N, 8] in float32. */
const WIDE = 10 * 8 * 4;
/** Bytes of [N, 4]. */
const NARROW = 10 * 4 * 4;

/** x [N, 4] -> [N, 8]. */
function wide() {
  const graph = new Graph();
  const x = graph.input('x', ['N', 4]);
  return { graph, x, y: matmul(x, graph.input('w', [8, 4]), { transposeB: true }) };
}

test('inputs and results take no working memory, and a value takes it until it was read last', () => {
  const { graph, y } = wide();
  const z = matmul(y, graph.input('v', [4, 8]), { transposeB: true });
  graph.output('z', matmul(z, graph.input('u', [8, 4]), { transposeB: true }));
  // y and z are there together; then z alone, beside the result.
  expect(memoryOf(graph, sizes)).toEqual({ working: WIDE + NARROW, results: WIDE });
});

test('masks of tokens with each other, which are inputs, take memory while a call lasts', () => {
  const graph = new Graph();
  const x = graph.input('x', ['N', 4]);
  const mask = graph.input('mask', ['N', 'N']);
  graph.output('z', matmul(add(matmul(x, x, { transposeB: true }), mask), x));
  expect(memoryOf(graph, sizes).working).toBe(2 * 10 * 10 * 4);
});

test('an elementwise operation writes over what nothing else reads, and a reshaped value takes no memory of its own', () => {
  const { graph, y } = wide();
  const flat = reshape(silu(y), ['N', 2, 4]);
  graph.output('z', reshape(multiply(flat, flat), ['N', 8]));
  expect(memoryOf(graph, sizes).working).toBe(WIDE);
  const other = wide();
  // y is read once more, so that silu needs a place of its own.
  other.graph.output('z', matmul(add(silu(other.y), other.y), other.graph.input('v', [4, 8]), { transposeB: true }));
  expect(memoryOf(other.graph, sizes).working).toBe(2 * WIDE);
});

test('a way back keeps what derivatives need; what layers compute again is not kept', () => {
  const layersOf = (checkpoints: boolean) => {
    const graph = new Graph();
    const x = graph.input('x', ['N', 8]);
    const factors = [0, 1, 2, 3].map((layer) => graph.input(`w${layer}`, [8, 8]));
    const inputs = [x];
    let last = x;
    for (const factor of factors) {
      const inner = silu(matmul(last, factor));
      last = silu(matmul(silu(inner), factor));
      inputs.push(last);
    }
    const segments = inputs.slice(1, -1).map((output, layer) => ({ input: inputs[layer] ?? x, output }));
    const results = gradients(
      [{ tensor: last, seed: graph.input('seed', ['N', 8]) }],
      factors,
      checkpoints ? segments : [],
    );
    for (const [layer, result] of results.entries()) graph.output(`gradient ${layer}`, result);
    return memoryOf(graph, sizes);
  };
  const [whole, again] = [layersOf(false), layersOf(true)];
  expect(again.results).toBe(whole.results);
  expect(again.working).toBeLessThan(0.7 * whole.working);
});
