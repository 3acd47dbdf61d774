import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Silence } from './silence.js';

const HOST = 'server:8000';
const PATIENCE = 300_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function silence() {
  const notes: string[] = [];
  return { notes, server: new Silence(HOST, (text) => void notes.push(text)) };
}

/** Attempts that fail, one each second. */
function fails(server: Silence, seconds: number, why = 'ECONNREFUSED'): void {
  for (let second = 0; second < seconds; second++) {
    server.unanswered(why, PATIENCE);
    vi.advanceTimersByTime(1000);
  }
}

test('a server that gives no answer for a while is told of once, and so is its return', () => {
  const { notes, server } = silence();
  fails(server, 90);
  server.heard();
  server.heard();
  expect(notes).toEqual([
    'no answer from server:8000 for 5 s (ECONNREFUSED): asking again, for 5 min at most (Ctrl-C stops)',
    'server:8000 answers again, after 90 s',
  ]);
});

test('a short outage, or one request that is put off among others that are answered, is not told of', () => {
  const { notes, server } = silence();
  fails(server, 5);
  server.heard();
  for (let round = 0; round < 10; round++) {
    fails(server, 3, 'status 429');
    server.heard();
  }
  expect(notes).toEqual([]);
});

test('silence counts from the first attempt that failed, not from the last answer', () => {
  const { notes, server } = silence();
  vi.advanceTimersByTime(3_600_000);
  fails(server, 1);
  expect(notes).toEqual([]);
});

test('a server that is busy again and again is told of more and more rarely', () => {
  const { notes, server } = silence();
  const spells = Array.from({ length: 6 }, () => {
    const before = notes.length;
    fails(server, 70, 'status 503');
    server.heard();
    return notes.slice(before).map((text) => /for (\d+) s \(/.exec(text)?.[1] ?? 'back');
  });
  expect(spells).toEqual([
    ['5', 'back'],
    ['10', 'back'],
    ['20', 'back'],
    ['40', 'back'],
    ['60', 'back'],
    ['60', 'back'],
  ]);
});

test('an answer that does not come at all is overdue', () => {
  const { notes, server } = silence();
  server.overdue(120_000);
  vi.advanceTimersByTime(5000);
  server.overdue(120_000);
  server.overdue(120_000);
  vi.advanceTimersByTime(7000);
  server.heard();
  expect(notes).toEqual([
    'no answer from server:8000 for 5 s: waiting for it, at most 120 s if it stays silent (Ctrl-C stops)',
    'server:8000 answers again, after 12 s',
  ]);
});
