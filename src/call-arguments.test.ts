import { expect, it } from 'vitest';
import * as library from './index.js';

const { RltError, UsageError, graderNamed, FORMATS } = library;
type Callable = (...of: readonly unknown[]) => unknown;

/** Every function and class of the library, but for the errors. */
const LIBRARY: Readonly<Record<string, Callable>> = Object.fromEntries(
  Object.entries(library).flatMap(([name, value]) =>
    typeof value === 'function' && !(value.prototype instanceof Error) ? [[name, value as unknown as Callable]] : [],
  ),
);
type Name = string;

const isClass = (value: Callable): boolean => /^class\b/.test(Function.prototype.toString.call(value));

/** As plain JavaScript calls it. */
async function call(name: Name, ...given: readonly unknown[]): Promise<unknown> {
  const value = LIBRARY[name];
  if (value === undefined) throw new Error(`there is no ${name}`);
  return isClass(value) ? Reflect.construct(value, given) : Reflect.apply(value, undefined, given);
}

const recipe = { name: 'mine', stages: [], models: {} };
const problem = { id: 'a', question: 'What is 2 + 3?', solution: '5' };
const model = { sample: () => [], logProbs: () => [], facts: {}, profile: {} };
const policy = { ...model, accumulate: () => [], step: () => ({}) };
const builder = { prompt: () => [], answerText: () => '', stopIds: [], tokenizer: {} };
const sampling = {
  samples: 1,
  sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: 8 },
  keyOf: () => ({ low: 0, high: 0 }),
};

const judge = { model: { ...model }, layouts: { tokenizer: {}, teacher: {}, student: {} } };
const judging = (settings: object) => ({
  teacher: judge,
  student: judge,
  settings: { ...library.paperReward(), ...settings },
  temperature: 1,
});
const optimiser = {
  learningRate: 1e-5,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  schedule: 'constant',
  warmUp: 0,
};

it.each<[Name, readonly unknown[], string]>([
  ['runRecipe', [], 'recipe: expected an object, but it is missing'],
  ['runRecipe', ['quickstart', { runDirectory: 'x' }], 'recipe: expected an object, not "quickstart"'],
  ['runRecipe', [{}, { runDirectory: 'x' }], 'recipe.name: expected a string, but it is missing'],
  ['runRecipe', [recipe], 'options: expected an object, but it is missing'],
  ['runRecipe', [recipe, { runDirectory: 1 }], 'options.runDirectory: expected a string, not 1'],
  ['runRecipe', [recipe, { runDirectory: 'x', only: 'teach' }], 'options.only: expected a list, not "teach"'],
  ['loadRecipe', [], 'pathOrName: expected a string, but it is missing'],
  ['loadRecipe', ['quickstart', 'seed=2'], 'overrides: expected a list, not "seed=2"'],
  ['readProblems', [], 'source: expected a string, but it is missing'],
  ['readProblems', ['x.jsonl', null], 'options: expected an object, not null'],
  ['readProblems', ['x.jsonl', { adapter: 1 }], 'options.adapter: expected a string, not 1'],
  ['readProblems', ['x.jsonl', { needs: 'all' }], 'options.needs: expected one of solutions, answers, not "all"'],
  ['readProblems', ['x.jsonl', { columns: {} }], 'options.columns.question: expected a string, but it is missing'],
  ['readProblems', ['x.jsonl', { columns: { question: 'q' } }], 'columns names neither solution nor answer'],
  ['writeProblems', ['x.jsonl'], 'problems: expected a list of problems'],
  ['readTraces', [], 'file: expected a string, but it is missing'],
  ['writeTraces', ['x.jsonl', 'y'], 'traces: expected a list, not "y"'],
  ['distinctProblems', [], 'task: expected a task, with name, levels and draw'],
  ['locateModel', [], 'source: expected a string, but it is missing'],
  ['connectEngine', [{ kind: 'gpu' }], 'settings.kind: expected one of local, tinker, openai, not "gpu"'],
  ['openLocalEngine', ['cpu'], 'settings: expected an object, not "cpu"'],
  ['layoutsOf', [], 'source: expected an object, but it is missing'],
  ['paperReward', [{ lambda: 'a' }], 'settings.lambda: expected a number, not "a"'],
  ['paperReward', [{ alpha: Number.NaN }], 'settings.alpha: expected a number, not NaN'],
  ['solve', [], 'model: expected a model, but it is missing'],
  ['solve', [model, builder, [{}], sampling], 'problems: expected a list of problems with their graders'],
  ['solve', [model, builder, [{ problem: {} }], sampling], 'but element 0 has no grader'],
  ['solve', [model, builder, [], { samples: 1 }], 'settings.sampling: expected an object, but it is missing'],
  ['solve', [model, builder, [], { ...sampling, keyOf: 1 }], 'settings.keyOf: expected a function'],
  ['scoreExplanations', [], 'judges: expected an object, but it is missing'],
  ['scoreExplanations', [{ teacher: {} }], 'judges.teacher.model: expected a model, but it is missing'],
  ['groupAdvantage', [], 'rewards_G: expected a list, but it is missing'],
  ['groupAdvantage', [[1, '0']], 'rewards_G.1: expected a number, not "0"'],
  ['groupAdvantage', [[1, 0], {}], 'settings.scaleByStd: it is missing'],
  ['graderNamed', [], 'name: expected a string, but it is missing'],
  ['evaluationProblem', [], 'problem: expected a problem with id, question and solution, but it is missing'],
  [
    'evaluationProblem',
    [{ id: 'a' }, 'auto'],
    'expected a problem with id, question and solution, but it has no question',
  ],
  ['evaluationProblem', [[], 'auto'], 'expected a problem with id, question and solution, not a list'],
  ['evaluationProblem', [problem], "grader: expected 'auto' or a grader"],
  ['evaluationProblem', [problem, 'math'], "grader: expected 'auto' or a grader"],
  ['summarise', [], 'answers: expected a list of graded answers, but it is missing'],
  ['summarise', [[{ id: 'a' }]], 'answers: expected a list of graded answers, but element 0 has no sample'],
  ['summarise', [[], {}], 'graders: expected a list of graders, not an object'],
  ['grpoStep', [{}], 'models.policy: expected a policy, but it is missing'],
  ['grpoStep', [{ policy: model }], 'models.policy: expected a policy, but it has no accumulate'],
  ['sftStep', [policy, [{}]], 'examples_N: expected a list of examples, but element 0 has no ids'],
  ['updatePolicy', [policy, [], {}], 'settings.learningRate: expected a number, but it is missing'],
  ['grpoWeights', [[{ advantage: 1 }], {}], 'samples_N.0.logProbs: it is missing'],
  ['tokenShares', [[1], 'tokens'], 'normalisation: expected one of sequence, token, { constantTokens }'],
  ['correctnessReward', ['correct'], 'outcome: expected one of'],
  ['explanationReward', [{}], 'input.studentSolution: it is missing'],
  ['parseRecipe', [recipe, ['seed=3']], 'place: expected an object such as { file }; overrides come after it'],
  ['scoreExplanations', [judging({ estimator: 'k2' }), []], 'judges.settings.estimator: expected one of k1, k3'],
  ['scoreExplanations', [judging({ kl: [{ reduction: 'avg', coefficient: 1 }] }), []], 'settings.kl.0.reduction'],
  ['scoreExplanations', [{ ...judging({}), settings: undefined }, []], 'judges.settings: expected settings'],
  ['updatePolicy', [policy, [], { ...optimiser, beta1: '0.9' }, {}], 'settings.beta1: expected a number, not "0.9"'],
  ['updatePolicy', [policy, [], { ...optimiser, schedule: 'cosin' }, {}], 'settings.schedule: expected one of'],
  ['randomKey', ['1'], 'seed: expected a number'],
  ['randomKey', [1, {}], 'part 0: expected a string or a number'],
  ['loadTokenizer', [], 'directory: expected a string, but it is missing'],
  ['readStudentText', ['paper', 'text'], 'format: expected tags, such as FORMATS.paper, not "paper"'],
  ['readStudentText', [FORMATS.paper], 'text: expected a string, but it is missing'],
  ['textProgress', [{ terminal: false }], 'options.write: expected a function'],
  ['uniformAt', [], 'key: expected a random key'],
])('%s(...%j) says what is wrong, and how to call it', async (name, given, message) => {
  const error = await call(name, ...given).catch((thrown: unknown) => thrown);
  if (!(error instanceof UsageError)) throw error;
  expect(error.summary).toContain(`${name}: `);
  expect(error.message).toContain(message);
  expect(error.facts.remedy).toContain(
    `Call it as ${name === 'runRecipe' ? 'runRecipe(await loadRecipe(' : `${name}(`}`,
  );
});

it('a cursor says how it is made, and what a batch is', async () => {
  const refused = (...given: readonly unknown[]) => call('Cursor', ...given).catch((thrown: unknown) => thrown);
  expect(await refused()).toMatchObject({ summary: 'new Cursor: items: expected a list' });
  expect(await refused([1])).toMatchObject({ summary: 'new Cursor: options: expected an object, but it is missing' });
  expect(await refused([1], { sead: 1 })).toMatchObject({
    summary: expect.stringContaining('new Cursor: options.seed'),
  });
  const cursor = new library.Cursor([1, 2], { seed: 1 });
  expect(() => Reflect.apply(cursor.next, cursor, [])).toThrow(UsageError);
});

/** What nobody should give: nothing, and values of another kind. */
const WRONG: readonly (readonly unknown[])[] = [
  [],
  [null],
  [{}],
  [[]],
  ['x'],
  [5],
  [[{}]],
  [{}, {}],
  [{}, []],
  [[], {}],
  [[{}], {}],
  ['x', 'y', 'z'],
  [1, 2, 3],
  [{}, {}, {}],
  [{}, [], {}],
  [null, null, null],
];

it.each(Object.keys(LIBRARY))(
  '%s never fails with an error of JavaScript where it is called with nonsense',
  async (name) => {
    for (const given of WRONG) {
      const thrown = await call(name, ...given).then(
        () => undefined,
        (error: unknown) => error,
      );
      // Numbers out of range are documented as such.
      if (thrown === undefined || thrown instanceof RltError || thrown instanceof RangeError) continue;
      throw new Error(`${name}(${JSON.stringify(given)}): ${thrown}`);
    }
  },
);

it('what types allow is taken', async () => {
  expect(await call('evaluationProblem', problem, graderNamed('integer'))).toMatchObject({ gold: '5' });
  expect(await call('groupAdvantage', new Float32Array([1, 0]))).toMatchObject({ mean: 0.5 });
  expect(await call('solve', model, builder, [], sampling)).toEqual({ answers: [], tokens: 0 });
});

const source = { kind: 'directory', directory: 'x' };
const task = { name: 't', levels: [{ name: 'easy' }], draw: () => undefined };

it.each<[Name, readonly unknown[], string, string]>([
  ['readProblems', ['x.jsonl', { frist: 3 }], 'options.frist', 'Did you mean "first"?'],
  ['readProblems', ['x.jsonl', { limits: { row: 3 } }], 'options.limits.row', 'Did you mean "rows"?'],
  ['readProblems', ['x.jsonl', { hub: { tokens: 'x' } }], 'options.hub.tokens', 'Did you mean "token"?'],
  ['readTraces', ['x.jsonl', { rowz: 1 }], 'limits.rowz', 'Did you mean "rows"?'],
  ['distinctProblems', [task, { count: 1, seed: 1, levle: 'easy' }], 'options.levle', 'Did you mean "level"?'],
  ['runRecipe', [recipe, { runDirectory: 'x', resumed: true }], 'options.resumed', 'Did you mean "resume"?'],
  ['layoutsOf', [source, { name: 'paper' }, { taecher: 'x' }], 'prompts.taecher', 'Did you mean "teacher"?'],
  ['connectEngine', [{ kind: 'local', thread: 2 }], 'settings.thread', 'Did you mean "threads"?'],
  ['openLocalEngine', [{ thread: 2 }], 'settings.thread', 'Did you mean "threads"?'],
  ['paperReward', [{ lamda: 1.5 }], 'settings.lamda', 'The options: lambda, alpha.'],
  ['paperReward', [{ weight: 1.5 }], 'settings.weight', 'The options: lambda, alpha.'],
])('%s(...%j) names the option that does not exist', async (name, given, field, remedy) => {
  const error = await call(name, ...given).catch((thrown: unknown) => thrown);
  if (!(error instanceof UsageError)) throw error;
  expect(error.summary).toBe(`${name}: ${field}: there is no such option`);
  expect(error.facts).toMatchObject({ field });
  expect(error.facts.remedy).toContain(remedy);
});

it('options that types allow are taken', async () => {
  expect(await call('paperReward', { lambda: 1.5, alpha: undefined })).toMatchObject({ estimator: 'k1' });
  const limits = { fileBytes: Number.POSITIVE_INFINITY, lineBytes: 10, rows: undefined };
  const hub = { url: 'https://hub.test', refresh: true, timeoutMs: 5, signal: new AbortController().signal };
  const options = { adapter: 'plain', needs: 'answers', limits, hub, first: Number.POSITIVE_INFINITY };
  await expect(call('readProblems', 'missing.jsonl', options)).rejects.toThrow(/missing\.jsonl/);
});
