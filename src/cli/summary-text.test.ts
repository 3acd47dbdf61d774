import { expect, test } from 'vitest';
import type { RunSummary } from '../pipeline/run-recipe.js';
import { pairsText, renderSummary, resultTable } from './summary-text.js';

const row = (student: string, level: string, accuracy: number, interval: readonly [number, number]) =>
  ({
    ...{ stage: 'evaluate', student, level, problems: 75, accuracy, interval },
    ...{ unparsable: 0, cut: 0 },
  }) as unknown as RunSummary['results'][number];

test('a table says on which problems no student is shown to be the best, and which these are', () => {
  const text = resultTable([
    row('base', 'held-out', 0.05, [0.03, 0.08]),
    row('rlt', 'held-out', 0.9, [0.85, 0.93]),
    row('none', 'more-steps', 0, [0, 0.01]),
    row('base', 'more-steps', 0.07, [0.04, 0.12]),
    row('rlt', 'more-steps', 0.05, [0.02, 0.11]),
    row('warm-up', 'more-steps', 0.05, [0.02, 0.11]),
  ]);
  expect(text.split('\n').at(-1)).toBe(
    'No student is shown to be the best on more-steps (base, rlt, warm-up): these intervals overlap. ' +
      '`rlt compare` pairs the answers of two, which may show a difference.',
  );
});

test('students that are equal are not shown to differ', () => {
  const equal = [row('base', 'held-out', 0, [0, 0.6]), row('rlt', 'held-out', 0, [0, 0.6])];
  expect(resultTable(equal)).toContain('No student is shown to be the best on held-out (base, rlt)');
});

test('a table says of whose replies many were cut off, or have no answer that can be read', () => {
  const shown = (...rows: readonly RunSummary['results'][number][]) => resultTable(rows);
  const cut = { ...row('base', 'held-out', 0, [0, 0.05]), cut: 1, unparsable: 0.975 };
  const unreadable = { ...row('rlt', 'held-out', 0.3, [0.2, 0.4]), unparsable: 0.1 };
  const few = { ...row('other', 'held-out', 0.9, [0.8, 0.95]), cut: 0.09, unparsable: 0.09 };
  expect(shown(cut, unreadable, few).split('\n').at(-1)).toBe(
    'Many replies were cut off, or have no readable answer, which counts as not solved: ' +
      'base on held-out (100.0 % cut off, 97.5 % unreadable); rlt on held-out (10.0 % unreadable).',
  );
  expect(shown(few)).not.toContain('Many replies');
  const many = Array.from({ length: 11 }, (_, i) => ({ ...cut, student: `s${i}`, accuracy: i / 11 }));
  expect(shown(...many)).toMatch(/s7 on held-out \(100\.0 % cut off, 97\.5 % unreadable\); and 3 more\.$/m);
});

test('students of several stages are told apart by the stage, and compared within it', () => {
  const of = (stage: string, ...given: Parameters<typeof row>) => ({ ...row(...given), stage });
  const text = resultTable([
    of('first', 'base', 'held-out', 0.05, [0.03, 0.08]),
    of('first', 'rlt', 'held-out', 0.9, [0.85, 0.93]),
    of('second', 'base', 'held-out', 0.88, [0.84, 0.92]),
    of('second', 'rlt', 'held-out', 0.9, [0.85, 0.93]),
  ]);
  expect(text.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 3).join(' '))).toEqual([
    'stage student problems',
    'first base held-out',
    'first rlt held-out',
    'second base held-out',
    'second rlt held-out',
    '',
    expect.stringContaining('No student is shown to be the best on held-out (base, rlt) in second: '),
  ]);
});

test('a remark that holds for several rows is said once, with their names', () => {
  const ungraded = { problems: 2, rows: [3, 4] };
  const rows = ['base', 'rlt'].map((student) => ({ ...row(student, 'held-out', 0, [0, 0.2]), ungraded }));
  const notes = resultTable(rows).match(/^Note on .*$/gm);
  expect(notes).toEqual([
    expect.stringMatching(/^Note on base, held-out; rlt, held-out: 2 more problems are left out/),
  ]);
});

test('a table of decided comparisons or of one student says nothing more', () => {
  const decided = [row('base', 'held-out', 0.05, [0.03, 0.08]), row('rlt', 'held-out', 0.9, [0.85, 0.93])];
  expect(resultTable(decided).split('\n')).toHaveLength(3);
  expect(resultTable(decided.slice(0, 1)).split('\n')).toHaveLength(2);
});

const stage = (reused: boolean) => ({
  name: 'x',
  kind: 'evaluate' as const,
  directory: '',
  reused,
  seconds: 1,
  facts: {},
});
const summary = (results: RunSummary['results'], more: Partial<RunSummary> = {}): string =>
  renderSummary(
    { directory: 'runs/x', stages: [stage(false)], results, seconds: 61, secondsInAll: 61, ...more },
    false,
  );

test('of equal students, the last of the table are the ones to compare', () => {
  const equal = ['base', 'warm-up', 'rlt'].map((student) => row(student, 'held-out', 0.5, [0.4, 0.6]));
  expect(summary(equal)).toContain('`rlt compare runs/x:evaluate:warm-up runs/x:evaluate:rlt`');
  const best = [...equal, row('last', 'held-out', 0.4, [0.3, 0.5])];
  expect(summary(best)).toContain('`rlt compare runs/x:evaluate:warm-up runs/x:evaluate:rlt`');
});

test('the time is that of this call, beside the work of all calls on the run', () => {
  expect(summary([])).toMatch(/^1 stage, 1m01s\. Everything/);
  const oneStage = { secondsInAll: 95 };
  expect(summary([], oneStage)).toMatch(/^1 stage, 1m01s \(1m35s of work in all\)\./);
  const resumed = { stages: [stage(true), stage(false)], secondsInAll: 3700 };
  expect(summary([], resumed)).toMatch(/^2 stages, 1 of them already done, 1m01s \(1h01m of work in all\)\./);
});

test('models on a server are not said to be in the directory of the run', () => {
  const on = (name: string) => ({ ...stage(false), name, served: `tinker://${name}` });
  expect(summary([], { stages: [on('teach'), stage(false), on('distill')] })).toContain(
    'Everything is in runs/x, but for the models of teach and distill: they are on the server of the engine, under the name in model.json of each stage.\n',
  );
  expect(summary([], { stages: [on('distill')] })).toContain('but for the model of distill: it is on the server');
});

test('explanations before and after stand with their rewards, and with how they were chosen', () => {
  const side = (text: string, reward: number | undefined, choice: string | undefined, isWhole = true) => ({
    ...{ text, reward, choice, isWhole, rewards: [] },
  });
  const [question, solution] = ['How many?', 'Six.'];
  const pairs = [
    {
      id: 'p',
      question,
      solution,
      before: side('a', -0.5, 'the best of 4 by reward'),
      after: side('b', -0.1, undefined),
    },
    {
      id: 'q',
      question,
      solution,
      before: side('c', undefined, undefined),
      after: side('d', undefined, undefined, false),
    },
  ];
  expect(pairsText(pairs, 3)).toBe(
    `Explanations before reinforcement (the best of 4 by reward) and after it, of the first problems that have both:

How many?
  solution                Six.
  before RL, reward -0.5  a
  after RL, reward -0.1   b

How many?
  solution                Six.
  before RL               c
  after RL, not finished  d
`,
  );
});

test('mean rewards before and after reinforcement are told, and whether it did harm', () => {
  const explained = (reward: number) => ({ text: 'a', isWhole: true, reward, rewards: [reward], choice: undefined });
  const pairsOf = (changes: readonly number[]) =>
    changes.map((change, n) => ({
      ...{ id: String(n), question: 'How many?', solution: 'Six.' },
      ...{ before: explained(-0.5), after: explained(-0.5 + change) },
    }));
  const last = (changes: readonly number[]) => pairsText(pairsOf(changes), 1).trimEnd().split('\n').at(-1);
  const better = [0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2];
  expect(last(better)).toBe(
    'Mean reward of the explanations of 8 problems (higher is better): -0.5 before, -0.35 after; 8 became better, 0 worse. Reinforcement raised the mean.',
  );
  expect(last(better.map((change) => -change))).toMatch(
    /-0\.5 before, -0\.65 after; 0 became better, 8 worse\. Reinforcement lowered the mean: try/,
  );
  const unended = pairsOf(better).map(({ after, ...pair }, n) => ({ ...pair, after: { ...after, isWhole: n > 2 } }));
  expect(pairsText(unended, 1)).toContain(
    'Reinforcement raised the mean. But 3 of the 8 explanations after it are not finished, 0 before: its steps were too large',
  );
  const byK3 = pairsOf(better).map(({ before, after, ...pair }) => ({
    ...pair,
    before: { ...before, estimator: 'k3' },
    after: { ...after, estimator: 'k3' },
  }));
  expect(pairsText(byK3, 1)).toMatch(
    /before RL, reward \(k3\) -0\.5 [ ]*a[\s\S]*Mean reward \(k3\) of the explanations of 8 problems \(higher is better\): -0\.5 before/,
  );
  // Nor where chance explains it.
  expect(last([-3, 0.1, -0.2, 0.1, 0.2, -0.1, 0.2, 0.1])).toContain(
    '5 became better, 3 worse. Reinforcement is not shown to have changed them.',
  );
  expect(last([9, ...Array.from({ length: 15 }, () => 0.1)])).toContain(
    '16 became better, 0 worse. Reinforcement raised most of them; the mean shows no difference.',
  );
  const few = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? -3 : 0.1));
  expect(last(few)).toContain(
    '30 became better, 10 worse. Reinforcement lowered the mean, by a few that became much worse: try',
  );
  expect(last(better.slice(1))).toBe('  after RL, reward -0.3   a');
});
