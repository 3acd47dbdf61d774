import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../pipeline/testing/rlt.js';
import { runCommandLine } from './testing/run-command.js';

test('what a command would write over is kept, unless that is asked for, and a folder is refused at once', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('pairs.jsonl'), '{"gold":"1","prediction":"1"}\n');
  writeFileSync(at('kept'), 'precious');
  const grade = (...argv: string[]) => runCommandLine(['grade', 'math', '--in', at('pairs.jsonl'), ...argv]);
  const refusals = [
    [['grade', 'math', '--in', at('pairs.jsonl'), '--out', at('kept')], 'Name another with --out, or add --overwrite'],
    [['compare', folder, folder, '--html', at('kept')], 'Name another with --html, or add --overwrite'],
    [['report', folder, '--markdown', folder], 'there is no run here'],
    [['generate', 'builtin:base', '--in', at('pairs.jsonl'), '--out', folder], 'this is a folder, not a file'],
    [['grade', 'math', '--in', at('pairs.jsonl'), '--out', folder], 'this is a folder, not a file'],
  ] as const;
  for (const [argv, text] of refusals) {
    const { code, stderr } = await runCommandLine(argv);
    expect([code, stderr], argv.join(' ')).toEqual([2, expect.stringContaining(text)]);
  }
  expect(readFileSync(at('kept'), 'utf8')).toBe('precious');
  expect((await grade('--out', at('kept'), '--overwrite')).code).toBe(0);
  expect(readFileSync(at('kept'), 'utf8')).toContain('"gold"');
});

test('a place that is empty is refused, whatever the command', async () => {
  for (const argv of [
    ['run', 'quickstart', '--dry-run', '--out', ''],
    ['grade', 'math', '--in', 'pairs.jsonl', '--out='],
    ['report', 'runs/none', '--html', ''],
  ]) {
    const { code, stderr } = await runCommandLine(argv);
    expect([code, stderr], argv.join(' ')).toEqual([2, expect.stringMatching(/--(?:out|html) is empty/)]);
  }
});
