import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hashesOf, linesOf, rlt, temporaryFolder } from './testing/rlt.js';

const RECIPE = `name: evaluating
seed: 4
engine: { kind: local, threads: 1 }
prompts: { teacher: Explain., student: Solve. }
data:
  own: { source: own.jsonl }
stages:
  - stage: pretrain
    vocabulary: { size: 300, documents: 50 }
    architecture: { layers: 1, hidden: 16, heads: 2, keyValueHeads: 1, feedForward: 32, contextTokens: 512 }
    steps: 2
    batch: 4
    maxTokens: 64
  - stage: evaluate
    students: { one: pretrain, other: pretrain }
    problems: { own: own, words: 'benchmark:word-problems' }
    samples: 3
    limit: 4
    sampling: { maxTokens: 8 }
`;

it('every student answers every set of problems, a benchmark too; equal students are equal', async () => {
  const folder = temporaryFolder();
  const recipe = join(folder, 'recipe.yaml');
  writeFileSync(recipe, RECIPE);
  // One fits no context of 512 tokens: it counts as not solved instead of being dropped.
  const long = Array.from({ length: 200 }, (_, i) => `${i} + `).join('');
  writeFileSync(
    join(folder, 'own.jsonl'),
    `{"id": "a", "question": "1 + 1 = ?", "solution": "2", "answer": "2"}\n{"id": "b", "question": "${long}", "solution": "5", "answer": "5"}\n`,
  );
  const out = join(folder, 'run');
  const { code, stderr } = await rlt('run', recipe, '--out', out);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);

  // What the card of a model tells of its data.
  expect(linesOf(join(out, 'events.jsonl')).filter(({ event }) => event === 'data read')).toMatchObject([
    { data: 'own', rows: 2, problems: 2, used: 2, heldOut: 0 },
  ]);

  const stage = join(out, 'stages', '02-evaluate');
  const { rows, models, graders, samples } = JSON.parse(readFileSync(join(stage, 'results.json'), 'utf8'));
  expect(rows.map(({ student, level, problems }: Record<string, unknown>) => [student, level, problems])).toEqual([
    ['one', 'own', 2],
    ['one', 'words', 4],
    ['other', 'own', 2],
    ['other', 'words', 4],
  ]);
  expect([samples, graders]).toEqual([3, [expect.stringMatching(/^integer\//), expect.stringMatching(/^math\//)]]);
  expect(models.one).toBe(models.other);
  // The same model, the same random numbers: comparisons of students are not blurred by luck.
  const answers = linesOf(join(stage, 'answers.jsonl'));
  expect(answers).toHaveLength(2 * (2 + 4) * 3);
  const of = (student: string) =>
    answers.filter((line) => line.student === student).map((line) => ({ ...line, student: '' }));
  expect(of('one')).toEqual(of('other'));
  expect(answers.filter(({ ended }) => ended === 'no-room').map(({ id }) => id)).toEqual(Array(6).fill('b'));

  const report = readFileSync(join(stage, 'report.md'), 'utf8');
  expect(report.match(/^## .*/gm)?.slice(0, 4)).toEqual([
    '## one on own: 2 problems, 3 samples each',
    '## one on words: 4 problems, 3 samples each',
    '## other on own: 2 problems, 3 samples each',
    '## other on words: 4 problems, 3 samples each',
  ]);
  const before = hashesOf(out);
  const regraded = await rlt('evaluate', '--regrade', '--out', out, '--json');
  expect(JSON.parse(regraded.stdout).stages[0].results.rows).toEqual(rows);
  expect(hashesOf(out)).toEqual(before);

  const both = await rlt('compare', out, `${out}:other`);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining(`Name one: ${out}:one, ${out}:other.`)]);
  const named = await rlt('compare', `${out}:evaluate:one`, `${out}:other`, '--json');
  expect(JSON.parse(named.stdout)).toMatchObject({ names: ['one', 'other'], problems: 6 });
  const compared = await rlt('compare', `${stage}:one`, `${stage}:other`, '--json');
  expect(JSON.parse(compared.stdout)).toMatchObject({ problems: 6, overall: { difference: 0, pValue: 1 } });
}, 120_000);
