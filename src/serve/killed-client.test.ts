/** A run on a server whose process is killed, again and again: it resumes, and ends in the bytes of one that was not. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { readWeightsPath } from '../engine/tinker/protocol/storage.js';
import { runRecipe } from '../pipeline/run-recipe.js';
import { linesOf, rlt, SUMS, start, TINY } from '../pipeline/testing/rlt.js';
import { loadRecipe } from '../recipe/load.js';
import { type RunningServer, startServer } from './server.js';
import { testSettings } from './testing/server.js';

let folder: string;
let server: RunningServer;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-killed-client-'));
  await runRecipe(await loadRecipe(TINY), { runDirectory: join(folder, 'base'), only: ['base'] });
  const directory = join(folder, 'base', 'stages', '01-base', 'model');
  const models = [{ name: 'tiny', source: { kind: 'directory' as const, directory } }];
  server = await startServer(testSettings(join(folder, 'kept'), { models }), await openLocalEngine({ threads: 1 }));
  recipe = join(folder, 'recipe.yaml');
  await writeFile(
    recipe,
    `name: killed
seed: 3
engine: { kind: tinker, url: "${server.url}", probe: false }
prompts: { teacher: Explain., student: Solve. }
models: { base: { source: "served:tiny", tokenizer: ${JSON.stringify(directory)} } }
data: { sums: { source: ${JSON.stringify(SUMS)}, heldOut: 4 } }
stages:
  - { stage: warm-up, teacher: base, data: sums, steps: 60, batch: 8, maxTokens: 128, checkpointEvery: 7, optimiser: { learningRate: 2.0e-2 } }
  - { stage: teach, teacher: warm-up, student: base, data: sums, steps: 8, prompts: 2, samples: 4, sampling: { maxTokens: 12 }, reference: { everySteps: 3 }, checkpointEvery: 2, optimiser: { learningRate: 1.0e-3 } }
  - { stage: explain, teacher: teach, data: sums, samples: 2, keep: { by: all }, sampling: { maxTokens: 12 } }
  - { stage: distill, student: base, traces: explain, epochs: 2, batch: 5, maxTokens: 128, checkpointEvery: 2, optimiser: { learningRate: 1.0e-2 } }
  - { stage: evaluate, students: { base: base, distilled: distill }, problems: { sums: sums.held-out }, grader: integer, sampling: { maxTokens: 12 } }
`,
  );
}, 300_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const stepsOf = (run: string, stage: string): number => {
  const events = join(run, 'events.jsonl');
  if (!existsSync(events)) return 0;
  return Math.max(
    0,
    ...linesOf(events).flatMap((one) => (one.stage === stage && one.event === 'step' ? [Number(one.step) + 1] : [])),
  );
};

it('resumes after its client was killed, and ends in the same bytes', { timeout: 600_000 }, async () => {
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  const { code, stderr } = await rlt('run', recipe, '--out', whole, '-q');
  expect(code, stderr).toBe(0);
  for (const [stage, steps] of [
    ['warm-up', 17],
    ['teach', 3],
    ['distill', 1],
  ] as const) {
    const running = start(['run', recipe, '--out', killed, '-q']);
    let ended = false;
    void running.ended.then(() => {
      ended = true;
    });
    while (!ended && stepsOf(killed, stage) < steps) await new Promise((resolve) => setTimeout(resolve, 5));
    running.process.kill('SIGKILL');
    const last = await running.ended;
    expect(last.code, last.stderr).toBeNull();
  }
  const last = await rlt('run', recipe, '--out', killed, '-q');
  expect(last.code, last.stderr).toBe(0);
  const resumed = linesOf(join(killed, 'events.jsonl')).filter(({ event }) => event === 'stage resumes');
  expect(resumed.length).toBeGreaterThan(1);
  for (const file of ['metrics.jsonl', 'stages/03-explain/traces.jsonl', 'stages/05-evaluate/answers.jsonl'])
    expect(await readFile(join(killed, file), 'utf8'), file).toBe(await readFile(join(whole, file), 'utf8'));
  // The names of weights on the server tell the sessions that made them; the weights are equal.
  const weightsOf = async (run: string, stage: string) => {
    const { name } = JSON.parse(await readFile(join(run, 'stages', stage, 'model.json'), 'utf8'));
    const { run: model, name: checkpoint } = readWeightsPath(name);
    const place = join(folder, 'kept', 'runs', model.replaceAll(':', '.'), 'weights', checkpoint, 'state');
    return readFile(join(place, 'state.safetensors'));
  };
  for (const stage of ['01-warm-up', '02-teach', '04-distill'])
    expect((await weightsOf(killed, stage)).equals(await weightsOf(whole, stage)), stage).toBe(true);
});
