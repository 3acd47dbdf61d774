import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProblems } from '../problem-file.js';
import { optionsInText } from './choices.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-alphabets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function answersOf(rows: readonly object[]): Promise<readonly (string | undefined)[]> {
  const file = join(folder, 'rows.jsonl');
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return (await readProblems(file, { needs: 'answers' })).map(({ answer }) => answer);
}

const row = (question: string, names: readonly string[], answer: string) => ({
  question,
  ...Object.fromEntries(names.map((name, place) => [name, `${question} ${place}`])),
  answer,
});

describe('options lettered in another script than the Latin one', () => {
  it.each([
    ['Cyrillic', [...'АБВГ'], ['Б', 'В', 'Г)', '(А)'], ['B', 'C', 'D', 'A']],
    ['Cyrillic with a word', ['вариант А', 'вариант Б', 'вариант В'], ['Б', 'в'], ['B', 'C']],
    ['Greek', [...'ΑΒΓΔ'], ['Γ', 'Δ'], ['C', 'D']],
    ['Hebrew', [...'אבגד'], ['ב', 'ד'], ['B', 'D']],
    ['Arabic', ['أ', 'ب', 'ج', 'د'], ['ج', 'أ'], ['C', 'A']],
    ['fullwidth', [...'ＡＢＣＤ'], ['Ｃ', 'B'], ['C', 'B']],
    ['Latin, with fullwidth keys', [...'ABCD'], ['Ｃ', 'D'], ['C', 'D']],
    ['Latin, some of them Cyrillic', ['А', 'B', 'С', 'D'], ['С', 'C', 'B'], ['C', 'C', 'B']],
    ['Latin, with keys that are Cyrillic', [...'ABCD'], ['С', 'В', 'D'], ['C', 'B', 'D']],
  ])('are read as columns: %s', async (_, names, keys, expected) => {
    expect(await answersOf(keys.map((key, index) => row(`Q${index}`, names, key)))).toEqual(expected);
  });

  it('are read in lists and texts', async () => {
    const list = ['Б', 'В'].map((answer) => ({ question: `Q ${answer}`, choices: ['А) 5', 'Б) 6', 'В) 7'], answer }));
    expect(await answersOf(list)).toEqual(['B', 'C']);
    const text = ['Б', 'В'].map((answer) => ({ question: `Q ${answer}`, options: 'А) 5 Б) 6 В) 7', answer }));
    expect(await answersOf(text)).toEqual(['B', 'C']);
    expect(optionsInText('А) 5 B) 6 С) 7')?.texts).toEqual(['5', '6', '7']);
  });

  it('refuse a key that is the second letter of one script and looks like the third of the other', async () => {
    const rows = ['Б', 'Г', 'B'].map((key, index) => row(`Q${index}`, [...'АБВГ'], key));
    await expect(answersOf(rows)).rejects.toThrow(
      /the key "B" only looks like the option "В": their letters are of two scripts .*:3, field answer\)\n {2}Write the letter in the script/,
    );
  });

  it('leave small letters alone, as those of Latin are', async () => {
    const numbers = { question: 'Solve a*x = b', а: 1, б: 2, в: 3, answer: '7' };
    expect(await answersOf([numbers])).toEqual(['7']);
  });
});
