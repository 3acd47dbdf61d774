/** The trained teacher explains every problem; its explanations, raw, are what students are distilled from. */
import type { Problem } from '../data/problem.js';
import type { Trace, TraceEnd } from '../data/trace.js';
import { writeTraces } from '../data/trace-file.js';
import type { Completion } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { rewardRecord } from '../method/metrics.js';
import { selectTraces } from '../method/selection.js';
import type { StageOf } from '../recipe/schema.js';
import { stageKey } from '../run/seeds.js';
import { forgetBatches, inBatches } from './batches.js';
import { type Explained, scoreExplanations } from './rewards/explanation-reward.js';
import { rewardSettings } from './rewards/reward-settings.js';
import { callOptions, layoutsIn, type StageContext, type StageFacts } from './stage.js';
import { explained, explanationPrompts } from './teach.js';
import { samplingSettings } from './training/grpo.js';

/** Sequences that one call samples: enough to fill the engine's batch. */
const SEQUENCES_AT_ONCE = 256;

export const TRACES_FILE = 'traces.jsonl';

const endOf = ({ ended }: Completion, tagged: boolean): TraceEnd =>
  ended === 'stop' ? (tagged ? 'stop' : 'untagged') : ended;

export async function explain(context: StageContext, stage: StageOf<'explain'>): Promise<StageFacts> {
  const teacherSource = await context.model(stage.teacher);
  const teacher = await context.engine.open(teacherSource);
  const layouts = await layoutsIn(context, teacherSource);
  const judge = stage.keep.by === 'reward' && stage.student !== null ? await context.model(stage.student) : undefined;
  const student = judge === undefined ? undefined : await context.engine.open(judge);
  const studentLayouts = judge === undefined ? layouts : await layoutsIn(context, judge);
  const { stopIds } = layouts.teacher;
  const problems = (await context.problems(stage.data)).slice(0, stage.limit ?? undefined);
  const prompts = explanationPrompts(
    { model: teacher, layouts },
    student === undefined ? undefined : { model: student, layouts: studentLayouts },
    problems,
  );
  const fitting = prompts.filter(({ room }) => room >= 1);
  const tooLong = prompts.length - fitting.length;
  await context.directory.event('prompts', { kept: fitting.length, tooLong });
  if (tooLong > 0) context.note(`left out ${tooLong} of ${prompts.length} problems: too long`);
  if (fitting.length === 0) {
    throw new InputError(
      `none of ${prompts.length} problems fits the context of its ${student === undefined ? 'teacher' : 'teacher and student'}`,
      {
        stage: context.name,
        remedy: 'Shorten the problems, or choose a model of a longer context.',
      },
    );
  }

  const sampleOf = async (batch: readonly (typeof fitting)[number][]) => {
    const completions_PG = await teacher.sample(
      batch.map(({ item, ids, room }) => ({
        prompt: ids,
        count: stage.samples,
        settings: samplingSettings(stage.sampling, stopIds, room),
        key: stageKey(context.seed, context.name, 'sample', item.id),
      })),
      callOptions(context),
    );
    const read = batch.flatMap(({ item }, p) =>
      (completions_PG[p] ?? []).map((completion, sample) => {
        const explanation = explained(
          item,
          completion,
          layouts,
          stage.reward.temperature === stage.sampling.temperature,
        );
        return { item, sample, completion, explanation };
      }),
    );
    const scored =
      student === undefined
        ? undefined
        : await scoreExplanations(
            {
              teacher: { model: teacher, layouts },
              student: { model: student, layouts: studentLayouts },
              settings: rewardSettings(stage.reward),
              temperature: stage.reward.temperature,
            },
            read.map(({ explanation }) => explanation),
            { stage: context.name },
            callOptions(context),
          );
    const rows = read.map(({ item, sample, completion, explanation }, index) => ({
      trace: traceOf(item, explanation, {
        ended: endOf(completion, explanation.ended),
        model: stage.teacher,
        seed: context.seed,
        sample,
        ...(scored === undefined ? {} : { reward: rewardRecord((scored[index] as (typeof scored)[number]).reward) }),
      }),
      studentTokens: studentLayouts.student.sequence(item.question, explanation.explanation, item.solution).ids.length,
    }));
    return { rows, tokens: read.reduce((total, { completion }) => total + completion.ids.length, 0) };
  };

  const size = Math.max(1, Math.floor(SEQUENCES_AT_ONCE / stage.samples));
  const rows = await inBatches(context, fitting, size, sampleOf);
  const { traces, facts } = select(rows, stage);
  await writeTraces(context.directory.path(TRACES_FILE), traces);
  await forgetBatches(context);
  await teacher.close();
  await student?.close();
  if (facts.unended > 0) context.note(`${facts.unended} of ${facts.samples} explanations did not end with their tag`);
  if (facts.problemsWithoutTrace > 0) context.note(`${facts.problemsWithoutTrace} problems are left without a trace`);
  return { ...facts, problems: problems.length, tooLong };
}

function traceOf(
  problem: Problem,
  { explanation, explanationIds }: Explained,
  more: Pick<Trace, 'ended' | 'model' | 'seed' | 'sample' | 'reward'>,
): Trace {
  const { id, question, solution, answer, level, task } = problem;
  return {
    id,
    question,
    solution,
    explanation,
    tokens: explanationIds.length,
    ...(answer === undefined ? {} : { answer }),
    ...(level === undefined ? {} : { level }),
    ...(task === undefined ? {} : { task }),
    ...more,
  };
}

/** Of each problem's samples, those that become traces (METHOD: keep what fits the context; choose by reward where several or none do). */
function select(rows: readonly { readonly trace: Trace; readonly studentTokens: number }[], stage: StageOf<'explain'>) {
  const { by, contextTokens, unended, whenNoneFits } = stage.keep;
  const byProblem = new Map<string, (typeof rows)[number][]>();
  for (const row of rows) byProblem.set(row.trace.id, [...(byProblem.get(row.trace.id) ?? []), row]);
  const traces: Trace[] = [];
  let unendedCount = 0;
  let dropped = 0;
  for (const samples of byProblem.values()) {
    const selection = selectTraces(
      samples.map(({ trace, studentTokens }) => ({
        tokens: studentTokens,
        ended: trace.ended === 'stop',
        ...(trace.reward === undefined ? {} : { reward: trace.reward.total }),
      })),
      { keep: by, unended, whenNoneFits, ...(contextTokens === null ? {} : { contextTokens }) },
    );
    for (const index of selection.kept) traces.push((samples[index] as (typeof samples)[number]).trace);
    unendedCount += samples.filter(({ trace }) => trace.ended !== 'stop').length;
    dropped += selection.kept.length === 0 ? 1 : 0;
  }
  return {
    traces,
    facts: { traces: traces.length, samples: rows.length, unended: unendedCount, problemsWithoutTrace: dropped },
  };
}
