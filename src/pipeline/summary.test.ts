import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secondsOfRun } from './summary.js';
import { temporaryFolder } from './testing/rlt.js';

test('the seconds of a run are those of every process that worked on it, and of no other', async () => {
  const file = join(temporaryFolder(), 'events.jsonl');
  const at = (second: number, event: string) =>
    JSON.stringify({ time: new Date(1_700_000_000_000 + second * 1000).toISOString(), event });
  // Killed after 7 seconds, resumed an hour later for 5, found finished after that.
  const worked = [at(0, 'run begins'), at(1, 'stage begins'), at(7, 'step')];
  const resumed = [at(3600, 'run begins'), at(3601, 'stage resumes'), at(3604, 'stage done'), at(3605, 'run ends')];
  const finished = [at(9000, 'run begins'), at(9002, 'run ends')];
  const seconds = (...events: readonly string[]) => {
    writeFileSync(file, `${events.join('\n')}\n`);
    return secondsOfRun(file);
  };
  expect(await seconds(...worked)).toBe(7);
  expect(await seconds(...worked, ...resumed)).toBe(12);
  expect(await seconds(...worked, ...resumed, ...finished, ...finished)).toBe(12);
});
