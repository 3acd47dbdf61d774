import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InterruptedError } from '../../errors.js';
import { withStopSignal } from '../../stopping.js';
import { stopWhenSilent } from './connecting.js';
import { Silence } from './silence.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that is watched by work that can be told to stop. */
async function watched() {
  const silence = new Silence('server:8000');
  const ends: Error[] = [];
  const stop = new AbortController();
  const endWatch = await withStopSignal(stop.signal, async () =>
    stopWhenSilent('server:8000', { silence, end: (error) => void ends.push(error) }),
  );
  return { silence, ends, stop, endWatch };
}

test('a stop waits for a server that answers, and not for one that gives no answer', async () => {
  const { silence, ends, stop } = await watched();
  vi.advanceTimersByTime(60_000);
  stop.abort();
  vi.advanceTimersByTime(60_000);
  expect(ends).toEqual([]);
  silence.unanswered('ECONNREFUSED', 300_000);
  vi.advanceTimersByTime(3000);
  expect(ends).toEqual([]);
  vi.advanceTimersByTime(4000);
  expect(ends).toEqual([expect.any(InterruptedError)]);
  expect(ends[0]?.message).toMatch(/server:8000 gave no answer to save the state\. Run the same command/);
});

test('a server that has been silent for long is given a few seconds, and no watch stays behind', async () => {
  const { silence, ends, stop, endWatch } = await watched();
  silence.unanswered('ECONNREFUSED', 300_000);
  vi.advanceTimersByTime(60_000);
  stop.abort();
  vi.advanceTimersByTime(2000);
  expect(ends).toEqual([]);
  endWatch();
  vi.advanceTimersByTime(60_000);
  expect(ends).toEqual([]);
});
