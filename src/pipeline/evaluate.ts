import { writeJsonl } from '../data/jsonl.js';
import type { StageOf } from '../recipe/schema.js';
import { stageKey } from '../run/seeds.js';
import { readStudentCompletion } from '../text/completions.js';
import { forgetBatches, inBatches } from './batched-work.js';
import { graderFor } from './graders.js';
import { samplingSettings } from './groups.js';
import { callOptions, layoutsIn, type StageContext, type StageFacts } from './stage.js';

/** One model on one set of problems. */
export interface ResultRow {
  readonly student: string;
  readonly level: string;
  readonly problems: number;
  readonly accuracy: number;
  /** Bounds of the 95 % interval. */
  readonly interval: readonly [low: number, high: number];
}

export async function readResults(directory: string): Promise<readonly ResultRow[]> {
  void directory;
  return [];
}

export async function evaluate(context: StageContext, stage: StageOf<'evaluate'>): Promise<StageFacts> {
  const facts: Record<string, number> = {};
  const work: {
    label: string;
    level: string;
    model: string;
    problem: Awaited<ReturnType<StageContext['problems']>>[number];
  }[] = [];
  for (const [label, model] of Object.entries(stage.students))
    for (const [level, reference] of Object.entries(stage.problems))
      for (const problem of (await context.problems(reference)).slice(0, stage.limit ?? undefined))
        work.push({ label, level, model, problem });
  const rows = await inBatches(context, work, 200, async (batch) => {
    const out: { label: string; level: string; id: string; sample: number; verdict: string; text: string }[] = [];
    let tokens = 0;
    for (const label of new Set(batch.map((b) => b.label))) {
      const mine = batch.filter((b) => b.label === label);
      const source = await context.model((mine[0] as (typeof mine)[number]).model);
      const model = await context.engine.open(source);
      const layouts = await layoutsIn(context, source);
      const { stopIds } = layouts.student;
      const done = await model.sample(
        mine.map(({ problem }) => {
          const prompt = layouts.student.prompt(problem.question);
          return {
            prompt,
            count: stage.samples,
            key: stageKey(context.seed, context.name, 'sample', problem.id),
            settings: samplingSettings(stage.sampling, stopIds, model.facts.contextTokens - prompt.length),
          };
        }),
        callOptions(context),
      );
      for (const [i, completions] of done.entries())
        for (const [sample, { ids }] of completions.entries()) {
          tokens += ids.length;
          const { problem, level } = mine[i] as (typeof mine)[number];
          const read = readStudentCompletion(layouts.tokenizer, layouts.format, ids, stopIds);
          out.push({
            label,
            level,
            id: problem.id,
            sample,
            verdict: read.answerText === undefined ? 'unparsable' : graderFor(stage.grader, problem)(read.answerText),
            text: layouts.tokenizer.decode(ids),
          });
        }
      await model.close();
    }
    return { rows: out, tokens };
  });
  for (const key of new Set(rows.map((r) => `${r.label}/${r.level}`))) {
    const mine = rows.filter((r) => `${r.label}/${r.level}` === key);
    facts[key] = mine.filter((r) => r.verdict === 'correct').length / mine.length;
  }
  await writeJsonl(context.directory.path('answers.jsonl'), rows);
  await forgetBatches(context);
  return facts;
}
