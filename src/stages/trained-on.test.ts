import { describe, expect, it } from 'vitest';
import type { Problem } from '../data/problem.js';
import { problemList } from '../data/sequences/problem-list.js';
import { OverlapFinder, overlapNotes, type TrainingQuestions } from './trained-on.js';

const problem = (question: string, solution = 's'): Problem => ({ id: `${question} ${solution}`, question, solution });
const trained = (data: string, ...questions: readonly string[]): TrainingQuestions => ({
  data,
  key: data,
  questions: () => questions,
});

describe('the problems of a set that are trained on', () => {
  const asked = problemList(
    ['What is 1?', 'What is 2?', 'What is 3?', 'What is 2?'].map((one, i) => problem(one, `${i}`)),
  );

  it.each([
    [['What is 2?'], [1, 3], false],
    [['  What\n is   3? '], [2], false],
    [['what IS 1?'], [0], true],
    [['what IS 1?', 'What is 3?'], [0, 2], false],
    [['What is 4?', 'What is 1'], [], true],
    [[], [], true],
  ])('are those of the same question, whatever its case and white space: %j', (questions, indices, isByCaseOnly) => {
    expect(new OverlapFinder(asked).among([trained('train', ...questions)])).toEqual({
      indices,
      data: indices.length === 0 ? [] : ['train'],
      isByCaseOnly,
      isElsewhere: false,
    });
  });

  it('are found in a hundred thousand questions, each gone through once', () => {
    const many = problemList(Array.from({ length: 1000 }, (_, i) => problem(`What is ${i * 1000}?`)));
    let passes = 0;
    const questions = {
      data: 'train',
      key: 'train',
      *questions() {
        passes++;
        for (let i = 0; i < 100_000; i++) yield `What is ${i}?`;
      },
    };
    const finder = new OverlapFinder(many);
    const expected = Array.from({ length: 100 }, (_, i) => i);
    for (const _ of ['one student', 'another']) expect(finder.among([questions]).indices).toEqual(expected);
    expect(passes).toBe(1);
  });
});

describe('the warning', () => {
  const asked = problemList([problem('a'), problem('b'), problem('c')]);
  const notesOf = (reference: string, of: Readonly<Record<string, readonly TrainingQuestions[]>>, name = 'new') =>
    overlapNotes(
      Object.fromEntries(Object.keys(of).map((student) => [student, student])),
      [{ level: 'new', name, reference, asked }],
      async (model) => of[model] ?? [],
    );

  it('names rows, data and students, those with the same rows together', async () => {
    const both = [trained('train', 'a', 'c')];
    expect(await notesOf('test', { base: [], one: both, two: both, three: [trained('more', 'b')] })).toEqual([
      'warning: 2 of 3 problems of new (rows 1 and 3) are also in train, on which one and two were trained: accuracies on these say little of new problems. Add train to data.test.except',
      'warning: 1 of 3 problems of new (row 2) are also in more, on which three was trained: accuracies on these say little of new problems. Add more to data.test.except',
    ]);
  });

  it.each([
    ['train', ['a'], 'Set data.train.heldOut, for example to 0.2, and evaluate on train.held-out'],
    ['other.held-out', ['a'], 'Add other to data.train.except'],
    ['benchmark:gsm8k', ['a'], "Define the benchmark's problems as a data set too, and name it in data.train.except"],
    ['test', ['A'], 'Take them out of one of the two files'],
  ])('says what to do where %s is evaluated on', async (reference, questions, remedy) => {
    expect((await notesOf(reference, { one: [trained('train', ...questions)] })).join()).toContain(remedy);
  });

  it('calls problems in place of those of a benchmark by their file', async () => {
    const [note] = await notesOf('benchmark:gsm8k', { one: [trained('train', 'a')] }, 'mine.jsonl');
    expect(note).toMatch(/^warning: 1 of 3 problems of mine\.jsonl \(row 1\) are also in train/);
    expect(note).toContain('Define mine.jsonl as a data set too, and name it in data.train.except');
  });

  it('is not given where nothing is trained on', async () => {
    expect(await notesOf('test', { one: [trained('train', 'd')], two: [] })).toEqual([]);
  });
});
