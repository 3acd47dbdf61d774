import { expect, it } from 'vitest';
import {
  connectEngine,
  distinctProblems,
  layoutsOf,
  loadRecipe,
  locateModel,
  openLocalEngine,
  paperReward,
  readProblems,
  readTraces,
  runRecipe,
  UsageError,
  writeProblems,
  writeTraces,
} from './index.js';

const LIBRARY = {
  connectEngine,
  distinctProblems,
  layoutsOf,
  loadRecipe,
  locateModel,
  openLocalEngine,
  paperReward,
  readProblems,
  readTraces,
  runRecipe,
  writeProblems,
  writeTraces,
};
type Name = keyof typeof LIBRARY;

/** As plain JavaScript calls it. */
const call = async (name: Name, ...given: readonly unknown[]): Promise<unknown> =>
  Reflect.apply(LIBRARY[name] as (...of: readonly unknown[]) => unknown, undefined, given);

const recipe = { name: 'mine', stages: [], models: {} };

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
  ['distinctProblems', [], 'task: expected an object, but it is missing'],
  ['locateModel', [], 'source: expected a string, but it is missing'],
  ['connectEngine', [{ kind: 'gpu' }], 'settings.kind: expected one of local, tinker, openai, not "gpu"'],
  ['openLocalEngine', ['cpu'], 'settings: expected an object, not "cpu"'],
  ['layoutsOf', [], 'source: expected an object, but it is missing'],
  ['paperReward', [{ lambda: 'a' }], 'settings.lambda: expected a number, not "a"'],
  ['paperReward', [{ alpha: Number.NaN }], 'settings.alpha: expected a number, not NaN'],
])('%s(...%j) says what is wrong, and how to call it', async (name, given, message) => {
  const error = await call(name, ...given).catch((thrown: unknown) => thrown);
  if (!(error instanceof UsageError)) throw error;
  expect(error.summary).toContain(`${name}: `);
  expect(error.message).toContain(message);
  expect(error.facts.remedy).toContain(
    `Call it as ${name === 'runRecipe' ? 'runRecipe(await loadRecipe(' : `${name}(`}`,
  );
});

const source = { kind: 'directory', directory: 'x' };
const task = { name: 't', levels: [{ name: 'easy' }] };

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
