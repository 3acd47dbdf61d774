/** Models that a run trained on a server: asked, answering files and evaluated where they are. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtinDirectory } from '../../pipeline/inputs/models.js';
import { linesOf, SUMS, temporaryFolder } from '../../pipeline/testing/rlt.js';
import { type TinyServer, tinyServer } from '../../serve/testing/tiny-server.js';
import { rltHere, runCommandLine } from '../testing/run-command.js';

let server: TinyServer;
let run: string;
const folder = mkdtempSync(join(tmpdir(), 'rlt-served-model-'));

beforeAll(async () => {
  server = await tinyServer({
    serve: { models: [{ name: 'base', source: { kind: 'directory', directory: builtinDirectory('base') } }] },
  });
  run = join(folder, 'run');
  const recipe = join(folder, 'recipe.json');
  const optimiser = { learningRate: 0.01 };
  const stage = { steps: 2, batch: 4, maxTokens: 128, optimiser };
  writeFileSync(
    recipe,
    JSON.stringify({
      name: 'served',
      engine: { kind: 'tinker', url: server.url, apiKeyVariable: 'RLT_TEST_NO_KEY', probe: false },
      prompts: { teacher: 'Explain.', student: 'Solve.' },
      models: { base: 'builtin:base' },
      data: { sums: { source: SUMS } },
      stages: [
        { stage: 'warm-up', teacher: 'base', data: 'sums', ...stage },
        { stage: 'distill', student: 'base', traces: 'sums', ...stage },
      ],
    }),
  );
  const { code, stderr } = await rltHere('run', recipe, '--out', run, '-q');
  expect(code, stderr).toBe(0);
}, 120_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const host = () => new URL(server.url).host;
const few = ['--max-tokens', '8'];

test('chat asks it as it was trained', async () => {
  const ask = (...argv: readonly string[]) =>
    runCommandLine(['chat', run, ...argv, ...few], { input: 'What is 2 + 3?\n' });
  const student = await ask('distill');
  expect(student.code, student.stderr).toBe(0);
  expect(student.stderr).toMatch(
    new RegExp(
      `^served:tinker://\\S+ on the server at ${host()}: asked as a student in the tags .*, the format that it was trained in\n`,
    ),
  );
  expect(student.stdout).not.toBe('\n');
  expect(await ask('distill')).toEqual(student);
  const teacher = await ask('warm-up');
  expect(teacher.stderr).toContain('warning: this model was trained as a teacher');
  const threads = await ask('distill', '--threads', '1', '--bits', '8');
  expect([threads.code, threads.stderr]).toEqual([
    2,
    expect.stringContaining(
      `--threads, --bits are for models on this machine, and this one is on the server at ${host()}`,
    ),
  ]);
});

test('generate writes its answers, of questions without solutions too', async () => {
  const folder = temporaryFolder();
  const questions = join(folder, 'questions.jsonl');
  writeFileSync(questions, '{"question": "What is 2 + 3?"}\n{"question": "What is 4 + 1?"}\n');
  for (const [from, lines] of [
    [SUMS, linesOf(SUMS).length],
    [questions, 2],
  ] as const) {
    const out = join(folder, `answers-${lines}.jsonl`);
    const { code, stderr } = await rltHere('generate', `${run}:distill`, '--in', from, '--out', out, ...few);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`the model is on the server at ${host()}`);
    expect(linesOf(out)).toHaveLength(lines);
  }
});

test('evaluate grades it alone, and beside the other students of its run', async () => {
  const out = temporaryFolder();
  const on = ['--problems', SUMS, '--grader', 'integer', ...few, '--limit', '2', '--samples', '1'];
  const alone = await rltHere('evaluate', '--model', `${run}:distill`, ...on, '--out', join(out, 'alone'));
  expect(alone.code, alone.stderr).toBe(0);
  expect(alone.stderr).toContain(`the model is on the server at ${host()}`);
  const together = await rltHere('evaluate', run, ...on, '--out', join(out, 'together'));
  expect(together.code, together.stderr).toBe(0);
  expect(together.stderr).toContain(`on the server at ${host()}: base and distill`);
  const answers = (name: string) => linesOf(join(out, name, 'stages/01-evaluate/answers.jsonl'));
  const texts = (name: string, student: string) =>
    answers(name).flatMap((answer) => (answer.student === student ? [answer.text] : []));
  expect(texts('together', 'distill')).toEqual(texts('alone', 'model'));
  expect(texts('together', 'base')).toHaveLength(2);
  for (const { stderr } of [alone, together]) expect(stderr).toContain('are also in sums of the run run, on which');
});

test('score scores traces under it, and beside a model that is here', async () => {
  const folder = temporaryFolder();
  const traces = join(folder, 'traces.jsonl');
  const trace = {
    id: 'sum',
    question: 'What is 2 + 3?',
    solution: '5',
    explanation: 'Two and three are five.',
    kind: 'rlt',
  };
  writeFileSync(traces, `${JSON.stringify(trace)}\n`);
  const scores = async (teacher: string, student: string, ...argv: readonly string[]) => {
    const out = join(folder, `${student.replace(/\W/g, '-')}.jsonl`);
    const models = ['--teacher', teacher, '--student', student];
    const result = await rltHere('score', ...models, '--traces', traces, '--scores', out, ...argv);
    return { ...result, lines: existsSync(out) ? linesOf(out) : [] };
  };
  const there = await scores(`${run}:warm-up`, `${run}:base`);
  expect(there.code, there.stderr).toBe(0);
  expect(there.stderr).toContain(`the teacher is on the server at ${host()}`);
  expect(there.stderr).toContain(`the student is on the server at ${host()}`);
  expect(there.stderr).not.toContain('was trained as');
  // The server has the bundled model as `base`: the same student here gives the same scores, to the rounding of log-probs on the way.
  const here = await scores(`${run}:warm-up`, 'builtin:base');
  expect(here.code, here.stderr).toBe(0);
  expect(here.stderr).not.toContain('the student is on the server');
  const total = ({ lines: [line] }: typeof here) => Number((line?.reward as { total?: number } | undefined)?.total);
  expect(total(there)).toBeCloseTo(total(here), 4);
  const swapped = await scores(`${run}:distill`, `${run}:warm-up`);
  expect(swapped.stderr).toContain('warning: the teacher was trained as a student');
  expect(swapped.stderr).toContain('warning: the student was trained as a teacher');
  const inBits = await scores(`${run}:warm-up`, `${run}:distill`, '--bits', '8');
  expect([inBits.code, inBits.stderr]).toEqual([2, expect.stringContaining('--bits is for models on this machine')]);
});

test('what needs its files says where it is', async () => {
  for (const argv of [
    ['serve', `${run}:distill`, '--port', '0'],
    ['push', `${run}:distill`, 'hf:owner/name', '--dry-run'],
  ]) {
    const { code, stderr } = await rltHere(...argv);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/"distill" is on the server at \S+, and this takes the files of a model .*\n.*rlt chat/),
    ]);
  }
  expect(existsSync(join(run, 'stages/02-distill/rlt.json'))).toBe(true);
});
