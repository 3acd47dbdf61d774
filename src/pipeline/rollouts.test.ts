import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readParquet } from '../data/files/parquet.js';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { groupAdvantage } from '../method/advantage.js';
import { mean } from '../method/statistics.js';
import { stageIdentities } from '../recipe/identity.js';
import { loadRecipe } from '../recipe/load.js';
import { layoutsOf } from '../stages/layouts.js';
import { PAPER_FORMAT } from '../text/formats.js';
import { positionsOf } from '../text/spans.js';
import { sliceIds } from '../text/tokens.js';
import { runRecipe } from './run-recipe.js';
import { hashesOf, linesOf, TINY, temporaryFolder } from './testing/rlt.js';

type Row = Record<string, unknown> & {
  readonly id: string;
  readonly problem: number;
  readonly question: string;
  readonly solution: string;
  readonly reward: number;
  readonly advantage: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly tokens: readonly string[];
  readonly verdict: string;
};

async function rowsOf(run: string, stage: string, step: number): Promise<Row[]> {
  const rows: Row[] = [];
  const file = join(run, 'rollouts', stage, `step-${String(step).padStart(6, '0')}.parquet`);
  for await (const { value } of readParquet(file)) rows.push(value as Row);
  return rows;
}

const groupsOf = (rows: readonly Row[]): Row[][] =>
  [...new Set(rows.map(({ problem }) => problem))].map((problem) => rows.filter((row) => row.problem === problem));

test('teach and reinforce record what they sampled, and what it was rewarded with', async () => {
  const run = temporaryFolder();
  const recipe = await loadRecipe(TINY);
  await runRecipe(recipe, {
    runDirectory: run,
    only: ['base', 'warm-up', 'teach', 'explain', 'score', 'distill', 'reinforce'],
  });
  const steps = (count: number) => Array.from({ length: count }, (_, i) => `step-00000${i}.parquet`);
  expect(readdirSync(join(run, 'rollouts', '03-teach'))).toEqual(steps(8));
  expect(readdirSync(join(run, 'rollouts', '07-reinforce'))).toEqual(steps(4));
  expect(readdirSync(join(run, 'rollouts', '05-score'))).toEqual(steps(1));

  // What a score stage records is what its own files say, token by token.
  const scores = linesOf(join(run, 'stages', '05-score', 'scores.jsonl'));
  const scored = await rowsOf(run, '05-score', 0);
  expect(scored.map(({ id, sample }) => ({ id, sample }))).toEqual(scores.map(({ id, sample }) => ({ id, sample })));
  scored.forEach((row, i) => {
    expect({ ...row.parts }).toEqual(scores[i]?.reward);
    expect(row.solutionLogProbs).toEqual(scores[i]?.studentSolution);
    expect(row.studentLogProbs).toEqual(scores[i]?.studentExplanation);
    expect(row.teacherLogProbs).toEqual(scores[i]?.teacherExplanation);
    expect(row.tokens.join('')).toBe(row.completion);
    expect(row.solutionAloneLogProbs).toHaveLength((row.solutionTokens as string[]).length);
    expect(row.kl).toHaveLength((row.studentTokens as string[]).length);
  });
  const metrics = linesOf(join(run, 'metrics.jsonl'));

  for (const [stage, count] of [
    ['03-teach', 8],
    ['07-reinforce', 4],
  ] as const) {
    for (let step = 0; step < count; step++) {
      const rows = await rowsOf(run, stage, step);
      const logged = metrics.find((line) => line.stage === stage.slice(3) && line.step === step);
      expect(mean(rows.map(({ reward }) => reward))).toBeCloseTo(Number(logged?.reward), 12);
      for (const group of groupsOf(rows)) {
        const { advantages_G } = groupAdvantage(
          group.map(({ reward }) => reward),
          { scaleByStd: true, epsilon: 1e-4 },
        );
        expect(group.map(({ advantage }) => advantage)).toEqual([...advantages_G]);
      }
      for (const row of rows) {
        expect(row.tokens.join('')).toBe(row.completion);
        expect(row.policyLogProbs).toHaveLength(row.tokens.length);
        expect(row.referenceLogProbs).toHaveLength(row.tokens.length);
        expect(row.ids).toHaveLength(row.tokens.length);
        expect(row.prompt).toContain(row.question);
        expect(row.parts.total).toBe(row.reward);
      }
    }
  }

  const [first] = await rowsOf(run, '03-teach', 0);
  // The reference begins as a copy of the policy.
  const byReference = first?.referenceLogProbs as number[];
  const byPolicy = first?.policyLogProbs as number[];
  byReference.forEach((value, t) => {
    expect(value).toBeCloseTo(byPolicy[t] ?? Number.NaN, 4);
  });
  const teach = await rowsOf(run, '03-teach', 5);
  for (const row of teach) {
    const [teacher, student, kl] = [row.teacherLogProbs, row.studentLogProbs, row.kl] as number[][];
    expect(kl).toEqual(teacher?.map((value, k) => Math.fround(value - (student?.[k] ?? Number.NaN))));
    expect((row.studentTokens as string[]).join('')).toBe(row.explanation);
    expect((row.solutionTokens as string[]).join('')).toBe(row.solution);
    expect(mean(row.solutionLogProbs as number[])).toBeCloseTo(row.parts['solution/mean'] ?? Number.NaN, 12);
    expect(['explained', 'unended']).toContain(row.verdict);
    expect(row.verdict === 'unended').toBe(row.parts['penalty/missingEndTag'] !== undefined);
  }
  expect((await rowsOf(run, '07-reinforce', 0)).map(({ verdict }) => verdict)).toContainEqual(
    expect.stringMatching(/^(right|wrong|malformed)$/),
  );

  // The student without the explanation, asked independently.
  const engine = await openLocalEngine({ threads: 1, activationBytes: 2 ** 22 });
  try {
    const source = { kind: 'directory' as const, directory: join(run, 'stages', '01-base', 'model') };
    const model = await engine.open(source);
    const { student } = await layoutsOf(source, PAPER_FORMAT, { teacher: 'Explain.', student: 'Solve.' });
    for (const group of groupsOf(teach)) {
      const one = group[0] as Row;
      const { question, solution, solutionAloneLogProbs } = one;
      const { ids, solutionSpan } = student.sequence(question, '', solution);
      const request = {
        ids: sliceIds(ids, 0, solutionSpan.end),
        positions: positionsOf(solutionSpan),
        temperature: 0.7,
      };
      const [expected] = await model.logProbs([request]);
      expect(solutionAloneLogProbs).toHaveLength(expected?.length ?? -1);
      (solutionAloneLogProbs as number[]).forEach((value, k) => {
        expect(value).toBeCloseTo(expected?.[k] ?? Number.NaN, 4);
      });
      for (const row of group) expect(row.solutionAloneLogProbs).toEqual(solutionAloneLogProbs);
    }
  } finally {
    await engine.close();
  }

  // Without a record: the same stages, in the same bytes, under the same identity.
  const recorded = hashesOf(run);
  rmSync(join(run, 'stages', '03-teach'), { recursive: true });
  rmSync(join(run, 'rollouts'), { recursive: true });
  const silent = await loadRecipe(TINY, ['stages.teach.rollouts=null']);
  await runRecipe(silent, { runDirectory: run, only: ['teach'] });
  const results = (hashes: Readonly<Record<string, string>>) =>
    Object.entries(hashes).filter(([file]) => file.startsWith('stages/'));
  expect(results(hashesOf(run))).toEqual(results(recorded));
  expect(hashesOf(run)).not.toHaveProperty('rollouts/03-teach/step-000000.parquet');
  const identities = (recipe: Parameters<typeof stageIdentities>[0]) => stageIdentities(recipe, new Map());
  expect(identities(silent)).toEqual(identities(recipe));

  // Run anew and shorter, the stage does not keep the files of the steps that it no longer has.
  for (const later of ['03-teach', '04-explain', '05-score', '06-distill', '07-reinforce'])
    rmSync(join(run, 'stages', later), { recursive: true });
  const shorter = await loadRecipe(TINY, ['stages.teach.steps=2', 'stages.teach.rollouts.problems=1']);
  await runRecipe(shorter, { runDirectory: run, only: ['teach'] });
  expect(readdirSync(join(run, 'rollouts', '03-teach'))).toEqual(steps(2));
  expect(groupsOf(await rowsOf(run, '03-teach', 1))).toHaveLength(1);
}, 300_000);
