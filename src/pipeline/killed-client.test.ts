/** A run on a server whose process is killed, again and again: it resumes, and ends in the bytes of one that was not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { readWeightsPath } from '../engine/tinker/protocol/storage.js';
import { type RunningServer, startServer } from '../serve/server.js';
import { testSettings } from '../serve/testing/server.js';
import { linesOf, rlt } from './testing/rlt.js';
import { SAME_FILES, type ServedTest, servedTest, struck } from './testing/served.js';

let test: ServedTest;
let server: RunningServer;
let recipe: string;
beforeAll(async () => {
  test = await servedTest();
  const models = [{ name: 'tiny', source: { kind: 'directory' as const, directory: test.base } }];
  server = await startServer(testSettings(test.kept, { models }), await openLocalEngine({ threads: 1 }));
  recipe = await test.recipeFor(server.url);
}, 300_000);
afterAll(async () => {
  await server.close();
  await test.remove();
});

it('resumes after its client was killed, and ends in the same bytes', { timeout: 600_000 }, async () => {
  const [whole, killed] = [join(test.folder, 'whole'), join(test.folder, 'killed')];
  const { code, stderr } = await rlt('run', recipe, '--out', whole, '-q');
  expect(code, stderr).toBe(0);
  await struck(recipe, killed, async (running) => {
    running.process.kill('SIGKILL');
    const last = await running.ended;
    expect(last.code, last.stderr).toBeNull();
  });
  const last = await rlt('run', recipe, '--out', killed, '-q');
  expect(last.code, last.stderr).toBe(0);
  const resumed = linesOf(join(killed, 'events.jsonl')).filter(({ event }) => event === 'stage resumes');
  expect(resumed.length).toBeGreaterThan(1);
  for (const file of SAME_FILES)
    expect(await readFile(join(killed, file), 'utf8'), file).toBe(await readFile(join(whole, file), 'utf8'));
  // The names of weights on the server tell the sessions that made them; the weights are equal.
  const weightsOf = async (run: string, stage: string) => {
    const { name } = JSON.parse(await readFile(join(run, 'stages', stage, 'model.json'), 'utf8'));
    const { run: model, name: checkpoint } = readWeightsPath(name);
    const place = join(test.kept, 'runs', model.replaceAll(':', '.'), 'weights', checkpoint, 'state');
    return readFile(join(place, 'state.safetensors'));
  };
  for (const stage of ['01-warm-up', '02-teach', '04-distill'])
    expect((await weightsOf(killed, stage)).equals(await weightsOf(whole, stage)), stage).toBe(true);
});
