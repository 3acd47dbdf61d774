import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REWARD_GOLDENS } from '../testing/reward-goldens.js';
import { linesOf, rlt, temporaryFolder } from './testing/rlt.js';

interface Score {
  readonly id: string;
  readonly sample: number;
  readonly reward: Readonly<Record<string, number>>;
  readonly studentSolution: readonly number[];
  readonly studentExplanation: readonly number[];
  readonly teacherExplanation: readonly number[];
}

interface Golden {
  readonly temperature: number;
  readonly systemPrompts: { readonly teacher: string; readonly student: string };
  readonly students: Readonly<
    Record<'student' | 'other-student', { readonly tooLong: number; readonly scores: readonly Score[] }>
  >;
}

const golden = JSON.parse(readFileSync(join(REWARD_GOLDENS, 'score.json'), 'utf8')) as Golden;
const TRACES = join(REWARD_GOLDENS, 'traces.jsonl');

const models = (student: string) => [
  ...['--teacher', join(REWARD_GOLDENS, 'teacher'), '--student', join(REWARD_GOLDENS, student), '--traces', TRACES],
  ...['--system-prompt-teacher', golden.systemPrompts.teacher, '--system-prompt-student', golden.systemPrompts.student],
];

/** Both as text with the values apart, so that a difference shows where it is. */
function expectClose(actual: readonly number[], expected: readonly number[], what: string): void {
  expect(actual, what).toHaveLength(expected.length);
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - (expected[i] as number)), `${what}[${i}]: ${value}, ${expected[i]}`).toBeLessThan(1e-4);
  }
}

test.each(['student', 'other-student'] as const)(
  'every log-prob and every part of the reward under %s is what transformers computes',
  async (student) => {
    const scores = join(temporaryFolder(), 'scores.jsonl');
    const { code, stdout, stderr } = await rlt(
      'score',
      ...models(student),
      '--scores',
      scores,
      '--json',
      '--temperature',
      '0.7',
    );
    expect(code, stderr).toBe(0);
    const expected = golden.students[student];
    const found = linesOf(scores) as unknown as Score[];
    expect(found.map(({ id, sample }) => [id, sample])).toEqual(expected.scores.map(({ id, sample }) => [id, sample]));
    for (const [index, score] of found.entries()) {
      const like = expected.scores[index] as Score;
      for (const key of ['studentSolution', 'studentExplanation', 'teacherExplanation'] as const)
        expectClose(score[key], like[key], `${score.id} ${key}`);
      expect(Object.keys(score.reward).toSorted()).toEqual(Object.keys(like.reward).toSorted());
      for (const [part, value] of Object.entries(like.reward))
        expectClose([score.reward[part] as number], [value], `${score.id} ${part}`);
    }
    const summary = JSON.parse(stdout) as {
      traces: number;
      tooLong: number;
      reward: object;
      means: Record<string, number>;
    };
    expect([summary.traces, summary.tooLong]).toEqual([expected.scores.length, expected.tooLong]);
    expect(stderr).toContain('left out 1 of 10 traces: longer than the context of a model');
    expect(summary.reward).toMatchObject({ estimator: 'k1', temperature: 0.7, kl: { mean: 3, max: 0.03 } });
    expect(stderr).toContain(
      'the reward: estimator k1; r_SS mean 1, min 0.01; r_KL mean 3, max 0.03; temperature 0.7\n',
    );
    const total = expected.scores.reduce((sum, { reward }) => sum + (reward.total as number), 0);
    expectClose([summary.means.reward as number], [total / expected.scores.length], 'mean reward');
  },
);

test('the reward, the tags and the number of traces can be chosen; standard output carries the means', async () => {
  const folder = temporaryFolder();
  const scores = join(folder, 'scores.jsonl');
  const coefficients = ['--reward-kl-mean', '0', '--reward-kl-max', '0', '--reward-solution-min', '0'];
  const { code, stdout, stderr } = await rlt(
    'score',
    ...models('student'),
    '--scores',
    scores,
    ...coefficients,
    '--limit',
    '2',
    '-q',
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^reward\/solution\/mean +-\d/m);
  expect(stdout).toMatch(/^mean over traces, estimator k1$/m);
  expect(stdout).toContain(`2 traces. Scores are in ${scores}.`);
  const found = linesOf(scores) as unknown as Score[];
  expect(found.map(({ reward }) => Object.keys(reward))).toEqual([
    ['total', 'solution', 'solution/mean', 'kl', 'penalty'],
    ['total', 'solution', 'solution/mean', 'kl', 'penalty', 'penalty/missingEndTag'],
  ]);
  const recipe = join(folder, 'like.yaml');
  writeFileSync(
    recipe,
    `name: like
format: think
prompts: { teacher: A., student: B. }
models: { m: somewhere }
data: { d: nothing.jsonl }
stages:
  - { stage: teach, teacher: m, student: m, data: d, reward: { temperature: 2, kl: { mean: 0, max: 0 } } }
`,
  );
  const [like, think] = [join(folder, 'like.jsonl'), join(folder, 'think.jsonl')];
  const inputs = models('student').slice(0, 6);
  expect((await rlt('score', ...inputs, '--scores', like, '--recipe', recipe, '-q')).code).toBe(0);
  const prompts = ['--system-prompt-teacher', 'A.', '--system-prompt-student', 'B.', '--format', 'think'];
  const same = ['--temperature', '2', '--reward-kl-mean', '0', '--reward-kl-max', '0'];
  expect((await rlt('score', ...inputs, '--scores', think, ...prompts, ...same, '-q')).code).toBe(0);
  expect(readFileSync(like, 'utf8')).toBe(readFileSync(think, 'utf8'));
  const warmer = linesOf(like)[0] as unknown as Score;
  expect(warmer.studentSolution).not.toEqual(found[0]?.studentSolution);
});

test('wrong usage exits with 2 and says what is missing or too much; nothing is written', async () => {
  const folder = temporaryFolder();
  const scores = join(folder, 'scores.jsonl');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /no recipe is given, and --teacher, --student, --traces, --scores are missing/],
    [models('student'), /no recipe is given, and --scores is missing/],
    [['quickstart', '--scores', scores], /--scores cannot be used with the recipe quickstart/],
    [
      [...models('student'), '--scores', scores, '--set', 'seed=2', '--out', folder],
      /--set, --out cannot be used without a recipe/,
    ],
    [
      [...models('student'), '--scores', scores, '--temperature', '1', '--reward-temperature', '1'],
      /mean the same; give only one/,
    ],
    [
      [...models('student'), '--scores', scores, '--temperature', 'hot', '--reward-estimator', 'k2'],
      /2 problems:\n- temperature must be a number, above 0, at most 10, not "hot".*\n- estimator must be one of k1, k3/,
    ],
    [[...models('student'), '--scores', TRACES], /would overwrite the traces/],
  ];
  for (const [argv, message] of cases) {
    const { code, stdout, stderr } = await rlt('score', ...argv);
    expect([code, stdout], stderr).toEqual([2, '']);
    expect(stderr).toMatch(message);
  }
  expect(existsSync(scores)).toBe(false);
});

test('text that the bundled model does not know is answered with the options that take another', async () => {
  const folder = temporaryFolder();
  const traces = join(folder, 'traces.jsonl');
  const foreign = Array.from({ length: 4 }, (_, i) => ({
    id: `t${i}`,
    question: `Quarterly depreciation schedule ${i}, amortised linearly?`,
    solution: 'Amortisation proceeds proportionally.',
    explanation: 'Accrual.',
  }));
  writeFileSync(traces, foreign.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const argv = ['--teacher', 'builtin:base', '--student', 'builtin:base', '--traces', traces];
  const { code, stderr } = await rlt('score', ...argv, '--scores', join(folder, 'scores.jsonl'));
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Take a real model: --teacher hf:owner\/name --student hf:owner\/name\.\n/);
  expect(stderr).not.toContain('--set');
});

test('what cannot be scored fails, names file and place, and leaves no file', async () => {
  const folder = temporaryFolder();
  const scores = join(folder, 'scores.jsonl');
  const traces = join(folder, 'traces.jsonl');
  const run = (...changes: readonly string[]) =>
    rlt('score', ...models('student'), '--scores', scores, '-q', ...changes);
  expect(await run('--student', join(folder, 'none'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`there is no such model or run (${join(folder, 'none')})`),
  });
  expect(await run('--traces', traces)).toMatchObject({ code: 2, stderr: expect.stringContaining(traces) });
  const good = { id: 'a', question: 'q', solution: 's', explanation: 't' };
  const lines = (...records: readonly object[]) =>
    writeFileSync(traces, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  lines(good, { id: 'b', question: 'q', solution: 's' });
  expect(await run('--traces', traces)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`explanation is missing (${traces}:2, field explanation)`),
  });
  lines(good, { ...good, id: 'broken', explanation: '\ud800' });
  const broken = await run('--traces', traces);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/sample broken/);
  expect(broken.stderr).toContain(`${traces}:2, field explanation`);
  lines({ ...good, explanation: 'word '.repeat(400) });
  expect(await run('--traces', traces)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('none of 1 traces fits the contexts of the two models'),
  });
  mkdirSync(scores);
  expect(await run()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(scores) });
});
