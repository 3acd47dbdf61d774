import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readParquet } from '../data/files/parquet.js';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { stageIdentities } from '../recipe/identity.js';
import { loadRecipe } from '../recipe/load.js';
import { planRecipe } from '../recipe/plan.js';
import { runRecipe } from './run-recipe.js';
import { hashesOf, linesOf, rlt, start, TINY, temporaryFolder } from './testing/rlt.js';

const STAGES = ['base', 'warm-up', 'teach'];
const set = (...changes: readonly string[]) => changes.map((change) => `stages.teach.${change}`);
/** Steps that move the policy, so that evaluations differ. */
const TEACH = set('optimiser.learningRate=2e-2', 'heldOut={data: sums.held-out, every: 3, samples: 2}', 'keepEvery=4');
const identityOf = async (...changes: readonly string[]) =>
  stageIdentities(await loadRecipe(TINY, changes), new Map()).find(({ name }) => name === 'teach')?.fingerprint;

let run: string;
let evaluated: Record<string, unknown>[];

/** The lines of metrics that have this one. */
function evaluationsOf(directory: string, metric: string): Record<string, unknown>[] {
  const lines = linesOf(join(directory, 'metrics.jsonl'));
  return lines.filter((line) => line.stage === 'teach' && line[metric] !== undefined);
}

beforeAll(async () => {
  run = mkdtempSync(join(tmpdir(), 'rlt-held-out-'));
  await runRecipe(await loadRecipe(TINY, TEACH), { runDirectory: run, only: STAGES });
  evaluated = evaluationsOf(run, 'held-out/reward');
}, 120_000);
afterAll(() => rmSync(run, { recursive: true, force: true }));

test('a policy is evaluated at first, every so often and at last, and each completion is recorded', async () => {
  expect(evaluated.map(({ step }) => step)).toEqual([0, 3, 6, 8]);
  const files = readdirSync(join(run, 'rollouts', '03-teach')).filter((name) => name.startsWith('held-out'));
  expect(files).toEqual([
    'held-out-000000.parquet',
    'held-out-000003.parquet',
    'held-out-000006.parquet',
    'held-out-000008.parquet',
  ]);
  for (const [index, file] of files.entries()) {
    const rewards: number[] = [];
    for await (const { value } of readParquet(join(run, 'rollouts', '03-teach', file))) {
      expect(value.advantage).toBeNull();
      rewards.push(Number(value.reward));
    }
    // Four problems are held out, each explained twice.
    expect(rewards).toHaveLength(8);
    const mean = rewards.reduce((total, reward) => total + reward, 0) / rewards.length;
    expect(evaluated[index]?.['held-out/reward']).toBeCloseTo(mean, 10);
  }
});

test('models of earlier steps are kept as folders that can be loaded', async () => {
  const kept = join(run, 'kept', '03-teach');
  expect(readdirSync(kept)).toEqual(['step-000004', 'step-000008']);
  const engine = await openLocalEngine({ threads: 1, activationBytes: 2 ** 22 });
  try {
    const last = await engine.open({ kind: 'directory', directory: join(kept, 'step-000008', 'model') });
    expect(last.facts.parameters).toBeGreaterThan(1000);
    await last.close();
  } finally {
    await engine.close();
  }
  const hashes = hashesOf(run);
  const [earlier, later, left] = ['kept/03-teach/step-000004', 'kept/03-teach/step-000008', 'stages/03-teach'].map(
    (folder) => hashes[`${folder}/model/model.safetensors`],
  );
  expect(later).toBe(left);
  expect(earlier).not.toBe(left);
});

test('evaluation changes no training, and is part of the identity of a stage only where it is asked for', async () => {
  const silent = temporaryFolder();
  await runRecipe(await loadRecipe(TINY, set('optimiser.learningRate=2e-2')), { runDirectory: silent, only: STAGES });
  const model = 'stages/03-teach/model/model.safetensors';
  expect(hashesOf(silent)[model]).toBe(hashesOf(run)[model]);
  const plain = await identityOf();
  expect(await identityOf(...set('rollouts=null', 'keepEvery=2'))).toBe(plain);
  expect(await identityOf(...set('heldOut={data: sums.held-out}'))).not.toBe(plain);
  await expect(loadRecipe(TINY, set('keepBest=true'))).rejects.toThrow('keepBest requires heldOut');
  const byAccuracy = loadRecipe(TINY, set('keepBest=accuracy', 'heldOut={data: sums.held-out}'));
  await expect(byAccuracy).rejects.toThrow('keepBest: accuracy requires a probe');
  const misspelt = loadRecipe(TINY, set('keepBest=accuracies', 'heldOut={data: sums.held-out}'));
  await expect(misspelt).rejects.toThrow('must be true or false, or `accuracy`, not "accuracies"');
}, 120_000);

/** Problems of one answer, which a student of this size learns from some explanations and not from others. */
const FIVES = [...'abcdefghijkl'].map((name, i) => ({
  question: `${name} = ?`,
  solution: '5',
  answer: '5',
  reasoning_trace: i % 2 === 0 ? 'Hm.' : '5',
}));
const PROBE =
  'probe={data: sums, problems: 6, test: sums.held-out, samples: 4, every: 2, steps: 40, batch: 4, grader: integer, ' +
  'optimiser: {learningRate: 2e-2}}';

test.each([
  {
    by: 'held-out/reward',
    changes: () => [...TEACH, ...set('optimiser.learningRate=5e-3', 'keepBest=true')],
  },
  {
    by: 'probe/accuracy',
    changes: () => {
      const file = join(temporaryFolder(), 'fives.jsonl');
      writeFileSync(file, FIVES.map((problem) => `${JSON.stringify(problem)}\n`).join(''));
      const own = set('sampling.maxTokens=24', 'optimiser.learningRate=1e-2', 'keepBest=accuracy', PROBE);
      return [`data.sums.source=${file}`, ...own];
    },
  },
])('the best step by $by is left, also by a run that was killed on its way', { timeout: 300_000 }, async (choice) => {
  const best = temporaryFolder();
  const changes = [...choice.changes(), ...set('steps=6', 'checkpointEvery=2', 'keepEvery=1')];
  await runRecipe(await loadRecipe(TINY, changes), { runDirectory: best, only: STAGES });
  const figureOf = (line: Record<string, unknown>): number => Number(line[choice.by]);
  const lines = evaluationsOf(best, choice.by);
  const highest = lines.reduce((a, b) => (figureOf(b) > figureOf(a) ? b : a));
  // Were the last model the best, this test could not fail.
  expect(highest.step).toBeLessThan(6);
  const hashes = hashesOf(best);
  const left = hashes['stages/03-teach/model/model.safetensors'];
  const step = Number(highest.step);
  const expected =
    step === 0
      ? hashes['stages/02-warm-up/model/model.safetensors']
      : hashes[`kept/03-teach/step-00000${step}/model/model.safetensors`];
  expect(left).toBe(expected);
  expect(Object.keys(hashes).filter((file) => file.includes('/best/'))).toEqual([]);

  const killed = temporaryFolder();
  const overrides = changes.flatMap((change) => ['--set', change]);
  await runRecipe(await loadRecipe(TINY, changes), { runDirectory: killed, only: ['base', 'warm-up'] });
  const running = start(['teach', TINY, ...overrides, '--out', killed, '-q']);
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  const isThere = (): boolean =>
    linesOf(join(killed, 'events.jsonl')).some(
      ({ stage, event, step: at }) => stage === 'teach' && event === 'step' && Number(at) >= 4,
    );
  while (!ended && !isThere()) await new Promise((resolve) => setTimeout(resolve, 2));
  running.process.kill('SIGKILL');
  await running.ended;
  const { code, stderr } = await rlt('teach', TINY, ...overrides, '--out', killed);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`the model after ${step} steps is kept: ${choice.by} `);
  expect(hashesOf(killed)).toEqual(hashes);
});

test('the plan counts the completions of held-out problems', async () => {
  const planOf = async (...changes: readonly string[]) =>
    planRecipe(
      await loadRecipe(TINY, changes),
      undefined,
      new Map([['sums.held-out', { count: 4, lengths: undefined }]]),
    ).stages.find(({ name }) => name === 'teach');
  const [without, withThem] = [await planOf(), await planOf(...TEACH)];
  // Four evaluations of four problems, twice each, of at most 12 tokens.
  expect((withThem?.samples ?? 0) - (without?.samples ?? 0)).toBe(32);
  expect((withThem?.tokens?.sampled ?? 0) - (without?.tokens?.sampled ?? 0)).toBe(32 * 12);
});
