import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readQuestions } from './question-file.js';

const folder = mkdtempSync(join(tmpdir(), 'rlt-questions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wrote = (...rows: readonly object[]): string => {
  const file = join(folder, 'rows.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
};

test('all invalid rows among questions are told of together, each with its line and what is wrong there', async () => {
  const thought = { question: 'e', solution: '<think>x' };
  const file = wrote({ question: 'a' }, { solution: 'd' }, thought, { question: 'b', solution: 'c' }, { other: 1 });
  await expect(readQuestions(file)).rejects.toThrow(
    /^no known layout fits the keys solution: .*rows\.jsonl:2.* 2 more rows are invalid\. Line 3: the reply has <think> but no <\/think>.*; line 5: .*\.$/s,
  );
});

test('a file of problems is left to the reader of problems, and a column that is missing is told of once', async () => {
  expect(await readQuestions(wrote({ question: 'a', solution: 1, answer: [2] }, { question: ' ' }))).toBeUndefined();
  const rows = [{ question: 'a' }, { question: 'b' }, { question: 'c' }];
  await expect(readQuestions(wrote(...rows), { columns: { question: 'ask' } })).rejects.toThrow(/"?ask"?/);
  await expect(readQuestions(wrote(...rows), { columns: { question: 'ask' } })).rejects.not.toThrow(/more rows/);
});
