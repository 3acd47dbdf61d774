import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { UsageError } from '../errors.js';
import { parseRecipe } from '../recipe/load.js';
import { loadTokenizer } from '../text/tokenizer/tokenizer.js';
import { adviceFor } from './advice/advice.js';
import { dataOnThisMachine } from './inputs/known-data.js';
import { ProblemSource } from './inputs/problems.js';
import { temporaryFolder } from './testing/rlt.js';

test('data on this machine are counted and measured, what cannot be read is named, and the hub is not asked', async () => {
  const folder = temporaryFolder();
  const traced = { question: 'Tom has 7 pears.', solution: 'The answer is 7.', reasoning_trace: 'Tom has 7 pears.' };
  const lines = (...records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeFileSync(join(folder, 'traced.jsonl'), lines(traced, { ...traced, reasoning_trace: 'Tom has pears.' }));
  writeFileSync(
    join(folder, 'bare.jsonl'),
    lines(traced, { question: 'q', solution: 's' }, { question: 'r', solution: 's' }),
  );
  const recipe = parseRecipe({
    name: 'known',
    prompts: { teacher: 'Explain.', student: 'Solve.' },
    models: { far: 'hf:owner/name', base: 'builtin:base' },
    data: {
      traced: join(folder, 'traced.jsonl'),
      bare: { source: join(folder, 'bare.jsonl'), heldOut: 1 },
      gone: join(folder, 'gone.jsonl'),
      far: 'hf:owner/name/train.jsonl',
      apart: { source: join(folder, 'traced.jsonl'), except: ['far'] },
      unused: join(folder, 'unused.jsonl'),
    },
    stages: ['traced', 'bare', 'bare.held-out', 'gone', 'far', 'apart'].map((data, index) => ({
      stage: 'explain',
      name: `explain${index}`,
      teacher: 'base',
      data,
    })),
  });
  const { known, problems, facts } = await dataOnThisMachine(recipe);
  expect([...known].map(([name, { count, traces }]) => [name, count, traces])).toEqual([
    ['traced', 1, 2],
    ['bare', 2, 2],
    ['bare.held-out', 1, 1],
  ]);
  expect(facts.get('traced')).toMatchObject({ rows: 2, problems: 1, questions: 1, traces: 2, withoutTrace: 0 });
  expect(facts.get('bare')).toMatchObject({ rows: 3, problems: 3, traces: 1, withoutTrace: 2, heldOut: 1, main: 2 });
  expect([...problems.keys()]).toEqual(['data.gone']);
  expect(problems.get('data.gone')).toBeInstanceOf(UsageError);
  expect(problems.get('data.gone')?.summary).toBe(
    'the file cannot be opened: there is no such file or directory (ENOENT)',
  );

  const tokenizer = await loadTokenizer(fileURLToPath(new URL('../../models/base', import.meta.url)));
  const length = (text: string) => tokenizer.encode(text).length;
  const lengths = known.get('traced')?.lengths;
  expect(lengths?.explanation).toBe((length('Tom has 7 pears.') + length('Tom has pears.')) / 2);
  // A teacher reads what a student reads before its answer, and the solution with the tags around it.
  expect(lengths?.teacherPrompt).toBeGreaterThan((lengths?.studentPrompt ?? Infinity) + length('The answer is 7.'));
  expect(lengths?.solution).toBeGreaterThan(length('The answer is 7.'));
  expect(lengths).toMatchObject({ explanationsAs: 'traces', unit: 'tokens' });
  // The problem with the trace is held out or not; without any, question and solution stand for it.
  const [main, heldOut] = ['bare', 'bare.held-out'].map((name) => known.get(name)?.lengths);
  expect([main?.explanationsAs, heldOut?.explanationsAs].sort()).toEqual(['question and solution', 'traces']);
  const untraced = [main, heldOut].find((found) => found?.explanationsAs === 'question and solution');
  expect(untraced?.explanation).toBe(length('q') + length('s'));
});

test('without a tokenizer on this machine, lengths are estimated from bytes', async () => {
  const folder = temporaryFolder();
  const [question, solution] = ['q'.repeat(70), 's'.repeat(35)];
  writeFileSync(join(folder, 'pairs.jsonl'), `${JSON.stringify({ question, solution })}\n`);
  const recipe = parseRecipe({
    name: 'known',
    prompts: { teacher: 'e'.repeat(14), student: 'a'.repeat(7) },
    models: { far: 'hf:owner/name' },
    data: { pairs: join(folder, 'pairs.jsonl') },
    stages: [{ stage: 'explain', teacher: 'far', data: 'pairs' }],
  });
  expect((await dataOnThisMachine(recipe)).known.get('pairs')?.lengths).toEqual({
    teacherPrompt: 34,
    studentPrompt: 22,
    explanation: 30,
    solution: 10,
    explanationsAs: 'question and solution',
    unit: 'bytes',
  });
});

test('texts of hundreds of thousands of characters are measured by their beginning', async () => {
  const folder = temporaryFolder();
  const long = 'Tom has 7 pears. He finds 5 more pears and eats 2 of them.\n'.repeat(5_000);
  writeFileSync(join(folder, 'long.jsonl'), JSON.stringify({ question: 'How many?', solution: long }));
  const recipe = parseRecipe({
    name: 'long',
    models: { base: 'builtin:base' },
    data: { long: join(folder, 'long.jsonl') },
    stages: [{ stage: 'explain', teacher: 'base', data: 'long' }],
  });
  const lengths = (await dataOnThisMachine(recipe)).known.get('long')?.lengths;
  const tokens = (await loadTokenizer(fileURLToPath(new URL('../../models/base', import.meta.url)))).encode(
    long,
  ).length;
  expect(Math.abs((lengths?.solution ?? 0) / tokens - 1)).toBeLessThan(0.01);
  expect(Math.abs((lengths?.teacherPrompt ?? 0) / tokens - 1)).toBeLessThan(0.01);
});

const row = (i: number, question = `Ann has ${i} shells. Ann finds 3 more shells. How many shells are there?`) => ({
  question,
  solution: `The answer is ${i + 3}.`,
  reasoning_trace: question,
});

function recipeOn(name: string, rows: readonly object[]) {
  const source = join(temporaryFolder(), `${name}.jsonl`);
  writeFileSync(source, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return parseRecipe({
    name,
    models: { base: 'builtin:base' },
    data: { train: { source } },
    stages: [{ stage: 'warm-up', teacher: 'base', data: 'train', minSteps: 100 }],
  });
}

const rows = Array.from({ length: 12 }, (_, i) => row(i));
const withLongOne = [...rows, row(12, 'long '.repeat(400_000))];

test('one text of megabytes among the rows does not stand for the others in the estimates', async () => {
  const lengths = async (given: readonly object[], name: string) =>
    (await dataOnThisMachine(recipeOn(name, given))).known.get('train')?.lengths;
  const [usual, mixed] = [await lengths(rows, 'usual'), await lengths(withLongOne, 'mixed')];
  for (const of of ['teacherPrompt', 'studentPrompt', 'explanation'] as const) {
    expect(mixed?.[of]).toBeGreaterThan(usual?.[of] ?? Number.NaN);
    expect(mixed?.[of]).toBeLessThan(1.7 * (usual?.[of] ?? Number.NaN));
  }
});

test('nor does it hide that the bundled model does not know the words of the others', async () => {
  const foreign = Array.from({ length: 12 }, (_, i) =>
    row(i, `Quarterly depreciation schedule ${i}, amortised linearly?`),
  );
  const advice = async (given: readonly object[], name: string) => {
    const recipe = recipeOn(name, given);
    const source = new ProblemSource(recipe);
    return (
      await adviceFor(
        recipe,
        recipe.stages,
        (reference) => source.problems(reference),
        (set) => source.facts(set),
      )
    ).join('\n');
  };
  const warning = /the bundled model .* knows only short word problems/;
  expect(await advice(foreign, 'foreign')).toMatch(warning);
  expect(await advice([...foreign, row(12, 'Ann has 5 shells. '.repeat(50_000))], 'foreign-and-long')).toMatch(warning);
  expect(await advice(rows, 'known')).not.toMatch(warning);
});
