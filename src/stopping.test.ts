import { expect, test } from 'vitest';
import { InterruptedError } from './errors.js';
import { eachInTurns, stopSignal, withStopSignal } from './stopping.js';

/** Keeps the processor at work for some milliseconds. */
function compute(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('work on many items sees a stop that arrives while it computes, and ends there', async () => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new InterruptedError()), 100);
  let done = 0;
  const work = () =>
    eachInTurns(Array.from({ length: 400 }), 'computing', () => {
      compute(5);
      done++;
    });
  await expect(withStopSignal(controller.signal, work)).rejects.toBeInstanceOf(InterruptedError);
  clearTimeout(timer);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(400);
  expect(stopSignal()).toBeUndefined();
});

test('without a signal around it, work on items is done in order', async () => {
  const seen: [string, number][] = [];
  await eachInTurns(['a', 'b'], 'computing', (item, index) => seen.push([item, index]));
  expect(seen).toEqual([
    ['a', 0],
    ['b', 1],
  ]);
});
