import { expect, test } from 'vitest';
import { Graph } from '../graph.js';
import { toOnnx } from '../onnx.js';
import { InferenceSession } from '../onnxruntime.js';
import { maskedSoftmax } from '../operations.js';
import { floats, floatsOf } from '../tensors.js';

const COLUMNS = 24;
const MASKED = -3e38;

async function shares(rows: readonly (readonly number[])[], floors: boolean): Promise<readonly number[]> {
  const graph = new Graph();
  const y = maskedSoftmax(graph.input('x', ['M', COLUMNS]));
  graph.output('y', y);
  const session = await InferenceSession.create(toOnnx(graph, 'onnxruntime', true, floors), { logSeverityLevel: 3 });
  const results = await session.run({ x: floats(Float32Array.from(rows.flat()), [rows.length, COLUMNS]) });
  const result = results[y.name];
  await session.release();
  return result === undefined ? [] : [...floatsOf(result)];
}

const row = (score: (column: number) => number) => Array.from({ length: COLUMNS }, (_, column) => score(column));
const seen = (count: number, score: (column: number) => number) =>
  row((column) => (column < count ? score(column) : MASKED));

test('a floor of masked scores changes no share that is larger than 1e-26', async () => {
  const rows = [
    seen(1, () => 3),
    seen(9, (column) => Math.sin(column)),
    seen(24, (column) => 10 * Math.sin(column)),
    // The first score is far below the largest, or far above all others.
    seen(12, (column) => (column === 0 ? -200 : column)),
    seen(12, (column) => (column === 0 ? 200 : -column)),
    // Beyond 2^30 a float32 less 60 is the same number.
    seen(3, () => 2e9),
    seen(3, (column) => (column === 0 ? -2e9 : -2.1e9)),
    seen(5, (column) => (column === 0 ? -1e30 : 1e30 - column * 1e29)),
    seen(1, () => 2 ** 30),
    seen(2, (column) => 1e37 * (column + 1)),
    // It is masked itself, as before a window.
    row((column) => (column > 2 && column < 9 ? column / 4 : MASKED)),
  ];
  const [without, floored] = [await shares(rows, false), await shares(rows, true)];
  expect(floored.map((share) => (share < 1e-26 ? 0 : share))).toEqual(
    without.map((share) => (share < 1e-26 ? 0 : share)),
  );
  // There is a floor at all: what is masked has a share that the other has not.
  expect([without[1], floored[1]].map((share) => (share ?? 0) > 1e-30)).toEqual([false, true]);
});

test('a score that is no number is no number with a floor either', async () => {
  const found = await shares([seen(4, (column) => (column === 2 ? Number.NaN : 1))], true);
  expect(found.some(Number.isNaN)).toBe(true);
});
