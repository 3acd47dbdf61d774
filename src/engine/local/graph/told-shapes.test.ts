import { expect, test } from 'vitest';
import { gradients } from './differentiate.js';
import { Graph, type Tensor } from './graph.js';
import { add, matmul, softmax } from './operations.js';
import { toldShapes } from './told-shapes.js';

/** Layers that attend to themselves, and additions after each, so that they have so many operations. */
function attending(layers: number, additions: number) {
  const graph = new Graph();
  const first = graph.input('x', ['B', 'T', 8]);
  const mask = graph.input('mask', ['T', 'T']);
  let x = first;
  const scores: Tensor[][] = [];
  for (let layer = 0; layer < layers; layer++) {
    const raw = matmul(x, x, { transposeB: true });
    const masked = add(raw, mask);
    const shares = softmax(masked);
    scores.push([raw, masked, shares]);
    x = matmul(shares, x);
    for (let i = 0; i < additions; i++) x = add(x, first);
  }
  return { graph, first, result: x, scores };
}

test('the scores of a layer have sizes of their own, all else has the same ones everywhere', () => {
  const { graph, result, scores } = attending(4, 500);
  const told = toldShapes(graph, true);
  const shapes = scores.map((own) => own.map((tensor) => told.get(tensor)?.join()));
  for (const own of shapes) expect(new Set(own).size).toBe(1);
  expect(new Set(shapes.flat()).size).toBe(scores.length);
  expect(told.get(result)).toEqual(['B', 'T', 8]);
});

test('scores that gradients read again have the same sizes everywhere', () => {
  const { graph, first, result, scores } = attending(4, 500);
  gradients([{ tensor: result, seed: graph.input('seed', result.shape) }], [first]);
  const told = toldShapes(graph, true);
  for (const tensor of scores.flat()) expect(told.get(tensor)).toEqual(['B', 'T', 'T']);
});

test('scores that lie in no arena have the same sizes everywhere', () => {
  const { graph, scores } = attending(4, 500);
  const told = toldShapes(graph, false);
  for (const tensor of scores.flat()) expect(told.get(tensor)).toEqual(['B', 'T', 'T']);
});

test('of small programs nothing is told', () => {
  expect(toldShapes(attending(4, 10).graph, true).size).toBe(0);
});
