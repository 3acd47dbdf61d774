import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

test('a run directory is not made in that of another run', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('sums.jsonl'), '{"question":"2+3","answer":"5"}\n');
  mkdirSync(at('run/stages/01-evaluate'), { recursive: true });
  mkdirSync(at('run/old'));
  for (const name of ['run', 'run/old'])
    for (const file of ['recipe.yaml', 'events.jsonl']) writeFileSync(at(`${name}/${file}`), '');
  const evaluate = ['evaluate', '--model', 'builtin:base', '--problems', at('sums.jsonl')];
  for (const place of [
    'run/mine',
    'run/stages',
    'run/stages/01-evaluate',
    'run/stages/02-more',
    'run/kept/x',
    'run/events.jsonl',
  ])
    for (const argv of [[...evaluate], [...evaluate, '--dry-run'], ['run', 'quickstart', '--dry-run']]) {
      const { code, stderr } = await runCommandLine([...argv, '--out', at(place)]);
      expect([code, stderr], argv.join(' ')).toEqual([
        2,
        expect.stringMatching(
          /usage: the run directory lies in that of another run \(.*\n {2}Name another with --out, outside of the run .*run\.\n$/,
        ),
      ]);
    }
  // A run that is there already is continued, or refused for what it is.
  const old = await runCommandLine([...evaluate, '--dry-run', '--out', at('run/old')]);
  expect(old.stderr).not.toContain('lies in that of another run');
  expect((await runCommandLine([...evaluate, '--dry-run', '--out', at('apart')])).code).toBe(0);
});
