import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeManifest } from '../../manifest.js';
import { SUMS, temporaryFolder } from '../testing/rlt.js';
import { namedTraces } from './named-traces.js';

/** A run of two explain stages and a score stage, of which these left traces. */
function runOf(...left: readonly string[]): string {
  const run = temporaryFolder();
  const stages = [
    { stage: 'explain', name: 'before', teacher: 'base', data: 'sums' },
    { stage: 'explain', name: 'after', teacher: 'base', data: 'sums' },
    { stage: 'score', teacher: 'base', student: 'base', traces: 'after' },
  ];
  const recipe = { name: 'traced', models: { base: 'builtin:base' }, data: { sums: SUMS }, stages };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe));
  for (const folder of left) {
    mkdirSync(join(run, 'stages', folder), { recursive: true });
    writeFileSync(join(run, 'stages', folder, 'traces.jsonl'), '');
  }
  return run;
}

it('traces are a file, the folder of a stage, a stage of a run, or the only ones of a run', async () => {
  const run = runOf('01-before', '03-score');
  const [before, score] = [join(run, 'stages', '01-before'), join(run, 'stages', '03-score')];
  for (const given of [before, join(before, 'traces.jsonl'), `${run}:before`])
    expect(await namedTraces(given)).toBe(join(before, 'traces.jsonl'));
  expect(await namedTraces(`${run}:score`)).toBe(join(score, 'traces.jsonl'));
  const single = runOf('02-after');
  expect(await namedTraces(single)).toBe(join(single, 'stages', '02-after', 'traces.jsonl'));
  for (const elsewhere of ['nowhere.jsonl', 'hf:owner/name/traces.jsonl', SUMS])
    expect(await namedTraces(elsewhere)).toBe(elsewhere);
});

it('what a run has not left is refused with what it has', async () => {
  const run = runOf('01-before', '03-score');
  await expect(namedTraces(run)).rejects.toThrow(`Name one: ${run}:before, ${run}:score.`);
  await expect(namedTraces(`${run}:befor`)).rejects.toThrow('Did you mean "before"?');
  await expect(namedTraces(`${run}:after`)).rejects.toThrow('the run has left no traces of a stage "after"');
  await expect(namedTraces(runOf())).rejects.toThrow('the run has left no traces yet');
  await expect(namedTraces(join(run, 'stages'))).rejects.toThrow('there are no traces in this folder');
});

it('traces that have changed since their stage left them are refused, with how to go on', async () => {
  const run = runOf('01-before');
  const stage = join(run, 'stages', '01-before');
  await writeManifest(stage);
  expect(await namedTraces(`${run}:before`)).toBe(join(stage, 'traces.jsonl'));
  writeFileSync(join(stage, 'traces.jsonl'), '{"id":');
  for (const given of [`${run}:before`, stage])
    await expect(namedTraces(given)).rejects.toThrow(
      `the file has changed since it was written: 6 bytes instead of 0 (${join(stage, 'traces.jsonl')})\n  Restore it, or delete ${stage}`,
    );
  // A file that is named itself is the user's own.
  expect(await namedTraces(join(stage, 'traces.jsonl'))).toBe(join(stage, 'traces.jsonl'));
});
