/** The scripts of the experiments, on settings so small that their figures mean nothing. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './testing/rlt.js';

const MINUTES = 60_000;
/** Enough of a warm-up for some explanation to end, and as little as possible of all else. */
const TINY = [
  'data.train.count=96',
  'data.held-out.count=6',
  'data.larger-numbers.count=4',
  'data.more-steps.count=4',
  'stages.warm-up.epochs=4',
  'stages.warm-up.batch=4',
  'stages.reader.maxSteps=2',
  'stages.teach.steps=2',
  'stages.teach.prompts=2',
  'stages.teach.samples=4',
  'stages.traces-warm-up.samples=1',
  'stages.traces-rlt.samples=1',
  'stages.student-solutions.maxSteps=2',
  'stages.student-data-traces.maxSteps=2',
  'stages.student-warm-up.maxSteps=2',
  'stages.student-rlt.maxSteps=2',
  'stages.evaluate.samples=1',
];
const OF_CLAIMS = [
  // The longer RL takes as many of these steps as it needs for the tokens of the RLT: few and large ones.
  'stages.rl-base.steps=1',
  'stages.rl-base.prompts=4',
  'stages.rl-base.samples=16',
  'stages.ranked.limit=8',
  'stages.ranked.samples=4',
];

const TINY_TRANSFER = [
  ...['train=96', 'word-problems=6', 'ages=6', 'journeys=8', 'prices=8', 'countdown=6'],
  ...['journeys-held-out=4', 'prices-held-out=4'],
]
  .map((size) => `data.${size.replace('=', '.count=')}`)
  .concat(
    TINY.filter((setting) => /stages\.(warm-up|reader|teach)\./.test(setting)),
    ['journeys', 'prices'].flatMap((family) => [
      `stages.student-${family}-rlt.maxSteps=2`,
      `stages.student-${family}-data.maxSteps=2`,
      `stages.evaluate-${family}.samples=1`,
      `stages.evaluate-${family}-data.samples=1`,
    ]),
  );

async function script(name: string, options: readonly string[], settings: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  const results = join(folder, 'results');
  const file = fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
  const set = settings.flatMap((setting) => ['--set', setting]);
  await promisify(execFile)(process.execPath, [
    file,
    ...options,
    ...set,
    '--out',
    join(folder, 'runs'),
    '--results',
    results,
  ]);
  return results;
}

test(
  'the claims are measured, judged and drawn',
  async () => {
    const results = await script(
      'claims.mjs',
      // The base itself in place of the larger one, which takes long to make.
      ['--seeds', '1', '--only', 'C1,C2,C3,C4,C5,C7,C8', '--larger', 'builtin:base'],
      [...TINY, ...OF_CLAIMS],
    );
    const { verdicts, seeds } = JSON.parse(await readFile(join(results, 'claims.json'), 'utf8'));
    expect(seeds).toMatchObject([{ seed: 1, missing: [] }]);
    // A base that never saw a teacher's layout ends no explanation, however small the rest is.
    expect(verdicts.C7.parts.warmUp).toBe('held');
    for (const claim of ['C1', 'C2', 'C3', 'C4', 'C5', 'C8']) expect(verdicts[claim].seeds, claim).toBe(1);
    const page = await readFile(join(results, 'claims.md'), 'utf8');
    expect(page).toContain('claims-students.svg');
    for (const figure of ['students', 'reward', 'cold-start', 'larger', 'rewards'])
      expect(existsSync(join(results, `claims-${figure}.svg`)), figure).toBe(true);
  },
  10 * MINUTES,
);

test('a recipe is run for several seeds, and its students are pooled', async () => {
  const recipe = join(temporaryFolder(), 'two-students.yaml');
  await writeFile(
    recipe,
    `name: two-students
description: The base, twice.
seed: 1
prompts: { teacher: Explain the solution., student: Solve the problem. }
models: { base: builtin:base }
data:
  held-out: { source: task:word-problems, purpose: evaluation, level: basic, count: 6 }
stages:
  - stage: evaluate
    students: { base: base, rlt: base }
    problems: { held-out: held-out }
    samples: 2
    sampling: { temperature: 0.7, maxTokens: 32 }
`,
  );
  const results = await script('seeds.mjs', [recipe, '--seeds', '3,4'], []);
  const { rows } = JSON.parse(await readFile(join(results, 'two-students.json'), 'utf8'));
  expect(rows.map(({ student }: { readonly student: string }) => student)).toEqual(['base', 'rlt']);
  // 6 problems of each seed, and one model under both names.
  expect(rows[0].pooled).toMatchObject({ problems: 12, value: rows[1].pooled.value });
  expect(rows[0].less).toMatchObject({ value: 0, seeds: 2 });
  const page = await readFile(join(results, 'two-students.md'), 'utf8');
  expect(page).toContain('node scripts/seeds.mjs two-students --seeds 3,4');
  expect(existsSync(join(results, 'two-students.svg'))).toBe(true);
});

test('what RL changed in a teacher is told from its metrics and from explanations of the same problems', async () => {
  const { teacherSections } = await import(new URL('../../scripts/claims/teachers.mjs', import.meta.url).href);
  const metrics = [1, 2, 3].map((step) => ({
    reward: -step,
    'reward/solution': 0,
    'reward/kl': 0,
    'completion/ended': 1,
    'completion/tokens': 10 * step,
    'groups/zeroStd': 0,
  }));
  const trace = (explanation: string, total: number) => ({
    id: 'a',
    question: 'How many?',
    answer: '4',
    explanation,
    tokens: 5,
    reward: { total, solution: 0, kl: 0 },
  });
  const traces: Record<string, unknown> = { early: [trace('The answer is 4.', -1)], late: [trace('2 + 2 = 4', -0.5)] };
  const explain = (name: string, teacher: string) => ({ stage: 'explain', name, teacher, data: 'train', student: 's' });
  const recipe = {
    stages: [
      { stage: 'teach', name: 'teach', teacher: 'warm-up' },
      explain('early', 'warm-up'),
      explain('late', 'teach'),
    ],
  };
  const run = { metrics: async () => metrics, traces: async (name: string) => traces[name] };
  const page = (await teacherSections([{ recipe, run }])).join('\n');
  expect(page).toContain('| reward | −1.00 | −3.00 | −2.00 |');
  expect(page).toContain('| mean reward | −1.00 | −0.50 | 0.50 |');
  expect(page).toContain('| with a calculation (share) | 0.00 | 1.00 | 1.00 |');
  expect(page).toContain('| the answer alone (share) | 1.00 | 0.00 | −1.00 |');
  expect(page).toContain('| How many? (4) | The answer is 4. | 2 + 2 = 4 |');
  // A recipe without RL has nothing to tell.
  expect(await teacherSections([{ recipe: { stages: [] }, run }])).toEqual([]);
});

test(
  'ablations differ from the quickstart in what they name, and a teacher that ends nothing is a result',
  async () => {
    const options = ['--seeds', '1,2', '--only', 'k3,no-warm-up,tenth-of-the-problems'];
    const results = await script('ablations.mjs', options, TINY);
    const { rows } = JSON.parse(await readFile(join(results, 'ablations.json'), 'utf8'));
    const of = (variant: string) => rows.find((row: { readonly variant: string }) => row.variant === variant);
    for (const variant of ['quickstart', 'k3', 'tenth-of-the-problems']) expect(of(variant).seeds, variant).toBe(2);
    for (const seed of [1, 2]) expect(of('no-warm-up').stopped[seed]).toContain('ended none');
    expect(of('groups-4').seeds).toBe(0);
    const held = (variant: string) => of(variant).accuracy['held-out'];
    expect(held('quickstart').difference).toBeNull();
    expect(held('k3').differences).toEqual([0, 1].map((at) => held('k3').perSeed[at] - held('quickstart').perSeed[at]));
  },
  10 * MINUTES,
);

test(
  'teachers of other conditions share what they do not change, and RL on a family sees neither its traces nor what is explained',
  async () => {
    const results = await script('transfer.mjs', ['--seeds', '1', '--only', 'prices-in-rl'], TINY_TRANSFER);
    const { sound, students, rule } = JSON.parse(await readFile(join(results, 'transfer.json'), 'utf8'));
    type Row = {
      readonly condition: string;
      readonly family: string;
      readonly inRl: boolean;
      readonly verdict: string;
    };
    const of = (condition: string): Row[] => sound.filter((row: Row) => row.condition === condition);
    const families = ['word-problems', 'ages', 'journeys', 'prices', 'countdown'];
    for (const condition of ['control', 'prices-in-rl'])
      expect(
        of(condition).map(({ family }) => family),
        condition,
      ).toEqual(families);
    expect(
      of('prices-in-rl')
        .filter(({ inRl }) => inRl)
        .map(({ family }) => family),
    ).toEqual(['word-problems', 'prices']);
    // One seed has no interval, and nothing is shown by it.
    expect(new Set(of('prices-in-rl').map(({ verdict }) => verdict))).toEqual(new Set(['not shown']));
    expect(students.filter(({ family }: Row) => family === 'prices').map(({ condition }: Row) => condition)).toEqual([
      'control',
      'prices-in-rl',
      'data-traces',
    ]);
    const page = await readFile(join(results, 'transfer.md'), 'utf8');
    expect(page).toContain(rule);
    expect(existsSync(join(results, 'transfer.svg'))).toBe(true);

    const seed = join(results, '..', 'runs', 'seed-1');
    const rows = async (file: string): Promise<{ readonly id: string }[]> =>
      (await readFile(file, 'utf8')).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    const inRl = await rows(join(seed, 'prices-in-rl.jsonl'));
    expect(inRl.map((row) => Object.keys(row).join())).toEqual(Array(96).fill('id,question,solution'));
    const prices = inRl.map(({ id }) => id).filter((id) => id.startsWith('prices'));
    expect(prices).toHaveLength(48);
    const stages = await readdir(join(seed, 'stages'));
    expect(stages.filter((name) => name.includes('warm-up'))).toHaveLength(1);
    const folder = stages.find((name) => name.endsWith('traces-prices')) ?? 'missing';
    const explained = await rows(join(seed, 'stages', folder, 'traces.jsonl'));
    expect(explained).toHaveLength(8);
    expect(explained.filter(({ id }) => prices.includes(id))).toEqual([]);
  },
  10 * MINUTES,
);

test('an explanation is sound where its equations are true and lead to the answer, in Countdown from the given numbers', async () => {
  const { explanationShares } = await import(new URL('../../scripts/claims/readings.mjs', import.meta.url).href);
  const sound = (trace: object): number => explanationShares([{ ended: 'stop', solution: '', ...trace }]).sound;
  const story = (explanation: string) => sound({ task: 'ages', question: 'How old?', answer: '9', explanation });
  expect(story('Ted is 2 + 3 = 5. Sue is 5 + 4 = 9 years old.')).toBe(1);
  expect(story('Ted is 2 + 3 = 6. Sue is 5 + 4 = 9 years old.')).toBe(0);
  expect(story('Sue is 5 + 4 = 9. Ted is 2 + 3 = 5 years old.')).toBe(0);
  expect(story('The answer is 9.')).toBe(0);
  const countdown = (explanation: string) =>
    sound({ task: 'countdown', question: 'Use 3, 4 and 12 to make 11.', answer: '3 + 12 - 4', explanation });
  expect(countdown('3 + 12 = 15. 15 - 4 = 11.')).toBe(1);
  expect(countdown('12 - 4 = 8. 3 + 8 = 11.')).toBe(1);
  expect(countdown('Tim has 3 + 8 = 11 coins.')).toBe(0);
  expect(countdown('3 + 3 = 6. 6 + 5 = 11.')).toBe(0);
  expect(countdown('3 + 12 = 15.')).toBe(0);
  const { leak } = explanationShares([
    { ended: 'stop', solution: '', question: '', answer: '3 + 12 - 4', explanation: 'The answer is 3 + 12 - 4.' },
  ]);
  expect(leak).toBe(1);
});
