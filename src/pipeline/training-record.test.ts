import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { trainingRecordOf } from './inputs/training-record.js';
import { linesOf, rlt, TINY, temporaryFolder } from './testing/rlt.js';

const MINUTES = 60_000;
const BASE = fileURLToPath(new URL('../../models/base/', import.meta.url));

test('the bundled model says what it was trained with; others may not, and nonsense is named', async () => {
  const record = {
    format: 'paper',
    prompts: { teacher: 'Explain the solution.', student: 'Solve the problem.', date: null, variables: {} },
  };
  expect(await trainingRecordOf('builtin:base')).toEqual(record);
  expect(await trainingRecordOf(BASE)).toEqual(record);
  const folder = temporaryFolder();
  expect(await trainingRecordOf(folder)).toBeUndefined();
  expect(await trainingRecordOf('hf:owner/name')).toBeUndefined();
  for (const text of ['nonsense', '[]', '{"format":"papers"}', '{"format":"paper","prompts":{},"other":1}']) {
    writeFileSync(join(folder, 'rlt.json'), text);
    await expect(trainingRecordOf(folder)).rejects.toThrow('rlt.json');
  }
});

test(
  'the score of explanations under models of a run is that of its own score stage, unless options say otherwise',
  async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'run');
    const recipe = join(folder, 'recipe.yaml');
    // Neither the prompts nor the reward are those that a command would take by default.
    writeFileSync(
      recipe,
      `extends: ${TINY}
name: remembered
format: think
remove: [stages.distill, stages.reinforce, stages.evaluate]
set:
  stages.teach.steps: 2
  stages.teach.reward: { temperature: 0.9, kl: { mean: 1.5 } }
  stages.score.reward: { temperature: 0.9, kl: { mean: 1.5 } }
`,
    );
    const ran = await rlt('run', recipe, '--out', out, '--json', '-q');
    expect(ran.code, ran.stderr).toBe(0);
    const stage = (...parts: string[]) => join(out, 'stages', ...parts);
    const prompts = { teacher: 'Explain.', student: 'Solve.', date: null, variables: {} };
    expect(JSON.parse(readFileSync(stage('02-warm-up', 'model', 'rlt.json'), 'utf8'))).toEqual({
      format: 'think',
      prompts,
    });
    expect(JSON.parse(readFileSync(stage('03-teach', 'model', 'rlt.json'), 'utf8'))).toMatchObject({
      format: 'think',
      prompts,
      reward: { temperature: 0.9, kl: { mean: 1.5, max: 0.03 } },
    });
    const [teacher, student] = [stage('03-teach', 'model'), stage('01-base', 'model')];
    const traces = stage('04-explain', 'traces.jsonl');
    const scores = (name: string, ...options: readonly string[]) =>
      rlt(
        'score',
        '--teacher',
        teacher,
        '--student',
        student,
        '--traces',
        traces,
        '--scores',
        join(folder, name),
        ...options,
      );
    const same = await scores('same.jsonl');
    expect(same.code, same.stderr).toBe(0);
    expect(linesOf(join(folder, 'same.jsonl'))).toEqual(linesOf(stage('05-score', 'scores.jsonl')));
    expect(same.stderr).toContain(
      `format and system messages as ${teacher} and ${student} remember them, and the reward that ${teacher} was trained on`,
    );
    const again = await scores('same.jsonl');
    expect([again.code, again.stdout]).toEqual([2, '']);
    expect(again.stderr).toContain('the file exists already');
    expect((await scores('same.jsonl', '--overwrite', '-q')).code).toBe(0);

    const other = await scores('other.jsonl', '--system-prompt-student', 'Guess.', '--reward-kl-mean', '3', '-q');
    expect(other.code, other.stderr).toBe(0);
    const [own, changed] = [linesOf(join(folder, 'same.jsonl')), linesOf(join(folder, 'other.jsonl'))];
    expect(changed.map(({ studentSolution }) => studentSolution)).not.toEqual(
      own.map(({ studentSolution }) => studentSolution),
    );
    expect(changed.map(({ teacherExplanation }) => teacherExplanation)).toEqual(
      own.map(({ teacherExplanation }) => teacherExplanation),
    );

    // Models of two formats cannot both be asked in their own.
    const strange = join(folder, 'strange');
    mkdirSync(strange);
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json', 'rlt.json'])
      copyFileSync(join(student, name), join(strange, name));
    writeFileSync(join(strange, 'rlt.json'), JSON.stringify({ format: 'paper', prompts }));
    const [first, last] = [
      ['score', '--teacher', teacher, '--student', strange, '--traces', traces],
      ['--scores', join(folder, 'strange.jsonl')],
    ];
    const refused = await rlt(...first, ...last);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toContain('the teacher and the student were trained in different formats');
    expect((await rlt(...first, ...last, '--format', 'think', '-q')).code).toBe(0);
    // Without a record on either side, what is assumed is said.
    for (const model of [teacher, strange]) rmSync(join(model, 'rlt.json'));
    const assumed = await rlt(...first, '--scores', join(folder, 'assumed.jsonl'));
    expect(assumed.stderr).toContain('neither model says what it was trained with: the format paper');
  },
  5 * MINUTES,
);
