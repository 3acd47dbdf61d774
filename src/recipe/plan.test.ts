import { expect, test } from 'vitest';
import { parseRecipe } from './load.js';
import { type KnownDataSets, type MeasuredLengths, planRecipe } from './plan.js';

test('the plan counts steps, samples and tokens', async () => {
  const recipe = parseRecipe({
    name: 'plan',
    models: { base: 'builtin:base' },
    data: {
      t: { source: 'task:countdown', count: 100, heldOut: 10 },
      f: { source: 'f.jsonl', limit: 7 },
      u: 'u.jsonl',
    },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 't', epochs: 2, batch: 40, maxTokens: 50 },
      {
        stage: 'teach',
        teacher: 'warm-up',
        student: 'base',
        data: 't',
        steps: 3,
        prompts: 4,
        samples: 5,
        maxPromptTokens: 10,
        sampling: { maxTokens: 20 },
      },
      { stage: 'explain', teacher: 'teach', data: 'f', samples: 2, sampling: { maxTokens: 20 } },
      { stage: 'distill', student: 'base', traces: 'explain', steps: 2, batch: 3, maxTokens: 10 },
      {
        stage: 'evaluate',
        students: { a: 'base', b: 'distill' },
        problems: { x: 't.held-out', y: 'f' },
        samples: 2,
        sampling: { maxTokens: 10 },
      },
      { stage: 'distill', name: 'unknown', student: 'base', traces: 'u' },
    ],
  });
  const plan = planRecipe(recipe, { sampled: 10, read: 100, trained: 1000 });
  const [warmUp, teach, explain, distill, evaluate] = plan.stages;
  // ceil(90 / 40) steps an epoch, 90 sequences of at most 50 tokens, twice.
  expect(warmUp).toMatchObject({ steps: 6, items: 90, tokens: { sampled: 0, read: 0, trained: 9000 }, seconds: 9 });
  // 60 samples; the student and the reference read 30 tokens of each, and 12 prompts are read for sampling.
  expect(teach).toMatchObject({
    steps: 3,
    samples: 60,
    tokens: { sampled: 1200, read: 2 * 1800 + 120, trained: 1800 },
    recording: { share: 1 },
  });
  expect(warmUp?.recording).toBeUndefined();
  expect(explain).toMatchObject({ items: 7, samples: 14, tokens: { sampled: 280 } });
  expect(distill).toMatchObject({ steps: 2, items: 7, tokens: { trained: 60 } });
  expect(evaluate).toMatchObject({ items: 17, samples: 68, tokens: { sampled: 680 } });
  expect(plan.unknown).toEqual(['unknown']);

  const slow = { sampled: 1, read: 10, trained: 100 };
  const ownRates = planRecipe(recipe, ({ stage }) =>
    stage === 'warm-up' ? slow : { sampled: 10, read: 100, trained: 1000 },
  );
  expect(ownRates.stages[0]?.seconds).toBe(90);
  expect(ownRates.stages.slice(1)).toEqual(plan.stages.slice(1));
});

test('the time of a plan follows the lengths of the data, and never exceeds the limits', () => {
  const recipe = parseRecipe({
    name: 'timed',
    models: { base: 'builtin:base' },
    data: { f: { source: 'f.jsonl', heldOut: 5 } },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'f', epochs: 2, maxTokens: 500 },
      { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'f', steps: 2, prompts: 3, samples: 4 },
      { stage: 'explain', teacher: 'teach', data: 'f', limit: 2, sampling: { maxTokens: 3 } },
      { stage: 'score', teacher: 'teach', student: 'base', traces: 'explain' },
      { stage: 'distill', student: 'base', traces: 'score', epochs: 1, maxTokens: 11 },
      { stage: 'distill', name: 'solutions', student: 'base', traces: 'f', learn: 'solution', epochs: 1 },
      { stage: 'reinforce', student: 'distill', data: 'f', steps: 1, prompts: 2, samples: 3, beta: 0 },
      { stage: 'evaluate', students: { a: 'base', b: 'distill' }, problems: { x: 'f.held-out' }, samples: 2 },
    ],
  });
  const lengths: MeasuredLengths = {
    teacherPrompt: 20,
    studentPrompt: 10,
    explanation: 7,
    solution: 4,
    explanationsAs: 'traces',
    unit: 'tokens',
  };
  const known = new Map([
    ['f', { count: 30, lengths }],
    ['f.held-out', { count: 5, lengths }],
  ]);
  const seconds = (rates: Parameters<typeof planRecipe>[1], data: KnownDataSets = known) =>
    planRecipe(recipe, rates, data).stages.map((stage) => stage.seconds);
  const only = (kind: 'sampled' | 'read' | 'trained') =>
    seconds({ sampled: Infinity, read: Infinity, trained: Infinity, [kind]: 1 });
  // Teaching: 6 groups of 4. Explaining: 2 problems. Reinforcing: 2 groups of 3. Evaluating: 5 problems, 2 students, 2
  // samples.
  expect(only('sampled')).toEqual([0, 6 * 4 * 7, 2 * 3, 0, 0, 0, 2 * 3 * (7 + 4), 5 * 2 * 2 * (7 + 4)]);
  // Teaching: a group's prompt; the student with prompt, explanations, solutions; the reference as what is trained on.
  expect(only('read')).toEqual([
    0,
    6 * (20 + (10 + 4 * (7 + 4)) + (20 + 4 * 7)),
    2 * 20,
    2 * (20 + 7 + 10 + 7 + 4),
    0,
    0,
    2 * 10,
    5 * 2 * 10,
  ]);
  expect(only('trained')).toEqual([
    30 * 2 * (20 + 7),
    6 * (20 + 4 * 7),
    0,
    0,
    2 * 11,
    30 * (10 + 4),
    2 * (10 + 3 * (7 + 4)),
    0,
  ]);
  const plan = planRecipe(recipe, { sampled: 1, read: 1, trained: 1 }, known);
  expect(plan.seconds).toBe(plan.stages.reduce((total, stage) => total + (stage.seconds ?? Number.NaN), 0));
  expect([plan.unknown, plan.stages.map(({ items }) => items)]).toEqual([[], [30, 30, 2, 2, 2, 30, 30, 5]]);
  expect([plan.secondsAre, plan.stages.every(({ secondsAre }) => secondsAre === 'an estimate')]).toEqual([
    'an estimate',
    true,
  ]);
  // Without lengths there is only the upper bound, which is called one.
  const unread = planRecipe(
    recipe,
    { sampled: 1, read: 1, trained: 1 },
    new Map([['f', { count: 30, lengths: undefined }]]),
  );
  expect(unread.stages[0]).toMatchObject({ seconds: 30 * 2 * 500, secondsAre: 'an upper bound' });
  expect(unread.secondsAre).toBe('an upper bound');
});

test('of some stages only these are planned, with what earlier ones leave', () => {
  const recipe = parseRecipe({
    name: 'part',
    models: { base: 'builtin:base' },
    data: { t: { source: 'task:countdown', count: 100 } },
    stages: [
      { stage: 'explain', teacher: 'base', data: 't', limit: 30, sampling: { maxTokens: 20 } },
      { stage: 'distill', student: 'base', traces: 'explain', epochs: 1, batch: 10, maxTokens: 50 },
    ],
  });
  const plan = planRecipe(recipe, undefined, new Map(), { only: ['distill'] });
  expect(plan.stages.map(({ name, items, steps }) => [name, items, steps])).toEqual([['distill', 30, 3]]);
  expect(plan.tokens).toEqual({ sampled: 0, read: 0, trained: 1500 });
});

test('a server has its own speed and prices; a stage counts for the engine of its main model', () => {
  const server = { kind: 'tinker', url: 'http://localhost' };
  const recipe = parseRecipe({
    name: 'priced',
    engine: {
      ...server,
      prices: { prefill: 1, sample: 10, train: 100 },
      tokensPerSecond: { prefill: 1000, sample: 10, train: 100 },
    },
    engines: { judge: server },
    models: { base: 'hf:owner/name', judge: { source: 'hf:owner/judge', engine: 'judge' } },
    data: { t: { source: 'task:countdown', count: 100 } },
    stages: [
      { stage: 'distill', student: 'base', traces: 't', epochs: 1, batch: 40, maxTokens: 50 },
      { stage: 'explain', teacher: 'base', data: 't', sampling: { maxTokens: 20 } },
      { stage: 'explain', name: 'other', teacher: 'judge', data: 't', sampling: { maxTokens: 20 } },
    ],
  });
  const plan = planRecipe(recipe);
  const [distill, explain, other] = plan.stages;
  expect(distill).toMatchObject({ tokens: { trained: 5000 }, seconds: 50, cost: 0.5 });
  expect(explain).toMatchObject({ tokens: { sampled: 2000, read: 0 }, seconds: 200, cost: 0.02 });
  expect(other).toMatchObject({ seconds: undefined, cost: undefined });
  expect([plan.seconds, plan.cost]).toEqual([250, 0.52]);
  // A rate that is given takes the place of all.
  expect(planRecipe(recipe, { sampled: 1, read: 1, trained: 1 }).stages.map(({ seconds }) => seconds)).toEqual([
    5000, 2000, 2000,
  ]);
  const free = planRecipe(parseRecipe({ ...JSON.parse(JSON.stringify(recipe)), engine: server }));
  expect([free.seconds, free.cost]).toEqual([undefined, undefined]);
});

test('no more tokens are planned than the context of a model has', () => {
  const recipe = parseRecipe({
    name: 'short',
    models: { base: 'builtin:base' },
    data: { t: { source: 'task:countdown', count: 10 } },
    stages: [
      { stage: 'explain', teacher: 'base', data: 't', samples: 1, sampling: { maxTokens: 100_000 } },
      { stage: 'distill', student: 'base', traces: 't', steps: 1, batch: 2, maxTokens: 100_000 },
      {
        stage: 'evaluate',
        students: { a: 'base', b: 'distill' },
        problems: { t: 't' },
        samples: 1,
        sampling: { maxTokens: 100_000 },
      },
      {
        stage: 'reinforce',
        student: 'base',
        data: 't',
        steps: 1,
        prompts: 1,
        samples: 2,
        maxPromptTokens: 100_000,
        sampling: { maxTokens: 100_000 },
      },
    ],
  });
  const size = { contextTokens: 512, parameters: 1e6 };
  const models = new Map([
    ['base', size],
    ['distill', { ...size, contextTokens: 256 }],
  ]);
  const tokens = planRecipe(recipe, undefined, undefined, { models }).stages.map((stage) => stage.tokens);
  expect(tokens[0]?.sampled).toBe(10 * 511);
  expect(tokens[1]?.trained).toBe(2 * 512);
  expect(tokens[2]?.sampled).toBe(10 * (511 + 255));
  expect(tokens[3]).toMatchObject({ sampled: 2 * 511, trained: 2 * 512 });
  expect(planRecipe(recipe).stages[0]?.tokens?.sampled).toBe(10 * 100_000);
});

test('memory is that of sampled texts as long as they may be, for those who read and learn from them too', () => {
  const recipe = parseRecipe({
    name: 'longest',
    models: { base: 'builtin:base' },
    data: { f: { source: 'f.jsonl' } },
    stages: [
      { stage: 'teach', teacher: 'base', student: 'base', data: 'f', sampling: { maxTokens: 90 } },
      { stage: 'explain', teacher: 'base', data: 'f', sampling: { maxTokens: 50 } },
      { stage: 'score', teacher: 'base', student: 'base', traces: 'explain' },
      { stage: 'distill', student: 'base', traces: 'score', maxTokens: 500 },
      { stage: 'distill', name: 'own', student: 'base', traces: 'f', maxTokens: 500 },
    ],
  });
  const longest = { teacherPrompt: 30, studentPrompt: 20, explanation: 10, solution: 5 };
  const known: KnownDataSets = new Map([['f', { count: 100, lengths: undefined, longest }]]);
  const lengths = planRecipe(recipe, undefined, known).stages.map(({ memory }) =>
    memory.phases.flat().flatMap(({ calls }) => calls.map((call) => [call.kind, call.promptTokens, call.ownTokens])),
  );
  const [teach, explain, score, distill, own] = lengths;
  expect(teach).toEqual([
    ['sample', 30, 90],
    ['score', 30, 90],
    ['train', 30, 90],
    ['score', 20, 95],
  ]);
  expect(explain).toEqual([['sample', 30, 50]]);
  expect(score).toEqual([
    ['score', 30, 50],
    ['score', 20, 55],
  ]);
  expect(distill).toEqual([['train', 20, 55]]);
  expect(own).toEqual([['train', 20, 15]]);
});
