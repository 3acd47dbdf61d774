import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { secondsOfRun, workTime } from './work-time.js';

const folder = mkdtempSync(join(tmpdir(), 'rlt-work-time-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (second: number, event: string, more: { readonly stage?: string; readonly seconds?: number } = {}) => ({
  time: new Date(1_700_000_000_000 + second * 1000).toISOString(),
  event,
  ...more,
});
const [first, second] = [{ stage: 'first' }, { stage: 'second' }];

// Killed after 7 seconds, resumed an hour later for 5, found finished after that.
const killed = [at(0, 'run begins'), at(1, 'examples', first), at(2, 'stage begins', first), at(7, 'step', first)];
const resumed = [
  at(3600, 'run begins'),
  at(3601, 'stage resumes', first),
  at(3602, 'stage took', { ...first, seconds: 1.5 }),
  at(3603, 'stage begins', second),
  at(3604, 'stage took', { ...second, seconds: 1.25 }),
];
const ends = at(3605, 'run ends', { seconds: 5.5 });
const finished = [at(9000, 'run begins'), at(9002, 'run ends', { seconds: 2.5 })];

test('the time of a run is that of every process that worked on it, and of no other', async () => {
  expect(workTime(killed).seconds).toBe(7);
  expect(workTime([...killed, ...resumed]).seconds).toBe(7 + 4);
  // What the process says of itself includes what it did before its first event.
  expect(workTime([...killed, ...resumed, ends]).seconds).toBe(7 + 5.5);
  expect(workTime([...killed, ...resumed, ends, ...finished, ...finished]).seconds).toBe(7 + 5.5);
  // A process that failed before it did anything.
  expect(workTime([at(0, 'run begins'), at(9, 'run fails', first)]).seconds).toBe(0);
  const failed = [at(0, 'run begins'), at(1, 'stage begins', first), at(33, 'run fails', first)];
  expect(Object.fromEntries(workTime(failed).stages)).toEqual({ first: 32 });
  const file = join(folder, 'events.jsonl');
  const lines = [...killed, ...resumed, ends].map((event) => JSON.stringify(event));
  writeFileSync(file, `${lines.toSpliced(3, 0, '{"tim', 'null').join('\n')}\n{"time`);
  expect(await secondsOfRun(file)).toBe(12.5);
  expect(await secondsOfRun(file, ['second'])).toBe(1.25);
  expect(await secondsOfRun(file, ['first', 'second', 'never-begun'])).toBe(6 + 1.5 + 1.25);
});

test('the time of a stage is that of every process that worked on it', () => {
  const { stages } = workTime([...killed, ...resumed, ends, ...finished]);
  expect(Object.fromEntries(stages)).toEqual({ first: 6 + 1.5, second: 1.25 });
});
