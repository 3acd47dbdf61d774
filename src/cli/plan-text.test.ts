import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataOnThisMachine } from '../pipeline/inputs/known-data.js';
import { modelsOnThisMachine } from '../pipeline/inputs/known-models.js';
import { forecastMemory } from '../pipeline/memory/memory.js';
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

test('of a stage whose data are not known, the plan says so in words, and what is known of it', async () => {
  const recipe = parseRecipe({
    name: 'scored',
    models: { base: 'builtin:base' },
    data: { far: 'hf:owner/name/train', near: { source: 'task:word-problems', count: 40 } },
    stages: ['far', 'near'].map((traces) => {
      return { stage: 'score', name: `score-${traces}`, teacher: 'base', student: 'base', traces };
    }),
  });
  const data = await dataOnThisMachine(recipe);
  const memory = { stages: new Map(), unknown: new Map() };
  const models = await modelsOnThisMachine(recipe, 'absent');
  const plan = renderPlan(recipe, 10, 'plan', { ...data, models, memory });
  // A trace has at most the contexts of the two models, of 512 tokens each.
  expect(plan).toMatch(/^score-near +score +40 +- +- +- +41k +- +\S+$/m);
  expect(plan).toMatch(/^score-far +score +unknown +- +- +- +unknown +- +unknown$/m);
  expect(plan).toMatch(/^all +- +41k \+ unknown +- +\S+ \+ unknown$/m);
  expect(plan).not.toContain('?');
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
  expect(partly).toMatch(/^by-other .* unknown$/m);
  expect(partly).toMatch(/^all .* >= 0\.\d GB$/m);
  expect(partly).toContain('Memory of by-other is not known: models.other is not on this machine yet.');
  const [, unmade] = recipe.stages;
  const none = await forecastMemory({ recipe, stages: unmade === undefined ? [] : [unmade], known, hub: 'absent' });
  const without = renderPlan(recipe, 10, 'plan', { ...data, models, memory: none });
  expect(without).not.toMatch(/^stage .* memory$/m);
  expect(without).toContain('Memory of by-other is not known: models.other is not on this machine yet.');
});

describe('a plan of a run that has begun', () => {
  const recipe = parseRecipe({
    name: 'begun',
    models: { base: 'builtin:base' },
    data: { some: { source: 'task:word-problems', count: 4 } },
    stages: ['one', 'two', 'three'].map((name) => ({ stage: 'explain', name, teacher: 'base', data: 'some' })),
  });
  const memory = { stages: new Map(), unknown: new Map() };
  const planned = async (progress: { readonly done: readonly string[]; readonly begun: readonly string[] }) => {
    const data = await dataOnThisMachine(recipe);
    return (form: 'plan' | 'json') => renderPlan(recipe, 10, form, { ...data, models: new Map(), memory, ...progress });
  };

  test('says what is done and what remains, and adds up the latter', async () => {
    const all = (await planned({ done: [], begun: [] }))('plan');
    const partly = (await planned({ done: ['one', 'two'], begun: ['three'] }))('plan');
    expect(all).not.toContain('Done already');
    expect(partly).toMatch(/^one .* done$/m);
    expect(partly).toContain('Done already: one and two. What remains: three.\n');
    expect(partly).toContain('three has begun, and a run goes on where it stopped: its row is of the whole stage.\n');
    const cells = (text: string, row: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${row} `))
        ?.split(/ +/);
    expect(cells(partly, 'left')?.slice(1)).toEqual(cells(partly, 'three')?.slice(5));
    expect(cells(all, 'all')).not.toEqual(cells(partly, 'left'));
    expect(JSON.parse((await planned({ done: ['one'], begun: ['two'] }))('json')).plan.stages).toMatchObject([
      { name: 'one', state: 'done' },
      { name: 'two', state: 'begun' },
      { name: 'three', state: 'to do' },
    ]);
  });

  test('says that nothing remains where all is done', async () => {
    const text = (await planned({ done: ['one', 'two', 'three'], begun: [] }))('plan');
    expect(text).toContain('Done already: one, two and three. Nothing remains to be run.');
    expect(text).not.toContain('Time ');
  });
});

test('times say which settings they do not know, as far as planned models and engines have them', async () => {
  const planned = async (engine: object, model: object, rate?: number) => {
    const lora = { rank: 4 };
    const recipe = parseRecipe({
      name: 'faster',
      engine: { kind: 'local', ...engine },
      models: { base: { source: 'builtin:base', ...model }, unused: { source: 'builtin:base', bits: 4 } },
      data: { some: { source: 'task:word-problems', count: 4 } },
      stages: [{ stage: 'distill', student: 'base', traces: 'some', lora }],
    });
    const data = await dataOnThisMachine(recipe);
    const models = await modelsOnThisMachine(recipe, 'absent');
    const memory = { stages: new Map(), unknown: new Map() };
    return renderPlan(recipe, rate, 'plan', { ...data, models, memory });
  };
  const uncounted = (what: string) => `These times were measured in float32: what ${what} of them is not counted`;
  const integers = { integerProducts: true };
  expect(await planned({}, {})).not.toContain('not counted');
  expect(await planned(integers, {})).not.toContain('not counted');
  expect(await planned({}, { bits: 4 })).toContain(uncounted('models.base.bits changes'));
  expect(await planned(integers, { bits: 8 })).toContain(
    uncounted('models.base.bits and engine.integerProducts change'),
  );
  expect(await planned({ gradientCheckpointing: true }, {})).toContain(
    uncounted('engine.gradientCheckpointing changes'),
  );
  expect(await planned(integers, { bits: 8 }, 10)).not.toContain('not counted');
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
