import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchmarkFor } from './benchmark.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-fitting-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function fitOf(rows: readonly object[], grader?: string): Promise<string> {
  const file = join(folder, `problems-${files++}.jsonl`);
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return benchmarkFor(file, grader === undefined ? {} : { grader }, new AbortController().signal).then(
    ({ benchmark, why }) => `${benchmark}: ${why}`,
    (error: unknown) => String(error),
  );
}

const words = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({
    question: `The app shows error ${i}. What can I do?`,
    solution: `The account ${i} was locked after failed logins. Unlock it in the console and reset the password.`,
  }));
const numbers = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({
    question: `The app number ${i} does not start. What can I do?`,
    solution: `Delete its cache. If it still does not start, install version 4.${i}`,
  }));

it('solutions in words count among the answers that decide, whatever some of them end with', async () => {
  expect(await fitOf([...words(24), ...numbers(6)])).toMatch(
    /the answers in the file do not say which one fits: 24 of 30 are no number, .*such as "The account 0/,
  );
  expect(await fitOf([...words(2), ...numbers(1)])).toMatch(/do not say which one fits: 2 of 3 are no number/);
  // A number in a sentence makes no formula of its letters.
  const sentences = [
    'It fixed itself after 3 hours.',
    'Unlock the account in AD.',
    'Reset the password and call back.',
  ];
  expect(await fitOf(sentences.map((solution) => ({ question: 'What helps?', solution })))).toMatch(
    /fits: 3 of 3 are no number/,
  );
  expect(await fitOf(words(30))).toMatch(/none of the 30 problems can be graded/);
  // Up to a tenth.
  expect(await fitOf([...words(3), ...numbers(27)])).toBe('gsm8k: their answers are numbers');
  // Rows that are only asked say nothing.
  const unsolved = words(20).map((row) => ({ ...row, solution: '' }));
  expect(await fitOf([...numbers(5), ...unsolved])).toBe('gsm8k: their answers are numbers');
});

it('a grader that is named says how, where the answers do not', async () => {
  const dates = [1, 2, 3].map((day) => ({ question: 'When was it?', solution: 'In May.', answer: `May ${day}, 1900` }));
  expect(await fitOf(dates)).toMatch(/do not say which one fits.*--grader/s);
  expect(await fitOf(dates, 'math')).toBe('gsm8k: --grader is math');
  // What the answers say is no less true for it.
  expect(await fitOf(numbers(3), 'integer')).toBe('gsm8k: their answers are numbers');
  expect(await fitOf(dates, 'auto')).toMatch(/do not say which one fits/);
});

it('options in columns are read, and numbers beside options in the questions are said to need a letter', async () => {
  const choices = { question: 'How many?', choices: [84, 19, 85], answer: 'A' };
  expect(await fitOf([choices])).toMatch(/^gpqa-diamond: their answers are letters of options/);
  const listed = { question: 'How many? (A) 84 (B) 19', solution: '84' };
  expect(await fitOf([listed])).toMatch(/^gsm8k: .*list options: with the letter in the solution, as in "\(A\) 84"/);
  expect(await fitOf([{ ...listed, solution: '(A) 84' }])).toMatch(/^gpqa-diamond/);
});
