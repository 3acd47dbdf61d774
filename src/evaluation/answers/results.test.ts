import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeParquet } from '../../data/files/parquet-writer.js';
import { scanProblemFile } from '../../data/problem-file.js';
import { picked } from '../../data/sequences/sequence.js';
import { placesText, someOf } from './results.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-places-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ROWS = ['1', '2', '3'].map((answer) => ({
  question: `How much is ${answer}?`,
  solution: `It is ${answer}.`,
  answer,
}));
const written = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

it.each([
  ['blank.jsonl', `\n${ROWS.map((row) => JSON.stringify(row)).join('\n\n\n')}\n`, 'lines 5 and 8'],
  [
    'own.csv',
    'question,solution,answer\n"How\nmany?",It is 1.,1\n\nAnd now?,It is 2.,2\nThen?,It is 3.,3\n',
    'lines 5 and 6',
  ],
  ['own.json', JSON.stringify(ROWS, undefined, 1), 'lines 7 and 12'],
])('problems of a text file are told by its lines: %s', async (name, text, told) => {
  const { problems } = await scanProblemFile(written(name, text));
  expect(placesText(someOf(problems, [1, 2]))).toBe(told);
  // What is left of a data set when some are held out.
  expect(placesText(someOf(picked(problems, [1, 2]), [0, 1]))).toBe(told);
});

it('problems of Parquet are told by their rows', async () => {
  const file = join(folder, 'own.parquet');
  const columns = ['question', 'solution', 'answer'].map((column) => ({ name: column, type: 'text' as const }));
  await writeParquet(file, columns, ROWS);
  const { problems } = await scanProblemFile(file);
  expect(placesText(someOf(problems, [1, 2]))).toBe('rows 2 and 3');
});
