import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readParquet } from '../data/files/parquet.js';
import {
  cutRollouts,
  groupBytes,
  plannedRecording,
  type Rollout,
  RolloutRecorder,
  recordedProblems,
  rolloutFileOf,
} from './rollouts.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlt-rollouts-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const rollout = (step: number, sample: number): Rollout => ({
  step,
  problem: 0,
  sample,
  id: 'a',
  question: 'How many?\n"<b>"',
  solution: 'Drei \u{1f600}',
  prompt: '<|im_start|>',
  completion: 'xy',
  ended: 'stop',
  verdict: 'explained',
  reward: -0.1,
  advantage: 1e-17,
  parts: { total: -0.1, 'solution/mean': -0.25 },
  ids: [1, 2_000_000_000],
  tokens: ['', '\u{1f600}y'],
  policyLogProbs: Float32Array.of(-0.1, -1e-20),
  kl: [],
});

const settings = { every: 1, problems: null, maxMegabytes: 1 };

async function rowsOf(file: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const { value } of readParquet(join(directory, file))) rows.push(value);
  return rows;
}

test('a rollout is read back as it was written, log-probs to the last bit', async () => {
  const recorder = new RolloutRecorder(directory, settings, 3);
  recorder.add('step', 2, () => [rollout(2, 0), rollout(2, 1)]);
  await recorder.flush();
  const [first, second] = await rowsOf('step-000002.parquet');
  const { policyLogProbs, ...plain } = rollout(2, 0);
  expect(first).toMatchObject({ ...plain, policyLogProbs: [...Float32Array.of(-0.1, -1e-20)] });
  expect(first).toMatchObject({ referenceLogProbs: null, explanation: null, answer: null });
  expect(second?.sample).toBe(1);
  expect(await recordedProblems(join(directory, 'step-000002.parquet'))).toEqual(['a']);
  recorder.add('step', 1, () => []);
  await recorder.flush();
  expect(readdirSync(directory)).toEqual(['step-000002.parquet']);
});

test('steps are recorded every so often, and the last one; never more problems than asked', async () => {
  const recorder = new RolloutRecorder(directory, { every: 3, problems: 2, maxMegabytes: 1 }, 6);
  const counts = await Promise.all([0, 1, 2, 3, 4, 5].map((step) => recorder.problems(step, [10, 10, 10])));
  expect(counts).toEqual([2, 0, 0, 2, 0, 2]);
  expect(await recorder.problems(0, [10])).toBe(1);
});

test('the record stays within its share of the disk, and what is recorded is the same after a stop', async () => {
  const limited = { ...settings, maxMegabytes: 0.2 };
  const steps = 20;
  const rows = (step: number, count: number) => Array.from({ length: count }, (_, i) => rollout(step, i));
  const bytes_P = Array.from({ length: 8 }, () => 6000);
  const counts: number[] = [];
  let recorder = new RolloutRecorder(directory, limited, steps);
  for (let step = 0; step < steps; step++) {
    // A process that resumes here knows no more than the files.
    if (step % 7 === 3) recorder = new RolloutRecorder(directory, limited, steps);
    counts.push(await recorder.problems(step, bytes_P));
    recorder.add('step', step, () => rows(step, counts.at(-1) ?? 0));
    await recorder.flush();
  }
  const used = readdirSync(directory).reduce((total, file) => total + statSync(join(directory, file)).size, 0);
  expect(used).toBeLessThanOrEqual(200_000);
  expect(counts[0]).toBe(3);
  expect(counts.slice(-5).every((count) => count > 0)).toBe(true);

  await cutRollouts(directory, 11);
  let again = new RolloutRecorder(directory, limited, steps);
  for (let step = 11; step < steps; step++) {
    again = new RolloutRecorder(directory, limited, steps);
    expect(await again.problems(step, bytes_P)).toBe(counts[step]);
    again.add('step', step, () => rows(step, counts[step] ?? 0));
    await again.flush();
  }
});

test('what is still to be written counts when room is made for the next step', async () => {
  const recorder = new RolloutRecorder(directory, { ...settings, maxMegabytes: 0.02 }, 1);
  const room = await recorder.problems(0, [11_000]);
  recorder.add('step', 0, () => [rollout(0, 0)]);
  expect([room, await recorder.problems(0, [11_000])]).toEqual([1, 0]);
  expect(readdirSync(directory)).toEqual(['step-000000.parquet']);
});

test('what a stopped process wrote after its checkpoint is removed, other files are not', async () => {
  const recorder = new RolloutRecorder(directory, settings, 9);
  for (const step of [0, 3, 4]) recorder.add('step', step, () => [rollout(step, 0)]);
  await recorder.flush();
  recorder.add('held-out', 4, () => [rollout(4, 0)]);
  await recorder.flush();
  writeFileSync(join(directory, '.partial-step-000005.parquet.1-0'), 'half');
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  await cutRollouts(directory, 4);
  expect(readdirSync(directory).sort()).toEqual(['notes.txt', 'step-000000.parquet', 'step-000003.parquet']);
  await cutRollouts(join(directory, 'absent'), 0);
  expect(rolloutFileOf('held-out-000012.parquet')).toEqual({ kind: 'held-out', step: 12 });
  expect(rolloutFileOf('step-1.parquet')).toBeUndefined();
});

test('what a group takes is bounded without a list of its completions', () => {
  expect(groupBytes(100, 2, 100) - groupBytes(100, 2, 0)).toBeGreaterThan(100);
  expect(groupBytes(100, 2 ** 32, 2 ** 40)).toBeGreaterThan(2 ** 40);
});

test('the plan says what is recorded, and never more than the limit', () => {
  const run = { steps: 10, prompts: 4, bytesPerProblem: groupBytes(100, 2, 100) };
  const all = plannedRecording(settings, run);
  expect(all.share).toBe(1);
  expect(all.bytes).toBeLessThan(1e6);
  expect(plannedRecording({ ...settings, problems: 1 }, run).share).toBe(0.25);
  const some = plannedRecording({ ...settings, maxMegabytes: 0.1 }, run);
  expect(some.bytes).toBe(1e5);
  expect(some.share).toBeGreaterThan(0.1);
  expect(some.share).toBeLessThan(1);
});

test('what was recorded is written while other work is under way, and an error of either ends both', async () => {
  const recorder = new RolloutRecorder(directory, settings, 3);
  recorder.add('step', 0, () => [rollout(0, 0)]);
  // This work ends only once the file is there.
  const untilWritten = async (): Promise<string> => {
    while (!readdirSync(directory).includes('step-000000.parquet'))
      await new Promise((resolve) => setTimeout(resolve, 1));
    return 'sampled';
  };
  expect(await recorder.during(untilWritten())).toBe('sampled');
  const failing = (): never => {
    throw new Error('no rows');
  };
  recorder.add('step', 1, failing);
  await expect(recorder.during(Promise.resolve(1))).rejects.toThrow('no rows');
  recorder.add('step', 2, failing);
  await expect(recorder.during(Promise.reject(new Error('no samples')))).rejects.toThrow('no samples');
  expect(readdirSync(directory)).toEqual(['step-000000.parquet']);
});
