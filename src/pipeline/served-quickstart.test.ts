/** The quickstart at a small size on a server of ours, over real sockets: only the engine's lines of the recipe change. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { loadRecipe } from '../recipe/load.js';
import { quietProgress } from '../run/progress.js';
import { startServer } from '../serve/server.js';
import { BUNDLED, testSettings } from '../serve/testing/server.js';
import { runRecipe } from './run-recipe.js';

/** As the quickstart, with fewer problems and steps. */
const SMALL = [
  'data.train.count=64',
  // Short traces, so that few steps teach when an explanation ends.
  'data.train.traces={complete: 0, skipping: 0, wrong: 0, answer-only: 1, off-topic: 0}',
  'data.held-out.count=8',
  'data.larger-numbers.count=4',
  'data.more-steps.count=4',
  'stages.warm-up.epochs=9',
  'stages.warm-up.batch=16',
  'stages.reader.batch=32',
  'stages.teach.steps=2',
  'stages.teach.prompts=3',
  'stages.teach.samples=4',
  'stages.teach.reference.everySteps=1',
  'stages.teach.checkpointEvery=1',
  'stages.student-solutions.epochs=1',
  'stages.student-data-traces.epochs=1',
  'stages.student-warm-up.epochs=1',
  'stages.student-rlt.epochs=1',
  'stages.evaluate.samples=2',
];
const MEBIBYTES = 128;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-quickstart-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(name: string, engine: object) {
  const notes: string[] = [];
  const recipe = await loadRecipe('quickstart', [...SMALL, `engine=${JSON.stringify(engine)}`]);
  const began = performance.now();
  const summary = await runRecipe(recipe, {
    runDirectory: join(folder, name),
    progress: { ...quietProgress, note: (text) => notes.push(text) },
  });
  const read = (file: string) => readFile(join(folder, name, file), 'utf8');
  return { summary, notes, read, seconds: (performance.now() - began) / 1000 };
}

it('ends with the students of the local engine, bit for bit, with the settings of the recipe', {
  timeout: 900_000,
}, async () => {
  const local = await run('local', { kind: 'local', threads: 1, activationMiB: MEBIBYTES, cacheMiB: MEBIBYTES });
  const server = await startServer(
    testSettings(join(folder, 'kept'), {
      models: [{ name: 'base', source: { kind: 'directory', directory: BUNDLED } }],
    }),
    await openLocalEngine({ threads: 1, activationBytes: MEBIBYTES * 2 ** 20, cacheBytes: MEBIBYTES * 2 ** 20 }),
  );
  const served = await run('served', { kind: 'tinker', url: server.url });
  await server.close();
  console.log(`local ${local.seconds.toFixed(1)} s, served ${served.seconds.toFixed(1)} s`);
  expect(served.notes.filter((note) => /instead of|no effect/.test(note))).toEqual([]);
  const students = ({ summary }: typeof local) =>
    summary.results.map(({ student, problems, accuracy }) => [student, problems, accuracy]);
  expect(students(served)).toEqual(students(local));
  // Every loss, reward and gradient norm of every step.
  expect(await served.read('metrics.jsonl')).toBe(await local.read('metrics.jsonl'));
  for (const stage of ['04-traces-warm-up', '05-traces-rlt'])
    expect(await served.read(`stages/${stage}/traces.jsonl`)).toBe(await local.read(`stages/${stage}/traces.jsonl`));
});
