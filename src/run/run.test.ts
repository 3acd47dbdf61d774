import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BusyError, NumericError, StorageError, UsageError } from '../errors.js';
import { newestCheckpoint, writeCheckpoint } from './checkpoint.js';
import { RunDirectory, type StageIdentity } from './directory.js';
import { acquireLock } from './lock.js';
import { finishedProcess, startChild, zombieProcess } from './testing/children.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlt-run-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const teach: StageIdentity = { index: 0, name: 'teach', kind: 'teach', fingerprint: 'a', sources: {} };
const explain: StageIdentity = { index: 1, name: 'explain', kind: 'explain', fingerprint: 'b', sources: {} };
const now = () => new Date(0);
const open = (stages = [teach, explain]) => RunDirectory.open({ directory, recipe: 'name: x\n', stages, now });
const anyState = (state: unknown): unknown => state;
const read = (...path: string[]) => readFileSync(join(directory, ...path), 'utf8');

test('a second process is refused the run directory, naming the first, and gets it when the first has ended', async () => {
  const child = startChild('hold-lock', directory);
  await child.line('locked');
  await expect(acquireLock(directory)).rejects.toThrow(new RegExp(`in use by process ${child.pid}`));
  await expect(acquireLock(directory)).rejects.toBeInstanceOf(BusyError);
  await child.kill();
  const lock = await acquireLock(directory);
  expect(JSON.parse(read('lock.json')).pid).toBe(process.pid);
  await lock.release();
  expect(readdirSync(directory)).toEqual([]);
});

test('of many processes that find the stale lock of a killed one at once, exactly one gets it', async () => {
  const first = startChild('hold-lock', directory);
  await first.line('locked');
  await first.kill();
  const children = Array.from({ length: 6 }, () => startChild('hold-lock', directory));
  const answers = await Promise.all(children.map((child) => child.nextLine()));
  expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'busy')).toHaveLength(5);
  await Promise.all(children.map((child) => child.kill()));
});

test('a recycled process id does not keep a lock alive, a process of another machine does', async () => {
  const stale = { pid: process.pid, host: hostname(), began: 'another boot/1', token: 'x' };
  writeFileSync(join(directory, 'lock.json'), JSON.stringify(stale));
  if (process.platform === 'linux') await (await acquireLock(directory)).release();
  const pid = await finishedProcess();
  writeFileSync(join(directory, 'lock.json'), JSON.stringify({ ...stale, pid, began: null }));
  await (await acquireLock(directory)).release();
  writeFileSync(join(directory, 'lock.json'), JSON.stringify({ ...stale, host: 'elsewhere.example' }));
  await expect(acquireLock(directory)).rejects.toThrow(/on elsewhere\.example/);
  writeFileSync(join(directory, 'lock.json'), 'torn');
  await expect(acquireLock(directory)).rejects.toThrow(/does not say by whom/);
});

test.runIf(process.platform === 'linux')(
  'the lock of a process that has ended counts as stale although its parent has not noticed',
  async () => {
    const { pid, end } = await zombieProcess();
    writeFileSync(join(directory, 'lock.json'), JSON.stringify({ pid, host: hostname(), began: null, token: 'x' }));
    await (await acquireLock(directory)).release();
    end();
  },
);

test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
  'a file system that answers %s to links is locked all the same',
  async (code) => {
    const noLinks = () => Promise.reject(Object.assign(new Error(code), { code }));
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(directory, noLinks)));
    const locks = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(locks).toHaveLength(1);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(BusyError);
    await expect(acquireLock(directory)).rejects.toThrow(`in use by process ${process.pid}`);
    for (const lock of locks) await lock.release();
    const pid = await finishedProcess();
    writeFileSync(join(directory, 'lock.json'), JSON.stringify({ pid, host: hostname(), began: null, token: 'x' }));
    await (await acquireLock(directory, noLinks)).release();
    expect(readdirSync(directory)).toEqual([]);
  },
);

test('a process killed at any moment of writing checkpoints leaves a complete one, never older than what it had announced', async () => {
  for (let round = 0; round < 10; round++) {
    const child = startChild('write-checkpoints', directory);
    // Ten different moments, some of them inside the writing of a checkpoint: after so many announced steps, at once.
    let announced = 0;
    for (let line = 0; line <= round; line++) announced = Number(await child.nextLine());
    await child.kill();
    const damages: unknown[] = [];
    const found = await newestCheckpoint(directory, anyState, (damage) => damages.push(damage));
    expect(damages).toEqual([]);
    expect(found?.step).toBeGreaterThanOrEqual(announced);
    expect(readFileSync(join(found?.directory ?? '', 'weights.bin'), 'utf8')).toBe(`${found?.step};`.repeat(200_000));
  }
}, 120_000);

test('older checkpoints go only once a newer one is there, and a damaged one is passed over and reported', async () => {
  const write = (step: number, metricsBytes = 0) =>
    writeCheckpoint(directory, { step, metricsBytes, state: { step } }, async (to) => {
      mkdirSync(join(to, 'policy'));
      writeFileSync(join(to, 'policy', 'w'), `weights ${step}`);
    });
  await write(1);
  await expect(
    writeCheckpoint(directory, { step: 2, metricsBytes: 0, state: null }, () =>
      Promise.reject(new StorageError('disk full')),
    ),
  ).rejects.toThrow('disk full');
  expect(readdirSync(directory)).toEqual(['checkpoint-1']);
  await write(2);
  expect(readdirSync(directory)).toEqual(['checkpoint-2']);
  expect((await newestCheckpoint(directory, anyState, () => undefined))?.state).toEqual({ step: 2 });
  writeFileSync(join(directory, 'checkpoint-2', 'policy', 'w'), 'weights 3');
  const damages: string[] = [];
  expect(await newestCheckpoint(directory, anyState, (damage) => damages.push(damage.message))).toBeUndefined();
  expect(damages[0]).toMatch(/has changed.*policy.w/);
});

async function runSteps(from: number, to: number, finish: boolean): Promise<void> {
  const run = await open();
  const stage = await run.stage(teach);
  const checkpoint = await stage.begin(anyState);
  expect(checkpoint?.step ?? 0).toBe(from);
  for (let step = (checkpoint?.step ?? 0) + 1; step <= to; step++) {
    await stage.metrics(step, { reward: Math.sin(step) });
    if (step % 4 === 0) await stage.checkpoint(step, null, async (at) => writeFileSync(join(at, 'w'), String(step)));
  }
  if (finish) {
    writeFileSync(stage.path('traces.jsonl'), '{}\n');
    await stage.finish({ steps: to });
  } else await stage.close();
  await run.close();
}

test('metrics and manifest of an interrupted and resumed stage are byte for byte those of an uninterrupted one', async () => {
  await runSteps(0, 10, true);
  const whole = [
    read('metrics.jsonl'),
    read('stages', '01-teach', 'manifest.json'),
    read('stages', '01-teach', 'metrics.jsonl'),
  ];
  expect(whole[0]).toBe(whole[2]);
  rmSync(directory, { recursive: true });
  await runSteps(0, 6, false);
  expect(read('metrics.jsonl').trim().split('\n')).toHaveLength(6);
  await runSteps(4, 7, false);
  await runSteps(4, 10, true);
  expect([
    read('metrics.jsonl'),
    read('stages', '01-teach', 'manifest.json'),
    read('stages', '01-teach', 'metrics.jsonl'),
  ]).toEqual(whole);
  expect(readdirSync(join(directory, 'stages', '01-teach')).sort()).toEqual([
    'manifest.json',
    'metrics.jsonl',
    'stage.json',
    'traces.jsonl',
  ]);
});

test('a stage is done once its manifest verifies, and a changed artifact is refused', async () => {
  await runSteps(0, 10, true);
  const run = await open();
  expect((await run.stage(teach)).manifest?.facts).toMatchObject({ steps: 10, fingerprint: 'a' });
  expect((await run.stage(explain)).manifest).toBeUndefined();
  writeFileSync(join(directory, 'stages', '01-teach', 'traces.jsonl'), '{ }\n');
  await expect(run.stage(teach)).rejects.toThrow(/has changed.*traces\.jsonl/);
  rmSync(join(directory, 'stages', '01-teach', 'traces.jsonl'));
  await expect(run.stage(teach)).rejects.toThrow(/missing.*traces\.jsonl/);
  await run.close();
});

test('the metrics of the run keep the order of the stages when an early stage is made again', async () => {
  const one = async (identity: StageIdentity) => {
    const run = await open();
    const stage = await run.stage(identity);
    await stage.begin(anyState);
    await stage.metrics(1, { loss: identity.index });
    await stage.finish();
    await run.close();
  };
  await one(teach);
  await one(explain);
  const whole = read('metrics.jsonl');
  expect(whole).toBe('{"stage":"teach","step":1,"loss":0}\n{"stage":"explain","step":1,"loss":1}\n');
  rmSync(join(directory, 'stages', '01-teach'), { recursive: true });
  await one(teach);
  expect(read('metrics.jsonl')).toBe(whole);
});

test('a directory with stages of another recipe is refused, one with further stages is not', async () => {
  await runSteps(0, 10, true);
  await expect(open([{ ...teach, fingerprint: 'other' }])).rejects.toThrow(UsageError);
  await expect(open([{ ...teach, fingerprint: 'other' }])).rejects.toThrow(/01-teach/);
  await (await open([teach, explain, { ...explain, index: 2, name: 'more' }])).close();
  expect(readdirSync(directory)).not.toContain('lock.json');
});

test('a metric that is not finite stops the stage and is named; events end with whole lines after a torn one', async () => {
  const run = await open();
  const stage = await run.stage(teach);
  await stage.begin(anyState);
  await expect(stage.metrics(3, { reward: 1, kl: Number.NaN })).rejects.toThrow(NumericError);
  await expect(stage.metrics(3, { kl: Number.NaN })).rejects.toThrow(/metric kl is NaN.*stage teach, step 3/);
  await stage.close();
  await run.close();
  writeFileSync(join(directory, 'events.jsonl'), `${read('events.jsonl')}{"time":"torn`);
  await (await open()).close();
  expect(read('events.jsonl')).toBe('{"time":"1970-01-01T00:00:00.000Z","event":"stage begins","stage":"teach"}\n');
});

test('a first Ctrl-C or termination request asks the work to stop, a second one exits at once with 130', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = startChild('wait-for-signal', directory);
    await child.line('waiting');
    child.send(signal);
    await child.line('InterruptedError');
    child.send(signal);
    expect(await child.exitCode()).toBe(130);
  }
});

test('resuming what is not there is refused', async () => {
  const resume = () => RunDirectory.open({ directory, recipe: 'name: x\n', stages: [teach], resume: true });
  await expect(resume()).rejects.toThrow(/no earlier run/);
  await (await open()).close();
  await (await resume()).close();
});
