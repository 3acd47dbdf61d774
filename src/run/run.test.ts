import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { link, rename } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BusyError, NumericError, StorageError, UsageError } from '../errors.js';
import type { StageIdentity } from './begun-stages.js';
import { type Damage, newestCheckpoint, writeCheckpoint } from './checkpoint.js';
import { RunDirectory } from './directory.js';
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

test('a new lock that another process moves away by mistake still keeps others out until it is put back', async () => {
  const away = join(directory, '.lock-displaced-another');
  const lock = await acquireLock(directory, async (from, to) => {
    await link(from, to);
    // What a process does that had judged the lock before it to be stale.
    await rename(to, away);
  });
  await expect(acquireLock(directory)).rejects.toBeInstanceOf(BusyError);
  expect(readdirSync(directory)).toEqual(['.lock-displaced-another']);
  await rename(away, join(directory, 'lock.json'));
  await lock.release();
  expect(readdirSync(directory)).toEqual([]);
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

test('two checkpoints are kept, older ones go once a newer one is there, and a damaged one is passed over', async () => {
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
  expect(readdirSync(directory).sort()).toEqual(['checkpoint-1', 'checkpoint-2']);
  await write(3);
  expect(readdirSync(directory).sort()).toEqual(['checkpoint-2', 'checkpoint-3']);
  expect((await newestCheckpoint(directory, anyState, () => undefined))?.state).toEqual({ step: 3 });
  writeFileSync(join(directory, 'checkpoint-3', 'policy', 'w'), 'weights 4');
  const damages: string[] = [];
  const report = ({ step, error }: Damage) => damages.push(`${step}: ${error.message}`);
  expect((await newestCheckpoint(directory, anyState, report))?.state).toEqual({ step: 2 });
  expect(damages).toEqual([expect.stringMatching(/^3: .*has changed.*policy.w/)]);
  rmSync(join(directory, 'checkpoint-2', 'manifest.json'));
  expect(await newestCheckpoint(directory, anyState, report)).toBeUndefined();
  expect(damages.at(-1)).toMatch(/^2: .*no manifest/);
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

const stagePath = (...path: string[]) => join(directory, 'stages', '01-teach', ...path);

test('a damaged checkpoint costs the steps since the one before it, says so, and the bytes are the same', async () => {
  await runSteps(0, 10, true);
  const whole = [read('metrics.jsonl'), read('stages', '01-teach', 'manifest.json')];
  rmSync(directory, { recursive: true });
  await runSteps(0, 9, false);
  writeFileSync(stagePath('checkpoint-8', 'w'), 'x');
  const run = await open();
  const stage = await run.stage(teach);
  const notes: string[] = [];
  expect((await stage.begin(anyState, (text) => notes.push(text)))?.step).toBe(4);
  expect(notes).toEqual([expect.stringMatching(/checkpoint of step 8 is lost; the stage goes back to step 4: .*w/)]);
  expect(read('events.jsonl')).toContain('"damaged checkpoint"');
  await stage.close();
  await run.close();
  await runSteps(4, 10, true);
  expect([read('metrics.jsonl'), read('stages', '01-teach', 'manifest.json')]).toEqual(whole);
});

test('a flipped bit in the metrics is found when the stage resumes, and before it is sealed', async () => {
  const flip = (at: number) => {
    const bytes = readFileSync(stagePath('metrics.jsonl'));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(stagePath('metrics.jsonl'), bytes);
  };
  await runSteps(0, 9, false);
  // In the line of step 6: the checkpoint of step 8 covers it, that of step 4 does not.
  flip(read('stages', '01-teach', 'metrics.jsonl').indexOf('"step":6') + 25);
  const run = await open();
  const notes: string[] = [];
  const stage = await run.stage(teach);
  expect((await stage.begin(anyState, (text) => notes.push(text)))?.step).toBe(4);
  expect(notes).toEqual([expect.stringMatching(/step 8 is lost; .* step 4: the metrics have changed/)]);
  await stage.metrics(5, { reward: 1 });
  flip(3);
  await expect(stage.finish()).rejects.toThrow(/metrics are not what was written.*metrics\.jsonl/);
  await stage.close();
  await run.close();
  expect(readdirSync(stagePath())).not.toContain('manifest.json');
});

test('files that file managers leave do no harm', async () => {
  const run = await open();
  const stage = await run.stage(teach);
  await stage.begin(anyState);
  mkdirSync(stagePath('model'));
  writeFileSync(stagePath('model', 'weights'), 'w');
  for (const at of [directory, join(directory, 'stages'), stagePath(), stagePath('model')])
    writeFileSync(join(at, '.DS_Store'), 'x');
  await stage.finish();
  await run.close();
  for (const at of [join(directory, 'stages'), stagePath(), stagePath('model')]) rmSync(join(at, '.DS_Store'));
  const again = await open();
  expect(Object.keys((await again.stage(teach)).manifest?.files ?? {})).toEqual([
    'metrics.jsonl',
    'model/weights',
    'stage.json',
  ]);
  await again.close();
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
  await expect(stage.metrics(3, { kl: Number.NaN })).rejects.toThrow(/metric kl is NaN.*stage teach, step 4/);
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

test('files of others under the names of a run are not overwritten, and a run that lost its events is still one', async () => {
  for (const file of ['recipe.yaml', 'metrics.jsonl', 'decisions.json', 'summary.json']) {
    writeFileSync(join(directory, file), 'mine');
    await expect(open()).rejects.toThrow(new RegExp(`files here that no run wrote: ${file}`));
    expect(read(file)).toBe('mine');
    rmSync(join(directory, file));
  }
  const run = await open();
  const stage = await run.stage(teach);
  await stage.begin(anyState);
  await stage.close();
  await run.close();
  rmSync(join(directory, 'events.jsonl'));
  await (await open()).close();
});

test('resuming what is not there is refused', async () => {
  const resume = () => RunDirectory.open({ directory, recipe: 'name: x\n', stages: [teach], resume: true });
  await expect(resume()).rejects.toThrow(/no earlier run/);
  await (await open()).close();
  await (await resume()).close();
});
