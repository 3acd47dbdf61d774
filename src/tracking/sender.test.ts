import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { tensorboard } from './files/tensorboard.js';
import { wandb } from './files/wandb.js';
import { Followers } from './follower.js';
import { Sender } from './sender.js';
import { mlflow } from './servers/mlflow.js';
import { rest } from './servers/rest.js';
import { trackio } from './servers/trackio.js';
import { scalarsIn } from './testing/events.js';
import { RUN, rewardOf, type SmallRun, smallRun } from './testing/run.js';
import { type Body, mlflowServer, trackerServer } from './testing/server.js';
import type { Tracker } from './tracker.js';

const never = new AbortController().signal;
const EVENTS = 'tensorboard/events.out.tfevents.rlt';

function taught(steps: number): SmallRun {
  const run = smallRun();
  run.begin('teach');
  for (let step = 0; step < steps; step++) run.step('teach', step);
  return run;
}

const senderOf = (tracker: Tracker, { directory }: SmallRun): Sender => new Sender(tracker, 'test', directory, RUN);
const rewards = (run: SmallRun) =>
  scalarsIn(join(run.directory, EVENTS)).flatMap(({ tag, step, value }) =>
    tag === 'teach/reward' ? [[step, value]] : [],
  );
const upTo = (steps: number) => Array.from({ length: steps }, (_, step) => [step, rewardOf(step)]);

test('a step is sent when it is complete, and once, whichever process sends it', async () => {
  const run = taught(450);
  run.step('teach', 450, false);
  await senderOf(tensorboard(run.directory), run).send(never);
  expect(rewards(run)).toEqual(upTo(450));
  // Without its event, a step is complete when no process works on the run.
  await senderOf(tensorboard(run.directory), run).send(never, 'stopped');
  expect(rewards(run)).toEqual(upTo(451));
  await senderOf(tensorboard(run.directory), run).send(never, 'stopped');
  expect(rewards(run)).toEqual(upTo(451));
});

test('after a kill the metrics are cut to a checkpoint and grow again: no step is written twice', async () => {
  const run = taught(12);
  const sender = senderOf(tensorboard(run.directory), run);
  await sender.send(never);
  const metrics = join(run.directory, 'stages/01-teach/metrics.jsonl');
  const lines = readFileSync(metrics, 'utf8').split('\n');
  // The killed process was writing an event file, too.
  appendFileSync(join(run.directory, EVENTS), 'half a record');
  truncateSync(metrics, `${lines.slice(0, 5).join('\n')}\n`.length);
  for (const sending of [sender, senderOf(tensorboard(run.directory), run)]) await sending.send(never);
  for (let step = 5; step < 15; step++) run.step('teach', step);
  for (const sending of [sender, senderOf(tensorboard(run.directory), run)]) await sending.send(never);
  expect(rewards(run)).toEqual(upTo(15));
});

test('a damaged line costs its own step and no other, and is counted', async () => {
  const run = taught(4);
  const metrics = join(run.directory, 'stages/01-teach/metrics.jsonl');
  appendFileSync(metrics, '{"stage":"teach","st\0\0\n');
  appendFileSync(join(run.directory, 'events.jsonl'), 'nonsense\n');
  const sender = senderOf(tensorboard(run.directory), run);
  await sender.send(never);
  expect(rewards(run)).toEqual(upTo(4));
  for (let step = 4; step < 8; step++) run.step('teach', step);
  // The line that is next is damaged: whether the file was cut is found out first.
  for (let pass = 0; pass < 2; pass++) await sender.send(never);
  expect(rewards(run)).toEqual(upTo(8));
  await senderOf(tensorboard(run.directory), run).send(never, 'stopped');
  expect(rewards(run)).toEqual(upTo(8));
  expect([...sender.damaged(false)]).toEqual([
    ['events.jsonl', 1],
    [join('stages', '01-teach', 'metrics.jsonl'), 1],
  ]);
  // The beginning of a line is not damage while it is being written.
  appendFileSync(metrics, '{"stage":"teach"');
  appendFileSync(join(run.directory, 'events.jsonl'), '{"time":');
  await sender.send(never);
  expect([...sender.damaged(false).values()]).toEqual([1, 1]);
  expect([...sender.damaged(true).values()]).toEqual([2, 2]);
});

test('a stage that was made again with other settings is sent from its beginning, into a new file', async () => {
  const run = taught(4);
  await senderOf(tensorboard(run.directory), run).send(never);
  writeFileSync(join(run.directory, 'stages/01-teach/metrics.jsonl'), '');
  run.begin('teach', 'other');
  run.step('teach', 0);
  await senderOf(tensorboard(run.directory), run).send(never);
  expect(rewards(run)).toEqual(upTo(1));
});

test('accuracies of students go with their intervals', async () => {
  const run = smallRun();
  run.begin('evaluate');
  const row = { student: 'rlt', level: 'basic', accuracy: 0.75, interval: [0.5, 0.875] };
  writeFileSync(join(run.directory, 'stages/01-evaluate/results.json'), JSON.stringify({ rows: [row] }));
  const sender = senderOf(tensorboard(run.directory), run);
  await sender.send(never);
  run.done('evaluate');
  await sender.send(never);
  await sender.send(never, 'complete');
  expect(scalarsIn(join(run.directory, EVENTS))).toEqual([
    { tag: 'evaluate/accuracy/rlt/basic', step: 0, value: 0.75 },
    { tag: 'evaluate/accuracy/rlt/basic/low', step: 0, value: 0.5 },
    { tag: 'evaluate/accuracy/rlt/basic/high', step: 0, value: 0.875 },
  ]);
});

const SETTINGS = { experiment: 'e', name: null };
const mlflowOf = (url: string, secrets: readonly string[] = []) =>
  mlflow(
    { url, ...SETTINGS },
    rest(url, secrets.length === 0 ? {} : { authorization: `Bearer ${secrets[0]}` }, secrets),
  );

test('MLflow gets parameters once, every metric with its step and time, and the state of the run', async () => {
  const server = await mlflowServer();
  const run = taught(3);
  run.done('teach');
  await senderOf(mlflowOf(server.url), run).send(never, 'complete');
  expect([...server.params]).toEqual([
    ['seed', '3'],
    ['stages.teach.steps', '8'],
  ]);
  expect(server.metrics.filter(({ key }) => key === 'teach/reward')).toEqual(
    [0, 1, 2].map((step) => ({
      key: 'teach/reward',
      value: rewardOf(step),
      step,
      timestamp: RUN.began + (step + 1) * 1000,
    })),
  );
  expect(server.updates).toEqual([expect.objectContaining({ run_id: 'r0', status: 'FINISHED' })]);
  run.step('teach', 3);
  await senderOf(mlflowOf(server.url), run).send(never, 'complete');
  expect(server.runs.length).toBe(1);
  expect(server.updates.map(({ status }) => status)).toEqual(['FINISHED', 'RUNNING', 'FINISHED']);
});

test.each([
  ['refuses before', { status: 500 }],
  ['fails after', { status: 503, after: true }],
] as const)('a server that %s it took a delivery has every metric once in the end', async (_, fault) => {
  const server = await mlflowServer();
  const run = taught(5);
  const path = '/api/2.0/mlflow/runs/log-batch';
  // The second request holds the metrics; one run in two is found by its tag.
  server.fate = (at, count) => (at === path && count === 1 ? fault : 'answer');
  await expect(senderOf(mlflowOf(server.url), run).send(never)).rejects.toThrow(/it answers 50\d: a fault/);
  await senderOf(mlflowOf(server.url), run).send(never);
  expect(server.runs.length).toBe(1);
  expect(server.metrics.map(({ key, step }) => `${key} ${step}`).sort()).toEqual(
    ['teach/reward', 'teach/update/loss'].flatMap((key) => [0, 1, 2, 3, 4].map((step) => `${key} ${step}`)),
  );
});

test('Trackio gets each step with an id by which it knows repetitions, and the token in a header', async () => {
  const logs: Body[] = [];
  const server = await trackerServer((_, { kwargs }) => {
    logs.push(...(kwargs as { logs: Body[] }).logs);
    return { data: null };
  });
  server.fate = (_, count) => (count === 0 ? { status: 500, after: true } : 'answer');
  const run = taught(2);
  const settings = { url: server.url, project: 'p', name: 'n' };
  const made = () => trackio(settings, rest(server.url, { 'x-trackio-write-token': 'key' }, ['key']));
  await expect(senderOf(made(), run).send(never)).rejects.toThrow('it answers 500');
  await senderOf(made(), run).send(never);
  expect(server.requests.every(({ headers }) => headers['x-trackio-write-token'] === 'key')).toBe(true);
  expect(logs.length).toBe(4);
  expect(new Set(logs.map(({ log_id }) => log_id)).size).toBe(2);
  expect(logs[2]).toMatchObject({
    project: 'p',
    run: 'n',
    step: 0,
    config: RUN.parameters,
    metrics: { 'teach/reward': 0 },
  });
});

test('a secret that a server repeats stands in no message', async () => {
  const server = await mlflowServer();
  server.fate = () => ({ status: 401, words: 'unknown token s3cret!' });
  const run = taught(1);
  const failed = senderOf(mlflowOf(server.url, ['s3cret!']), run).send(never);
  await expect(failed).rejects.toMatchObject({ message: 'it answers 401: unknown token ***', isFinal: true });
});

const PACE = { intervalMs: 5, longestPauseMs: 20, lastMs: 2_000 };
const settled = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

test('a follower sends while a run works, outlives faults, and tells of them once', async () => {
  const server = await mlflowServer();
  server.fate = (_, count) => (count < 3 ? { status: 500 } : 'answer');
  const run = taught(2);
  const told: string[] = [];
  const followers = await Followers.begin(
    run.directory,
    async () => [senderOf(mlflowOf(server.url), run), senderOf(tensorboard(run.directory), run)],
    (text) => told.push(text),
    PACE,
  );
  await settled(() => expect(server.metrics.length).toBe(4));
  run.step('teach', 2);
  await followers.close('stopped');
  expect(server.metrics.length).toBe(6);
  expect(rewards(run)).toEqual(upTo(3));
  expect(told).toEqual([
    expect.stringMatching(/^mlflow at 127\.0\.0\.1:\d+: it answers 500: a fault\. The run goes on/),
  ]);
});

test('neither a server that never answers nor one that refuses makes a run wait', async () => {
  const [slow, closed] = [await mlflowServer(), await mlflowServer()];
  slow.fate = () => 'hang';
  closed.fate = () => ({ status: 403, words: 'no' });
  const run = taught(1);
  const told: string[] = [];
  const followers = await Followers.begin(
    run.directory,
    async () => [slow, closed].map(({ url }) => new Sender(mlflowOf(url), 'mlflow', run.directory, RUN)),
    (text) => told.push(text),
    { ...PACE, lastMs: 50 },
  );
  await settled(() => expect([slow.requests.length, told]).toEqual([1, [expect.stringContaining('403: no')]]));
  const began = performance.now();
  await followers.close('stopped');
  expect(performance.now() - began).toBeLessThan(1_500);
  // What is refused for good is asked once.
  expect(closed.requests.length).toBe(1);
  expect(told).toEqual([expect.stringContaining('403: no'), expect.stringContaining('within 0.05 seconds')]);
});

test('where the figures of a run are being sent already, a second process leaves them alone', async () => {
  const run = taught(1);
  const told: string[] = [];
  const first = await Followers.begin(
    run.directory,
    async () => [],
    () => undefined,
    PACE,
  );
  const second = await Followers.begin(
    run.directory,
    async () => [],
    (text) => told.push(text),
    PACE,
  );
  expect(told).toEqual([expect.stringMatching(/^nothing is tracked: the run directory is in use by process/)]);
  await second.close('stopped');
  await first.close('stopped');
});

test('the offline form of Weights & Biases grows, and its end is replaced when a run goes on', async () => {
  const run = taught(2);
  const made = () => wandb({ project: 'p', entity: null, name: null }, run.directory);
  await senderOf(made(), run).send(never, 'complete');
  const [folder = ''] = readdirSync(join(run.directory, 'wandb'));
  expect(folder).toMatch(/^offline-run-20261126_140000-[0-9a-f]{16}$/);
  const [name = ''] = readdirSync(join(run.directory, 'wandb', folder));
  const file = join(run.directory, 'wandb', folder, name);
  const before = readFileSync(file);
  run.step('teach', 2);
  await senderOf(made(), run).send(never);
  const after = readFileSync(file);
  // All but the exit record: 15 bytes with its header, and the seconds since the run began, of at most 5.
  expect(after.subarray(0, before.length - 20)).toEqual(before.subarray(0, before.length - 20));
  expect(after.toString('latin1').split('"teach/step"').length).toBe(
    before.toString('latin1').split('"teach/step"').length,
  );
  expect(after.toString('latin1').split('_runtime').length - 1).toBe(3);
});
