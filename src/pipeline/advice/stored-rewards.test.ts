import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRecipe } from '../../recipe/load.js';
import { temporaryFolder } from '../testing/rlt.js';
import { aboutStoredRewards } from './stored-rewards.js';

const SCORE = { stage: 'score', teacher: 'base', student: 'base', traces: 'traces' };
const EXPLAIN = {
  stage: 'explain',
  name: 'traces',
  teacher: 'base',
  student: 'base',
  data: 'sums',
  keep: { by: 'reward' },
};

const recipe = (data: object, ...stages: readonly object[]) =>
  parseRecipe({ name: 'scored', models: { base: 'builtin:base' }, data, stages });
/** What is said of an explain stage even where its reward had the same settings. */
const ANEW = expect.stringMatching(/^score: the texts are encoded anew here, so that r_KL differs/);

const said = (of: ReturnType<typeof recipe>) => aboutStoredRewards(of, of.stages);

test('traces of an earlier stage are compared by all settings of the reward', async () => {
  const sums = { sums: 'sums.jsonl' };
  const of = (explain: object, score: object) => said(recipe(sums, { ...EXPLAIN, ...explain }, { ...SCORE, ...score }));
  expect(await of({}, {})).toEqual([ANEW]);
  expect(await of({ reward: { estimator: 'k3', kl: { mean: 1 } } }, {})).toEqual([
    expect.stringContaining(
      'score: the stage traces gave the traces rewards with reward.kl.mean 1 (here 3), reward.estimator k3 (here k1): these do not compare with those of this stage; the texts are encoded anew',
    ),
  ]);
  expect(await of({}, { reward: { temperature: 1, penalties: { missingEndTag: -2 } } })).toHaveLength(1);
  // Traces that were kept without being scored have no rewards.
  expect(await of({ reward: { estimator: 'k3' }, keep: { by: 'all' } }, {})).toEqual([]);
});

test('traces of a file are compared by the recipe of the run that they lie in', async () => {
  const run = temporaryFolder();
  const folder = join(run, 'stages', '01-traces');
  mkdirSync(folder, { recursive: true });
  const trace = { id: 'a', question: 'q', solution: 's', explanation: 'e' };
  const write = (where: string, more: object = {}): string => {
    const file = join(where, 'traces.jsonl');
    writeFileSync(file, `${JSON.stringify({ ...trace, ...more })}\n`);
    return file;
  };
  const of = (source: string) => said(recipe({ traces: { source, adapter: 'traces' } }, SCORE));
  const inRun = write(folder, { reward: { total: 1 } });
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe({ sums: 'sums.jsonl' }, EXPLAIN)));
  expect(await of(inRun)).toEqual([ANEW]);
  const other = { ...EXPLAIN, reward: { estimator: 'k3' } };
  writeFileSync(join(run, 'recipe.yaml'), JSON.stringify(recipe({ sums: 'sums.jsonl' }, other)));
  expect(await of(inRun)).toEqual([expect.stringContaining('rewards with reward.estimator k3 (here k1): ')]);
  expect((await of(inRun))[0]).toMatch(/stage; the texts are encoded anew here/);
  // Elsewhere, or beside a recipe that cannot be read, nobody knows.
  const unknown = [
    expect.stringMatching(/^score: the traces have rewards already, and the file does not say with which/),
  ];
  expect(await of(write(run, { reward: { total: 1 } }))).toEqual(unknown);
  writeFileSync(join(run, 'recipe.yaml'), 'stages: 7');
  expect(await of(inRun)).toEqual(unknown);
  expect(await of(write(run))).toEqual([]);
});
