import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquireLock } from '../run/lock.js';
import { RolloutRecorder } from '../run/rollouts.js';
import { exampleRollout, HOSTILE, STEPS, writeRun } from '../views/testing/recorded-run.js';
import { curvePlot, thinned } from './curve.js';
import { richText } from './formula.js';
import { reportHtml } from './html.js';
import { fenced, reportMarkdown } from './markdown.js';
import { publicPath, publicText, publicYaml } from './public-text.js';
import { runReport } from './run-report.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-report-'));
  await writeRun(at('done'));
  await writeRun(at('begun'), { name: 'begun', done: false });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a finished run: stages, students with intervals, metrics with flags, and problems early and late', async () => {
  const report = await runReport(at('done'));
  expect(report.state).toBe('Finished.');
  expect(report.stages.map(({ name, progress }) => [name, progress])).toEqual([
    ['teach', 'done, 6 of 8 steps, 9s'],
    ['explain', 'done'],
    ['evaluate', 'done'],
    ['score', 'done'],
  ]);
  expect(report.evaluations[0]?.rows.map(({ student, accuracy }) => [student, accuracy])).toEqual([
    ['base', 0],
    ['rlt', 2 / 3],
    ['base', 0],
    ['rlt', 1 / 3],
  ]);
  const [markdown, page] = [reportMarkdown(report), reportHtml(report)];
  for (const note of [
    'Note: rlt on held-out: trained on 2 of 3 problems (rows 1 and 3), so the accuracy says little of new ones.',
    'Note: rlt on larger-numbers: 1 of 3 problems left no room for an answer in the context, and count as not solved.',
  ]) {
    expect(markdown).toContain(note);
    expect(page).toContain(note);
  }
  const metrics = report.stages[0]?.metrics ?? [];
  expect(metrics.map(({ metric }) => metric)).toEqual([
    'reward',
    'reward/solution',
    'completion/ended',
    'groups/zeroStd',
  ]);
  expect(metrics[0]).toMatchObject({ first: -0.9, last: expect.closeTo(-0.4), steps: 6, flags: [] });
  expect(metrics[2]?.flags).toEqual([expect.stringContaining('Fewer than half')]);
  // Problem 1 is in steps 0 to 5, problems 0 and 2 in 0 to 4, problem 3 in 1 to 5.
  expect(report.explanations.pairs.map(({ id, before, after }) => [id, before.when, after.when])).toEqual([
    ['p1', 'step 1', 'step 6'],
    ['p0', 'step 1', 'step 5'],
    ['p2', 'step 1', 'step 5'],
    ['p3', 'step 2', 'step 6'],
  ]);
  // Rewards of samples 0 to 3 in step 0: -0.8, -1.9, -1, -1.1; the middle one, of the better half, is sample 2.
  expect(report.explanations.pairs[0]?.before).toMatchObject({ count: 4, reward: -1, mean: expect.closeTo(-1.2) });
});

test('rewards are told with the estimator of their divergence, where the recipe has it', async () => {
  await writeRun(at('estimated'));
  const file = join(at('estimated'), 'recipe.yaml');
  const recipe = readFileSync(file, 'utf8');
  writeFileSync(file, recipe.replace('stage: teach,', 'stage: teach, reward: { estimator: k3 },'));
  const report = await runReport(at('estimated'));
  expect(report.stages[0]?.metrics.map(({ label }) => label)).toEqual([
    'reward (k3)',
    'reward/solution',
    'completion/ended',
    'groups/zeroStd',
  ]);
  expect(reportMarkdown(report)).toContain('reward (k3) -1; mean of 4: -1.2');
  expect(reportHtml(report)).toContain('<h4>reward (k3)</h4>');
  expect(reportMarkdown(await runReport(at('done')))).toContain('reward -1; mean of 4: -1.2');
});

test('a stage of few steps says so, with its reward; what is wrong with its explanations is listed', async () => {
  await writeRun(at('few'), { done: false });
  const line = (step: number, reward: number) => ({
    stage: 'teach',
    step,
    reward,
    'penalized/missingEndTag': 0.977,
    'completion/ended': 0.984,
    'explanation/controlTokens': step === 0 ? 0 : 0.64,
    'explanation/strayTags': 0,
  });
  const write = (rewards: readonly number[]) =>
    writeFileSync(
      at('few/metrics.jsonl'),
      rewards.map((reward, step) => `${JSON.stringify(line(step, reward))}\n`).join(''),
    );
  write([-0.32, -1, -3, -4.34]);
  const report = await runReport(at('few'));
  const [teach] = report.stages;
  expect(teach?.metrics.map(({ metric, flags }) => [metric, flags.length])).toEqual([
    ['reward', 0],
    ['penalized/missingEndTag', 1],
    ['completion/ended', 0],
    ['explanation/controlTokens', 1],
  ]);
  const caution = /4 steps are too few .* -0\.32 in the first step and -4\.34 in the last; each step/;
  expect(reportHtml(report)).toMatch(caution);
  expect(reportMarkdown(report)).toMatch(caution);
  expect(reportMarkdown(report)).toMatch(/\*\*Red flag\*\*, penalized\/missingEndTag: More than half/);
  write([-0.32]);
  expect((await runReport(at('few'))).stages[0]?.caution).toMatch(/^1 step is too few .* Its reward is -0\.32\.$/);
  write(Array.from({ length: 10 }, () => -0.3));
  expect((await runReport(at('few'))).stages.map(({ caution }) => caution)).toEqual(report.stages.map(() => undefined));
});

test('lines that could not be read are counted on the page; the beginning of a line is no damage while a process writes it', async () => {
  await writeRun(at('damaged'));
  const before = await runReport(at('damaged'));
  expect(before.damage).toEqual([]);
  appendFileSync(at('damaged/metrics.jsonl'), '{"stage":"tea\0\0\n{"stage":"teach"}\n{"stage":"teach","step":9');
  appendFileSync(at('damaged/events.jsonl'), '\n[]\n{"time":"2026-11-26T14:00:00Z","ev');
  const report = await runReport(at('damaged'));
  expect(report.damage).toEqual([
    expect.stringMatching(/^metrics\.jsonl: 3 lines could not be read \(\d+, \d+, \d+, which is cut short\)$/),
    expect.stringMatching(/^events\.jsonl: 2 lines could not be read \(\d+, \d+, which is cut short\)$/),
  ]);
  const lock = await acquireLock(at('damaged'));
  try {
    expect((await runReport(at('damaged'))).damage).toEqual([
      expect.stringMatching(/^metrics\.jsonl: 2 lines could not be read \(\d+, \d+\)$/),
      expect.stringMatching(/^events\.jsonl: 1 line could not be read \(\d+\)$/),
    ]);
  } finally {
    await lock.release();
  }
  expect({ ...report, damage: [], updated: 0 }).toEqual({ ...before, updated: 0 });
  expect(reportHtml(report)).toContain('<p class="flag">metrics.jsonl: 3 lines could not be read (');
  expect(reportMarkdown(report)).toMatch(/^\*\*events\.jsonl: 2 lines could not be read/m);
});

test('a run at work, without an evaluation', async () => {
  const lock = await acquireLock(at('begun'));
  try {
    const report = await runReport(at('begun'));
    expect(report.state).toContain('Running');
    expect(report.stages.map(({ progress }) => progress)).toEqual([
      'running, 6 of 8 steps, 9s',
      'not begun',
      'not begun',
      'not begun',
    ]);
    expect(reportHtml(report)).toContain('This run has no finished evaluation.');
    expect(reportMarkdown(report)).toContain('This run has no finished evaluation.');
  } finally {
    await lock.release();
  }
});

test('why a run stands still is said, without more of this machine than that', async () => {
  await writeRun(at('failed'), { done: false });
  const begins = { event: 'run begins' };
  const fails = {
    event: 'run fails',
    stage: 'teach',
    step: 6,
    file: '/data/team/mine.jsonl',
    code: 'storage',
    message: `cannot reach https://inside.example:8/v1: ${HOSTILE[0]}`,
    remedy: 'Delete /srv/team/runs/a, then read and/or write 1/2.',
  };
  const write = (...events: readonly object[]) =>
    appendFileSync(
      at('failed/events.jsonl'),
      events.map((event) => `${JSON.stringify({ time: '2027-01-16T00:00:00.000Z', ...event })}\n`).join(''),
    );
  write(begins, fails);
  const report = await runReport(at('failed'));
  expect(report.ending).toBe(
    `The run failed: cannot reach (left out) ${HOSTILE[0]} (.../mine.jsonl, stage teach, step 7). ` +
      'Delete .../a, then read and/or write 1/2.',
  );
  expect(report.stages[0]?.progress).toBe('stopped, 6 of 8 steps, 9s');
  const html = reportHtml(report);
  expect(html).toContain('<p class="flag">The run failed: cannot reach (left out) &lt;script&gt;');
  expect(html).not.toContain('<script');
  expect(reportMarkdown(report)).toMatch(/^\*\*The run failed: cannot reach .*\\<script\\>/m);
  // What a later attempt came to is not known; then it was interrupted.
  write(begins);
  expect((await runReport(at('failed'))).ending).toBeUndefined();
  write({ event: 'run stops', stage: 'explain' });
  const stopped = await runReport(at('failed'));
  expect(stopped.ending).toBe('The run was interrupted (stage explain). The same command resumes it.');
  expect(stopped.stages.map(({ progress }) => progress)).toEqual([
    'stopped, 6 of 8 steps, 9s',
    'not begun',
    'not begun',
    'not begun',
  ]);
  const lock = await acquireLock(at('failed'));
  try {
    expect((await runReport(at('failed'))).ending).toBeUndefined();
  } finally {
    await lock.release();
  }
  await writeRun(at('finished'));
  appendFileSync(at('finished/events.jsonl'), `${JSON.stringify({ time: '2027-01-16T00:00:00.000Z', ...fails })}\n`);
  expect((await runReport(at('finished'))).ending).toBeUndefined();
});

test('a run that has only just begun has nothing to show yet', async () => {
  mkdirSync(at('bare/stages'), { recursive: true });
  writeFileSync(at('bare/recipe.yaml'), 'name: bare\nstages:\n  - { stage: teach, name: teach }\n');
  const html = reportHtml(await runReport(at('bare')));
  expect(html).toContain('This run has no metrics yet.');
  expect(html).toContain('No problem was explained twice');
  expect(reportMarkdown(await runReport(at('bare')))).toContain('This run has no metrics yet.');
});

test('explanations before and after come from explain stages where no rollouts are', async () => {
  await writeRun(at('explained'));
  rmSync(at('explained/rollouts'), { recursive: true });
  const recipe = `name: explained
stages:
  - { stage: teach, name: teach, teacher: base }
  - { stage: explain, name: early, teacher: base, data: train }
  - { stage: explain, name: late, teacher: teach, data: train, samples: 4, keep: { by: reward } }
`;
  writeFileSync(at('explained/recipe.yaml'), recipe);
  const trace = (explanation: string, total: number) =>
    `${JSON.stringify({ id: 'p', question: 'q', solution: 's', explanation, ended: 'stop', reward: { total } })}\n`;
  for (const [stage, text] of [
    ['02-early', trace('poor', -2)],
    ['03-late', trace('good', -1)],
  ] as const) {
    mkdirSync(at(`explained/stages/${stage}`), { recursive: true });
    writeFileSync(at(`explained/stages/${stage}/traces.jsonl`), text);
    writeFileSync(at(`explained/stages/${stage}/manifest.json`), '{}');
  }
  const [pair] = (await runReport(at('explained'))).explanations.pairs;
  expect([pair?.before.when, pair?.after.when]).toEqual(['before RL', 'after RL, the best of 4 by reward']);
  expect([pair?.before.text, pair?.before.reward, pair?.after.text, pair?.after.reward]).toEqual([
    'poor',
    -2,
    'good',
    -1,
  ]);
});

test('of several explanations of a problem that with the reward in the middle is shown, before as after', async () => {
  await writeRun(at('several'));
  rmSync(at('several/rollouts'), { recursive: true });
  const explain = 'stage: explain, data: train, samples: 3, keep: { by: all }, reward: { estimator: k3 }';
  writeFileSync(
    at('several/recipe.yaml'),
    `name: several
stages:
  - { stage: teach, name: teach, teacher: base, reward: { estimator: k1 } }
  - { name: early, teacher: base, ${explain} }
  - { name: late, teacher: teach, ${explain} }
`,
  );
  const traces = (stage: string, ...rows: readonly (readonly [id: string, explanation: string, total?: number])[]) => {
    mkdirSync(at(`several/stages/${stage}`), { recursive: true });
    const lines = rows.map(([id, explanation, total]) => {
      const reward = total === undefined ? {} : { reward: { total } };
      return JSON.stringify({
        id,
        question: id,
        solution: 's',
        explanation,
        ended: total === 0 ? 'length' : 'stop',
        ...reward,
      });
    });
    writeFileSync(at(`several/stages/${stage}/traces.jsonl`), `${lines.join('\n')}\n`);
    writeFileSync(at(`several/stages/${stage}/manifest.json`), '{}');
  };
  traces('02-early', ['p', 'worst', -3], ['p', 'best', 0], ['p', 'middle', -1], ['q', 'one', -1], ['q', 'two']);
  traces('03-late', ['q', 'three'], ['q', 'four'], ['p', 'cut', 0], ['p', 'lowest', -2]);
  const { explanations } = await runReport(at('several'));
  const shown = explanations.pairs.map(({ id, before, after }) => [
    id,
    ...[before, after].map(({ when, text, reward, mean, count, ended }) => [when, text, reward, mean, count, ended]),
  ]);
  expect(shown).toEqual([
    [
      'p',
      ['before RL, of 3 the one with the reward in the middle', 'middle', -1, expect.closeTo(-4 / 3), 3, true],
      ['after RL, of 2 the one with the reward in the middle', 'cut', 0, -1, 2, false],
    ],
    [
      'q',
      // Where not all have a reward there is no middle.
      ['before RL, the first of 2', 'one', -1, null, 1, true],
      ['after RL, the first of 2', 'three', null, null, 1, true],
    ],
  ]);
  expect(explanations.rule).toBe(
    'The first problems that the teacher explained before and after its reinforcement learning. ' +
      'Their rewards do not compare with those of teach: ' +
      'early has reward.estimator k3 (teach: k1); late has reward.estimator k3 (teach: k1).',
  );
});

test('held-out problems are preferred: every evaluation has them', async () => {
  await writeRun(at('held-out'));
  const recorder = new RolloutRecorder(
    at('held-out/rollouts/01-teach'),
    { every: 1, problems: null, maxMegabytes: 10 },
    STEPS,
  );
  for (const step of [0, 4]) {
    recorder.add('held-out', step, () => [{ ...exampleRollout(step, 9, 3), problem: 0 }]);
    await recorder.flush();
  }
  const { pairs, rule } = (await runReport(at('held-out'))).explanations;
  expect(rule).toMatch(/^Held-out problems in the first and the last evaluation/);
  expect(pairs.map(({ id, before, after }) => [id, before.when, before.reward, after.when, after.reward])).toEqual([
    ['p9', 'step 0', expect.closeTo(-1.1), 'step 4', expect.closeTo(-0.9)],
  ]);
});

test('what computed is that of the run, where it says so', async () => {
  const [unknown] = (await runReport(at('done'))).machines;
  expect(unknown).toMatchObject({ isRecorded: false, node: process.versions.node });
  await writeRun(at('recorded'));
  const machine = { rlt: '9', node: '8', onnxruntime: '7', system: 'os', processor: '<b>', cores: 6 };
  const event = JSON.stringify({ time: '2026-01-01T00:00:00.000Z', event: 'run begins', machine });
  writeFileSync(at('recorded/events.jsonl'), `${event}\n${event}\n`);
  const report = await runReport(at('recorded'));
  expect(report.machines).toEqual([{ isRecorded: true, ...machine }]);
  expect(reportHtml(report)).toContain('<td>&lt;b&gt;</td>');
});

test('hostile texts stay texts, in HTML and in Markdown', async () => {
  const report = await runReport(at('done'));
  const html = reportHtml(report);
  expect(html).not.toMatch(/<(?:script|img|iframe|svg onload|a )/i);
  expect(html).not.toMatch(/(?<!&lt;img )src=|href=|url\(/);
  expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
  for (const text of HOSTILE) expect(richText(text)).not.toMatch(/<(?:script|img|iframe|svg|a)\b|\shref=|\ssrc="/i);
  expect(richText('So $\\frac12$ < 1')).toMatch(/^So <span class="katex"><math.*<mfrac>.*<\/math><\/span> &lt; 1$/s);
  expect(richText('bad $\\frac{$ end')).not.toContain('ParseError');
  // Whatever the texts hold, the blocks of code around them are closed by their own fence only.
  expect(fenced('a\n```\n# b ````\n')).toBe('`````\na\n```\n# b ````\n`````');
  expect(reportMarkdown(report)).toContain('\\<script\\>window.taken = 1\\</script\\>');
});

test('long runs make no long page: curves are thinned, spikes stay', async () => {
  const points = Array.from({ length: 100_000 }, (_, x) => ({ x, y: x === 77_777 ? 50 : Math.sin(x) }));
  const kept = thinned(points);
  expect(kept.length).toBeLessThanOrEqual(500);
  expect(kept).toContainEqual({ x: 77_777, y: 50 });
  expect(kept.map(({ x }) => x)).toEqual(kept.map(({ x }) => x).sort((a, b) => a - b));
  expect(thinned(points.slice(0, 500))).toHaveLength(500);
  expect(curvePlot('reward', points).length).toBeLessThan(12_000);
  for (const few of [
    [{ x: 3, y: 0 }],
    [
      { x: 0, y: 5 },
      { x: 1, y: 5 },
    ],
    [
      { x: 0, y: -1e-9 },
      { x: 9, y: 1e12 },
    ],
  ])
    expect(curvePlot('m', few)).not.toMatch(/NaN|Infinity/);

  await writeRun(at('long'));
  const line = (step: number) => `${JSON.stringify({ stage: 'teach', step, reward: step / 1e5, 'update/kl': 0.1 })}\n`;
  writeFileSync(at('long/metrics.jsonl'), Array.from({ length: 50_000 }, (_, step) => line(step)).join(''));
  const report = await runReport(at('long'));
  expect(report.stages[0]?.metrics[0]).toMatchObject({ steps: 50_000, first: 0, last: 0.49999, highest: 0.49999 });
  expect(reportHtml(report).length).toBeLessThan(100_000);
});

test('paths of this machine and addresses of servers are shortened', () => {
  const recipe = {
    description: `made in ${homedir()}/secret, copied to /home/somebody/else and C:\\Users\\me\\x`,
    engine: { url: 'https://user:word@inside.example/v1', apiKeyFile: '/home/me/key' },
    data: {
      train: { source: '/home/me/data/mine.jsonl', whenMissing: 'Make it with `node /srv/rlt/scripts/make.mjs`.' },
      more: { source: 'hf:owner/name/train' },
    },
    stages: [{ problems: { mine: 'benchmark:/home/me/own.yaml' }, prompt: 'Think.</think> 1/2 and/or 3' }],
  };
  const text = publicYaml(recipe);
  expect(text).not.toMatch(/home\/|Users|somebody|inside|user:word|srv/);
  expect(text).not.toContain(homedir().length > 1 ? `${homedir()}/` : '\0');
  for (const kept of [
    '.../mine.jsonl',
    '`node .../make.mjs`',
    'benchmark:.../own.yaml',
    'hf:owner/name/train',
    'Think.</think> 1/2 and/or 3',
  ])
    expect(text).toContain(kept);
  expect(publicPath('C:\\Users\\me\\x.jsonl')).toBe('.../x.jsonl');
  expect(publicPath('~/x.jsonl')).toBe('.../x.jsonl');
  expect(publicText('~/a/b.md and C:\\Users\\me\\x, "/srv/x/y": 3/4 of /proc')).toBe(
    '.../b.md and .../x, ".../y": 3/4 of /proc',
  );
  expect(publicPath('runs/x.jsonl')).toBe('runs/x.jsonl');
});
