import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Machine } from '../machine.js';
import { EVENTS_FILE, RUN_BEGINS } from './directory.js';
import { lastMachine, roundingChange } from './machines.js';

const machine: Machine = {
  rlt: '0.1.0',
  node: '20.20.2',
  onnxruntime: '1.30.0',
  system: 'linux x64',
  processor: 'AMD EPYC, family 26 model 2',
  instructions: 'avx avx2 avx512f avx512_vnni',
  cores: 2,
};

test('the machine of the process that worked on a run last is read from its events', async () => {
  const run = mkdtempSync(join(tmpdir(), 'rlt-machines-'));
  expect(await lastMachine(run)).toBeUndefined();
  const { instructions: _, ...older } = machine;
  const lines: object[] = [
    { event: RUN_BEGINS, machine },
    { event: 'stage begins', stage: 'teach' },
    { event: RUN_BEGINS, machine: older },
    { event: 'step', stage: 'teach' },
    { event: RUN_BEGINS, machine: { ...machine, cores: 9 } },
    { event: 'run fails', stage: 'teach' },
  ];
  writeFileSync(join(run, EVENTS_FILE), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(await lastMachine(run)).toEqual(older);
  const damaged = [...lines, { event: RUN_BEGINS, machine: { cores: '9' } }, { event: 'step', stage: 'teach' }];
  writeFileSync(join(run, EVENTS_FILE), damaged.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(await lastMachine(run)).toBeUndefined();
});

test('what changes how numbers are rounded is said, and nothing else', () => {
  const change = (now: Partial<Machine>, threadsAreCores = false) =>
    roundingChange(machine, { ...machine, ...now }, { threadsAreCores });
  expect(change({})).toBeUndefined();
  expect(change({ node: '22.1.0', rlt: '0.2.0', processor: 'AMD EPYC, family 25 model 17' })).toBeUndefined();
  expect(change({ processor: 'AMD EPYC, family 25 model 1', instructions: 'avx avx2' })).toBe(
    'warning: this run was last computed on AMD EPYC, family 26 model 2 (avx avx2 avx512f avx512_vnni), and continues on AMD EPYC, family 25 model 1 (avx avx2). Numbers may be rounded differently there, so that its models and accuracies come out differently. For those of one machine, begin it anew in another directory.',
  );
  expect(change({ system: 'win32 x64' })).toContain(
    'AMD EPYC, family 26 model 2 (linux x64, avx avx2 avx512f avx512_vnni), and continues on AMD EPYC, family 26 model 2 (win32 x64, ',
  );
  expect(change({ onnxruntime: '1.31.0' })).toContain(
    'computed with ONNX Runtime 1.30.0, and continues with ONNX Runtime 1.31.0.',
  );
  expect(change({ cores: 8 })).toBeUndefined();
  expect(change({ cores: 8 }, true)).toContain('in 2 threads, as many as cores, and continues in 8 threads');
  const { instructions: _, ...silent } = machine;
  expect(roundingChange(silent, machine, { threadsAreCores: true })).toBeUndefined();
  const apple = { ...silent, system: 'darwin arm64', processor: 'Apple M2' };
  expect(roundingChange(apple, { ...apple, processor: 'Apple M4' }, { threadsAreCores: true })).toContain('Apple M4');
  expect(
    roundingChange(silent, { ...silent, system: 'darwin arm64', processor: 'Apple M2' }, { threadsAreCores: true }),
  ).toContain('continues on Apple M2 (darwin arm64).');
});
