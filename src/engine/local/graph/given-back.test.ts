import { expect, it } from 'vitest';
import { giveBack } from './given-back.js';

const MIB = 2 ** 20;

it('frees memory at once, without a garbage collection', () => {
  const arrays = Array.from({ length: 4 }, () => new Float32Array((64 * MIB) / 4).fill(1));
  const before = process.memoryUsage().arrayBuffers;
  giveBack(arrays);
  expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThanOrEqual(256 * MIB);
  expect(arrays.map(({ length }) => length)).toEqual([0, 0, 0, 0]);
});

it('takes views of one memory, arrays twice, empty ones, and leaves shared memory alone', () => {
  const memory = new Float32Array(8);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  giveBack([memory.subarray(0, 4), memory.subarray(4), memory, new Float32Array(0), shared]);
  giveBack([memory]);
  expect([memory.length, shared.length]).toEqual([0, 2]);
});
