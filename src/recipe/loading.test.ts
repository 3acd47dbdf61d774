import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RecipeError, UsageError } from '../errors.js';
import { isObject } from '../json.js';
import { recipeDifferences } from './differences.js';
import { COMMON_CHANGES } from './documentation.js';
import { loadRecipe, renderRecipe } from './load.js';
import type { Recipe } from './schema.js';
import { recipeFiles, SMALL } from './testing/recipe-files.js';

const { write } = recipeFiles();

test('keys, aliases and errors in their thousands take linear time, and only the first are listed', async () => {
  const timed = async (text: string) => {
    const began = process.cpuUsage().user;
    const error = await loadRecipe(write('large.yaml', text)).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(RecipeError);
    return { error: error as RecipeError, seconds: (process.cpuUsage().user - began) / 1e6 };
  };
  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, n) => item(n)).join('');
  const aliases = await timed(`k: &a 1\nl: [${many(15_000, () => '*a,')}]\n`);
  expect(aliases.seconds).toBeLessThan(3);
  const keys = await timed(`name: x\n${many(30_000, (n) => `k${n}: 1\n`)}`);
  expect(keys.seconds).toBeLessThan(3);
  expect(keys.error.message).toContain('more than 20000 values');
  const { error } = await timed(`name: x\n${many(153, (n) => `k${n}: 1\n`)}`);
  expect(error.problems.length).toBeGreaterThan(153);
  expect(error.message.split('\n')).toHaveLength(22);
  expect(error.message).toMatch(/\n- and 1\d\d more$/);
});

test('a repeated key is named, an alias stands for the last anchor before it', async () => {
  await expect(loadRecipe(write('twice.yaml', 'name: a\nmodels: { x: 1, x: 2 }\n'))).rejects.toThrow(
    /the key ".*" is there twice \(.*twice\.yaml:2:17\)/,
  );
  const anchored = `${SMALL}description: &d one\nseed: 3\n`;
  expect(await loadRecipe(write('anchored.yaml', anchored))).toMatchObject({ description: 'one' });
});

test('data given as a recipe, and a recipe that is not UTF-8, are called what they are', async () => {
  const line = '{"question":"q","solution":"s"}\n';
  for (const name of ['mine.jsonl', 'mine.txt', 'mine.csv']) {
    const text = name.endsWith('csv') ? 'question,solution\n1,2\n' : line.repeat(153);
    const given = loadRecipe(write(name, text));
    await expect(given).rejects.toThrow(/this is a data file, where a recipe is expected .*\n.*rlt run own-data/);
    await expect(given).rejects.toBeInstanceOf(UsageError);
  }
  for (const [name, bytes, what] of [
    ['mine.xlsx', 'PK\x03\x04......xl/workbook.xml', /this is an Excel workbook, where a recipe is expected .*as CSV/s],
    [
      'large.xlsx',
      `PK\x03\x04......xl/workbook.xml${' '.repeat(2 ** 21)}`,
      /this is an Excel workbook, where a recipe/,
    ],
    ['mine.pdf', '%PDF-1.7', /this is a PDF document, where a recipe is expected/],
  ] as const)
    await expect(loadRecipe(write(name, bytes))).rejects.toThrow(what);
  // JSON is YAML.
  expect(
    await loadRecipe(write('json.yaml', JSON.stringify(await loadRecipe(write('small.yaml', SMALL))))),
  ).toMatchObject({ name: 'small' });
  const file = write('latin1.yaml', '');
  writeFileSync(file, Buffer.concat([Buffer.from('name: x\ndescription: '), Buffer.from([0xe9]), Buffer.from('\n')]));
  await expect(loadRecipe(file)).rejects.toThrow(/the recipe is not UTF-8 \(.*latin1\.yaml:2\)/);
});

test('settings of the engine without its kind are about the embedded one', async () => {
  const file = write('small.yaml', SMALL);
  expect((await loadRecipe(file, ['engine.threads=1'])).engine).toMatchObject({ kind: 'local', threads: 1 });
  await expect(loadRecipe(file, ['engine.constructor.x=1'])).rejects.toThrow(/unknown key "constructor"/);
  await expect(loadRecipe(file, ['engine.thread=1'])).rejects.toThrow(/unknown key "thread".*Did you mean "threads"/);
});

test('a data set that lacks its source is set beside one whose name is nearly its own', async () => {
  const misspelt = 'extends: own-data\nname: x\ndata: { trian: { source: mine.jsonl } }\n';
  await expect(loadRecipe(write('misspelt.yaml', misspelt))).rejects.toThrow(
    /"source" is missing .*data\.train\.source\)\. Is "trian" meant to be "train"\?/,
  );
  const other = 'extends: own-data\nname: x\ndata: { tickets: { source: mine.jsonl } }\n';
  await expect(loadRecipe(write('misspelt.yaml', other))).rejects.toThrow(/"source" is missing .*source\)\. `task/);
});

test('a misspelt `extends` is told of by its own name', async () => {
  await expect(loadRecipe(write('small.yaml', 'extend: own-data\nname: x\n'))).rejects.toThrow(
    /unknown key "extend".*Did you mean "extends"\?/,
  );
});

test('types read as sentences, and bounds of steps that contradict each other are refused', async () => {
  const file = write('small.yaml', SMALL);
  await expect(loadRecipe(file, ['stages.warm-up.steps=often'])).rejects.toThrow(
    'must be a whole number, 1 or more, or null, not "often"',
  );
  await expect(loadRecipe(file, ['stages.warm-up.minSteps=9', 'stages.warm-up.maxSteps=8'])).rejects.toThrow(
    'minSteps is 9, more than maxSteps, which is 8',
  );
});

test('what differs between two recipes is named with both values', async () => {
  const recorded = await loadRecipe(write('small.yaml', SMALL));
  const now = await loadRecipe(write('small.yaml', SMALL), [
    'name=other',
    'seed=9',
    'stages.warm-up.batch=3',
    'data.train.count=11',
  ]);
  expect(recipeDifferences(renderRecipe(recorded), now)).toEqual({
    isAnother: true,
    settings: [
      { path: 'seed', before: recorded.seed, now: 9 },
      { path: 'data.train.count', before: recorded.data.train?.count, now: 11 },
      { path: 'stages.warm-up.batch', before: 16, now: 3 },
    ],
  });
  expect(recipeDifferences(renderRecipe(recorded), recorded)).toEqual({ isAnother: false, settings: [] });
});

test('of the stages that are refused only what changes them is named', async () => {
  const text = `name: two
models: { base: "builtin:base" }
data:
  own: { source: "task:word-problems", count: 10 }
  other: { source: "task:word-problems", count: 10 }
stages:
  - { stage: warm-up, teacher: base, data: own }
  - { stage: explain, teacher: warm-up, data: own }
  - { stage: distill, student: base, traces: other }
  - { stage: evaluate, students: { base: base }, problems: { p: "benchmark:gsm8k" }, source: a.jsonl }
`;
  const file = write('two.yaml', text);
  const recorded = await loadRecipe(file, [
    'engines.cloud={ kind: tinker, url: "https://example.org" }',
    'models.base.engine=cloud',
  ]);
  const now = await loadRecipe(file, [
    'engines.cloud={ kind: tinker, url: "https://example.org", tokensPerSecond: { sample: 9, prefill: 9, train: 9 } }',
    'engines.unused={ kind: tinker, url: "https://example.org/b" }',
    'models.base.engine=cloud',
    'engine.gradientCheckpointing=true',
    'data.own.limit=9',
    'data.other.count=9',
    'stages.warm-up.batch=3',
    'stages.distill.batch=3',
    'stages.evaluate.source=b.jsonl',
    'stages.evaluate.samples=2',
  ]);
  const sources = { sourcesBefore: {}, sourcesNow: {} };
  const changed = (name: string, of: object = sources) =>
    recipeDifferences(renderRecipe(recorded), now, [{ ...sources, ...of, name }]).settings.map(({ path }) => path);
  expect(changed('warm-up')).toEqual(['data.own.limit', 'stages.warm-up.batch']);
  expect(changed('explain')).toEqual(['data.own.limit', 'stages.warm-up.batch']);
  expect(changed('distill')).toEqual(['data.other.count', 'stages.distill.batch']);
  expect(changed('evaluate')).toEqual(['stages.evaluate.samples', 'stages.evaluate.source']);
  // The same problems, elsewhere.
  const [before, after] = [recorded, now].map(({ stages }) => {
    const source = stages.flatMap((stage) => (stage.stage === 'evaluate' ? [stage.source] : []))[0];
    return { [`records:${source}`]: 'hash' };
  });
  expect(changed('evaluate', { sourcesBefore: before, sourcesNow: after })).toEqual(['stages.evaluate.samples']);
  expect(recipeDifferences(renderRecipe(recorded), now).settings.map(({ path }) => path)).toContain('engines.unused');
});

test('heldOut: 1 is one question; 1.0, which may be a share, is refused with both ways to write it', async () => {
  const file = write('small.yaml', SMALL);
  expect((await loadRecipe(file, ['data.train.heldOut=1'])).data.train?.heldOut).toBe(1);
  expect((await loadRecipe(file, ['data.train.heldOut=0.0'])).data.train?.heldOut).toBe(0);
  const refusal =
    /1\.0 is neither a share below 1 nor a number of questions .*data\.train\.heldOut\)\. Write 1 for 1 question, or a share such as 0\.2/;
  await expect(loadRecipe(file, ['data.train.heldOut=1.0'])).rejects.toThrow(refusal);
  const written = write('point.yaml', SMALL.replace('count: 10', 'count: 10, heldOut: 1.0'));
  await expect(loadRecipe(written)).rejects.toThrow(refusal);
  await expect(loadRecipe(written)).rejects.toThrow('point.yaml:3');
  await expect(loadRecipe(file, ['data.train.heldOut=-0.2'])).rejects.toThrow('must be at least 0, not -0.2');
  await expect(loadRecipe(file, ['data.train.heldOut=20.0'])).rejects.toThrow('Write 20 for 20 questions');
});

test('own-data without held-out problems is refused in one line, which says what to set', async () => {
  const mine = write('mine.yaml', 'extends: own-data\ndata: { train: { source: mine.jsonl, heldOut: 0 } }\n');
  const refused = await loadRecipe(mine).catch((error: unknown) => error);
  expect(refused instanceof RecipeError && refused.problems).toEqual([
    expect.objectContaining({
      message: 'there is no train.held-out: data.train holds nothing out',
      field: 'stages.evaluate.problems.held-out',
      remedy:
        'Set data.train.heldOut to a share such as 0.2 or a number of questions (of two or more), or refer to another data set here.',
    }),
  ]);
});

test('what an extended recipe leaves open is missing in the one that extends it', async () => {
  const problemsOf = async (text: string) => {
    const refused = await loadRecipe(write('mine.yaml', text)).catch((error: unknown) => error);
    return refused instanceof RecipeError ? refused.problems : [];
  };
  const [missing, ...rest] = await problemsOf('extends: own-data\nname: mine\n');
  expect(rest).toEqual([]);
  expect(missing).toMatchObject({ message: '"source" is missing', field: 'data.train.source' });
  expect(missing?.file).toMatch(/mine\.yaml$/);
  expect(missing?.line).toBeUndefined();
  // One mistake is one problem: what would follow from it is not reported beside it.
  expect(await problemsOf('extends: own-data\ndata: { train: { source: mine.jsonl, heldOut: -3 } }\n')).toEqual([
    expect.objectContaining({
      message: 'must be a whole number, 0 or more, or a number, 0 or more, below 1, not -3',
      field: 'data.train.heldOut',
      line: 2,
    }),
  ]);
});

test('null takes back a setting without a default, wherever it stands, and is refused for one that has a default', async () => {
  const file = write(
    'optional.yaml',
    `name: optional
models:
  base: { source: builtin:base, bits: 8 }
engine: { lookupTokens: 4, integerProducts: true, packedWeights: true, memoryMiB: 9000 }
engines: { second: { kind: local, lookupTokens: 4 } }
data: { train: { source: task:word-problems, count: 4 }, mine: { source: mine.jsonl, whenMissing: Make it. } }
track: [tensorboard]
stages:
  - { stage: evaluate, students: { a: base }, problems: { p: benchmark:gsm8k }, source: mine.jsonl, columns: { question: q, answer: a } }
`,
  );
  const paths = [
    'models.base.bits',
    'engine.lookupTokens',
    'engine.integerProducts',
    'engine.packedWeights',
    'engine.memoryMiB',
    'engines.second.lookupTokens',
    'data.mine.whenMissing',
    'track',
  ];
  const settingAt = (recipe: unknown, path: string) =>
    path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), recipe);
  const columnsOf = ({ stages: [stage] }: Recipe) => (stage?.stage === 'evaluate' ? stage.columns : 'no such stage');
  const [before, after] = [
    await loadRecipe(file),
    await loadRecipe(
      file,
      [...paths, 'stages.evaluate.columns'].map((path) => `${path}=null`),
    ),
  ];
  for (const path of paths) {
    expect(settingAt(before, path), path).toBeDefined();
    expect(settingAt(after, path), path).toBeUndefined();
  }
  expect([columnsOf(before), columnsOf(after)]).toEqual([{ question: 'q', answer: 'a' }, undefined]);
  const extending = write(
    'taken-back.yaml',
    'extends: optional.yaml\nname: optional\nengine: { lookupTokens: null }\nset: { models.base.bits: null }\n',
  );
  const taken = await loadRecipe(extending);
  expect([settingAt(taken, 'engine.lookupTokens'), settingAt(taken, 'models.base.bits')]).toEqual([
    undefined,
    undefined,
  ]);
  expect(settingAt(taken, 'engine.integerProducts')).toBeDefined();

  const wrong = ['engine.cacheMiB=null', 'engine.threads=null', 'engine.lookupToken=null'];
  const error = await loadRecipe(file, wrong).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(RecipeError);
  expect((error as RecipeError).problems.map(({ field, remedy }) => [field, remedy])).toEqual([
    ['engine.threads', 'The default is auto.'],
    ['engine.cacheMiB', 'The default is 512.'],
    ['engine.lookupToken', 'Did you mean "lookupTokens"?'],
  ]);
});

describe('a map that is set', () => {
  const rewardOf = ({ stages }: Recipe) =>
    stages.flatMap((stage) => (stage.stage === 'teach' ? [stage.reward] : []))[0];

  test('leaves its siblings as the recipe below has them, in `set` and after --set alike', async () => {
    const OWN = 'extends: own-data\ndata: { train: { source: mine.jsonl } }\n';
    const parent = rewardOf(await loadRecipe(write('own.yaml', OWN)));
    expect(parent).toMatchObject({ kl: { mean: 1, max: 0.01 }, estimator: 'k1' });
    const extending = await loadRecipe(write('k3.yaml', `${OWN}set: { stages.teach.reward: { estimator: k3 } }\n`));
    expect(rewardOf(extending)).toEqual({ ...parent, estimator: 'k3' });
    const typed = await loadRecipe(write('own.yaml', OWN), ['stages.teach={ reward: { kl: { mean: 2 } } }']);
    expect(rewardOf(typed)?.kl).toEqual({ ...parent?.kl, mean: 2 });
    const short = await loadRecipe(write('own.yaml', OWN), ['data.train=other.jsonl']);
    expect(short.data.train).toMatchObject({ source: expect.stringMatching(/other\.jsonl$/), heldOut: 0.2 });
  });

  test('of another kind replaces the one below', async () => {
    const file = write('small.yaml', `${SMALL}engine: { threads: 1 }\n`);
    expect((await loadRecipe(file, ['engine={cacheMiB: 7}'])).engine).toMatchObject({ threads: 1, cacheMiB: 7 });
    const tinker = 'engine={kind: tinker, url: "http://127.0.0.1:1"}';
    expect((await loadRecipe(file, [tinker])).engine).toMatchObject({ kind: 'tinker' });
    const extending = write(
      't.yaml',
      'extends: small.yaml\nname: t\nengine: { kind: tinker, url: "http://127.0.0.1:1" }\n',
    );
    expect((await loadRecipe(extending)).engine).toMatchObject({ kind: 'tinker' });
  });

  test('of another kind that is set alone takes out what the recipe wrote for the old one', async () => {
    const file = write('local.yaml', `${SMALL}engine: { kind: local, activationMiB: 64, threads: 2 }\n`);
    const url = 'engine.url=http://127.0.0.1:1';
    for (const set of [
      ['engine.kind=tinker', url],
      [url, 'engine.kind=tinker'],
    ])
      expect((await loadRecipe(file, set)).engine).toMatchObject({ kind: 'tinker', url: 'http://127.0.0.1:1' });
    const inRecipe = write(
      'set.yaml',
      'extends: local.yaml\nname: t\nset: { engine.kind: tinker, engine.url: "http://127.0.0.1:1" }\n',
    );
    expect((await loadRecipe(inRecipe)).engine).toMatchObject({ kind: 'tinker' });
    // The same kind is no other, and what is set for another is a mistake.
    expect((await loadRecipe(file, ['engine.kind=local'])).engine).toMatchObject({ activationMiB: 64, threads: 2 });
    await expect(loadRecipe(file, ['engine.threads=3', 'engine.kind=tinker', url])).rejects.toThrow(
      /unknown key "threads"/,
    );
  });

  test('is merged into names, of which null takes one out', async () => {
    const problemsIn = ({ stages }: Recipe) =>
      stages.flatMap((stage) => (stage.stage === 'evaluate' ? [stage.problems] : []))[0];
    const both = { 'held-out': 'held-out', mine: 'train' };
    const set = 'stages.evaluate.problems={mine: train, larger-numbers: null, more-steps: null}';
    expect(problemsIn(await loadRecipe('quickstart', [set]))).toEqual(both);
    const file = write(
      'named.yaml',
      `extends: quickstart\ndata: { larger-numbers: null, more-steps: null }\nset:\n  ${set.replace('=', ': ')}\n`,
    );
    const recipe = await loadRecipe(file);
    expect(problemsIn(recipe)).toEqual(both);
    expect(Object.keys(recipe.data)).toEqual(['train', 'held-out']);
    await expect(loadRecipe('quickstart', ['stages.evaluate.problems.held-oud=null'])).rejects.toThrow(
      'must be a name (problems), not null',
    );
    const variable = await loadRecipe('quickstart', ['prompts.variables={a: 1}', 'prompts.variables.a=null']);
    expect(variable.prompts.variables).toEqual({ a: null });
  });
});

test('every common change of the documentation loads, and is what it says', async () => {
  const OWN = 'extends: own-data\ndata: { train: { source: mine.jsonl } }\n';
  const before = renderRecipe(await loadRecipe(write('own.yaml', OWN)));
  for (const { path, value } of COMMON_CHANGES) {
    const extending = await loadRecipe(write('change.yaml', `${OWN}set:\n  ${path}: ${value}\n`));
    const typed = await loadRecipe(write('own.yaml', OWN), [`${path}=${value}`]);
    expect(renderRecipe(extending), path).not.toBe(before);
    // Moving a source is no difference.
    for (const setting of recipeDifferences(before, extending).settings)
      expect(`${setting.path}.`).toContain(`${path}.`);
    // Relative paths are relative to the folder of the recipe, and on the command line to the working directory.
    if (path !== 'data.train.source') expect(typed).toEqual(extending);
  }
});

describe('null for a text', () => {
  const RECIPE = `name: texts
models: { base: builtin:base }
data: { train: { source: task:word-problems, count: 4 } }
stages:
  - { stage: warm-up, teacher: base, data: train }
  - { stage: evaluate, students: { a: base }, problems: { p: benchmark:gsm8k } }
`;
  const refused = async (field: string, ...overrides: readonly string[]) => {
    const error = await loadRecipe(write('texts.yaml', RECIPE), overrides).catch((cause: unknown) => cause);
    expect(error, overrides.join()).toBeInstanceOf(RecipeError);
    const found = (error as RecipeError).problems.find((problem) => problem.field === field);
    return [found?.message, found?.remedy];
  };

  test.each([
    ['name', 'must be a string, not null', /^Name of the run;/],
    ['description', 'must be a string, not null', /^The default is ""\.$/],
    ['models.base.source', 'must be a string, not null', /^`builtin:base`,/],
    ['data.train.source', 'must be a string, not null', /^`task:word-problems`/],
    ['stages.warm-up.teacher', 'must be a name (model), not null', /^The model to/],
    [
      'stages.evaluate.prompt',
      'must be one of format, benchmark, plain, paper, think, not null',
      /^The default is format\.$/,
    ],
    ['stages.evaluate.students', 'must be a map from names to names (model), not null', /^The models, each/],
    ['stages.evaluate.sampling', 'must be a map, not null', /^Leave it out, or write \{\}\.$/],
    ['stages.warm-up.optimiser', 'must be a map, not null', /^Leave it out, or write \{\}\.$/],
  ])('%s=null is refused in the words of its schema, and so is ~', async (field, message, remedy) => {
    for (const nothing of ['null', '~', 'NULL'])
      expect(await refused(field, `${field}=${nothing}`)).toEqual([
        message,
        remedy === undefined ? undefined : expect.stringMatching(remedy),
      ]);
  });

  test('is refused in a recipe as in an override', async () => {
    const file = write('null-name.yaml', RECIPE.replace('name: texts', 'name: null'));
    await expect(loadRecipe(file)).rejects.toThrow('must be a string, not null');
  });

  test('in quotes, and of other words, is a text', async () => {
    const file = write('texts.yaml', RECIPE);
    for (const [value, name] of [
      ['"null"', 'null'],
      ['nullify', 'nullify'],
      ['true', 'true'],
    ] as const)
      expect((await loadRecipe(file, [`name=${value}`])).name).toBe(name);
    expect((await loadRecipe(file, ['description='])).description).toBe('');
    expect((await loadRecipe(file, ['description=7'])).description).toBe('7');
  });
});
