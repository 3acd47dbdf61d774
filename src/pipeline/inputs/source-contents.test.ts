import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stageIdentities } from '../../recipe/identity.js';
import { parseRecipe, renderRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { RunDirectory } from '../../run/directory.js';
import type { Stage } from '../../stages/index.js';
import { REWARD_GOLDENS } from '../../testing/reward-goldens.js';
import { hashesOf, linesOf, rlt, SUMS, start, temporaryFolder } from '../testing/rlt.js';
import { sourceContents } from './source-contents.js';

const MINUTES = 60_000;

/**
 * A recipe on a data file and a model of its own folder: a warm-up, its explanations, and a student that never sees the
 * teacher.
 */
const RECIPE = `name: own
seed: 3
engine: { kind: local, threads: 1, activationMiB: 16, cacheMiB: 16 }
prompts: { teacher: Explain., student: Solve. }
models: { student: student, copy: copy }
data: { mine: mine.jsonl, other: other.jsonl }
stages:
  - { stage: warm-up, teacher: student, data: mine, steps: 2, batch: 4, maxTokens: 512, checkpointEvery: 1 }
  - { stage: explain, teacher: warm-up, data: mine, limit: 2, sampling: { maxTokens: 4 } }
  - { stage: distill, student: copy, traces: other, steps: 1, batch: 2, maxTokens: 512 }
`;

interface Project {
  readonly out: string;
  file(...parts: readonly string[]): string;
  run(...argv: readonly string[]): ReturnType<typeof rlt>;
  reused(...argv: readonly string[]): Promise<readonly (readonly [string, boolean])[]>;
}

function projectIn(folder: string): Project {
  mkdirSync(folder, { recursive: true });
  const file = (...parts: readonly string[]) => join(folder, ...parts);
  const out = file('run');
  writeFileSync(file('own.yaml'), RECIPE);
  for (const name of ['mine.jsonl', 'other.jsonl']) copyFileSync(SUMS, file(name));
  for (const name of ['student', 'copy']) cpSync(join(REWARD_GOLDENS, 'student'), file(name), { recursive: true });
  const run = (...argv: readonly string[]) => rlt('run', file('own.yaml'), '--out', out, ...argv);
  return {
    out,
    file,
    run,
    async reused(...argv) {
      const { code, stdout, stderr } = await run('--json', '-q', ...argv);
      expect(code, stderr).toBe(0);
      const { stages } = JSON.parse(stdout) as { stages: readonly { name: string; reused: boolean }[] };
      return stages.map(({ name, reused }) => [name, reused] as const);
    },
  };
}

test(
  'an edited data file or model is refused with the stages that used it and those after them; put back, nothing runs again',
  async () => {
    const { file, out, run, reused } = projectIn(join(temporaryFolder(), 'project'));
    const all = ['warm-up', 'explain', 'distill'];
    expect(await reused()).toEqual(all.map((name) => [name, false]));
    const before = hashesOf(out);
    expect(await reused()).toEqual(all.map((name) => [name, true]));

    const refusedFor = async (...argv: readonly string[]) => {
      const { code, stdout, stderr } = await run(...argv);
      expect([code, stdout], stderr).toEqual([2, '']);
      expect(stderr).toMatch(
        /\n {2}Choose another directory with --out, which keeps these results; or delete the folders of these stages/,
      );
      expect(hashesOf(out)).toEqual(before);
      return /differently, because the contents of (.*) have changed: ([^(]*) \(/.exec(stderr)?.slice(1);
    };
    const mine = readFileSync(file('mine.jsonl'), 'utf8');
    // One digit: neither the size nor the number of lines gives it away.
    writeFileSync(file('mine.jsonl'), mine.replace('1', '2'));
    expect(await refusedFor()).toEqual(['data.mine', '01-warm-up, 02-explain']);
    writeFileSync(file('mine.jsonl'), mine);

    appendFileSync(file('copy', 'tokenizer_config.json'), '\n');
    appendFileSync(file('other.jsonl'), '\n');
    expect(await refusedFor()).toEqual(['models.copy and data.other', '03-distill']);
    copyFileSync(file('student', 'tokenizer_config.json'), file('copy', 'tokenizer_config.json'));
    writeFileSync(file('other.jsonl'), readFileSync(SUMS));
    expect(await reused()).toEqual(all.map((name) => [name, true]));

    // The way out that the refusal names: without the folders of the stages, they are made of the new content.
    writeFileSync(file('mine.jsonl'), mine.replace('1', '2'));
    for (const stage of ['01-warm-up', '02-explain']) rmSync(join(out, 'stages', stage), { recursive: true });
    expect(await reused()).toEqual([
      ['warm-up', false],
      ['explain', false],
      ['distill', true],
    ]);
  },
  5 * MINUTES,
);

test(
  'a source counts by its content: a moved project resumes, and so does a finished one whose files are gone',
  async () => {
    const folder = temporaryFolder();
    const { reused } = projectIn(join(folder, 'here'));
    await reused();
    renameSync(join(folder, 'here'), join(folder, 'there'));
    const moved = join(folder, 'there');
    const out = join(moved, 'run');
    const again = async (...argv: readonly string[]) => rlt('run', join(moved, 'own.yaml'), '--out', out, ...argv);
    const first = await again();
    expect([first.code, first.stderr.match(/already done/g)?.length], first.stderr).toEqual([0, 3]);

    for (const name of ['mine.jsonl', 'copy']) rmSync(join(moved, name), { recursive: true });
    const second = await again();
    expect([second.code, second.stderr.match(/already done/g)?.length], second.stderr).toEqual([0, 3]);
    // Another name, under which nothing lies either, is not what the stages were made of.
    const third = await again('--set', 'data.mine=mime.jsonl');
    expect([third.code, third.stdout], third.stderr).toEqual([2, '']);
    expect(third.stderr).toMatch(/01-warm-up, 02-explain/);
    // A stage that is to be made needs its file.
    rmSync(join(out, 'stages', '02-explain'), { recursive: true });
    const fourth = await again();
    expect([fourth.code, fourth.stdout], fourth.stderr).toEqual([2, '']);
    expect(fourth.stderr).toContain(join(moved, 'mine.jsonl'));
  },
  5 * MINUTES,
);

test(
  'an interrupted stage whose data has changed is refused, and resumes once the data is restored',
  async () => {
    const { file, out, run } = projectIn(join(temporaryFolder(), 'project'));
    const long = ['--set', 'stages.warm-up.steps=60', '--set', 'stages.warm-up.checkpointEvery=1'];
    const running = start(['run', file('own.yaml'), '--out', out, ...long]);
    const metrics = join(out, 'stages', '01-warm-up', 'metrics.jsonl');
    while (running.process.exitCode === null && !(existsSync(metrics) && linesOf(metrics).length > 1))
      await new Promise((resolve) => setTimeout(resolve, 2));
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const before = hashesOf(out);

    const mine = readFileSync(file('mine.jsonl'), 'utf8');
    writeFileSync(file('mine.jsonl'), `${mine}{"question":"1 + 1 = ?","solution":"2","reasoning_trace":"2"}\n`);
    for (const argv of [[], ['--resume']]) {
      const { code, stdout, stderr } = await run(...long, ...argv);
      expect([code, stdout], stderr).toEqual([2, '']);
      expect(stderr).toMatch(/because the contents of data\.mine have changed: 01-warm-up/);
      expect(hashesOf(out)).toEqual(before);
    }
    writeFileSync(file('mine.jsonl'), mine);
    const rest = await rlt('warm-up', file('own.yaml'), '--out', out, ...long);
    expect(rest.code, rest.stderr).toBe(0);
    expect(rest.stderr).toMatch(/resumes after step \d+/);
    expect(linesOf(join(out, 'metrics.jsonl'))).toHaveLength(60);
  },
  5 * MINUTES,
);

test('a data set of the hub is fetched for a stage that is to be made, and for one that is done counts as recorded', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(`{"question":"${request.url}","solution":"s"}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const folder = temporaryFolder();
  vi.stubEnv('RLT_HUB_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('RLT_CACHE', join(folder, 'cache'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const at = (revision: string) =>
    parseRecipe({
      name: 'hub',
      models: { base: 'builtin:base' },
      data: { train: `hf:owner/name@${revision}/train.jsonl` },
      stages: [{ stage: 'warm-up', teacher: 'base', data: 'train' }],
    });
  const out = join(folder, 'run');
  const none = new Map<string, string>();
  const contentOf = async (recipe: Recipe, toMake: readonly Stage[]) =>
    (await sourceContents(recipe, out, { toMake, dataFiles: none })).get('data.train');

  const recipe = at('one');
  expect(await contentOf(recipe, [])).toBeUndefined();
  expect(asked).toEqual([]);
  const first = await contentOf(recipe, recipe.stages);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(asked).toEqual(['/datasets/owner/name/resolve/one/train.jsonl']);

  const stages = stageIdentities(recipe, await sourceContents(recipe, out, { toMake: recipe.stages, dataFiles: none }));
  const run = await RunDirectory.open({ directory: out, recipe: renderRecipe(recipe), stages });
  const stage = await run.stage(stages[0] as (typeof stages)[number]);
  await stage.begin((state) => state);
  await stage.close();
  await run.close();
  rmSync(join(folder, 'cache'), { recursive: true });
  expect(await contentOf(recipe, [])).toBe(first);
  expect(asked).toHaveLength(1);
  // What was recorded is that of revision one.
  expect(await contentOf(at('two'), [])).toBeUndefined();
  expect(await contentOf(at('two'), at('two').stages)).not.toBe(first);
});
