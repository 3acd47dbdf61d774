import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { goldenSource } from '../../../testing/goldens.js';
import { loadWeights } from './weights-source.js';

const scratch = mkdtempSync(join(tmpdir(), 'rlt-weights-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('frozen weights are held once, whichever links lead to their files, and each model has the place it was opened from', async () => {
  const source = goldenSource('smollm2');
  const link = join(scratch, 'link');
  symlinkSync(source.directory, link);
  const one = await loadWeights(source, { frozen: true });
  const two = await loadWeights({ ...source, directory: link }, { frozen: true });
  expect(two.base).toBe(one.base);
  expect([one.origin, two.origin]).toEqual([source.directory, link]);
});
