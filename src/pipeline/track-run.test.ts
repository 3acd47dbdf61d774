import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { smallRun } from '../tracking/testing/run.js';
import { mlflowServer } from '../tracking/testing/server.js';
import { SUMS } from './testing/rlt.js';
import { trackRun } from './tracking.js';

function runOf(): string {
  const run = smallRun();
  const recipe = {
    name: 'small',
    models: { base: 'builtin:base' },
    data: { sums: SUMS },
    stages: [{ stage: 'teach', teacher: 'base', student: 'base', data: 'sums', steps: 2 }],
  };
  writeFileSync(join(run.directory, 'recipe.yaml'), JSON.stringify(recipe));
  run.begin('teach');
  for (let step = 0; step < 2; step++) run.step('teach', step);
  run.done('teach');
  return run.directory;
}

const mlflowAt = (url: string) => [{ kind: 'mlflow' as const, url, experiment: 'rlt', name: null }];

test('says which tracker it waits for, by its host', async () => {
  const server = await mlflowServer();
  server.fate = () => 'hang';
  const stop = new AbortController();
  const told: string[] = [];
  const tell = (text: string): void => {
    told.push(text);
    stop.abort(new Error('stopped'));
  };
  const url = `${server.url}/some/long/path`;
  await expect(trackRun(runOf(), mlflowAt(url), { signal: stop.signal, tell, patienceMs: 10 })).rejects.toThrow();
  expect(told).toEqual([`waiting for mlflow at ${new URL(url).host}`]);
});

test('a tracker that answers is not waited for; lines that could not be read are told', async () => {
  const directory = runOf();
  appendFileSync(join(directory, 'stages/01-teach/metrics.jsonl'), 'x\ny\n');
  const server = await mlflowServer();
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  const options = { signal: new AbortController().signal, tell, patienceMs: 60_000 };
  expect(await trackRun(directory, mlflowAt(server.url), options)).toMatchObject([{ steps: 2 }]);
  expect(told).toEqual([
    `warning: ${join(directory, 'stages', '01-teach', 'metrics.jsonl')}: 2 lines could not be read`,
  ]);
});
