import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseRecipe } from '../../recipe/load.js';
import { adviceFor } from '../advice.js';
import { dataOnThisMachine } from './known-data.js';
import { ProblemSource } from './problems.js';

const scratch = mkdtempSync(join(tmpdir(), 'rlt-known-data-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const row = (i: number, question = `Ann has ${i} shells. Ann finds 3 more shells. How many shells are there?`) => ({
  question,
  solution: `The answer is ${i + 3}.`,
  reasoning_trace: question,
});

function recipeOn(name: string, rows: readonly object[]) {
  const source = join(scratch, `${name}.jsonl`);
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
    return (await adviceFor(recipe, recipe.stages, (reference) => source.problems(reference))).join('\n');
  };
  const warning = /the bundled model .* knows only short word problems/;
  expect(await advice(foreign, 'foreign')).toMatch(warning);
  expect(await advice([...foreign, row(12, 'Ann has 5 shells. '.repeat(50_000))], 'foreign-and-long')).toMatch(warning);
  expect(await advice(rows, 'known')).not.toMatch(warning);
});
