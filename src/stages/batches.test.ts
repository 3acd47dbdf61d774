import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { batchTotals } from './batches.js';

const folder = mkdtempSync(join(tmpdir(), 'rlt-batches-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the totals of batches leave out lines that cannot be read, and say so', async () => {
  const file = join(folder, 'events.jsonl');
  const batch = (number: number) =>
    JSON.stringify({ event: 'batch', stage: 'evaluate', batch: number, tokens: 10, seconds: 2 });
  const told: string[] = [];
  const totals = () => batchTotals(file, 'evaluate', (text) => told.push(text));
  writeFileSync(file, `${batch(1)}\n${batch(2)}\n`);
  expect(await totals()).toEqual({ tokens: 20, seconds: 4 });
  expect(told).toEqual([]);
  writeFileSync(file, `${batch(1)}\n{"event":"ba\n${batch(3)}\n{"event"`);
  expect(await totals()).toEqual({ tokens: 20, seconds: 4 });
  expect(told).toEqual([
    'events.jsonl: 2 lines could not be read (2, 4, which is cut short), so tokens and seconds may lack some',
  ]);
});
