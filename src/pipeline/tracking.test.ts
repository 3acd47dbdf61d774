import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { scalarsIn } from '../tracking/testing/events.js';
import { mlflowServer } from '../tracking/testing/server.js';
import { hashesOf, linesOf, rlt, start, TINY, temporaryFolder } from './testing/rlt.js';

const MINUTES = 60_000;
/** Nobody listens on the first port. */
const DEAD = 'mlflow: { url: "http://127.0.0.1:1" }';

/** What a run leaves, without what is told of it elsewhere. */
const results = (run: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(hashesOf(run)).filter(([path]) => !/^(?:tracking|tensorboard|wandb)\/|^recipe\.yaml$/.test(path)),
  );

test('a tracked run that is killed has every step once, and the bytes of one that is not tracked', {
  timeout: 5 * MINUTES,
}, async () => {
  const folder = temporaryFolder();
  const [plain, tracked] = [join(folder, 'plain'), join(folder, 'tracked')];
  const argv = ['run', TINY, '--out', tracked, '--set', `track=[tensorboard, wandb, { ${DEAD} }]`];
  const killed = start(argv);
  const events = join(tracked, 'events.jsonl');
  const hasTaught = () =>
    existsSync(events) &&
    linesOf(events).some(({ event, stage, step }) => event === 'step' && stage === 'teach' && step === 4);
  while (!hasTaught() && killed.process.exitCode === null) await pause(5);
  killed.process.kill('SIGKILL');
  await killed.ended;
  const resumed = await rlt(...argv);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stderr.split('mlflow at 127.0.0.1:1: it cannot be reached').length - 1).toBe(1);
  expect((await rlt('run', TINY, '--out', plain, '-q')).code).toBe(0);
  expect(results(tracked)).toEqual(results(plain));
  expect(readFileSync(join(plain, 'recipe.yaml'), 'utf8')).not.toMatch(/^track:/m);

  const steps = linesOf(join(plain, 'metrics.jsonl')).map(({ stage, step, ...values }) => ({ stage, step, values }));
  const expected = steps.flatMap(({ stage, step, values }) =>
    Object.entries(values).map(([name, value]) => ({
      tag: `${stage}/${name}`,
      step,
      value: Math.fround(Number(value)),
    })),
  );
  const scalars = scalarsIn(join(tracked, 'tensorboard/events.out.tfevents.rlt'));
  expect(scalars.slice(0, expected.length)).toEqual(expected);
  expect(scalars.slice(expected.length).map(({ tag }) => tag)).toContain('evaluate/accuracy/reinforced/sums/high');

  // The tracker of the recipe is still dead; another one gets the whole run, and then nothing new.
  const server = await mlflowServer();
  const failed = await rlt('track', tracked);
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toMatch(/not everything was sent: mlflow at 127\.0\.0\.1:1: it cannot be reached/);
  const to = ['track', tracked, '--to', `mlflow=${server.url}`];
  expect((await rlt(...to)).stdout).toMatch(/^mlflow at 127\.0\.0\.1:\d+: 101 steps sent\n$/);
  expect((await rlt(...to)).stdout).toMatch(/: nothing new\n$/);
  expect(
    server.metrics
      .slice(0, expected.length)
      .map(({ key, step }) => `${key} ${step}`)
      .sort(),
  ).toEqual(expected.map(({ tag, step }) => `${tag} ${step}`).sort());
  expect(server.updates).toEqual([expect.objectContaining({ status: 'FINISHED' })]);
  expect([...server.params.keys()].filter((key) => /question|explanation/.test(key))).toEqual([]);
});

test.each([
  ['track=[tensorbord]', 'unknown key "tensorbord".*Did you mean "tensorboard"'],
  ['track=[mlflow]', '"url" is missing'],
  ['track=[{ mlflow: { url: "http://me:secret@host" } }]', 'environment variable MLFLOW_TRACKING_TOKEN'],
  ['track=[{ trackio: { url: "http://host?write_token=secret" } }]', 'environment variable TRACKIO_WRITE_TOKEN'],
  ['track=[{ trackio: { url: "http://host" } }]', 'only with its write token'],
  ['track=[tensorboard, tensorboard]', 'two trackers are the same: tensorboard'],
  ['track=[{ wandb: {}, tensorboard: {} }]', 'names 2 trackers'],
])('%s is refused before anything runs', async (setting, message) => {
  const out = join(temporaryFolder(), 'run');
  const { code, stderr } = await rlt('run', TINY, '--out', out, '--set', setting);
  expect(code).toBe(2);
  expect(stderr).toMatch(new RegExp(message));
  expect(existsSync(out)).toBe(false);
});

test('rlt track says what is missing', async () => {
  expect((await rlt('track', temporaryFolder())).stderr).toMatch(/there is no run here/);
});
