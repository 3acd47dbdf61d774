import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { questionKey } from '../../data/problem.js';
import { parseRecipe } from '../../recipe/load.js';
import { temporaryFolder } from '../testing/rlt.js';
import { dataFactsText } from './data-facts.js';
import { ownTraces, ProblemSource } from './problems.js';

type Rows = readonly Readonly<Record<string, unknown>>[];

function sourceOf(files: Readonly<Record<string, Rows>>, data: Readonly<Record<string, unknown>>, seed = 1) {
  const folder = temporaryFolder();
  for (const [name, rows] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  const settings = Object.entries(data).map(([name, value]) => [
    name,
    Object.assign({ source: join(folder, `${name}.jsonl`) }, value),
  ]);
  return new ProblemSource(
    parseRecipe({
      name: 'data',
      seed,
      prompts: { teacher: 'Explain.', student: 'Solve.' },
      models: { base: 'builtin:base' },
      data: Object.fromEntries(settings),
      stages: [{ stage: 'explain', teacher: 'base', data: Object.keys(data)[0] }],
    }),
  );
}

/** Twenty questions with four traces each; some rows differ from the others in white space only. */
const FOUR_TRACES: Rows = Array.from({ length: 80 }, (_, index) => ({
  question: index < 20 ? `How much is ${index} + 1?` : `How much  is ${index % 20} + 1?\n`,
  solution: `${(index % 20) + 1}`,
  reasoning_trace: `Way ${Math.floor(index / 20)}: count on.`,
}));

test('held-out questions are not trained on, though each has four rows', async () => {
  const source = sourceOf({ train: FOUR_TRACES }, { train: { heldOut: 10 } });
  const keys = async (name: string) => (await source.problems(name)).map(({ question }) => questionKey(question));
  const [main, heldOut] = [await keys('train'), await keys('train.held-out')];
  expect([main.length, heldOut.length]).toEqual([10, 10]);
  expect(main.filter((key) => heldOut.includes(key))).toEqual([]);
  const facts = await source.facts('train');
  expect(facts).toEqual({
    rows: 80,
    problems: 20,
    questions: 20,
    traces: 80,
    mostTraces: 4,
    withoutTrace: 0,
    excluded: 0,
    heldOut: 10,
    main: 10,
    heldOutProblems: 10,
  });
  expect(dataFactsText(facts)).toBe('80 rows, 20 questions with 4 traces each, 10 held out');
  const traces = ownTraces(await source.problems('train'), 'train');
  expect(traces).toHaveLength(40);
  expect(traces.slice(0, 4).map(({ sample, explanation }) => [sample, explanation])).toEqual(
    [0, 1, 2, 3].map((way) => [way, `Way ${way}: count on.`]),
  );
});

test('other solutions of a question are on its side, whatever the seed', async () => {
  const rows = Array.from({ length: 12 }, (_, index) => ({ question: `q${index % 4}`, solution: `s${index}` }));
  for (const seed of [1, 2, 3, 4]) {
    const source = sourceOf({ train: rows }, { train: { heldOut: 1 } }, seed);
    const [main, heldOut] = [await source.problems('train'), await source.problems('train.held-out')];
    expect([main.length, heldOut.length]).toEqual([9, 3]);
    expect(new Set(heldOut.map(({ question }) => question)).size).toBe(1);
    expect(main.some(({ question }) => question === heldOut[0]?.question)).toBe(false);
    expect(dataFactsText(await source.facts('train'))).toMatch(
      /^12 problems without traces, 4 distinct questions, 1 held out; 4 questions have rows with different answers/,
    );
  }
});

test('except leaves out the questions of another set, whatever their white space', async () => {
  const source = sourceOf(
    { train: FOUR_TRACES, test: [{ question: ' How much is 3 + 1?', solution: 'four' }] },
    { train: { except: ['test'] }, test: {} },
  );
  expect(await source.problems('train')).toHaveLength(19);
  expect(dataFactsText(await source.facts('train'))).toBe('80 rows, 20 questions with 4 traces each, 1 excluded');
});

test('except leaves out the held-out questions of another set, too', async () => {
  const rows = FOUR_TRACES.slice(0, 20);
  const source = sourceOf(
    { train: rows, test: rows.slice(0, 8) },
    { train: { except: ['test'] }, test: { heldOut: 4 } },
  );
  expect(await source.problems('train')).toHaveLength(12);
});

test('an id of a trace file stands for one question, whose explanations are its traces', async () => {
  const trace = { id: 'a', question: 'q', solution: 's', explanation: 'e' };
  const good = sourceOf(
    { t: [trace, { ...trace, explanation: 'f' }, { ...trace, explanation: '' }] },
    { t: { adapter: 'traces' } },
  );
  expect(await good.problems('t')).toEqual([{ id: 'a', question: 'q', solution: 's', reasoningTraces: ['e', 'f'] }]);
  expect(await good.facts('t')).toMatchObject({ rows: 3, problems: 1, traces: 2 });
  const bad = sourceOf({ t: [trace, { ...trace, question: 'r' }] }, { t: { adapter: 'traces' } });
  await expect(bad.problems('t')).rejects.toThrow(/the id a stands for two questions/);
});

test('a share is held out; a number shrinks to half of the questions, and this is printed', async () => {
  const share = sourceOf({ train: FOUR_TRACES }, { train: { heldOut: 0.2 } });
  expect(await share.problems('train.held-out')).toHaveLength(4);
  const shrunk = sourceOf({ train: FOUR_TRACES }, { train: { heldOut: 100 } });
  expect(await shrunk.problems('train.held-out')).toHaveLength(10);
  expect(await shrunk.facts('train')).toMatchObject({ heldOut: 10, heldOutAsked: 100, main: 10 });
  expect(dataFactsText(await shrunk.facts('train'))).toBe(
    '80 rows, 20 questions with 4 traces each, 10 held out instead of 100',
  );
});

test.each([
  [1, /^train has 1 distinct question; with heldOut: 1 nothing is left to hold out/],
  [0.9, /^train has 1 distinct question; with heldOut: 0\.9 nothing is left to train on/],
])('one question cannot be divided by heldOut: %s', async (heldOut, message) => {
  const source = sourceOf({ train: FOUR_TRACES.filter((_, index) => index % 20 === 0) }, { train: { heldOut } });
  await expect(source.problems('train')).rejects.toThrow(message);
});

test('the number of problems is printed if skip or limit leave some out', async () => {
  const source = sourceOf({ train: FOUR_TRACES }, { train: { skip: 2, limit: 5, heldOut: 3 } });
  expect(await source.facts('train')).toMatchObject({ main: 5, heldOut: 3 });
  expect(dataFactsText(await source.facts('train'))).toBe(
    '80 rows, 20 questions with 4 traces each, 3 held out, 5 used',
  );
});

test('traces that only some problems have are counted', async () => {
  const uneven = [
    { question: 'a', solution: 's', reasoning_trace: ['t', 'u', 'v'] },
    { question: 'b', solution: 's', reasoning_trace: 't' },
  ];
  expect(dataFactsText(await sourceOf({ train: uneven }, { train: {} }).facts('train'))).toBe(
    '2 questions with 4 traces',
  );
  const rows = [
    { question: 'a', solution: 's', reasoning_trace: 't' },
    { question: 'b', solution: 's' },
  ];
  const source = sourceOf({ train: rows }, { train: {} });
  expect(await source.facts('train')).toMatchObject({ problems: 2, traces: 1, withoutTrace: 1 });
  expect(dataFactsText(await source.facts('train'))).toBe('2 questions with 1 trace, 1 without one');
});

test('ignored columns are told, with the column that was probably meant', async () => {
  const rows = [
    { question: 'a', solution: 'b', subject: 's', reasoning_traces: 'So.' },
    { question: 'c', solution: 'd', subject: 's', reasoning_traces: 'Thus.' },
  ];
  expect(dataFactsText(await sourceOf({ train: rows }, { train: {} }).facts('train'))).toBe(
    '2 questions without traces; columns read: question, solution; ignored: reasoning_traces (did you mean reasoning_trace?), subject',
  );
  const wide = [{ question: 'a', solution: 'b', ...Object.fromEntries([...'ABEFGHIJKL'].map((key) => [key, 1])) }];
  expect(dataFactsText(await sourceOf({ train: wide }, { train: {} }).facts('train'))).toBe(
    '1 question without traces; columns read: question, solution; ignored: A, B, E, F, G, H, I, J and 2 more',
  );
});

test('columns in another case are read, and are said', async () => {
  const source = sourceOf({ train: [{ Question: 'a', solution: 'b' }] }, { train: {} });
  expect(await source.problems('train')).toMatchObject([{ question: 'a', solution: 'b' }]);
  expect(dataFactsText(await source.facts('train'))).toBe(
    '1 question without traces; columns read: Question as question, solution',
  );
});

test('a data set that is too small to hold some out says how many questions that takes', async () => {
  const one = [{ question: 'How much is 1 + 1?', solution: '2' }];
  const two = [...one, { question: 'How much is 2 + 1?', solution: '3' }];
  const refusal = (rows: Rows, heldOut: number) => sourceOf({ train: rows }, { train: { heldOut } }).list('train');
  await expect(refusal(one, 0.2)).rejects.toThrow(
    /heldOut: 0\.2 nothing is left to train on.* heldOut: 0\.2 takes 2 distinct questions or more: add 1\. To train on all instead, set heldOut to 0 and let the stages that use train\.held-out/s,
  );
  await expect(refusal(one, 5)).rejects.toThrow(
    /nothing is left to hold out.* takes 2 distinct questions or more: add 1\./s,
  );
  await expect(refusal(two, 0.8)).rejects.toThrow(
    /takes 3 distinct questions or more: add 1\. Or set a smaller share\./,
  );
  expect(await sourceOf({ train: two }, { train: { heldOut: 0.2 } }).list('train')).toHaveLength(1);
});

test('a passage that is not read is named where it leaves too few questions', async () => {
  const rows = [3, 4].map((claim) => ({
    context: `Claim ${claim} was paid ${claim}5 euros.`,
    question: 'How much was paid?',
    solution: `${claim}5`,
  }));
  await expect(sourceOf({ train: rows }, { train: { heldOut: 1 } }).list('train')).rejects.toThrow(
    /train has 1 distinct question.* different passages in the column context, which is not read: name it as passage in data\.train\.columns.* add 1\./s,
  );
  const columns = { question: 'question', passage: 'context', solution: 'solution' };
  expect(await sourceOf({ train: rows }, { train: { heldOut: 1, columns } }).list('train')).toHaveLength(1);
});

test('contradicting rows are told of the data set', async () => {
  const rows = [
    { question: 'How much is 1 + 1?', solution: '2' },
    { question: 'How much is 1 + 1?', solution: '3' },
  ];
  const facts = await sourceOf({ train: rows }, { train: {} }).facts('train');
  expect(dataFactsText(facts)).toBe(
    '2 problems without traces, 1 distinct question; 1 question has rows with different answers (lines 1 and 2: "2" and "3")',
  );
});

test('questions with answers alone are problems where stages only ask and grade them', async () => {
  const file = join(temporaryFolder(), 'asked.jsonl');
  writeFileSync(file, '{"Question": "1 + 1?", "Answer": 2}\n{"Question": "1 + 2?", "Answer": "3"}\n');
  const source = (stage: object) =>
    new ProblemSource(
      parseRecipe({
        name: 'asked',
        models: { base: 'builtin:base' },
        data: { asked: { source: file } },
        stages: [stage],
      }),
    );
  const evaluated = source({ stage: 'evaluate', students: { base: 'base' }, problems: { asked: 'asked' } });
  expect(
    (await evaluated.problems('asked')).map(({ question, solution, answer }) => [question, solution, answer]),
  ).toEqual([
    ['1 + 1?', '2', '2'],
    ['1 + 2?', '3', '3'],
  ]);
  await expect(source({ stage: 'explain', teacher: 'base', data: 'asked' }).problems('asked')).rejects.toThrow(
    /questions and answers, but no solutions.* Add a column solution.* adapter: question-answer/s,
  );
});
