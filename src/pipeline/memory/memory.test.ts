import { expect, test } from 'vitest';
import { localKind } from '../../engine/local/kind.js';
import { parseRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { dataOnThisMachine } from '../inputs/known-data.js';
import { rlt, TINY, temporaryFolder } from '../testing/rlt.js';
import { type ForecastOptions, forecastMemory, gigabytes, largestStage } from './memory.js';
import { checkMemory, judgeMemory, type VerdictOptions } from './verdict.js';

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
  // A change that leaves a tenth of it free is named before others.
  const has = thrifty / 0.89;
  expect(has).toBeLessThan(whole);
  const { problems } = await judgeMemory(forecast, given, machine(has));
  expect(problems).toHaveLength(1);
  expect(problems[0]?.field).toBe('stages.warm-up');
  expect(problems[0]?.message).toMatch(
    /^warm-up takes about 0\.\d+ GB of memory at its peak, and this machine has 0\.\d+ GB$/,
  );
  expect(problems[0]?.remedy).toMatch(
    /^Set engine\.gradientCheckpointing to true: about 0\.\d+ GB\. .*engine\.memoryMiB/,
  );
  await expect(checkMemory(given, machine(whole - 1))).rejects.toMatchObject({ code: 'recipe' });
});

test('packed weights are given up before anything else, where they are asked for', () => {
  const thrift = (settings: object) => localKind.memory?.thrift({ kind: 'local', threads: 1, ...settings }) ?? [];
  const [first, ...others] = thrift({ packedWeights: true });
  expect(first).toEqual({ packedWeights: false });
  expect(others.at(-1)).toMatchObject({ packedWeights: false, gradientCheckpointing: true });
  for (const values of thrift({})) expect(values).not.toHaveProperty('packedWeights');
});

test('where no setting helps, none is named', async () => {
  const given = await options(WARM_UP);
  const { problems } = await judgeMemory(await forecastMemory(given), given, machine(1e6));
  expect(problems[0]?.remedy).toMatch(/^No change that is known here makes it fit/);
});

test('what fits in the machine but is not free now is noted', async () => {
  const given = await options(WARM_UP);
  const { forecast, notes } = await checkMemory(given, machine(8 * GIGABYTE, 1e6));
  expect(forecast.stages.get('warm-up')?.bytesAre).toBe('an estimate');
  expect(notes).toEqual([
    expect.stringMatching(/^warm-up takes about 0\.\d GB of memory at its peak, and 0\.0 GB are free/),
  ]);
  expect((await checkMemory(given, machine(8 * GIGABYTE))).notes).toEqual([]);
});

test('an upper bound is noted, not refused', async () => {
  const given = await options(WARM_UP);
  const unread = { ...given, known: new Map() };
  const { forecast, notes } = await checkMemory(unread, machine(1e6));
  expect(forecast.stages.get('warm-up')?.bytesAre).toBe('an upper bound');
  expect(notes[0]).toMatch(/^warning: warm-up would take about .* longest sequences that its settings allow/);
});

test('memoryMiB takes the place of what the machine has, in both directions', async () => {
  const narrow = await options(WARM_UP, { memoryMiB: 64 });
  await expect(checkMemory(narrow, machine(8 * GIGABYTE))).rejects.toThrow(
    /takes about \d+ MiB .* engine\.memoryMiB allows 64 MiB/,
  );
  const wide = await options(WARM_UP, { memoryMiB: 64_000 });
  expect((await checkMemory(wide, machine(1e6, 8 * GIGABYTE))).notes).toEqual([]);
});

test('models that are not on this machine, and other engines, have no prediction, and a reason', async () => {
  const given = await options(WARM_UP);
  const models = { base: { ...given.recipe.models.base, source: 'hf:owner/name' } } as typeof given.recipe.models;
  const absent = await forecastMemory({ ...given, recipe: { ...given.recipe, models } });
  expect(absent).toEqual({
    stages: new Map(),
    unknown: new Map([['warm-up', 'models.base is not on this machine yet']]),
  });
  const engine = { kind: 'tinker', url: 'http://127.0.0.1:1' };
  const served = parseRecipe({
    name: 'served',
    engine,
    models: { base: 'builtin:base' },
    data: { train: { source: 'task:word-problems', count: 40 } },
    stages: [WARM_UP],
  });
  const elsewhere = await forecastMemory({ ...given, recipe: served, stages: served.stages });
  expect([...elsewhere.unknown]).toEqual([['warm-up', 'engine is a server, whose memory is not measured']]);
  const graphics = await options(WARM_UP, { provider: 'webgpu' });
  expect([...(await forecastMemory(graphics)).unknown.values()]).toEqual([
    'engine.provider is not cpu, of which alone memory is predicted',
  ]);
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
  expect([...forecast.stages.keys()]).toEqual(['base2', 'distill']);
});

test('dry runs and runs refuse before anything is written', async () => {
  const folder = temporaryFolder();
  for (const flags of [['--dry-run'], []]) {
    const refused = await rlt('run', TINY, '--out', `${folder}/run`, '--set', 'engine.memoryMiB=50', ...flags);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/takes about \d+ MiB of memory at its peak, and engine\.memoryMiB allows 50 MiB/);
  }
});

test('amounts that differ are never told as equal ones, and a limit is told in its own unit', async () => {
  expect(gigabytes(1.04e9, 0.96e9)).toEqual(['1.04 GB', '0.96 GB']);
  expect(gigabytes(1.0004e9, 0.9996e9)).toEqual(['1.000 GB', '1.000 GB']);
  expect(gigabytes(3e9, 3e9)).toEqual(['3.0 GB', '3.0 GB']);
  const given = await options(WARM_UP);
  const bytes = largestStage(await forecastMemory(given))?.bytes ?? Number.NaN;
  const allowed = Math.floor(bytes / 2 ** 20);
  const narrow = await options(WARM_UP, { memoryMiB: allowed });
  await expect(checkMemory(narrow)).rejects.toThrow(
    `takes about ${allowed + 1} MiB of memory at its peak, and engine.memoryMiB allows ${allowed} MiB`,
  );
});

test('one change that helps all stages is named once', async () => {
  const given = await options(WARM_UP);
  const stages = parseRecipe({
    ...JSON.parse(JSON.stringify(given.recipe)),
    stages: [WARM_UP, { ...WARM_UP, name: 'again' }, { ...WARM_UP, name: 'more' }],
  });
  const all = { ...given, recipe: stages, stages: stages.stages };
  const forecast = await forecastMemory(all);
  const { problems } = await judgeMemory(forecast, all, machine((largestStage(forecast)?.bytes ?? 0) - 1e6));
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/; .*again and more take too much as well$/),
  ]);
});

test('a begun run is told a change with which it goes on, or that none is known', async () => {
  const given = await options(WARM_UP);
  const forecast = await forecastMemory(given);
  const limit = machine((largestStage(forecast)?.bytes ?? 0) - 1e6);
  const remedy = async (goesOn: VerdictOptions['goesOn'] & object) =>
    (await judgeMemory(forecast, { ...given, goesOn }, limit)).problems[0]?.remedy;
  const sameEngine = async ({ engine }: Recipe) => JSON.stringify(engine) === JSON.stringify(given.recipe.engine);
  expect(await remedy(sameEngine)).toMatch(/^Set (?!engine)/);
  expect(await remedy(async () => false)).toMatch(/^Set engine\..* choose another directory with --out as well\./);
  expect(await remedy(async () => true)).not.toContain('--out');
});

test('where no recipe is written, changes are told as options, and none that there is no option for', async () => {
  const given = await options(WARM_UP);
  const forecast = await forecastMemory(given);
  const limit = machine((largestStage(forecast)?.bytes ?? 0) - 1e6);
  const optionOf = (path: string) => (path === 'stages.warm-up.maxTokens' ? '--max-tokens' : undefined);
  const { problems } = await judgeMemory(forecast, { ...given, optionOf }, limit);
  expect(problems[0]?.remedy).toMatch(/^Give --max-tokens \d+: about/);
});
