/** Export and distillation of a real run have the same texts, and programs get at what the run left. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { longestSequence } from '../engine/engine.js';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { UsageError } from '../errors.js';
import { layoutsOf } from '../stages/layouts.js';
import { FORMATS } from '../text/formats.js';
import { exportTraces } from './export-traces.js';
import { openRun } from './inputs/opened-run.js';
import { linesOf, rlt, TINY, temporaryFolder } from './testing/rlt.js';

interface Row {
  readonly messages: readonly { readonly content: string }[];
  readonly reward: number;
}

it('the conversations of a run are what its student was distilled on, and the run opens from a program', async () => {
  const folder = temporaryFolder();
  const directory = join(folder, 'run');
  const ran = await rlt('run', TINY, '--out', directory, '-q');
  expect(ran.code, ran.stderr).toBe(0);
  const out = join(folder, 'training.jsonl');
  const exported = await rlt('export', `${directory}:score`, '--out', out);
  expect(exported.code, exported.stderr).toBe(0);
  const rows = linesOf(out) as unknown as readonly Row[];
  const again = join(folder, 'again.jsonl');
  expect(await exportTraces(`${directory}:score`, again)).toMatchObject({
    traces: rows.length,
    columns: ['sample', 'reward'],
  });
  expect(linesOf(again)).toEqual(rows);

  const run = await openRun(directory);
  expect(run.stages.map(({ name, kind, leaves, isDone }) => [name, kind, leaves, isDone])).toContainEqual([
    ...['score', 'score', 'traces', true],
  ]);
  const source = await run.model('distill');
  const { student, tokenizer } = await layoutsOf(source, FORMATS.paper, run.recipe.prompts);
  const wanted: (readonly [string, number | undefined])[] = [];
  for await (const { question, explanation, solution, reward } of run.traces('score')) {
    const { ids } = student.sequence(question, explanation, solution);
    wanted.push([tokenizer.decode(ids), reward?.total]);
  }
  expect(wanted.length).toBeGreaterThan(5);
  const chat = student.settings.chat;
  const rendered = (messages: Row['messages']) =>
    chat.render(messages as Parameters<typeof chat.render>[0], { addGenerationPrompt: false });
  // The template ends a turn with a line break, which is not trained on.
  expect(rows.map(({ messages, reward }) => [rendered(messages).replace(/\n$/, ''), reward])).toEqual(wanted);

  const engine = await openLocalEngine({ threads: 1 });
  const model = await engine.open(source);
  expect(longestSequence(model)).toBe(128);
  await engine.close();

  await expect(run.model('explain')).rejects.toThrow('no stage "explain" of the run leaves a model');
  await expect(run.model('distil')).rejects.toThrow('Did you mean "distill"?');
  await expect(run.traces('teach').next()).rejects.toThrow(UsageError);
  writeFileSync(join(directory, 'stages/06-distill/model/config.json'), '{}');
  await expect(run.model('distill')).rejects.toThrow('the file has changed since it was written');
  rmSync(join(directory, 'stages/05-score/manifest.json'));
  await expect(run.traces('score').next()).rejects.toThrow('the stage score is not done, and has left no traces yet');
  expect((await openRun(directory)).stages.find(({ name }) => name === 'score')?.isDone).toBe(false);
});

it('what is not a run, and a file of another kind, are refused', async () => {
  const folder = temporaryFolder();
  await expect(openRun(folder)).rejects.toThrow('there is no run here');
  await expect((openRun as () => Promise<unknown>)()).rejects.toThrow(UsageError);
  const call = exportTraces as unknown as (...given: readonly unknown[]) => Promise<unknown>;
  const out = join(folder, 'out.jsonl');
  await expect(call('traces.jsonl', join(folder, 'out.parquet'))).rejects.toThrow('files that end in .parquet');
  await expect(call('traces.jsonl', out, { layot: 'messages' })).rejects.toThrow('Did you mean "layout"?');
  await expect(call('traces.jsonl', out, { layout: 'alpaca' })).rejects.toThrow(UsageError);
  expect(readdirSync(folder)).toEqual([]);
});
