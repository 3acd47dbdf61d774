import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataOnThisMachine } from '../pipeline/inputs/known-data.js';
import { modelsOnThisMachine } from '../pipeline/inputs/known-models.js';
import { forecastMemory } from '../pipeline/memory.js';
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
  const memory = { stages: new Map(), unknown: new Map() };
  const models = await modelsOnThisMachine(recipe, 'absent');
  expect(renderPlan(recipe, undefined, 'plan', { ...data, models, memory })).toContain(
    'Lengths are those of the first problems: 64 of more.\n',
  );
});

test('totals say what they leave out, and a plan without memory says why', async () => {
  const recipe = parseRecipe({
    name: 'partly',
    models: { base: 'builtin:base', other: 'hf:owner/name' },
    data: { some: { source: 'task:word-problems', count: 4 } },
    stages: ['base', 'other'].map((teacher) => ({ stage: 'explain', name: `by-${teacher}`, teacher, data: 'some' })),
  });
  const data = await dataOnThisMachine(recipe);
  const { known } = data;
  const memory = await forecastMemory({ recipe, stages: recipe.stages, known, hub: 'absent' });
  const models = await modelsOnThisMachine(recipe, 'absent');
  const partly = renderPlan(recipe, 10, 'plan', { ...data, models, memory });
  expect(partly).toMatch(/^by-base .* 0\.\d GB$/m);
  expect(partly).toMatch(/^by-other .* \?$/m);
  expect(partly).toMatch(/^all .* >= 0\.\d GB$/m);
  expect(partly).toContain('Memory of by-other is not known: models.other is not on this machine yet.');
  const [, unmade] = recipe.stages;
  const none = await forecastMemory({ recipe, stages: unmade === undefined ? [] : [unmade], known, hub: 'absent' });
  const without = renderPlan(recipe, 10, 'plan', { ...data, models, memory: none });
  expect(without).not.toMatch(/^stage .* memory$/m);
  expect(without).toContain('Memory of by-other is not known: models.other is not on this machine yet.');
});

test('the time of a created model follows its architecture', async () => {
  const timeOf = async (hidden: number): Promise<string | undefined> => {
    const recipe = parseRecipe({
      name: 'made',
      data: { some: { source: 'task:word-problems', count: 4 } },
      stages: [
        { stage: 'pretrain', name: 'made', steps: 10, batch: 8, architecture: { hidden, layers: 8 } },
        { stage: 'distill', student: 'made', traces: 'some', steps: 100 },
      ],
    });
    const data = await dataOnThisMachine(recipe);
    const models = await modelsOnThisMachine(recipe, 'absent');
    const memory = { stages: new Map(), unknown: new Map() };
    const plan = renderPlan(recipe, undefined, 'plan', { ...data, models, memory });
    return plan.split('\n').find((line) => line.startsWith('all '));
  };
  expect(await timeOf(1024)).not.toBe(await timeOf(128));
});
