/** A run directory without its recipe.yaml: every command that needs it names the file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from './testing/run-command.js';

let folder: string;
let run: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-lost-recipe-'));
  run = join(folder, 'run');
  const stage = join(run, 'stages', '01-rlt');
  mkdirSync(stage, { recursive: true });
  writeFileSync(join(stage, 'stage.json'), '{}');
  writeFileSync(join(folder, 'problems.jsonl'), '{"question":"1 + 1?","answer":"2"}\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (text: string): string => text.replaceAll('RUN', run).replaceAll('FOLDER', folder);

test.each([
  'report RUN',
  'run RUN',
  'explain RUN/recipe.yaml',
  'evaluate RUN --problems FOLDER/problems.jsonl',
  'evaluate RUN:rlt --problems FOLDER/problems.jsonl',
  'evaluate --model RUN:rlt --problems FOLDER/problems.jsonl',
  'evaluate --regrade --out RUN',
  'score --teacher builtin:base --student builtin:base --traces RUN:explain --scores FOLDER/scores.jsonl',
  'chat RUN',
  'generate RUN rlt --in FOLDER/problems.jsonl --out FOLDER/answers.jsonl',
  'track RUN',
  'studio RUN',
  'push RUN hf:owner/name --dry-run',
])('rlt %s', async (line) => {
  const { code, stderr } = await runCommandLine(at(line).split(' '));
  expect(code).toBe(1);
  expect(stderr).toContain(
    `the recipe of this run is missing, without which nobody knows what its stages are (${at('RUN')}/recipe.yaml)`,
  );
  expect(stderr).toContain(`with the same recipe and settings and --out ${run}`);
});
