import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesOf, rlt, SUMS, TINY, temporaryFolder } from './testing/rlt.js';

const MINUTES = 60_000;

/** A recipe that differs from the test recipe. */
function recipeIn(folder: string, text: string): string {
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, `extends: ${TINY}\nname: changed\n${text}`);
  return file;
}

test('names that mean nothing are refused all at once, each with its line and what is there', async () => {
  const folder = temporaryFolder();
  const recipe = recipeIn(
    folder,
    `set:
  stages.warm-up.data: sum
  stages.teach.teacher: warmup
  stages.score.traces: explained
`,
  );
  const { code, stdout, stderr } = await rlt('run', recipe, '--out', join(folder, 'run'));
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^recipe: the recipe has 3 problems:/);
  expect(stderr).toMatch(/^- "sum" is not a data set.*recipe\.yaml:4.* Did you mean "sums"\?/m);
  expect(stderr).toMatch(/^- "warmup" is not a model.*recipe\.yaml:5.* Did you mean "warm-up"\?/m);
  expect(stderr).toMatch(/^- "explained" is not a source of traces.*recipe\.yaml:6/m);
  expect(existsSync(join(folder, 'run'))).toBe(false);
});

test('missing files, models and columns are found before anything runs, all at once', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'columns.jsonl'), '{"question":"q","answer":"1"}\n');
  writeFileSync(join(folder, 'line.jsonl'), '{"question":"q","solution":"s"}\n{"question": \n');
  const recipe = recipeIn(
    folder,
    `models: { gone: nowhere, empty: . }
data: { missing: missing.jsonl, columns: columns.jsonl, line: line.jsonl }
set:
  stages.warm-up.teacher: gone
  stages.teach.student: empty
  stages.warm-up.data: missing
  stages.teach.data: columns
  stages.reinforce.data: line
`,
  );
  const { code, stdout, stderr } = await rlt('run', recipe, '--out', join(folder, 'run'));
  expect([code, stdout], stderr).toEqual([2, '']);
  expect(stderr).toMatch(/^recipe: the recipe has 5 problems:/);
  expect(stderr).toMatch(
    new RegExp(
      `^- there is no model here \\(${join(folder, 'nowhere')}, field models\\.gone\\.source\\)\\. Give a folder`,
      'm',
    ),
  );
  expect(stderr).toMatch(/^- there is no model here .*models\.empty\.source/m);
  expect(stderr).toMatch(new RegExp(`^- .*${join(folder, 'missing.jsonl')}`, 'm'));
  expect(stderr).toMatch(/^- .*columns\.jsonl:1/m);
  expect(stderr).toMatch(/^- the line is not JSON.*line\.jsonl:2/m);
  expect(existsSync(join(folder, 'run'))).toBe(false);
});

test(
  'what a finished stage once read need not be there any more',
  async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data.jsonl');
    writeFileSync(data, readFileSync(SUMS));
    const recipe = recipeIn(
      folder,
      `data: { own: data.jsonl }
remove: [stages.teach, stages.explain, stages.score, stages.reinforce, stages.evaluate]
set: { stages.warm-up.data: own, stages.warm-up.steps: 2, stages.base.steps: 2, stages.distill.traces: sums, stages.distill.steps: 2 }
`,
    );
    const out = join(folder, 'run');
    const first = await rlt('run', recipe, '--out', out, '-q');
    expect(first.code, first.stderr).toBe(0);
    rmSync(data);
    expect((await rlt('run', recipe, '--out', out, '-q')).code).toBe(0);
  },
  5 * MINUTES,
);

test(
  'problems longer than the context are left out, counted, and reported',
  async () => {
    const folder = temporaryFolder();
    const long = { question: `What is ${'very '.repeat(120)}much?`, solution: '1', reasoning_trace: 'Hm.' };
    writeFileSync(join(folder, 'long.jsonl'), `${JSON.stringify(long)}\n${readFileSync(SUMS, 'utf8')}`);
    const recipe = recipeIn(
      folder,
      'data: { sums: { source: long.jsonl, heldOut: 0 } }\nset: { stages.evaluate.problems.sums: sums }\n',
    );
    const out = join(folder, 'run');
    const { code, stdout, stderr } = await rlt('run', recipe, '--out', out, '--json');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('warm-up  left out 1 of 24 examples: longer than 128 tokens');
    for (const stage of ['teach', 'explain', 'reinforce'])
      expect(stderr).toMatch(
        new RegExp(`${stage} {2}left out 1 of 24 problems: (?:their prompts have more than|they leave no room)`),
      );
    const { stages } = JSON.parse(stdout) as { stages: { name: string; facts: Record<string, number> }[] };
    const factsOf = (name: string) => stages.find((stage) => stage.name === name)?.facts;
    expect(factsOf('warm-up')).toMatchObject({ examples: 23, tooLong: 1 });
    for (const stage of ['teach', 'reinforce']) expect(factsOf(stage)).toMatchObject({ problems: 23, tooLong: 1 });
    expect(factsOf('explain')).toMatchObject({ traces: 23, tooLong: 1 });
    expect(
      linesOf(join(out, 'stages', '04-explain', 'traces.jsonl')).some(({ question }) => question === long.question),
    ).toBe(false);
  },
  5 * MINUTES,
);

test(
  'where no problem fits, the stage says so and what to do',
  async () => {
    const folder = temporaryFolder();
    const recipe = recipeIn(
      folder,
      'set: { stages.base.steps: 2, stages.warm-up.steps: 2, stages.teach.maxPromptTokens: 10 }\n',
    );
    const { code, stderr } = await rlt('run', recipe, '--out', join(folder, 'run'), '-q');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^input: none of 19 problems fits: each is longer than 10 tokens .*\(stage teach\)\n {2}Raise maxPromptTokens/m,
    );
  },
  5 * MINUTES,
);

test(
  'a teacher that ends none of its explanations stops with advice, which a report repeats',
  async () => {
    const folder = temporaryFolder();
    const recipe = recipeIn(
      folder,
      'set: { stages.base.steps: 2, stages.teach.teacher: base, stages.teach.sampling.maxTokens: 2 }\nremove: [stages.warm-up]\n',
    );
    const out = join(folder, 'run');
    const { code, stderr } = await rlt('run', recipe, '--out', out, '-q');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^input: the teacher ended none of the 8 explanations of this step \(stage teach, step 1\)\n {2}Warm the teacher up .* need another --out, or /m,
    );
    expect(linesOf(join(out, 'events.jsonl')).at(-1)).toMatchObject({
      event: 'run fails',
      stage: 'teach',
      step: 0,
      code: 'input',
      message: 'the teacher ended none of the 8 explanations of this step',
      remedy: expect.stringMatching(/^Warm the teacher up/),
    });
    const report = await rlt('report', out);
    expect(report.stdout).toMatch(
      /^\*\*The run failed: the teacher ended none of the 8 explanations of this step \(stage teach, step 1\)\. Warm the teacher up/m,
    );
  },
  5 * MINUTES,
);

test('a run directory that cannot be created, and one that is not a run, are named', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const below = await rlt('run', TINY, '--out', join(file, 'run'));
  expect([below.code, below.stdout]).toEqual([1, '']);
  expect(below.stderr).toMatch(
    new RegExp(`^storage: cannot make the run directory: .*\\(ENOTDIR\\) \\(${join(file, 'run')}`),
  );
  const none = await rlt('run', TINY, '--out', join(folder, 'none'), '--resume');
  expect([none.code, none.stdout]).toEqual([2, '']);
  expect(none.stderr).toContain('there is no earlier run to resume');
});
