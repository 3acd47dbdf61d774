import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataOnThisMachine } from '../pipeline/inputs/known-data.js';
import { temporaryFolder } from '../pipeline/testing/rlt.js';
import { parseRecipe } from '../recipe/load.js';
import { renderPlan } from './plan-text.js';

test('what lengths are estimated from is told where it is not all of the data', async () => {
  const folder = temporaryFolder();
  const rows = Array.from(
    { length: 65 },
    (_, index) => `${JSON.stringify({ question: `q${index}`, solution: 's' })}\n`,
  );
  writeFileSync(join(folder, 'some.jsonl'), rows.slice(1).join(''));
  writeFileSync(join(folder, 'more.jsonl'), rows.join(''));
  const recipe = parseRecipe({
    name: 'sampled',
    prompts: { teacher: 'Explain.', student: 'Solve.' },
    models: { base: 'builtin:base' },
    data: { some: join(folder, 'some.jsonl'), more: join(folder, 'more.jsonl') },
    stages: ['some', 'more'].map((data) => ({ stage: 'explain', name: `explain-${data}`, teacher: 'base', data })),
  });
  const data = await dataOnThisMachine(recipe);
  expect([...data.known].map(([name, { count, lengths }]) => [name, count, lengths?.measured])).toEqual([
    ['some', 64, undefined],
    ['more', 65, 64],
  ]);
  expect(renderPlan(recipe, undefined, 'plan', { ...data, memory: new Map() })).toContain(
    'Lengths are those of the first problems: 64 of more.\n',
  );
});
