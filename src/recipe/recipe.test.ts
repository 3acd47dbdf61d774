import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecipeError, RltError, UsageError } from '../errors.js';
import type { StageKind } from '../stages/definition/kinds.js';
import { STAGES, type StageOf } from '../stages/index.js';
import { recipeDocumentation } from './documentation.js';
import { stageIdentities } from './identity.js';
import { findRecipe, loadRecipe, parseRecipe, renderRecipe, shippedRecipeNames } from './load.js';
import { RESERVED_FLAGS, stageOptions } from './options.js';
import { planRecipe } from './plan.js';
import type { Recipe } from './schema.js';
import { parseDataSource, parseModelSource } from './sources.js';
import { recipeFiles, SMALL } from './testing/recipe-files.js';

const { directory, write } = recipeFiles();

async function problemsOf(file: string, overrides: readonly string[] = []) {
  const error = await loadRecipe(file, overrides).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RecipeError)) throw new Error(`no RecipeError but ${String(error)}`);
  return error.problems;
}

test('every problem of a recipe is reported at once, with line, column, field and remedy', async () => {
  const file = write(
    'bad.yaml',
    `name: bad
engine: { kind: local, threds: 3 }
models:
  a: builtin:bse
data:
  t: { source: "task:word-problems", level: hader }
stages:
  - stage: teech
  - stage: teach
    teacher: a
    data: tt
    samples: 1
    sampling: { temperature: hot, maxTokens: 1.5 }
    reward: { kl: { men: 3 }, estimator: k2 }
  - stage: evaluate
    students: {}
    problems: { "a b": t }
  - name: nothing
  - 3
`,
  );
  const problems = await problemsOf(file);
  const listed = problems.map(({ line, column, field, message }) => `${line}:${column} ${field}: ${message}`);
  expect(listed).toEqual([
    '2:24 engine.threds: unknown key "threds"',
    '4:6 models.a.source: there is no builtin:bse',
    '6:45 data.t.level: word-problems has no level "hader"',
    '8:12 stages.teech.stage: must be one of pretrain, warm-up, teach, explain, score, distill, reinforce, evaluate, not "teech"',
    '9:5 stages.teach.student: "student" is missing',
    expect.stringMatching(/^11:11 stages\.teach\.data: "tt" is not a data set/),
    '12:14 stages.teach.samples: must be at least 2, not 1',
    '13:30 stages.teach.sampling.temperature: must be a number, 0 or more, at most 10, not "hot"',
    '13:46 stages.teach.sampling.maxTokens: must be a whole number, 1 or more, not 1.5',
    '14:21 stages.teach.reward.kl.men: unknown key "men"',
    '14:42 stages.teach.reward.estimator: must be one of k1, k3, not "k2"',
    '16:15 stages.evaluate.students: names no model',
    expect.stringMatching(/^17:17 stages\.evaluate\.problems\.a b: "a b" is not a valid name/),
    '18:5 stages.nothing.stage: "stage" is missing',
    '19:5 stages.4: must be a map (key: value), not 3',
  ]);
  const slips = await problemsOf(file, ['stages.teach.samples=1e15', 'stages.teach.prompts=1e9']);
  expect(slips.map(({ message }) => message)).toEqual(
    expect.arrayContaining([expect.stringMatching(/at most 1048576/), expect.stringMatching(/at most 65536/)]),
  );
  const remedies = Object.fromEntries(problems.map(({ field, remedy }) => [field, remedy]));
  expect(remedies['engine.threds']).toBe('Did you mean "threads"?');
  expect(remedies['models.a.source']).toBe('Did you mean "base"?');
  expect(remedies['stages.teech.stage']).toBe('Did you mean "teach"?');
  expect(remedies['stages.teach.reward.kl.men']).toBe('Did you mean "mean"?');
  expect(remedies['stages.teach.data']).toBe('Did you mean "t"? Available: t.');
  expect(problems.every((problem) => problem.file?.endsWith('bad.yaml'))).toBe(true);
});

test('what stands in the wrong place is told its right one', async () => {
  const base = write(
    'base.yaml',
    `name: base
models: { base: "builtin:base" }
data: { train: { source: "task:word-problems" } }
stages:
  - { stage: warm-up, teacher: base, data: train }
  - { stage: teach, teacher: warm-up, student: base, data: train }
`,
  );
  const remediesOf = async (file: string, set: readonly string[] = []) =>
    (await problemsOf(file, set)).map(({ field, remedy }) => `${field}: ${remedy}`);
  expect(await remediesOf(base, ['teach.steps=4'])).toEqual(['teach: Did you mean "stages.teach"?']);
  expect(await remediesOf(base, ['stages.teach.learningRate=1e-3'])).toEqual([
    'stages.teach.learningRate: Did you mean "optimiser.learningRate"?',
  ]);
  const replacing = write(
    'replacing.yaml',
    'extends: base.yaml\nstages: [{ stage: teach, steps: 4 }, { stage: distill }]\n',
  );
  const missing = await remediesOf(replacing);
  expect(missing[0]).toMatch(
    /^stages\.teach\.teacher: .*To change one of them: set: \{ stages\.teach\.KEY: VALUE \}\.$/,
  );
  expect(missing.filter((line) => /stages\.distill/.test(line)).join()).not.toMatch(/takes the place/);
  for (const temperature of ['1e-320', '1e-7'])
    expect(await problemsOf(base, [`stages.teach.sampling.temperature=${temperature}`])).toEqual([
      expect.objectContaining({ message: 'must be 0 or at least 0.000001' }),
    ]);
});

test('invalid YAML is reported where it occurs, and so is a duplicate key', async () => {
  const problems = await problemsOf(write('x.yaml', 'name: a\nname: b\nstages: [\n'));
  expect(problems[0]).toMatchObject({ line: 2, column: 1 });
  expect(problems[0]?.message).toMatch(/^invalid YAML: the key "name" is there twice/);
  expect((await problemsOf(write('y.yaml', '- 1\n')))[0]?.message).toBe('a recipe must be a map (key: value)');
  expect((await problemsOf(write('z.yaml', '')))[0]?.message).toBe('a recipe must be a map (key: value)');
});

test('aliases cannot blow up a recipe', async () => {
  const levels = Array.from({ length: 9 }, (_, i) => `k${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
  const bomb = ['k0: &a0 x', ...levels].join('\n');
  expect((await problemsOf(write('bomb.yaml', bomb))).some(({ message }) => /more than \d+ values/.test(message))).toBe(
    true,
  );
});

test('a reference to a missing artifact is told what is available, and why a known name does not fit', async () => {
  const file = write(
    'refs.yaml',
    `name: refs
models: { base: "builtin:base" }
data: { train: { source: train.jsonl, heldOut: 5 } }
stages:
  - { stage: teach, teacher: warmup, student: later, data: train }
  - { stage: explain, name: traces, teacher: teach, data: train.held-out }
  - { stage: distill, name: later, student: traces, traces: later }
  - { stage: warm-up, name: traces, teacher: base, data: train.heldout }
  - { stage: evaluate, students: { a: base }, problems: { x: "benchmark:aime24", y: nowhere, z: "benchmark:own" } }
`,
  );
  const remedies = (await problemsOf(file)).map(({ field, remedy }) => `${field}: ${remedy}`);
  expect(remedies).toEqual([
    'stages.teach.teacher: Available: base.',
    'stages.teach.student: That stage comes later; a stage can only use artifacts of earlier stages.',
    'stages.later.student: The stage "traces" leaves traces. Available: base, teach.',
    'stages.later.traces: A stage cannot use its own artifact.',
    'stages.3.name: Give each stage a unique name.',
    'stages.3.data: Did you mean "train.held-out"? Available: train, train.held-out.',
    'stages.evaluate.problems.y: Available: train, train.held-out.',
    'stages.evaluate.problems.z: The benchmarks: aime24, math500, gpqa-diamond, gsm8k, countdown, word-problems. Problems of your own go under data, or into a YAML file of a benchmark (docs/evaluation.md).',
  ]);
});

test('defaults are the released settings', async () => {
  const recipe = await loadRecipe(write('small.yaml', SMALL));
  const [warmUp, teach] = recipe.stages as readonly [StageOf<'warm-up'>, StageOf<'teach'>];
  expect(warmUp).toMatchObject({ epochs: 10, batch: 16, maxTokens: 16384 });
  expect(warmUp.optimiser).toMatchObject({
    learningRate: 1e-5,
    schedule: 'cosine',
    warmUp: 0.05,
    weightDecay: 1e-4,
    beta2: 0.95,
  });
  expect(teach).toMatchObject({ steps: 125, prompts: 16, samples: 64, beta: 0.04, lora: null });
  expect(teach.reward).toMatchObject({
    temperature: 0.7,
    estimator: 'k1',
    solution: { mean: 1, min: 0.01 },
    kl: { mean: 3, max: 0.03 },
  });
  expect(teach.optimiser).toMatchObject({
    learningRate: 1e-6,
    schedule: 'constant',
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    clipNorm: 1,
  });
  expect(teach.reference).toEqual({ update: 'blend', everySteps: 32, share: 0.9 });
});

test.each(['31.1.2026', '2026-13-01', 2026])('%j is no date of a recipe, which is shown one', async (date) => {
  const file = write('dated.yaml', `${SMALL}\nprompts: { date: ${JSON.stringify(date)} }\n`);
  await expect(loadRecipe(file)).rejects.toThrow(
    `date must be a date as YYYY-MM-DD, such as 2026-01-31, not ${JSON.stringify(date)}`,
  );
});

test('overrides are typed by the schema, address stages by name or number, and create missing maps', async () => {
  const file = write('small.yaml', SMALL);
  const recipe = await loadRecipe(file, [
    'description=42',
    'stages.teach.steps=7',
    'stages.0.lora={rank: 4}',
    'stages.teach.reward.kl.mean=0',
    'models.base.parameters=1e6',
    'data.train=task:countdown',
    'seed=9',
  ]);
  expect(recipe.description).toBe('42');
  expect(recipe.seed).toBe(9);
  expect(recipe.models.base).toMatchObject({ source: 'builtin:base', parameters: 1e6 });
  expect(recipe.data.train?.source).toBe('task:countdown');
  expect(recipe.stages[0]).toMatchObject({ lora: { rank: 4, alpha: 32 } });
  expect(recipe.stages[1]).toMatchObject({ steps: 7, reward: { kl: { mean: 0, max: 0.03 } } });

  const problems = await problemsOf(file, [
    'stages.teech.steps=1',
    'stages.teach.stpes=1',
    'stages.7.steps=1',
    'stages.teach=4',
    'seed=x',
    'name=7',
  ]);
  expect(problems.map(({ file: place, field, remedy }) => [place, field, remedy])).toEqual([
    ['--set stages.teech.steps=1', 'stages.teech.steps', 'Did you mean "teach"?'],
    ['--set stages.7.steps=1', 'stages.7.steps', 'The items of stages: warm-up, teach.'],
    ['--set stages.teach=4', 'stages.teach', 'Name one of them: stages.teach.SETTING=VALUE.'],
    ['--set name=7', 'name', undefined],
    ['--set seed=x', 'seed', undefined],
    ['--set stages.teach.stpes=1', 'stages.teach.stpes', 'Did you mean "steps"?'],
  ]);
  await expect(loadRecipe(file, ['seed'])).rejects.toThrow(UsageError);
  await expect(loadRecipe(file, ['seed=[1'])).rejects.toThrow(/invalid YAML/);
});

test('an extending recipe removes, merges maps, then sets; problems name the file that they are in', async () => {
  write('base.yaml', SMALL);
  const recipe = await loadRecipe(
    write(
      'derived.yaml',
      `extends: base.yaml
name: derived
data: { train: { count: 20 }, own: own.jsonl }
remove: [stages.warm-up]
set:
  stages.teach.teacher: base
  stages.teach.beta: 0
add: [{ stage: explain, teacher: teach, data: train }]
`,
    ),
  );
  expect(recipe.name).toBe('derived');
  expect(recipe.data.train).toMatchObject({ source: 'task:word-problems', count: 20 });
  expect(recipe.data.own?.source).toBe(join(directory(), 'own.jsonl'));
  expect(recipe.stages.map((stage) => stage.name)).toEqual(['teach', 'explain']);
  expect(recipe.stages[0]).toMatchObject({ stage: 'teach', teacher: 'base', beta: 0 });

  const problems = await problemsOf(
    write('wrong.yaml', 'extends: base.yaml\nremove: [stages.x]\nset:\n  stages.teach.bta: 1\nfoo: 1\n'),
  );
  expect(problems.map(({ line, field }) => [line, field])).toEqual([
    [2, 'stages.x'],
    [4, 'stages.teach.bta'],
    [5, 'foo'],
  ]);
  expect((await problemsOf(write('loop.yaml', 'extends: loop.yaml\n')))[0]?.message).toBe('the recipe extends itself');
  expect((await problemsOf(write('gone.yaml', 'extends: none.yaml\n')))[0]?.message).toMatch(/^there is no /);
  for (const [base, near] of [
    ['quikstart', 'quickstart'],
    ['bse.yaml', join(directory(), 'base.yaml')],
  ])
    expect((await problemsOf(write('typo.yaml', `extends: ${base}\n`)))[0]?.remedy).toContain(
      `Did you mean "${near}"?`,
    );
  expect(() => findRecipe(join(directory(), 'base.yml'))).toThrow(`Did you mean "${join(directory(), 'base.yaml')}"?`);
  const inside = write('recipe.yaml', SMALL);
  expect(() => findRecipe(directory())).toThrow(
    `this is a directory, not a recipe (${directory()})\n  Write ${inside}.`,
  );
  expect((await problemsOf(write('set.yaml', `${SMALL}set: {}\n`)))[0]?.message).toBe(
    '"set" is only allowed with "extends"',
  );
});

test.skipIf(process.platform === 'win32')('a pipe is refused as a recipe, and as what one extends', async () => {
  const pipe = join(directory(), 'pipe.yaml');
  execFileSync('mkfifo', [pipe]);
  for (const file of [pipe, write('of-a-pipe.yaml', 'extends: pipe.yaml\n')])
    await expect(loadRecipe(file)).rejects.toThrow(
      `this is a pipe, not a recipe (${pipe})\n  Write what comes out of it`,
    );
  await expect(loadRecipe('/dev/null')).rejects.toThrow('this is a device, not a recipe (/dev/null)\n  Name a file.');
});

test('paths are relative to the folder of the file that they are written in', async () => {
  mkdirSync(join(directory(), 'sub'));
  write('sub/base.yaml', SMALL.replace('"builtin:base"', './model'));
  const recipe = await loadRecipe(write('top.yaml', 'extends: sub/base.yaml\nmodels: { other: model }\n'), [
    'models.third=x/y',
  ]);
  expect(recipe.models.base?.source).toBe(join(directory(), 'sub', 'model'));
  expect(recipe.models.other?.source).toBe(join(directory(), 'model'));
  expect(recipe.models.third?.source).toBe(join(process.cwd(), 'x', 'y'));
});

test('sources of unknown kinds and keys that do not apply are refused', async () => {
  const file = write(
    'sources.yaml',
    `name: sources
models: { a: "hub:x/y", b: "hf:only-a-name", c: "https://example.org/model" }
data: { d: { source: x.jsonl, level: seen }, e: { source: "task:countdwn" }, f: "hf:owner/name" }
stages: [{ stage: warm-up, teacher: a, data: d }]
`,
  );
  const problems = await problemsOf(file);
  expect(problems.map(({ field }) => field)).toEqual([
    'models.a.source',
    'models.b.source',
    'models.c.source',
    'data.d.level',
    'data.e.source',
    'data.f.source',
  ]);
  expect(problems[4]?.remedy).toBe('Did you mean "countdown"?');
  expect(parseModelSource('hf:a/b@v1')).toEqual({ kind: 'hub', repository: 'a/b', revision: 'v1' });
  expect(parseModelSource('C:\\models')).toEqual({ kind: 'path', path: 'C:\\models' });
  expect(parseDataSource('task:countdown')).toEqual({ kind: 'task', name: 'countdown' });
});

test('settings that contradict each other are refused', async () => {
  const file = write(
    'contradictions.yaml',
    `name: contradictions
models: { base: "builtin:base" }
data: { t: "task:countdown" }
stages:
  - { stage: explain, teacher: base, data: t, keep: { by: reward } }
  - { stage: evaluate, students: { a: base }, problems: { t: t }, samples: 3, sampling: { temperature: 0 } }
  - { stage: pretrain, architecture: { heads: 3 } }
`,
  );
  expect((await problemsOf(file)).map(({ field }) => field)).toEqual([
    'stages.explain.student',
    'stages.evaluate.samples',
    'stages.pretrain.architecture.keyValueHeads',
    'stages.pretrain.architecture.heads',
  ]);
});

test('only typed errors come out of any text', async () => {
  const words = fc.constantFrom(
    'name',
    'stages',
    'stage',
    'teach',
    ':',
    '-',
    '{',
    '}',
    '[',
    ']',
    '\n',
    '  ',
    '&a',
    '*a',
    '"',
    '1',
    'null',
    '<<',
    '? ',
    '!!binary ',
    '__proto__',
    'extends',
    'set',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 30 }), async (parts) => {
      const thrown = await loadRecipe(write('fuzz.yaml', parts.join(' '))).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown === undefined || thrown instanceof RltError).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const shipped = shippedRecipeNames();

test('the recipes of the documentation are shipped', () => {
  expect(shipped).toEqual(
    expect.arrayContaining([
      'quickstart',
      'own-data',
      'own-data-smollm2',
      'paper-7b',
      'gsm8k-smollm2',
      'pretrain-base',
      'ablations/no-kl',
    ]),
  );
});

test.each(shipped)('the shipped recipe %s resolves, plans, and reads back as it was written', async (name) => {
  // Recipes for own data have none: it is given.
  const recipe = await loadRecipe(name, name.startsWith('own-data') ? ['data.train.source=mine.jsonl'] : []);
  expect(await loadRecipe(write('again.yaml', renderRecipe(recipe)))).toEqual(recipe);
  expect(parseRecipe(recipe)).toEqual(recipe);
  const plan = planRecipe(recipe, { sampled: 1000, read: 1000, trained: 1000 });
  expect(plan.stages).toHaveLength(recipe.stages.length);
  expect(plan.seconds).toBeGreaterThan(0);
  if (name.startsWith('ablations/')) {
    const changed = JSON.stringify(recipe.stages) !== JSON.stringify((await loadRecipe('quickstart')).stages);
    expect(changed).toBe(true);
  }
});

test('the identity of a stage changes with what its results depend on, and with nothing else', async () => {
  const file = write('small.yaml', SMALL);
  const hashes = async (...overrides: string[]) =>
    stageIdentities(await loadRecipe(file, overrides), new Map()).map((stage) => stage.fingerprint);
  const [warmUp, teach] = await hashes();
  expect(await hashes('name=other', 'description=x', 'models.unused=builtin:base')).toEqual([warmUp, teach]);
  expect(await hashes('stages.teach.steps=3')).toEqual([warmUp, expect.not.stringMatching(`^${teach}$`)]);
  for (const change of ['seed=2', 'stages.warm-up.batch=3', 'data.train.count=11', 'format=think']) {
    const [a, b] = await hashes(change);
    expect([a === warmUp, b === teach], change).toEqual([false, false]);
  }
});

test('stages written as a map are answered with how to change those of another recipe', async () => {
  const [problem] = await problemsOf(write('map.yaml', 'extends: quickstart\nstages: { warm-up: { steps: 12 } }\n'));
  expect(problem?.message).toBe('must be a list, not a map');
  expect(problem?.remedy).toBe(
    'To change stages of the recipe that this one extends: set: { stages.NAME.KEY: VALUE }.',
  );
  const changed = await loadRecipe(write('set.yaml', 'extends: quickstart\nset: { stages.warm-up.steps: 12 }\n'));
  expect(changed.stages[0]).toMatchObject({ name: 'warm-up', steps: 12 });
});

test('a setting that came later counts only where it is not what it was before', async () => {
  const file = write('small.yaml', SMALL);
  const hashes = (recipe: Recipe) => stageIdentities(recipe, new Map()).map((stage) => stage.fingerprint);
  const recipe = await loadRecipe(file);
  if (recipe.engine.kind !== 'local') throw new Error('not the embedded engine');
  const { gradientCheckpointing: _, ...before } = recipe.engine;
  expect(hashes({ ...recipe, engine: before as typeof recipe.engine })).toEqual(hashes(recipe));
  expect(hashes(await loadRecipe(file, ['engine.gradientCheckpointing=true']))).not.toEqual(hashes(recipe));
});

test('the identity of a stage covers the contents of its sources, and not their location', async () => {
  const text = `name: sources
models: { base: models/a }
data: { train: { source: train.jsonl, except: [old] }, old: { source: old.jsonl, except: [train] } }
stages:
  - { stage: warm-up, teacher: base, data: train }
  - { stage: distill, name: train, student: base, traces: train, learn: solution }
  - { stage: evaluate, students: { a: train }, problems: { p: train, q: "benchmark:math500" } }
`;
  const contents = { 'models.base': '1', 'data.train': '2', 'data.old': '3', 'benchmark:math500': '4' };
  const of = async (changes: Partial<typeof contents> = {}, ...overrides: readonly string[]) =>
    stageIdentities(
      await loadRecipe(write('sources.yaml', text), overrides),
      new Map(Object.entries({ ...contents, ...changes })),
    );
  const whole = await of();
  const { 'benchmark:math500': _, ...taken } = contents;
  const { 'models.base': __, ...asked } = contents;
  expect(whole.map(({ sources }) => sources)).toEqual([taken, taken, asked]);
  const changed = async (...change: Parameters<typeof of>) =>
    (await of(...change)).map(({ fingerprint }, index) => fingerprint !== whole[index]?.fingerprint);
  const placeless = ['models.base.source=models/b', 'data.old.source=older.jsonl', 'data.old.rows=9'];
  expect(await changed({}, ...placeless, 'data.train.whenMissing=Make it.')).toEqual([false, false, false]);
  for (const field of ['models.base', 'data.train', 'data.old'])
    expect(await changed({ [field]: 'other' }), field).toEqual([true, true, true]);
  expect(await changed({ 'benchmark:math500': 'other' })).toEqual([false, false, true]);
});

test('what every JavaScript object has is no name, of whatever kind', async () => {
  const file = write(
    'names.yaml',
    `name: names
models: { constructor: builtin:base }
data: { valueOf: { source: "task:word-problems", count: 4 } }
stages:
  - { stage: distill, name: toString, student: constructor, traces: valueOf, steps: 1 }
  - { stage: evaluate, students: { hasOwnProperty: constructor }, problems: { isPrototypeOf: valueOf } }
`,
  );
  const fields = (await problemsOf(file)).flatMap(({ field, message }) =>
    message.includes('is a property of every JavaScript object') ? [field] : [],
  );
  expect(fields).toEqual([
    'models.constructor',
    'data.valueOf',
    'stages.toString.name',
    'stages.evaluate.students.hasOwnProperty',
    'stages.evaluate.problems.isPrototypeOf',
  ]);
});

test('files that a stage names itself count by what is in them, and not by where they lie', async () => {
  const text = (path: string) => `name: files
models: { base: models/a }
stages:
  - { stage: evaluate, students: { a: base }, problems: { q: "benchmark:${path}own.yaml" }, source: ${path}mine.jsonl }
`;
  const of = async (path: string, definition: string, records: string) => {
    const recipe = await loadRecipe(write('files.yaml', text(path)));
    const [stage] = recipe.stages as readonly [StageOf<'evaluate'>];
    const [own, mine] = [String(stage.problems.q).slice('benchmark:'.length), String(stage.source)];
    expect([own, mine]).toEqual([join(directory(), path, 'own.yaml'), join(directory(), path, 'mine.jsonl')]);
    const contents = { 'models.base': '1', [`definition:${own}`]: definition, [`records:${mine}`]: records };
    const [identity] = stageIdentities(recipe, new Map(Object.entries(contents)));
    // The benchmark's own problems are not read, so they are no source.
    expect(identity?.sources).toEqual(contents);
    return identity?.fingerprint;
  };
  const first = await of('', '2', '3');
  expect(await of('elsewhere/', '2', '3')).toBe(first);
  expect(await of('', 'other', '3')).not.toBe(first);
  expect(await of('', '2', 'other')).not.toBe(first);
});

test('a source takes the place of one benchmark, and is a file or of the hub', async () => {
  const of = (problems: string, source: string) =>
    problemsOf(
      write(
        'source.yaml',
        `name: s
models: { base: m }
data: { d: d.jsonl }
stages: [{ stage: evaluate, students: { a: base }, problems: ${problems}, source: "${source}" }]
`,
      ),
    );
  const [none, two, task] = [
    await of('{ d: d }', 'x.jsonl'),
    await of('{ a: "benchmark:gsm8k", b: "benchmark:math500" }', 'x.jsonl'),
    await of('{ a: "benchmark:gsm8k" }', 'task:countdown'),
  ];
  expect(none.map(({ field, message }) => [field, message])).toEqual([
    ['stages.evaluate.source', "takes the place of one benchmark's problems, but the stage has 0 benchmarks"],
  ]);
  expect(two[0]?.message).toContain('has 2 benchmarks');
  expect(task.map(({ field, message }) => [field, message])).toEqual([
    ['stages.evaluate.source', '"task:" is not a kind of source for problems'],
  ]);
});

test('no option of a stage takes the name of a common one, and all are distinct', () => {
  for (const kind of Object.keys(STAGES) as StageKind[]) {
    const flags = stageOptions(kind).map((option) => option.flag);
    expect(new Set(flags).size).toBe(flags.length);
    expect(flags.filter((flag) => RESERVED_FLAGS.some((reserved) => reserved === flag))).toEqual([]);
    expect(stageOptions(kind).every((option) => option.description.length > 10)).toBe(true);
  }
  expect(stageOptions('teach').map((option) => option.flag)).toContain('--sampling-max-tokens');
});

test('docs/recipe.md is what the schema says (node scripts/docs.mjs)', () => {
  const page = readFileSync(new URL('../../docs/recipe.md', import.meta.url), 'utf8');
  expect(page).toBe(recipeDocumentation());
});
