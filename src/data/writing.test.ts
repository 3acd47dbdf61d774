/** What is written can be read again, under a name that says what it is. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { InputError, UsageError } from '../errors.js';
import { readProblems, writeProblems } from './problem-file.js';
import { readTraces, writeTraces } from './trace-file.js';

const folder = mkdtempSync(join(tmpdir(), 'rlt-writing-'));
afterAll(() => rmSync(folder, { recursive: true }));

const problem = { id: 'a', question: 'What is 2 + 3?', solution: '5' };
const trace = { ...problem, explanation: 'Add them.', ended: 'stop' as const };

it.each(['up.parquet', 'up.csv', 'up.json', 'up.jsonl.gz', 'up'])('problems are not written as %s', async (name) => {
  const file = join(folder, name);
  await expect(writeProblems(file, [problem])).rejects.toThrow(UsageError);
  await expect(writeProblems(file, [problem])).rejects.toThrow('Use a name that ends in .jsonl, .ndjson.');
  expect(existsSync(file)).toBe(false);
});

it.each(['tr.csv', 'tr.json', 'tr'])('traces are not written as %s', async (name) => {
  const file = join(folder, name);
  await expect(writeTraces(file, [trace])).rejects.toThrow('Use a name that ends in .jsonl, .ndjson, .parquet.');
  expect(existsSync(file)).toBe(false);
});

it('what the readers would refuse is not written', async () => {
  const file = join(folder, 'x.jsonl');
  for (const wrong of [
    {},
    null,
    'x',
    { ...trace, question: ' ' },
    { ...trace, ended: 'done' },
    { ...trace, explanation: '\ud800' },
  ])
    await expect(writeTraces(file, [trace, wrong as never])).rejects.toThrow(InputError);
  await expect(writeTraces(file, [trace, {} as never])).rejects.toThrow(/record 2, field id/);
  for (const wrong of [{ question: 'a' }, null, 'x', { ...problem, solution: ' ' }, { ...problem, target: 'x' }])
    await expect(writeProblems(file, [problem, wrong as never])).rejects.toThrow(InputError);
  await expect(writeProblems(file, [problem, { ...problem, question: 'What is 2 + 4?' }])).rejects.toThrow(
    /the id a is that of another problem before it .*record 2, field id/,
  );
  await expect(writeProblems(file, [{ question: 'a' } as never])).rejects.toThrow(/solution is missing.*record 1/);
  expect(existsSync(file)).toBe(false);
});

it.each(['read.jsonl', 'read.NDJSON'])('%s is read as it was written', async (name) => {
  const file = join(folder, name);
  await writeProblems(file, [problem]);
  expect(await readProblems(file)).toEqual([problem]);
  await writeProblems(file, [problem, { ...problem, reasoningTraces: ['2 + 3'] }]);
  expect(await readProblems(file)).toEqual([{ ...problem, reasoningTraces: ['2 + 3'] }]);
  await writeTraces(file, [trace]);
  expect(await readTraces(file)).toEqual([trace]);
});
