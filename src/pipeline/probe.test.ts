import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stageIdentities } from '../recipe/identity.js';
import { loadRecipe } from '../recipe/load.js';
import { runRecipe } from './run-recipe.js';
import { hashesOf, linesOf, rlt, start, TINY, temporaryFolder } from './testing/rlt.js';

const STAGES = ['base', 'warm-up', 'teach'];
const PROBE =
  'stages.teach.probe={data: sums, problems: 6, test: sums.held-out, samples: 2, every: 3, steps: 2, batch: 4, grader: integer}';

const isOfProbe = ([name]: readonly [string, unknown]): boolean => name.startsWith('probe/');
const taughtIn = (run: string) =>
  linesOf(join(run, 'metrics.jsonl')).flatMap((line) => (line.stage === 'teach' ? [Object.entries(line)] : []));

test('a probe logs what a student learns from the explanations of now, and changes nothing else', {
  timeout: 300_000,
}, async () => {
  const [plain, probed, killed] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  await runRecipe(await loadRecipe(TINY), { runDirectory: plain, only: STAGES });
  await runRecipe(await loadRecipe(TINY, [PROBE]), { runDirectory: probed, only: STAGES });
  const lines = taughtIn(probed);
  expect(lines.slice(0, 8).map((line) => line.filter((entry) => !isOfProbe(entry)))).toEqual(taughtIn(plain));
  const found = lines.map((line) => Object.fromEntries(line.filter(isOfProbe)));
  expect(found.flatMap((values, step) => (Object.keys(values).length > 0 ? [step] : []))).toEqual([0, 3, 6, 8]);
  for (const step of [0, 3, 6, 8]) {
    expect(found[step]).toEqual({
      'probe/accuracy': expect.any(Number),
      'probe/malformed': expect.any(Number),
      'probe/loss': expect.any(Number),
      'probe/ended': expect.any(Number),
    });
    // Eight answers, six explanations.
    expect(Number.isInteger(Number(found[step]?.['probe/malformed']) * 8)).toBe(true);
    expect(Number(found[step]?.['probe/ended']) * 6).toBeCloseTo(
      Math.round(Number(found[step]?.['probe/ended']) * 6),
      9,
    );
  }
  // The teacher has changed between the first and the last probe, and the student has learnt something else.
  expect(found[0]?.['probe/loss']).not.toBe(found[8]?.['probe/loss']);
  const own = (run: string) =>
    Object.entries(hashesOf(run)).filter(([path]) => /^stages\/03-teach\/model\/|^rollouts\//.test(path));
  expect(own(probed).length).toBeGreaterThan(8);
  expect(own(probed)).toEqual(own(plain));

  await runRecipe(await loadRecipe(TINY, [PROBE]), { runDirectory: killed, only: ['base', 'warm-up'] });
  const argv = ['teach', TINY, '--set', PROBE, '--out', killed, '-q'];
  const running = start(argv);
  const isThere = () =>
    linesOf(join(killed, 'events.jsonl')).some(({ stage, step }) => stage === 'teach' && Number(step) >= 4);
  while (!isThere() && running.process.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  running.process.kill('SIGKILL');
  await running.ended;
  expect((await rlt(...argv)).code).toBe(0);
  expect(hashesOf(killed)).toEqual(hashesOf(probed));
});

test('a probe is part of the identity of a stage only where it is asked for, and its settings are checked', async () => {
  const identityOf = async (...changes: readonly string[]) =>
    stageIdentities(await loadRecipe(TINY, changes), new Map()).find(({ name }) => name === 'teach')?.fingerprint;
  expect(await identityOf('stages.teach.probe=null')).toBe(await identityOf());
  expect(await identityOf(PROBE)).not.toBe(await identityOf());
  await expect(loadRecipe(TINY, ['stages.teach.probe={data: sum, test: sums}'])).rejects.toThrow(/Did you mean "sums"/);
  await expect(loadRecipe(TINY, ['stages.teach.probe={data: sums}'])).rejects.toThrow('"test" is missing');
});
