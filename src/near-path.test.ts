import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nearPath } from './near-path.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-near-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the nearest name is found beside the missing path, also below a misspelt folder', () => {
  const run = join(folder, 'runs', 'quickstart');
  mkdirSync(run, { recursive: true });
  writeFileSync(join(folder, 'runs', 'quickstar'), '');
  expect(nearPath(join(folder, 'runs', 'quikstart'), (path) => statSync(path).isDirectory())).toBe(run);
  expect(nearPath(join(folder, 'run', 'quickstart'))).toBe(run);
  expect(nearPath(join(folder, 'rusn', 'quikcstart'))).toBe(run);
});

test('nothing is found where no name is near, or there is no folder', () => {
  mkdirSync(join(folder, 'runs'));
  writeFileSync(join(folder, 'file'), '');
  for (const path of ['elsewhere', join('nowhere', 'at', 'all'), join('file', 'below')])
    expect(nearPath(join(folder, path))).toBeUndefined();
  expect(nearPath('/')).toBeUndefined();
});
