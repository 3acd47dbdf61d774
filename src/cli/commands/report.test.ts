import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashesOf } from '../../pipeline/testing/rlt.js';
import { writeRun } from '../../views/testing/recorded-run.js';
import { runCommandLine } from '../testing/run-command.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-report-command-'));
  await writeRun(at('run'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rlt = (...argv: readonly string[]) => runCommandLine(argv);

test('writes the page and the Markdown, prints the latter without a file, and leaves the run alone', async () => {
  const before = hashesOf(at('run'));
  const printed = await rlt('report', at('run'));
  expect([printed.code, printed.stderr]).toEqual([0, '']);
  expect(printed.stdout).toMatch(/^# example\n/);
  const written = await rlt('report', at('run'), '--html', at('new/a.html'), '--markdown', at('a.md'));
  expect([written.code, written.stdout]).toEqual([0, `${at('new/a.html')}\n${at('a.md')}\n`]);
  expect(readFileSync(at('a.md'), 'utf8')).toBe(printed.stdout);
  expect(readFileSync(at('new/a.html'), 'utf8')).toMatch(/^<!doctype html>/);
  expect(hashesOf(at('run'))).toEqual(before);
});

test('lines of the run that could not be read are warned of', async () => {
  await writeRun(at('damaged'));
  appendFileSync(at('damaged/metrics.jsonl'), 'x\n');
  const { code, stderr } = await rlt('report', at('damaged'));
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: metrics\.jsonl: 1 line could not be read \(\d+\); the report may be incomplete\n$/);
});

test('a file that exists is replaced only when asked', async () => {
  writeFileSync(at('kept.html'), 'mine');
  const refused = await rlt('report', at('run'), '--html', at('kept.html'), '--markdown', at('other.md'));
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('add --overwrite')]);
  expect(readFileSync(at('kept.html'), 'utf8')).toBe('mine');
  expect((await rlt('report', at('run'), '--html', at('kept.html'), '--overwrite')).code).toBe(0);
  expect(readFileSync(at('kept.html'), 'utf8')).toContain('<h1>example</h1>');
});

test('no file of a run is written over, and a report in it is', async () => {
  const before = hashesOf(at('run'));
  symlinkSync(at('run/events.jsonl'), at('link.md'));
  for (const file of ['run/recipe.yaml', 'run/metrics.jsonl', 'run/stages/02-teach/new.md', 'run/lock.json', 'link.md'])
    for (const option of ['--html', '--markdown']) {
      const { code, stderr } = await rlt('report', at('run'), option, at(file), '--overwrite');
      expect([code, stderr], file).toEqual([
        2,
        expect.stringMatching(new RegExp(`this is a file of a run.*\\n  Name another with ${option}, best outside`)),
      ]);
    }
  expect(hashesOf(at('run'))).toEqual(before);
  for (const _ of ['new', 'again'])
    expect((await rlt('report', at('run'), '--markdown', at('run/report.md'), '--overwrite')).code).toBe(0);
});

test('what cannot be done says why', async () => {
  const none = await rlt('report', at('nowhere'));
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no run here')]);
  writeFileSync(at('file'), '');
  const below = await rlt('report', at('run'), '--html', at('file/a.html'));
  expect([below.code, below.stderr]).toEqual([1, expect.stringContaining('a part of the path is not a directory')]);
  const folderThere = await rlt('report', at('run'), '--html', folder, '--overwrite');
  expect([folderThere.code, folderThere.stderr]).toEqual([2, expect.stringContaining('this is a folder')]);
  const same = await rlt('report', at('run'), '--html', at('x'), '--markdown', at('x'));
  expect([same.code, same.stderr]).toEqual([2, expect.stringContaining('the same file')]);
});
