import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeManifest } from '../../manifest.js';
import { SUMS, temporaryFolder } from '../testing/rlt.js';
import { namedTraces } from './named-traces.js';

/** A run of two explain stages and a score stage, of which these left traces. */
async function runOf(...left: readonly string[]): Promise<string> {
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
    await writeManifest(join(run, 'stages', folder));
  }
  return run;
}

it('traces are a file, the folder of a stage, a stage of a run, or the only ones of a run', async () => {
  const run = await runOf('01-before', '03-score');
  const [before, score] = [join(run, 'stages', '01-before'), join(run, 'stages', '03-score')];
  for (const given of [before, join(before, 'traces.jsonl'), `${run}:before`])
    expect((await namedTraces(given)).file).toBe(join(before, 'traces.jsonl'));
  expect(await namedTraces(`${run}:score`)).toEqual({ file: join(score, 'traces.jsonl'), run });
  const single = await runOf('02-after');
  expect((await namedTraces(single)).file).toBe(join(single, 'stages', '02-after', 'traces.jsonl'));
  for (const elsewhere of ['nowhere.jsonl', 'hf:owner/name/traces.jsonl', SUMS])
    expect(await namedTraces(elsewhere)).toEqual({ file: elsewhere, run: undefined });
});

it('what a run has not left is refused with what it has', async () => {
  const run = await runOf('01-before', '03-score');
  await expect(namedTraces(run)).rejects.toThrow(`Name one: ${run}:before, ${run}:score.`);
  await expect(namedTraces(`${run}:befor`)).rejects.toThrow('Did you mean "before"?');
  await expect(namedTraces(`${run}:base`)).rejects.toThrow('the run has left no traces of a stage "base"');
  await expect(namedTraces(await runOf())).rejects.toThrow('the run has left no traces yet');
  await expect(namedTraces(join(run, 'stages'))).rejects.toThrow('there are no traces in this folder');
});

it('traces that have changed since their stage left them are refused, with how to go on', async () => {
  const run = await runOf('01-before');
  const stage = join(run, 'stages', '01-before');
  expect((await namedTraces(`${run}:before`)).file).toBe(join(stage, 'traces.jsonl'));
  writeFileSync(join(stage, 'traces.jsonl'), '{"id":');
  for (const given of [`${run}:before`, stage])
    await expect(namedTraces(given)).rejects.toThrow(
      `the file has changed since it was written: 6 bytes instead of 0 (${join(stage, 'traces.jsonl')})\n  Restore it, or delete ${stage}`,
    );
  // A file that is named itself is the user's own.
  expect(await namedTraces(join(stage, 'traces.jsonl'))).toEqual({ file: join(stage, 'traces.jsonl'), run });
});

it('what a stage has left counts once the stage is done', async () => {
  const run = await runOf('01-before', '02-after');
  const stage = join(run, 'stages', '02-after');
  rmSync(join(stage, 'manifest.json'));
  for (const given of [`${run}:after`, stage])
    await expect(namedTraces(given)).rejects.toThrow(
      `the stage after is not done, and has left no traces yet (${stage})\n  Wait for it, or resume the run.`,
    );
  expect((await namedTraces(run)).file).toBe(join(run, 'stages', '01-before', 'traces.jsonl'));
  rmSync(join(run, 'stages', '01-before', 'manifest.json'));
  await expect(namedTraces(run)).rejects.toThrow(
    'They come from its stages before, after and score, which are not done',
  );
});
