import { expect, test } from 'vitest';
import type { Engine, EngineProfile, TrainingProfile, WeightBits } from '../engine/engine.js';
import { RecipeError } from '../errors.js';
import { engineOfModel, enginesOf } from '../recipe/engines.js';
import { parseRecipe } from '../recipe/load.js';
import { Engines } from './engines.js';
import { engineProblems, unmetRequirements } from './requirements.js';

const everything: EngineProfile = {
  name: 'test',
  anyTemperature: true,
  sampledLogProbs: 'tempered',
  training: {
    full: true,
    lora: true,
    blending: true,
    frozenCopies: true,
    optimiser: ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decay', 'clipNorm'],
  },
  sources: ['directory', 'served'],
  requestTokens: undefined,
  callsInFlight: 1,
  deterministic: true,
};
const limited = (training: Partial<TrainingProfile>): Partial<EngineProfile> => ({
  training: everything.training && { ...everything.training, ...training },
});

const small = (teach: object = {}, more: object = {}) =>
  parseRecipe({
    name: 'small',
    models: { base: 'builtin:base' },
    data: { train: { source: 'task:word-problems', count: 10 } },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'train', epochs: 2, batch: 4 },
      { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'train', steps: 2, ...teach },
    ],
    ...more,
  });

test('what an engine cannot do is refused with the nearest setting that works', () => {
  const fields = (profile: Partial<EngineProfile>, recipe = small()) =>
    unmetRequirements(recipe, recipe.stages, () => ({ ...everything, ...profile })).map(({ field }) => field);
  expect(fields({})).toEqual([]);
  expect(fields({ training: undefined })).toEqual(['stages.warm-up.stage', 'stages.teach.stage']);
  const recipe = small();
  const [silent] = unmetRequirements(recipe, recipe.stages, () => ({
    ...everything,
    training: undefined,
    cannotTrain: 'no trainer',
  }));
  expect(silent?.message).toBe(`the engine ${everything.name} cannot train: no trainer`);
  expect(fields(limited({ full: false }))).toEqual(['stages.warm-up.lora', 'stages.teach.lora']);
  expect(fields({ anyTemperature: false })).toEqual([
    'stages.teach.sampling.temperature',
    'stages.teach.reward.temperature',
  ]);
  expect(fields(limited({ blending: false }))).toEqual(['stages.teach.reference.update']);
  expect(fields(limited({ frozenCopies: false }))).toEqual(['stages.teach.beta']);
  expect(fields(limited({ lora: false }), small({ lora: {} }))).toEqual(['stages.teach.lora']);
  expect(fields(limited({ frozenCopies: false, blending: false }), small({ beta: 0 }))).toEqual([]);
});

test('settings that the optimiser of an engine would ignore are refused, unless they are off', () => {
  const problems = (optimiser: TrainingProfile['optimiser'], recipe = small()) =>
    unmetRequirements(recipe, recipe.stages, () => ({ ...everything, ...limited({ optimiser }) }));
  const rates = ['learningRate', 'beta1', 'beta2', 'epsilon'] as const;
  expect(problems([...rates, 'weightDecay', 'decay']).map(({ field }) => field)).toEqual([
    'stages.warm-up.optimiser.clipNorm',
    'stages.teach.optimiser.clipNorm',
  ]);
  expect(problems([...rates, 'clipNorm'])).toEqual([
    {
      field: 'stages.warm-up.optimiser.weightDecay',
      message: 'the optimiser of the engine test ignores weightDecay',
      remedy: 'Set optimiser.weightDecay to 0.',
    },
  ]);
  expect(problems(['learningRate', 'clipNorm', 'weightDecay'])[0]?.remedy).toBe('Train on another engine.');
});

test('an optimiser that decays norms and biases is refused where they should not decay', () => {
  const numbers = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'clipNorm'] as const;
  const problems = (optimiser: object, more: object = {}) => {
    const recipe = small({ ...more, optimiser }, {});
    const teach = recipe.stages.slice(1);
    return unmetRequirements(recipe, teach, () => ({ ...everything, ...limited({ optimiser: numbers }) }));
  };
  expect(problems({ weightDecay: 0.1 })).toEqual([
    {
      field: 'stages.teach.optimiser.decay',
      message: 'the optimiser of the engine test decays norms and biases too',
      remedy: 'Set optimiser.decay to all, or optimiser.weightDecay to 0.',
    },
  ]);
  expect(problems({ weightDecay: 0.1, decay: 'all' })).toEqual([]);
  expect(problems({ weightDecay: 0 })).toEqual([]);
  expect(problems({ weightDecay: 0.1 }, { lora: {} })).toEqual([]);
});

test('a server goes on with what it saved in the form that it has', () => {
  const url = 'http://127.0.0.1:9';
  const stages = (first: object, second: object) => [
    { stage: 'warm-up', teacher: 'base', data: 'train', ...first },
    { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'train', steps: 2, ...second },
  ];
  const problems = (engine: object, first: object, second: object) => {
    const recipe = small({}, { engine, stages: stages(first, second) });
    return unmetRequirements(recipe, recipe.stages, () => ({ ...everything, served: ['base'] }));
  };
  const tinker = { kind: 'tinker', url };
  for (const [first, second] of [
    [{ lora: { rank: 8 } }, {}],
    [{}, { lora: {} }],
    [{ lora: {} }, { lora: { rank: 8 } }],
  ] as const) {
    expect(problems(tinker, first, second)).toEqual([
      expect.objectContaining({ field: 'stages.teach.lora', remedy: expect.stringContaining('in the stage warm-up') }),
    ]);
    expect(problems({ kind: 'local' }, first, second)).toEqual([]);
  }
  expect(problems(tinker, { lora: { rank: 8 } }, { lora: { rank: 8 } })).toEqual([]);
  expect(problems(tinker, {}, {})).toEqual([]);
});

test('weights of few bits are neither trained nor blended, and only by engines that hold them', () => {
  const inBits = { models: { base: { source: 'builtin:base', bits: 8 } } };
  const problems = (recipe: ReturnType<typeof small>, profile: Partial<EngineProfile> = { weightBits: [8, 4] }) =>
    unmetRequirements(recipe, recipe.stages, () => ({ ...everything, ...profile }));
  const fields = (...given: Parameters<typeof problems>) => problems(...given).map(({ field }) => field);
  // Warm-up trains all weights by default; what it leaves, teach trains further.
  expect(problems(small({}, inBits))).toEqual([
    {
      field: 'stages.warm-up.lora',
      message: '8-bit weights are frozen',
      remedy: 'Set lora to {} to train an adapter on them, or leave out the bits of the model.',
    },
    expect.objectContaining({ field: 'stages.teach.lora' }),
    expect.objectContaining({ field: 'stages.teach.reference.update' }),
  ]);
  const adapters = (reference: object, models: object = inBits, lora: object = {}) =>
    small(
      {},
      {
        ...models,
        stages: [
          { stage: 'warm-up', teacher: 'base', data: 'train', lora: {} },
          { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'train', steps: 2, lora, reference },
        ],
      },
    );
  // Another form would have to be merged into the weights first.
  for (const lora of [{ rank: 8 }, { alpha: 64 }, { targets: ['q_proj'] }])
    expect(problems(adapters({ update: 'replace' }, inBits, lora))).toEqual([
      {
        field: 'stages.teach.lora',
        message: expect.stringContaining(
          'the adapter that the stage warm-up leaves on weights of 8 bits cannot be merged',
        ),
        remedy: expect.stringContaining('the rank, alpha and targets that it has in the stage warm-up'),
      },
    ]);
  expect(problems(adapters({ update: 'replace' }, { models: { base: 'builtin:base' } }, { rank: 8 }))).toEqual([]);
  expect(fields(adapters({}))).toEqual(['stages.teach.reference.update']);
  expect(problems(adapters({ update: 'replace' }))).toEqual([]);
  expect(problems(adapters({ update: 'replace' }), {})).toEqual([
    {
      field: 'models.base.bits',
      message: 'the engine test does not hold weights in 8 bits',
      remedy: 'Leave it out, or use the engine local with the provider cpu.',
    },
  ]);
  const sampled = adapters(
    { update: 'replace' },
    { models: { base: { ...inBits.models.base, sampler: 'other' } }, engines: { other: { kind: 'local' } } },
  );
  const profiles = (weightBits: readonly WeightBits[]) =>
    unmetRequirements(sampled, sampled.stages, (name) => ({
      ...everything,
      weightBits: name === 'other' ? weightBits : [8],
    })).map(({ field }) => field);
  expect(profiles([8])).toEqual([]);
  expect(profiles([])).toEqual(['stages.teach.sampling']);
  // A frozen student alone may have them.
  const student = { models: { base: 'builtin:base', student: { source: 'builtin:base', bits: 4 } } };
  expect(problems(small({ student: 'student' }, student))).toEqual([]);
});

test('bits that the embedded engine cannot hold are refused before it is opened', () => {
  const bits = (provider: string) =>
    engineProblems(
      small({}, { engine: { kind: 'local', provider }, models: { base: { source: 'builtin:base', bits: 4 } } }),
    ).map(({ field }) => field);
  expect(bits('cpu')).toEqual([]);
  expect(bits('webgpu')).toEqual(['models.base.bits']);
  expect(() => small({}, { models: { base: { source: 'builtin:base', bits: 5 } } })).toThrow(/models\.base\.bits/);
  expect(small().models.base).not.toHaveProperty('bits');
});

test('a served model on the embedded engine is refused without opening it, and needs its tokenizer', () => {
  const served = { source: 'served:x', tokenizer: 'models/base' };
  const recipe = small({}, { models: { base: served } });
  expect(engineProblems(recipe).map(({ field }) => field)).toEqual(['models.base.source']);
  expect(() => small({}, { models: { base: 'served:x' } })).toThrow(/needs a tokenizer.*models\.base\.tokenizer/s);
  expect(() => small({}, { models: { base: { source: 'builtin:base', tokenizer: 'models/base' } } })).toThrow(
    /tokenizer applies only to models that a server knows/,
  );
});

test('a model must be of a kind that its engine opens', () => {
  const recipe = spread();
  const fields = (sources: EngineProfile['sources']) =>
    unmetRequirements(recipe, recipe.stages, () => ({ ...everything, sources })).map(({ field }) => field);
  expect(fields(['directory'])).toEqual([]);
  expect(fields(['served'])).toEqual(['models.base.source', 'models.student.source']);
});

test('sources that a kind of engine cannot open are named, but only where a stage needs them', () => {
  const openai = { kind: 'openai', url: 'http://localhost' };
  const folder = { base: 'models/base' };
  expect(engineProblems(small({}, { engine: openai, models: folder }))).toEqual([
    expect.objectContaining({ field: 'models.base.source', message: expect.stringContaining('openai') }),
    ...['stages.warm-up.stage', 'stages.teach.stage'].map((field) => expect.objectContaining({ field })),
  ]);
  expect(engineProblems(small({}, { engines: { far: openai } }))).toEqual([]);
});

test('models of the hub and bundled ones are those of a server by the same name, but without an adapter of this machine', () => {
  const engine = { kind: 'tinker', url: 'http://localhost' };
  for (const source of ['hf:owner/name', 'builtin:base'])
    expect(engineProblems(small({}, { engine, models: { base: source } }))).toEqual([]);
  expect(engineProblems(small({}, { engine, models: { base: { source: 'hf:owner/name', adapter: 'x' } } }))).toEqual([
    expect.objectContaining({ field: 'models.base.adapter' }),
  ]);
});

/** Trainer, sampler and frozen student at three addresses. */
const spread = () =>
  parseRecipe({
    name: 'spread',
    engines: {
      trainer: { kind: 'tinker', url: 'http://localhost:1' },
      judge: { kind: 'openai', url: 'http://localhost:2' },
    },
    models: {
      base: { source: 'models/base', engine: 'trainer' },
      student: { source: 'models/base', engine: 'judge' },
      unused: 'builtin:base',
    },
    data: { train: { source: 'task:word-problems', count: 10 } },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'train' },
      { stage: 'teach', teacher: 'warm-up', student: 'student', data: 'train' },
      { stage: 'explain', teacher: 'teach', data: 'train' },
      { stage: 'evaluate', students: { judge: 'student' }, problems: { train: 'train' } },
    ],
  });

test('a model lives on the engine that it names; what a stage trained, on the engine that trained it', () => {
  const recipe = spread();
  expect(['base', 'student', 'unused', 'warm-up', 'teach'].map((model) => engineOfModel(recipe, model))).toEqual([
    'trainer',
    'judge',
    null,
    'trainer',
    'trainer',
  ]);
  expect(recipe.stages.map((stage) => enginesOf(recipe, stage))).toEqual([
    ['trainer'],
    ['trainer', 'judge'],
    ['trainer'],
    ['judge'],
  ]);
});

test('a model that a server does not have is refused before anything runs, with those that it has', () => {
  const models = { base: { source: 'served:large', tokenizer: '/somewhere' } };
  const url = 'http://127.0.0.1:1';
  const problems = (served: readonly string[] | undefined, source = 'served:large') => {
    const recipe = small({}, { models: { base: { ...models.base, source } }, engine: { kind: 'tinker', url } });
    const profile = { ...everything, ...(served === undefined ? {} : { served }) };
    return unmetRequirements(recipe, recipe.stages, () => profile);
  };
  expect(problems(['tiny', 'base'])).toEqual([
    {
      field: 'models.base.source',
      message: 'the engine test has no model named large',
      remedy: 'It has tiny, base.',
    },
  ]);
  expect(problems(['large'])).toEqual([]);
  // A server that does not tell what it has, and weights that it saved itself.
  expect(problems(undefined)).toEqual([]);
  expect(problems(['tiny'], 'served:tinker://run/weights/1')).toEqual([]);
});

test('an engine of a kind that never trains is refused for what trains, without asking a server', () => {
  const url = 'http://127.0.0.1:1';
  const recipe = small({}, { models: { base: 'hf:some/model' }, engine: { kind: 'openai', url } });
  expect(engineProblems(recipe).map(({ field, message }) => [field, message])).toEqual([
    ['stages.warm-up.stage', 'the engine openai cannot train'],
    ['stages.teach.stage', 'the engine openai cannot train'],
  ]);
});

test('a requirement is held against the engine of its own model', () => {
  const recipe = spread();
  const found = unmetRequirements(recipe, recipe.stages, (engine) => ({
    ...everything,
    name: String(engine),
    ...(engine === 'judge' ? { training: undefined, anyTemperature: false } : {}),
  }));
  expect(found).toEqual([
    {
      field: 'stages.teach.reward.temperature',
      message: 'the engine judge computes log-probs only at temperature 1, not 0.7',
      remedy: 'Set reward.temperature to 1.',
    },
  ]);
});

test('only engines that the stages to run need are connected; all unmet requirements come in one error', async () => {
  const recipe = spread();
  const connected: (string | null)[] = [];
  const closed: (string | null)[] = [];
  const engines = new Engines(recipe, async (_, name): Promise<Engine> => {
    connected.push(name);
    const refuse = async () => {
      throw new Error('nothing is opened here');
    };
    return {
      profile: { ...everything, training: undefined },
      open: refuse,
      train: refuse,
      close: async () => {
        closed.push(name);
      },
    };
  });
  await engines.check(recipe, recipe.stages.slice(3));
  expect(connected).toEqual(['judge']);
  const refused = await engines.check(recipe, recipe.stages).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(RecipeError);
  expect(refused instanceof RecipeError && refused.problems.map(({ field }) => field)).toEqual([
    'stages.warm-up.stage',
    'stages.teach.stage',
  ]);
  expect(connected).toEqual(['judge', 'trainer']);
  await engines.close();
  expect(closed).toEqual(['judge', 'trainer']);
});

test('a sampler that takes folders alone does not stand beside a trainer that keeps its models on a server', () => {
  const recipe = parseRecipe({
    name: 'sampled',
    engine: { kind: 'tinker', url: 'http://localhost:1' },
    engines: { gpu: { kind: 'openai', url: 'http://localhost:2' } },
    models: { base: { source: 'served:base', tokenizer: 'models/base', sampler: 'gpu' } },
    data: { train: { source: 'task:word-problems', count: 10 } },
    stages: [{ stage: 'reinforce', student: 'base', data: 'train' }],
  });
  const messages = (sampler: Pick<EngineProfile, 'sources' | 'policies'>) =>
    unmetRequirements(recipe, recipe.stages, (name) => ({
      ...everything,
      name: name === 'gpu' ? 'vLLM' : 'trainer',
      sources: ['served'],
      ...(name === 'gpu' && sampler),
    })).map(({ message }) => message);
  const refused = ['the engine vLLM cannot open what the engine trainer saves'];
  expect(messages({ sources: ['served', 'directory'], policies: { adapters: true, weights: true } })).toEqual(refused);
  expect(messages({ sources: ['served'], policies: { adapters: false, weights: false } })).toEqual(refused);
  expect(messages({ sources: ['served'] })).toEqual([]);
});

test('a sampler that cannot get the weights of its trainer is refused before either is connected', () => {
  const tinker = (port: number) => ({ kind: 'tinker', url: `http://localhost:${port}` });
  const problems = (trainer: object, sampler: object, stage = 'reinforce') => {
    const recipe = parseRecipe({
      name: 'sampled',
      engines: { trainer, gpu: sampler },
      models: { base: { source: 'builtin:base', engine: 'trainer', sampler: 'gpu' }, reader: 'builtin:base' },
      data: { train: { source: 'task:word-problems', count: 10 } },
      stages: [
        { stage: 'warm-up', teacher: 'base', data: 'train' },
        { stage: 'reinforce', student: 'warm-up', data: 'train' },
        { stage: 'teach', teacher: 'reinforce', student: 'reader', data: 'train' },
      ],
    });
    return engineProblems(recipe, stage === 'warm-up' ? recipe.stages.slice(0, 1) : recipe.stages);
  };
  const vllm = { kind: 'openai', url: 'http://localhost:3' };
  expect(problems(tinker(1), tinker(2))).toEqual([
    {
      message: 'the engine gpu cannot open what the engine trainer saves',
      field: 'models.base.sampler',
      remedy: expect.stringContaining('Leave out the sampler of the model'),
    },
  ]);
  expect(problems(tinker(1), vllm)).toHaveLength(1);
  expect(problems(tinker(1), { kind: 'local' })).toHaveLength(1);
  expect(problems({ kind: 'local' }, tinker(1))).toHaveLength(1);
  // One server by two names, and weights in folders of this machine.
  expect(problems(tinker(1), { ...tinker(1), url: 'http://localhost:1/' })).toEqual([]);
  expect(problems({ kind: 'local' }, vllm)).toEqual([]);
  expect(problems({ kind: 'local' }, { kind: 'local' })).toEqual([]);
  // No policy is sampled in a warm-up.
  expect(problems(tinker(1), tinker(2), 'warm-up')).toEqual([]);
});

test('a sampler must take what learns, an adapter or all weights, while it runs', () => {
  const recipe = (lora: object | null) =>
    parseRecipe({
      name: 'sampled',
      engines: { gpu: { kind: 'openai', url: 'http://localhost:2' } },
      models: { base: { source: 'builtin:base', sampler: 'gpu' } },
      data: { train: { source: 'task:word-problems', count: 10 } },
      stages: [{ stage: 'reinforce', student: 'base', data: 'train', lora }],
    });
  const messages = (lora: object | null, policies: EngineProfile['policies']) =>
    unmetRequirements(recipe(lora), recipe(lora).stages, (name) => ({
      ...everything,
      name: String(name),
      ...(name === 'gpu' && policies && { policies }),
    })).map(({ field, message }) => [field, message]);
  expect(messages({}, undefined)).toEqual([]);
  expect(messages({}, { adapters: true, weights: false })).toEqual([]);
  expect(messages(null, { adapters: false, weights: true })).toEqual([]);
  expect(messages({}, { adapters: false, weights: true })).toEqual([
    ['stages.reinforce.lora', 'the engine gpu loads no adapters while it runs'],
  ]);
  expect(messages(null, { adapters: true, weights: false })).toEqual([
    ['stages.reinforce.lora', 'the engine gpu takes no new weights while it runs'],
  ]);
});
