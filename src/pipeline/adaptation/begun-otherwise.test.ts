/** What a run directory refuses comes with commands that do what was meant, and that work as they are printed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rlt } from '../testing/rlt.js';

let folder: string;
let run: string;
let recipe: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-begun-otherwise-'));
  run = join(folder, 'run');
  recipe = join(run, 'recipe.yaml');
  const file = join(folder, 'small.yaml');
  writeFileSync(
    file,
    `name: small
engine: { kind: local, threads: 1 }
prompts: { teacher: Explain the solution., student: Solve the problem. }
models: { base: "builtin:base" }
data: { train: { source: "task:word-problems", count: 6, heldOut: 2 } }
stages:
  - { stage: distill, student: base, traces: train, learn: solution, steps: 1, batch: 2, maxTokens: 200 }
  - { stage: evaluate, students: { base: base, learnt: distill }, problems: { held-out: train.held-out }, sampling: { maxTokens: 4 } }
`,
  );
  const { code, stderr } = await rlt('run', file, '--out', run, '-q');
  expect(code, stderr).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refused = async (...argv: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await rlt(...argv);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('holds stages that this recipe would make differently');
  return stderr;
};
const commandIn = (text: string): readonly string[] => (/: rlt (.*?)\. To run/.exec(text)?.[1] ?? '').split(' ');

test('an evaluation with other settings is asked beside the run', async () => {
  for (const argv of [
    ['evaluate', recipe, '--limit', '1'],
    ['run', recipe, '--set', 'stages.evaluate.limit=1'],
  ]) {
    const stderr = await refused(...argv);
    expect(stderr).toContain('Settings that differ: stages.evaluate.limit (was null, now 1)');
    const stage = join(run, 'stages', '02-evaluate');
    expect(stderr).toContain(`in place of its results, delete ${stage}, and run it again.`);
    expect(stderr).toContain(
      'beside the models that they started from, on its problems as one set (--limit takes the first of all of them)',
    );
    expect(commandIn(stderr).join(' ')).toBe(
      `evaluate ${run} --problems ${join(stage, 'problems.jsonl')} --samples 1 --sampling-temperature 0.7 --sampling-max-tokens 4 --grader integer --limit 1`,
    );
  }
  const command = commandIn(await refused('evaluate', recipe, '--limit', '1', '--dry-run'));
  const asked = await rlt(...command, '--out', join(folder, 'beside'), '--json', '-q');
  expect(asked.code, asked.stderr).toBe(0);
  expect(JSON.parse(asked.stdout).results).toMatchObject({
    samples: 1,
    graders: [expect.stringMatching(/^integer\//)],
    rows: [{ problems: 1 }, { problems: 1 }],
  });
});

test('bits of a model are named as the setting that they are, and not as other contents', async () => {
  const out = join(folder, 'bits');
  const evaluated = (...bits: readonly string[]) =>
    rlt(
      'evaluate',
      '--model',
      'builtin:base',
      '--benchmark',
      'word-problems',
      '--limit',
      '1',
      '--threads',
      '1',
      ...bits,
      '--out',
      out,
    );
  const { code, stderr } = await evaluated('--bits', '4');
  expect(code, stderr).toBe(0);
  for (const [bits, now] of [
    [['--bits', '8'], '8'],
    [[], 'absent'],
  ] as const) {
    const other = await evaluated(...bits);
    expect([other.code, other.stdout]).toEqual([2, '']);
    expect(other.stderr).toContain(
      `differently: 01-evaluate. Settings that differ: models.model.bits (was 4, now ${now})`,
    );
  }
}, 120_000);

test('one with another grader is graded again', async () => {
  const stderr = await refused('evaluate', recipe, '--grader', 'math');
  expect(commandIn(stderr)).toEqual(['evaluate', '--regrade', '--out', run, '--stage', 'evaluate', '--grader', 'math']);
  expect(await rlt(...commandIn(stderr))).toMatchObject({ code: 0, stderr: '' });
});

test('where earlier stages feed it, another directory has to run them as well', async () => {
  const stderr = await refused('evaluate', recipe, '--set', 'stages.distill.steps=2');
  expect(stderr).not.toContain('Choose another directory');
  expect(commandIn(stderr)).toEqual(['run', recipe, '--set', 'stages.distill.steps=2', '--out', `${run}-other`]);
  const elsewhere = await rlt(...commandIn(stderr), '-q');
  expect([elsewhere.code, existsSync(`${run}-other`)], elsewhere.stderr).toEqual([0, true]);
});

test('of a stage that nothing feeds, another directory is enough', async () => {
  const stderr = await refused('distill', recipe, '--steps', '3');
  expect(stderr).toContain('Choose another directory with --out, which keeps these results; or delete the folders');
});
