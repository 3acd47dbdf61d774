import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { savedSizes } from '../engine/model-files.js';
import { parseRecipe } from '../recipe/load.js';
import { checkDisk, type DiskOptions, diskText, forecastDisk, type ModelWriting, modelBytes } from './disk.js';
import { dataOnThisMachine } from './inputs/known-data.js';
import { builtinDirectory } from './inputs/models.js';
import { rlt, temporaryFolder } from './testing/rlt.js';

const SIZES = { model: 10, state: 30, reference: 10 };
const WRITING: ModelWriting = {
  sizes: SIZES,
  steps: 20,
  checkpointEvery: 10,
  keepEvery: null,
  keepsBest: false,
  isCreated: false,
  isSampledElsewhere: false,
};

test.each<[string, Partial<ModelWriting>, { stays: number; most: number }]>([
  ['no checkpoint after the last step', { steps: 10 }, { stays: 10, most: 10 }],
  ['one checkpoint beside the model', {}, { stays: 10, most: 50 }],
  ['two checkpoints beside the model', { steps: 30 }, { stays: 10, most: 90 }],
  ['a third while it takes the place of the first', { steps: 40 }, { stays: 10, most: 120 }],
  ['kept models stay', { steps: 30, keepEvery: 7 }, { stays: 50, most: 130 }],
  ['the best state, and the one in its place', { keepsBest: true }, { stays: 10, most: 100 }],
  ['the first weights of a created model', { steps: 10, isCreated: true }, { stays: 20, most: 20 }],
  ['two folders of a sampler', { steps: 10, isSampledElsewhere: true }, { stays: 30, most: 30 }],
])('%s', (_, changed, bytes) => {
  expect(modelBytes({ ...WRITING, ...changed })).toEqual(bytes);
});

test('the sizes of what is saved follow from shapes', async () => {
  const shape = { directory: builtinDirectory('base') };
  const weights = statSync(join(shape.directory, 'model.safetensors')).size;
  const lora = { rank: 2, targets: ['q_proj'] } as const;
  const sizes = (training: NonNullable<Parameters<typeof savedSizes>[0]['training']>, adapter?: typeof lora) =>
    savedSizes({ shape, training, adapter, calls: [] });
  const whole = await sizes({ lora: null, reference: 'blend' });
  expect((whole?.reference ?? 0) / weights).toBeCloseTo(1, 2);
  expect(whole).toMatchObject({ state: 3 * (whole?.reference ?? 0) });
  // The tokenizer goes along.
  expect((whole?.model ?? 0) - (whole?.reference ?? 0)).toBe(23524 + 1885);
  // Four layers of 128 by 128.
  const adapter = 4 * 4 * 2 * (128 + 128);
  expect(await sizes({ lora, reference: 'copy' })).toEqual({ model: adapter, state: 3 * adapter, reference: adapter });
  // What blends is the parameter that the adapted matrix lies in: queries, keys and values.
  expect(await sizes({ lora, reference: 'blend' }, lora)).toMatchObject({ reference: 4 * 4 * 128 * (128 + 64 + 64) });
  expect(await sizes({ lora, reference: 'none' }, { ...lora, rank: 3 } as unknown as typeof lora)).toEqual({
    model: whole?.model,
    state: 3 * adapter,
    reference: 0,
  });
  expect(await savedSizes({ shape, calls: [] })).toBeUndefined();
});

async function options(stages: readonly object[], changed: Partial<DiskOptions> = {}): Promise<DiskOptions> {
  const recipe = parseRecipe({
    name: 'written',
    engine: { kind: 'local', threads: 1 },
    models: { base: 'builtin:base' },
    data: { train: { source: 'task:word-problems', count: 40 } },
    stages,
  });
  const { known } = await dataOnThisMachine(recipe);
  return { recipe, stages: recipe.stages, known, hub: 'absent', runDirectory: temporaryFolder(), ...changed };
}

const WARM_UP = { stage: 'warm-up', teacher: 'base', data: 'train', steps: 40, checkpointEvery: 10 };
const TEACH = { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'train', steps: 40, keepEvery: 10 };

test('a run that does not fit is refused with both figures and what would make it smaller', async () => {
  const given = await options([WARM_UP, TEACH]);
  const { most, stays } = await forecastDisk(given);
  expect(most).toBeGreaterThan(stays);
  const refused = await checkDisk({ ...given, free: most - 2e6 }).catch((error: unknown) => String(error));
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  expect(refused).toContain(
    `the run takes about ${megabytes(most)} on the disk at the most (in teach), and ${megabytes(most - 2e6)} are free there`,
  );
  for (const name of ['--out', 'stages.teach.keepEvery', 'stages.teach.rollouts', 'lora to {} in warm-up and teach'])
    expect(refused).toContain(name);
  expect(refused).toContain('A larger checkpointEvery does not help');
  expect(diskText(await checkDisk({ ...given, free: most }))).toBe(
    `about ${megabytes(stays)}, and about ${megabytes(most)} on the way (in teach); ${megabytes(most)} are free there`,
  );
});

test('stages that are done take nothing more, and what a begun one has is not counted twice', async () => {
  const given = await options([WARM_UP, TEACH]);
  const whole = await forecastDisk(given);
  const [, teach] = given.recipe.stages;
  if (teach === undefined) throw new Error('no second stage');
  const left = await forecastDisk({ ...given, stages: [teach] });
  expect(left.most).toBeLessThan(whole.most);
  const checkpoint = join(given.runDirectory, 'stages', '02-teach', 'checkpoint-10');
  mkdirSync(checkpoint, { recursive: true });
  writeFileSync(join(checkpoint, 'state.safetensors'), Buffer.alloc(5_000_000));
  expect((await forecastDisk({ ...given, stages: [teach] })).most).toBe(left.most - 5_000_000);
});

test('engines elsewhere keep their models, and models that are not here are named', async () => {
  const given = await options([WARM_UP]);
  const tinker = { ...JSON.parse(JSON.stringify(given.recipe)), engine: { kind: 'tinker', url: 'http://127.0.0.1:1' } };
  const elsewhere = await forecastDisk({ ...given, recipe: parseRecipe(tinker) });
  expect(elsewhere.most).toBeLessThan(1e6);
  expect(elsewhere.unknown.size).toBe(0);
  const models = { base: { ...given.recipe.models.base, source: 'hf:owner/name' } } as typeof given.recipe.models;
  expect([...(await forecastDisk({ ...given, recipe: { ...given.recipe, models } })).unknown]).toEqual([
    ['warm-up', 'models.base is not on this machine yet'],
  ]);
});

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((total, entry) => {
    const path = join(folder, entry.name);
    return total + (entry.isDirectory() ? bytesIn(path) : statSync(path).size);
  }, 0);
}

test('what the engine saves has these sizes', async () => {
  const folder = temporaryFolder();
  const shape = { directory: builtinDirectory('base') };
  const engine = await openLocalEngine({ threads: 1 });
  const lora = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'] } as const;
  for (const [form, name] of [
    [null, 'full'],
    [lora, 'adapter'],
  ] as const) {
    const model = { kind: 'directory', ...shape } as const;
    const policy = await engine.train(model, form === null ? {} : { lora: { ...form, seed: 1 } });
    const reference = await policy.freeze();
    await policy.blendInto(reference, 0.5);
    for (const [what, saved] of [
      ['model', policy.save(join(folder, name, 'model'))],
      ['state', policy.saveState(join(folder, name, 'state'))],
      ['reference', reference.saveState(join(folder, name, 'reference'))],
    ] as const) {
      await saved;
      const sizes = await savedSizes({ shape, training: { lora: form, reference: 'blend' }, calls: [] });
      const ratio = bytesIn(join(folder, name, what)) / (sizes?.[what] ?? Number.NaN);
      expect(ratio, `${name} ${what}`).toBeGreaterThanOrEqual(1);
      // Headers and manifests are the more of small adapters.
      expect(ratio, `${name} ${what}`).toBeLessThan(1.15);
    }
  }
  await engine.close();
});

test('a dry run and the start of a run say what is written, and the run takes that', async () => {
  const folder = temporaryFolder();
  const [recipe, out] = [join(folder, 'made.yaml'), join(folder, 'run')];
  const pretrain = { stage: 'pretrain', steps: 3, batch: 2, maxTokens: 64, vocabulary: { documents: 200 } };
  writeFileSync(recipe, JSON.stringify({ name: 'made', engine: { kind: 'local', threads: 1 }, stages: [pretrain] }));
  const planned = await rlt('run', recipe, '--out', out, '--dry-run');
  expect(planned.stdout).toMatch(/^On the disk: about 7 MB; \S+ [GM]B are free there\.$/m);
  const json = await rlt('run', recipe, '--out', out, '--dry-run', '--json');
  const { stays, most, free } = JSON.parse(json.stdout).plan.disk;
  expect(most).toBeGreaterThanOrEqual(stays);
  expect(free).toBeGreaterThan(most);
  const ran = await rlt('run', recipe, '--out', out);
  expect(ran.stderr).toMatch(/disk: about 7 MB; /);
  expect(Math.abs(stays / bytesIn(out) - 1)).toBeLessThan(0.1);
});
