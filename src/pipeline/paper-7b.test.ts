/**
 * The paper's recipe on servers of ours over real sockets: all its stages, with a tiny model, few problems and few steps.
 * The student of the reward stands on a server of its own.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { loadRecipe } from '../recipe/load.js';
import { quietProgress } from '../run/progress.js';
import { type RunningServer, startServer } from '../serve/server.js';
import { testSettings } from '../serve/testing/server.js';
import { runRecipe } from './run-recipe.js';
import { linesOf, SUMS } from './testing/rlt.js';
import { type ServedTest, servedTest } from './testing/served.js';

let test: ServedTest;
let server: RunningServer;
let judge: RunningServer;
beforeAll(async () => {
  // The tags of the paper are many tokens of a small vocabulary.
  test = await servedTest(['stages.base.architecture.contextTokens=512']);
  const models = [{ name: 'tiny', source: { kind: 'directory' as const, directory: test.base } }];
  const serve = async (kept: string) =>
    startServer(testSettings(kept, { models }), await openLocalEngine({ threads: 1 }));
  [server, judge] = [await serve(test.kept), await serve(join(test.folder, 'judge'))];
}, 300_000);
afterAll(async () => {
  await server.close();
  await judge.close();
  await test.remove();
});

const each = (stages: readonly string[], settings: readonly string[]): string[] =>
  stages.flatMap((stage) => settings.map((setting) => `stages.${stage}.${setting}`));

/** Sizes, models and data; what the recipe says of losses, rewards, references and formats stays. */
const smaller = (model: string): string[] => [
  ...['teacher', 'reader', 'student-7b', 'student-32b'].map((name) => `models.${name}=${model}`),
  // The released instructions alone are more than a thousand tokens of this vocabulary.
  'prompts={teacher: Explain., student: Solve.}',
  `data.stratos=${JSON.stringify({ source: SUMS, adapter: 'auto', rows: null })}`,
  'data.countdown.count=8',
  'data.countdown-test.count=4',
  ...each(['warm-up'], ['epochs=20', 'batch=8', 'maxTokens=256', 'optimiser.learningRate=2.0e-2']),
  ...each(
    ['teach'],
    ['steps=2', 'prompts=2', 'samples=4', 'sampling.maxTokens=48', 'maxPromptTokens=400', 'reference.everySteps=1'],
  ),
  ...each(['traces', 'traces-32b', 'traces-countdown'], ['sampling.maxTokens=48']),
  'stages.traces-32b.keep.contextTokens=256',
  ...each(['rlt-7b', 'rlt-32b', 'rlt-countdown'], ['epochs=1', 'batch=8', 'maxTokens=256']),
  ...each(
    ['cold-start-rl', 'direct-rl', 'direct-countdown'],
    ['steps=1', 'prompts=2', 'samples=2', 'sampling.maxTokens=24'],
  ),
  // The benchmarks would be downloads.
  'stages.scores.problems=null',
  'stages.scores.problems={sums: stratos}',
  'stages.scores.grader=math',
  ...each(['scores', 'transfer'], ['samples=1', 'sampling.maxTokens=24']),
];

it('runs through all stages of paper-7b', { timeout: 300_000 }, async () => {
  const model = JSON.stringify({ source: 'served:tiny', tokenizer: test.base });
  const changes = [
    `engine.url=${server.url}`,
    'engine.probe=false',
    `engines=${JSON.stringify({ judge: { kind: 'tinker', url: judge.url, probe: false } })}`,
    ...smaller(model),
    'models.reader.engine=judge',
  ];
  const recipe = await loadRecipe('paper-7b', changes);
  const runDirectory = join(test.folder, 'paper');
  const notes: string[] = [];
  const { results } = await runRecipe(recipe, {
    runDirectory,
    progress: { ...quietProgress, note: (text) => notes.push(text) },
  });
  // This server has all that the recipe writes, so nothing is replaced.
  expect(notes.filter((note) => /instead of|no effect/.test(note))).toEqual([]);
  const metrics = linesOf(join(runDirectory, 'metrics.jsonl'));
  const stepsOf = (stage: string) => metrics.filter((line) => line.stage === stage);
  const training = [
    'warm-up',
    'teach',
    'rlt-7b',
    'rlt-32b',
    'cold-start-rl',
    'direct-rl',
    'rlt-countdown',
    'direct-countdown',
  ];
  for (const stage of training) {
    expect(stepsOf(stage).length, stage).toBeGreaterThan(0);
    for (const line of stepsOf(stage)) expect(Number.isFinite(line['update/loss']), stage).toBe(true);
  }
  expect(stepsOf('warm-up').at(-1)?.['update/loss']).toBeLessThan(Number(stepsOf('warm-up')[0]?.['update/loss']));
  expect(stepsOf('teach').every((line) => Number.isFinite(line.reward))).toBe(true);
  expect(linesOf(join(runDirectory, 'stages', '03-traces', 'traces.jsonl'))).toHaveLength(23);
  // The student of the reward was scored on the other server.
  expect(await readdir(join(test.folder, 'judge', 'runs'))).not.toEqual([]);
  expect(results.map(({ student, problems }) => `${student} ${problems}`)).toEqual([
    ...['base-7b', 'bespoke-7b', 'rlt-7b', 'rlt-32b', 'cold-start-rl', 'direct-rl'].map((name) => `${name} 23`),
    ...['base-7b', 'direct', 'rlt'].map((name) => `${name} 4`),
  ]);
});
