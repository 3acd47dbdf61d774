import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeManifest } from '../../manifest.js';
import { IDENTITY_FILE } from '../../run/begun-stages.js';
import { runCommandLine } from '../testing/run-command.js';

const BASE = fileURLToPath(new URL('../../../models/base/', import.meta.url));

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-damaged-'));
  writeFileSync(
    at('problems.jsonl'),
    '{"question":"Ann has 5 pens and gets 3. How many has she?","solution":"The answer is 8."}\n',
  );
  mkdirSync(at('stage'));
  cpSync(BASE, at('stage/model'), { recursive: true });
  writeFileSync(at(`stage/${IDENTITY_FILE}`), '{}\n');
  await writeManifest(at('stage'), {});
  const weights = readFileSync(at('stage/model/model.safetensors'));
  weights[weights.length - 5] = (weights[weights.length - 5] ?? 0) ^ 0x40;
  writeFileSync(at('stage/model/model.safetensors'), weights);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['chat', () => ['chat', at('stage')]],
  ['generate', () => ['generate', at('stage'), '--in', at('problems.jsonl'), '--out', at('out.jsonl')]],
  ['push --dry-run', () => ['push', at('stage'), 'hf:me/x', '--dry-run']],
])('%s refuses a model whose weights have changed since its stage left them', async (_, argv) => {
  const { code, stdout, stderr } = await runCommandLine(argv());
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(/the file has changed since it was written: wrong checksum .*model\.safetensors/);
  expect(stdout).toBe('');
});
