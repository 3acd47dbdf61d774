import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { distinctProblems, taskNamed } from '../data/tasks/index.js';
import { hashesOf, rlt, temporaryFolder } from './testing/rlt.js';

const MINUTES = 60_000;
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** What README says to save as mine.yaml. */
const [, MINE = ''] = /```yaml\n([\s\S]*?)```/.exec(README) ?? [];

/** The stages of own-data with few steps and problems each; enough for the teacher to end some explanations. */
const SHORT = [
  ['data.examples.count', 200],
  ['stages.warm-up.minSteps', 40],
  ['stages.warm-up.epochs', 1],
  ['stages.warm-up.batch', 8],
  ['stages.reader.minSteps', 2],
  ['stages.reader.maxSteps', 2],
  ['stages.teach.steps', 1],
  ['stages.teach.prompts', 2],
  ['stages.teach.samples', 8],
  ...['traces-warm-up', 'traces-rlt'].map((stage) => [`stages.${stage}.limit`, 16]),
  ...['student-solutions', 'student-data-traces', 'student-warm-up', 'student-rlt'].flatMap((student) => [
    [`stages.${student}.minSteps`, 2],
    [`stages.${student}.maxSteps`, 2],
  ]),
  ['stages.evaluate.limit', 3],
  ['stages.evaluate.samples', 1],
].flatMap(([path, value]) => ['--set', `${path}=${value}`]);

/** The same without the student of the data's own traces, which is not there where there are none. */
const KINDS = { pairs: () => false, half: (index: number) => index % 2 === 0 };

function problemFile(folder: string, count: number, hasTrace: (index: number) => boolean): void {
  const problems = distinctProblems(taskNamed('word-problems'), {
    count,
    seed: 11,
    level: 'basic',
    purpose: 'training',
    mix: { complete: 1, skipping: 0, wrong: 0, 'answer-only': 0, 'off-topic': 0 },
  });
  const lines = problems.map(({ question, solution, reasoningTraces = [] }, index) =>
    JSON.stringify({ question, solution, ...(hasTrace(index) ? { reasoning_trace: reasoningTraces[0] } : {}) }),
  );
  writeFileSync(join(folder, 'my-problems.jsonl'), `${lines.join('\n')}\n`);
}

test("README's lines on problems that all have traces leave nothing to decide", async () => {
  const folder = temporaryFolder();
  problemFile(folder, 40, () => true);
  const recipe = join(folder, 'mine.yaml');
  writeFileSync(recipe, MINE);
  const { code, stdout, stderr } = await rlt('run', recipe, ...SHORT, '--out', join(folder, 'run'), '--dry-run');
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^train: 40 questions with a trace each, 8 held out/m);
  expect(stderr).not.toMatch(/traces of examples|uses these|left out/);
});

test.each([
  ['pairs', 10],
  ['half', 300],
] as const)(
  "README's lines run on own problems: %s, %d rows",
  async (kind, count) => {
    const folder = temporaryFolder();
    problemFile(folder, count, KINDS[kind]);
    const recipe = join(folder, 'mine.yaml');
    writeFileSync(recipe, MINE);
    const out = join(folder, 'run');
    const dry = await rlt('run', recipe, ...SHORT, '--out', out, '--dry-run', '--print-recipe');
    expect(dry.code, dry.stderr).toBe(0);
    expect(existsSync(out)).toBe(false);
    const { code, stdout, stderr } = await rlt('run', recipe, ...SHORT, '--out', out);
    expect(code, stderr).toBe(0);

    const kept = count - Math.round(count / 5);
    const decisions = JSON.parse(readFileSync(join(out, 'decisions.json'), 'utf8')) as {
      data: Record<string, { problems: number; traced: number }>;
      decisions: { stage: string; text: string }[];
    };
    const { problems = 0, traced = 0 } = decisions.data.train ?? {};
    expect(problems).toBe(kept);
    const told = {
      half: ['warm-up', 'reader', 'student-data-traces'].map(
        (stage) => `${traced} of ${kept} problems of train have traces; ${stage} uses these`,
      ),
      pairs: [
        `none of the ${kept} problems of train has a trace; warm-up uses the traces of examples`,
        `none of the ${kept} problems of train has a trace; reader uses the traces of examples`,
        `none of the ${kept} problems of train has a trace; student-data-traces is left out`,
        'evaluate leaves out data-traces, which is not trained',
      ],
    }[kind];
    expect(decisions.decisions.map(({ text }) => text)).toEqual(told);
    for (const text of told) {
      expect(stderr).toContain(`${text}\n`);
      expect(dry.stderr).toContain(`note: ${text}\n`);
    }
    // The plan is of what is run: its recipe is the one that the run keeps.
    expect(dry.stdout.startsWith(readFileSync(join(out, 'recipe.yaml'), 'utf8'))).toBe(true);

    const students = ['base', 'solutions', ...(kind === 'pairs' ? [] : ['data-traces']), 'warm-up', 'rlt'];
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as { students: { name: string }[] };
    expect(summary.students.map(({ name }) => name)).toEqual(students);
    expect(stdout).toMatch(/before RL.*\n.*after RL/);
    expect(stdout).toMatch(/^rlt +held-out/m);
  },
  5 * MINUTES,
);

test(
  'a finished run needs neither its data nor its network to be found finished, and is decided as it was',
  async () => {
    const folder = temporaryFolder();
    problemFile(folder, 10, () => false);
    const recipe = join(folder, 'mine.yaml');
    writeFileSync(recipe, MINE);
    const out = join(folder, 'run');
    const only = ['--set', 'stages.warm-up.minSteps=1', '--set', 'stages.warm-up.maxSteps=1', '--out', out];
    expect((await rlt('warm-up', recipe, ...only, '-q')).code).toBe(0);
    const before = hashesOf(out);
    rmSync(join(folder, 'my-problems.jsonl'));
    const again = await rlt('warm-up', recipe, ...only);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain('already done');
    expect(hashesOf(out)).toEqual(before);
  },
  5 * MINUTES,
);

test('a stage that is left out cannot be run by itself, and says why', async () => {
  const folder = temporaryFolder();
  problemFile(folder, 10, () => false);
  const recipe = join(folder, 'mine.yaml');
  writeFileSync(recipe, `${MINE}set: { stages.warm-up.examples: null, stages.warm-up.whenNoTraces: skip }\n`);
  const { code, stdout, stderr } = await rlt('warm-up', recipe, '--out', join(folder, 'run'));
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(
    'there is nothing to run: warm-up is left out, since none of the 8 problems of train has a trace',
  );
});

test('text that the bundled model does not know is named before the run, with the model to take', async () => {
  const folder = temporaryFolder();
  const line = (n: number) => ({
    question: `Was contract number ${n} between the parties void for uncertainty?`,
    solution: 'The essential term, the price, was neither fixed nor determinable, so it was void.',
  });
  writeFileSync(
    join(folder, 'my-problems.jsonl'),
    Array.from({ length: 12 }, (_, n) => `${JSON.stringify(line(n))}\n`).join(''),
  );
  const recipe = join(folder, 'mine.yaml');
  writeFileSync(recipe, MINE);
  const { code, stderr } = await rlt('run', recipe, '--out', join(folder, 'run'), '--dry-run');
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /warning: the bundled model .* knows only short word problems.* the recipe own-data-smollm2 has one, and its settings; or --set models\.base=hf:owner\/name, with/,
  );
  expect(stderr).toMatch(
    /2 of 2 problems of train\.held-out have no "answer", .* 2 give none that can be read: "The essential term/,
  );
});

function ownAnswers(answer: string, question: string): { readonly recipe: string; readonly out: string } {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 12 }, (_, n) => ({
    question: `${n}. ${question}`,
    solution: `It is ${answer}.`,
    answer,
  }));
  writeFileSync(join(folder, 'my-problems.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const recipe = join(folder, 'mine.yaml');
  writeFileSync(recipe, MINE);
  return { recipe, out: join(folder, 'run') };
}

test('own answers that are texts are refused before the run until the recipe names the grader', async () => {
  const { recipe, out } = ownAnswers('Paris', 'What is the capital?');
  for (const options of [['--dry-run'], []]) {
    const { code, stdout, stderr } = await rlt('run', recipe, '--out', out, ...options);
    expect([code, stdout], stderr).toEqual([2, '']);
    expect(stderr).toMatch(/are no number, formula or letter of listed options, such as "Paris"/);
    expect(stderr).toContain('--set stages.evaluate.grader=');
  }
  expect(existsSync(out)).toBe(false);
  const named = ['--set', 'stages.evaluate.grader=math', '--out', out, '--dry-run'];
  expect((await rlt('run', recipe, ...named)).code).toBe(0);
});

test('own answers that are letters of options in the questions need no grader', async () => {
  const { recipe, out } = ownAnswers('B', 'Which? (A) one (B) two');
  const { code, stderr } = await rlt('run', recipe, '--out', out, '--dry-run');
  expect(code, stderr).toBe(0);
});

test(
  'a teacher that learns to say nothing, for a student to whom the texts are noise, is told of',
  async () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 30 }, (_, index) => {
      const [weight, fee] = [2 + (index % 7), 3 + (index % 5)];
      const question = `Carla sends a parcel of ${weight} kg; each kg costs 5 euros, the base fee is ${fee}. How many euros does Carla pay?`;
      return {
        question,
        solution: `The weight costs ${weight} * 5 = ${5 * weight} euros. With the fee Carla pays ${5 * weight + fee} euros.`,
      };
    });
    writeFileSync(join(folder, 'my-problems.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const recipe = join(folder, 'mine.yaml');
    writeFileSync(recipe, MINE);
    const out = join(folder, 'run');
    // Saying nothing earns so much that three steps are enough.
    const silent = [
      ['stages.warm-up.minSteps', 80],
      ['stages.teach.steps', 3],
      ['stages.teach.prompts', 4],
      ['stages.teach.reward.penalties.emptyExplanation', 100],
      ['stages.teach.optimiser.learningRate', 0.001],
      ['stages.teach.optimiser.warmUp', 0],
    ].flatMap(([path, value]) => ['--set', `${path}=${value}`]);
    const { code, stderr } = await rlt('run', recipe, ...SHORT, ...silent, '--out', out);
    // Nobody is distilled from explanations that say nothing, nor is anybody else before that is found.
    expect(code, stderr).toBe(1);
    expect(readdirSync(join(out, 'stages')).filter((folder) => folder.includes('student'))).toEqual([]);
    expect(stderr).toMatch(
      /all (\d+) explanations of traces-rlt are blank, and a student would learn to think nothing \(stage student-rlt\)\n.*reward\.kl/,
    );
    expect(stderr).toMatch(
      /teach {2}step 1: warning: to reader, a token of the solutions is less likely \(-\d+\.\d nats\) than one drawn at random \(-6\.5\)/,
    );
    expect(stderr.match(/less likely/g)).toHaveLength(1);
    expect(stderr).toMatch(/traces-rlt {2}warning: (\d+) of \1 explanations are blank: saying nothing pays/);

    const teacher = await rlt(
      ...['generate', out, '--teacher', '--in', join(folder, 'my-problems.jsonl'), '--limit', '5'],
      ...['--out', join(folder, 'written.jsonl')],
    );
    expect(teacher.stdout).toMatch(/^5 explanations of 5 problems, [1-5] blank\. /);
    const { stdout } = await rlt('report', out);
    expect(stdout).toMatch(/^- traces-rlt, warning: \d+ of \d+ explanations are blank: saying nothing pays/m);
    expect(stdout).toMatch(/^- teach, step 1: warning: to reader, a token of the solutions is less likely/m);
  },
  4 * MINUTES,
);
