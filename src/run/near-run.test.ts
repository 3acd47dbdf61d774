import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nearRun, runRemedy } from './near-run.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-near-'));
  const run = join(folder, 'runs', 'quickstart');
  mkdirSync(run, { recursive: true });
  mkdirSync(join(folder, 'runs', 'quikstart-notes'));
  writeFileSync(join(run, 'recipe.yaml'), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a misspelt run is told of by the nearest that is one, with the names behind it', () => {
  const runs = join(folder, 'runs');
  expect(nearRun(join(runs, 'quikstart'))).toBe(join(runs, 'quickstart'));
  expect(nearRun(`${join(runs, 'quikstart')}:evaluate:rlt`)).toBe(`${join(runs, 'quickstart')}:evaluate:rlt`);
  expect(nearRun(join(runs, 'quikstart-notes'))).toBeUndefined();
  expect(runRemedy(join(runs, 'quikstart'), 'Name one.')).toBe(`Did you mean ${join(runs, 'quickstart')}? Name one.`);
  expect(runRemedy(join(runs, 'other'), 'Name one.')).toBe('Name one.');
});

test('a run that is named without its folder is looked for where runs are made', () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect(nearRun('quickstart')).toBe(join('runs', 'quickstart'));
    expect(nearRun('quikstart:rlt')).toBe(`${join('runs', 'quickstart')}:rlt`);
    expect(nearRun('other')).toBeUndefined();
  } finally {
    process.chdir(before);
  }
});
