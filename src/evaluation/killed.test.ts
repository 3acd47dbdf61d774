import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RandomStream, randomKey } from '../random.js';
import { writeSumsModel } from './testing/sums-model.js';

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const FILES = ['stage.json', 'problems.jsonl', 'answers.jsonl', 'results.json', 'report.md', 'manifest.json'] as const;

let folder: string;
let model: string;
let benchmark: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-killed-'));
  ({ model, benchmark } = await writeSumsModel(join(folder, 'sums')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One batch a problem, so that there are many moments at which something is half done. */
const argumentsFor = (out: string): readonly string[] => {
  const what = [
    'evaluate',
    '--model',
    model,
    '--benchmark',
    benchmark,
    '--samples',
    '24',
    '--batch',
    '8',
    '--seed',
    '1',
  ];
  return [main, ...what, '--out', join(folder, out), '-q'];
};

const stageOf = (out: string): string => join(folder, out, 'stages', '01-evaluate');
const bytesOf = (out: string): readonly string[] => FILES.map((file) => readFileSync(join(stageOf(out), file), 'utf8'));

it('an evaluation that is killed again and again ends in the same bytes as one that was not', async () => {
  const whole = spawnSync(process.execPath, [...argumentsFor('whole')], { encoding: 'utf8' });
  expect(whole.status, whole.stderr).toBe(0);
  const stream = new RandomStream(randomKey(1, 'kills'));
  let landed = 0;
  for (let kills = 0; kills < 10; kills++) {
    const child = spawn(process.execPath, [...argumentsFor('killed')], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), stream.integer(250, 900));
    await gone;
    clearTimeout(timer);
    if (child.signalCode === 'SIGKILL') landed++;
  }
  expect(landed).toBeGreaterThan(0);
  const last = spawnSync(process.execPath, [...argumentsFor('killed')], { encoding: 'utf8' });
  expect(last.status, last.stderr).toBe(0);
  expect(existsSync(join(stageOf('killed'), 'results.json'))).toBe(true);
  expect(bytesOf('killed')).toEqual(bytesOf('whole'));
}, 120_000);
