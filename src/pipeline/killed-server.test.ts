/** A run whose server is killed and started again: it ends with what to do, resumes, and ends in the same bytes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { childServer } from '../serve/testing/child-server.js';
import { rlt } from './testing/rlt.js';
import { SAME_FILES, type ServedTest, servedTest, struck } from './testing/served.js';

let test: ServedTest;
beforeAll(async () => {
  test = await servedTest();
}, 300_000);
afterAll(() => test.remove());

it('says that the run has to be resumed, and resumes in the same bytes', { timeout: 600_000 }, async () => {
  const [whole, killed] = [join(test.folder, 'whole'), join(test.folder, 'killed')];
  const model = `tiny=${test.base}`;
  let server = await childServer(model, test.kept);
  const port = Number(new URL(server.url).port);
  const recipe = await test.recipeFor(server.url);
  const { code, stderr } = await rlt('run', recipe, '--out', whole, '-q');
  expect(code, stderr).toBe(0);
  await struck(recipe, killed, async (running) => {
    expect((await server.stop('SIGKILL')).code).toBeNull();
    server = await childServer(model, test.kept, { port });
    const ended = await running.ended;
    // Steps were taken after the last checkpoint, so they are lost, and the run cannot go on.
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr).toMatch(/^connection: .*\n {2}Resume from the last checkpoint, with the same command\.$/m);
    expect(ended.stderr).not.toMatch(/^input:|tinker:\/\//m);
  });
  const last = await rlt('run', recipe, '--out', killed, '-q');
  expect(last.code, last.stderr).toBe(0);
  for (const file of SAME_FILES)
    expect(await readFile(join(killed, file), 'utf8'), file).toBe(await readFile(join(whole, file), 'utf8'));
  await server.stop('SIGTERM');
});
