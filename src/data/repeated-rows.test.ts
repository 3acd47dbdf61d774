import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { heldOutCount } from './hold-out.js';
import { problemHash, problemRecord, questionKey } from './problem.js';
import { readProblemFile, readProblems, writeProblems } from './problem-file.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-repeated-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function wrote(rows: readonly unknown[]): Promise<string> {
  const file = join(directory, 'rows.jsonl');
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

test.each([
  ['a  b', 'a b', true],
  [' a b\n', 'a b', true],
  ['a\r\nb', 'a\nb', true],
  ['a\n\n\tb', 'a b', true],
  // No-break space, as web pages have it.
  ['a\u00a0b', 'a b', true],
  // é as one code point, and as e with an accent of its own.
  ['caf\u00e9', 'cafe\u0301', true],
  ['A b', 'a b', false],
  ['a b?', 'a b', false],
  ['x^2', 'x\u00b2', false],
  ['ab', 'a b', false],
])('the questions %j and %j are the same: %s', (one, other, same) => {
  expect(questionKey(one) === questionKey(other)).toBe(same);
});

describe('rows of one question', () => {
  it('with the same solution are one problem with several traces, in the order of the file', async () => {
    const file = await wrote([
      { question: 'q  1', solution: 's', reasoning_trace: 'first' },
      { question: 'other', solution: 's', reasoning_trace: 't' },
      { question: ' q 1\r\n', solution: 's\n', reasoning_trace: 'second', answer: '5' },
      { question: 'q 1', solution: 's', reasoning_trace: 'first' },
      { question: 'q 1', solution: 's' },
    ]);
    const { problems, rows } = await readProblemFile(file);
    expect(rows).toBe(5);
    expect(problems).toEqual([
      {
        id: problemHash({ question: 'q  1', solution: 's' }),
        question: 'q  1',
        solution: 's',
        answer: '5',
        reasoningTraces: ['first', 'second'],
      },
      {
        id: problemHash({ question: 'other', solution: 's' }),
        question: 'other',
        solution: 's',
        reasoningTraces: ['t'],
      },
    ]);
  });

  it('with other solutions or contradicting answers stay problems of their own', async () => {
    const rows = [
      { id: 'a', question: 'q', solution: 's', answer: '1' },
      { id: 'b', question: 'q', solution: 'by another way', answer: '1' },
      { id: 'c', question: 'q', solution: 's', answer: '2' },
    ];
    expect((await readProblems(await wrote(rows))).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('may share an id: with the same solution one problem, else the id with -2, -3', async () => {
    const rows = [
      { id: 'a', question: 'q', solution: 's', reasoning_trace: 't' },
      { id: 'a', question: 'q ', solution: 's', reasoning_trace: 'u' },
      { id: 'a', question: 'q', solution: 'z', reasoning_trace: 'v' },
      { id: 'a-2', question: 'r', solution: 's' },
    ];
    const problems = await readProblems(await wrote(rows));
    expect(problems.map(({ id, reasoningTraces }) => [id, reasoningTraces])).toEqual([
      ['a', ['t', 'u']],
      ['a-3', ['v']],
      ['a-2', undefined],
    ]);
  });

  it('are counted as one when a number of problems is asked for', async () => {
    const row = { question: 'q', solution: 's' };
    const file = await wrote([row, row, { question: 'r', solution: 's' }, { nonsense: true }]);
    expect((await readProblems(file, { first: 2 })).map(({ question }) => question)).toEqual(['q', 'r']);
  });
});

it('several traces are written as a list, one as a string, and both are read back', async () => {
  const file = await wrote([
    { id: 'a', question: 'q', solution: 's', reasoning_trace: ['t', ' ', 'u'] },
    { id: 'b', question: 'r', solution: 's', reasoning_trace: ['t'] },
    { id: 'c', question: 'v', solution: 's', reasoning_trace: ' \n' },
  ]);
  const problems = await readProblems(file);
  expect(problems.map((problem) => problemRecord(problem).reasoning_trace)).toEqual([['t', 'u'], 't', undefined]);
  await writeProblems(file, problems);
  expect(await readProblems(file)).toEqual(problems);
});

test.each([
  [0, 10, 0],
  [4, 23, 4],
  [100, 23, 11],
  [100, 1, 0],
  [0.2, 23, 5],
  [0.2, 10, 2],
  [0.01, 10, 1],
  [0.9, 10, 9],
])('heldOut: %s of %s questions holds out %s', (asked, questions, expected) => {
  expect(heldOutCount(asked, questions)).toBe(expected);
});
