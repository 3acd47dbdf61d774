import { expect, test } from 'vitest';
import { parseRecipe } from '../recipe/load.js';
import { dataOnThisMachine } from './inputs/known-data.js';
import { checkMemory, type ForecastOptions, forecastMemory, judgeMemory, largestStage } from './memory.js';
import { rlt, TINY, temporaryFolder } from './testing/rlt.js';

const GIGABYTE = 1e9;

async function options(stage: object, engine: object = {}): Promise<ForecastOptions> {
  const recipe = parseRecipe({
    name: 'checked',
    engine: { kind: 'local', threads: 1, ...engine },
    models: { base: 'builtin:base' },
    data: { train: { source: 'task:word-problems', count: 40 } },
    stages: [stage],
  });
  return { recipe, stages: recipe.stages, known: (await dataOnThisMachine(recipe)).known, hub: 'absent' };
}

const WARM_UP = { stage: 'warm-up', teacher: 'base', data: 'train', batch: 64, maxTokens: 200 };
const machine = (total: number, available = total) => ({ total, available });

test('a stage that takes more than there is is refused, with the setting that the prediction says fits', async () => {
  const given = await options(WARM_UP);
  const forecast = await forecastMemory(given);
  const whole = largestStage(forecast)?.bytes ?? Number.NaN;
  const thrifty =
    largestStage(await forecastMemory(await options(WARM_UP, { gradientCheckpointing: true })))?.bytes ?? 0;
  expect(thrifty).toBeLessThan(whole);
  const { problems } = await judgeMemory(forecast, given, machine((whole + thrifty) / 2));
  expect(problems).toHaveLength(1);
  expect(problems[0]?.field).toBe('stages.warm-up');
  expect(problems[0]?.message).toMatch(
    /^warm-up takes about 0\.\d GB of memory at its peak, and this machine has 0\.\d GB$/,
  );
  expect(problems[0]?.remedy).toMatch(
    /^Set engine\.gradientCheckpointing to true: about 0\.\d GB\. .*engine\.memoryMiB/,
  );
  await expect(checkMemory(given, machine(whole - 1))).rejects.toMatchObject({ code: 'recipe' });
});

test('where no setting helps, none is named', async () => {
  const given = await options(WARM_UP);
  const { problems } = await judgeMemory(await forecastMemory(given), given, machine(1e6));
  expect(problems[0]?.remedy).toMatch(/^No setting alone makes it fit/);
});

test('what fits in the machine but is not free now is noted', async () => {
  const given = await options(WARM_UP);
  const { forecast, notes } = await checkMemory(given, machine(8 * GIGABYTE, 1e6));
  expect(forecast.get('warm-up')?.bytesAre).toBe('an estimate');
  expect(notes).toEqual([
    expect.stringMatching(/^warm-up takes about 0\.\d GB of memory at its peak, and 0\.0 GB are free/),
  ]);
  expect((await checkMemory(given, machine(8 * GIGABYTE))).notes).toEqual([]);
});

test('an upper bound is noted, not refused', async () => {
  const given = await options(WARM_UP);
  const unread = { ...given, known: new Map() };
  const { forecast, notes } = await checkMemory(unread, machine(1e6));
  expect(forecast.get('warm-up')?.bytesAre).toBe('an upper bound');
  expect(notes[0]).toMatch(/^warning: warm-up would take about .* longest sequences that its settings allow/);
});

test('memoryMiB takes the place of what the machine has, in both directions', async () => {
  const narrow = await options(WARM_UP, { memoryMiB: 64 });
  await expect(checkMemory(narrow, machine(8 * GIGABYTE))).rejects.toThrow(/engine\.memoryMiB allows 0\.1 GB/);
  const wide = await options(WARM_UP, { memoryMiB: 64_000 });
  expect((await checkMemory(wide, machine(1e6, 8 * GIGABYTE))).notes).toEqual([]);
});

test('models that are not on this machine, and other engines, have no prediction', async () => {
  const given = await options(WARM_UP);
  const models = { base: { ...given.recipe.models.base, source: 'hf:owner/name' } } as typeof given.recipe.models;
  expect(await forecastMemory({ ...given, recipe: { ...given.recipe, models } })).toEqual(new Map());
  const engine = { kind: 'tinker', url: 'http://127.0.0.1:1' };
  const served = parseRecipe({
    name: 'served',
    engine,
    models: { base: 'builtin:base' },
    data: { train: { source: 'task:word-problems', count: 40 } },
    stages: [WARM_UP],
  });
  expect(await forecastMemory({ ...given, recipe: served, stages: served.stages })).toEqual(new Map());
});

test('a later stage on a model that an earlier one creates or adapts has its shape', async () => {
  const given = await options({ stage: 'pretrain', steps: 1, batch: 4, maxTokens: 64, name: 'base2' });
  const distill = { stage: 'distill', student: 'base2', traces: 'train', lora: {} };
  const recipe = parseRecipe({
    name: 'made',
    engine: { kind: 'local', threads: 1 },
    data: { train: { source: 'task:word-problems', count: 40 } },
    stages: [{ stage: 'pretrain', steps: 1, batch: 4, maxTokens: 64, name: 'base2' }, distill],
  });
  const forecast = await forecastMemory({ ...given, recipe, stages: recipe.stages });
  expect([...forecast.keys()]).toEqual(['base2', 'distill']);
});

test('dry runs and runs refuse before anything is written', async () => {
  const folder = temporaryFolder();
  for (const flags of [['--dry-run'], []]) {
    const refused = await rlt('run', TINY, '--out', `${folder}/run`, '--set', 'engine.memoryMiB=50', ...flags);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/takes about 0\.\d GB of memory at its peak, and engine\.memoryMiB allows 0\.1 GB/);
  }
});
