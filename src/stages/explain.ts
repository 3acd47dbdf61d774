/** A teacher explains every problem; students are distilled from its raw explanations. */
import { z } from 'zod';
import type { Problem } from '../data/problem.js';
import { firstOf, mapped } from '../data/sequences/sequence.js';
import type { Trace, TraceEnd } from '../data/trace.js';
import { writeTraces } from '../data/trace-file.js';
import { type Completion, MOST_SAMPLES } from '../engine/engine.js';
import { InputError } from '../errors.js';
import { rewardRecord } from '../method/metrics.js';
import { RELEASED } from '../method/released.js';
import { selectTraces } from '../method/selection.js';
import { stageKey } from '../run/seeds.js';
import { forgetBatches, inBatches } from './batches.js';
import { estimateIf, explained, readerUse, samplerUse, teacherLengths } from './definition/memory.js';
import { atMost, mostSampled, type TokenCounts, type TypicalLengths, times } from './definition/plan.js';
import { limit, reference, rewardSchema, type Settings, samplingSchema } from './definition/settings.js';
import { callOptions, defineStage, head } from './definition/stage.js';
import { blankNote, countBlank, isBlank, unendedWarning } from './explanation-signs.js';
import { countPrompts, explanationPrompt, readExplanation, readerOf, type WrittenExplanation } from './explanations.js';
import { type Fitting, leftOutNotes } from './left-out.js';
import { readThrough } from './reading.js';
import { type ScoredExplanation, scoreExplanations } from './rewards/explanation-reward.js';
import { rewardSettings } from './rewards/reward-settings.js';
import { type Prompt, samplingSettings } from './training/groups.js';

/** Sequences sampled per call: enough to fill the engine's batch. */
const SEQUENCES_AT_ONCE = 256;

export const TRACES_FILE = 'traces.jsonl';

const endOf = ({ ended }: Completion, tagged: boolean): TraceEnd =>
  tagged ? 'stop' : ended === 'stop' ? 'untagged' : ended;

const schema = z
  .strictObject({
    ...head('explain', 'Let a teacher write traces.'),
    teacher: reference('model').describe('The teacher.'),
    data: reference('data').describe('The problems to explain: a name under data.'),
    samples: z
      .int()
      .min(1)
      .max(MOST_SAMPLES)
      .default(RELEASED.explain.samples)
      .describe('Explanations sampled per problem.'),
    sampling: samplingSchema.prefault({}).describe('How explanations are sampled.'),
    keep: z
      .strictObject({
        by: z
          .enum(['reward', 'first', 'all'])
          .default(RELEASED.explain.keep)
          .describe(
            'If several samples fit: keep the one with the highest reward among those that say something, the first, or all.',
          ),
        contextTokens: z
          .int()
          .min(2)
          .nullable()
          .default(null)
          .describe(
            "An explanation fits if the student's whole sequence has at most this many tokens; null: any length fits.",
          ),
        unended: z
          .enum(['keep', 'drop'])
          .default(RELEASED.explain.unended)
          .describe('Whether an explanation that was cut before its end tag may be kept.'),
        whenNoneFits: z
          .enum(['choose', 'drop'])
          .default(RELEASED.explain.whenNoneFits)
          .describe('If no sample fits: choose one anyway, or leave the problem out.'),
      })
      .prefault({})
      .describe('Which samples become traces.'),
    student: reference('model')
      .nullable()
      .default(null)
      .describe('The student of the reward; required if keep.by is reward.'),
    reward: rewardSchema.prefault({}).describe('The reward; used if keep.by is reward.'),
    limit,
  })
  .check((context) => {
    const { keep, student } = context.value;
    if (keep.by === 'reward' && student === null) {
      context.issues.push({
        code: 'custom',
        message: 'keep.by is reward, which requires a student',
        path: ['student'],
        input: student,
      });
    }
  })
  .describe('The teacher explains every problem of a data set. Leaves raw traces: nothing is rewritten.');

type Explain = Settings<typeof schema>;

export const explain = defineStage({
  schema,
  unit: 'problem',
  artifact: 'traces',

  requirements: ({ keep, reward, teacher, student }) =>
    keep.by !== 'reward'
      ? []
      : [teacher, student].map((model) => ({
          need: 'log-probs' as const,
          model,
          temperature: reward.temperature,
          field: 'reward.temperature',
        })),

  plan(stage, inputs) {
    const count = atMost(inputs.problems(stage.data), stage.limit);
    const samples = count && count * stage.samples;
    const readers = stage.keep.by === 'reward' ? 2 : 0;
    const maxTokens = mostSampled(stage.sampling, inputs.contextTokens(stage.teacher));
    const lengths = inputs.lengths(stage.data);
    return {
      steps: 0,
      items: count,
      samples,
      tokens: times(samples, { sampled: maxTokens, read: readers * maxTokens, trained: 0 }),
      typical: times(count, lengths && explainingTokens(stage, lengths)),
      traces: {
        count: stage.keep.by === 'all' ? samples : count,
        of: stage.data,
        maxTokens: stage.sampling.maxTokens,
      },
    };
  },

  memory(stage, inputs) {
    const lengths = inputs.longest(stage.data);
    const { maxTokens } = stage.sampling;
    const count = atMost(inputs.problems(stage.data), stage.limit);
    const groups = {
      prompts: Math.min(batchSize(stage), Math.max(1, count ?? batchSize(stage))),
      samples: stage.samples,
    };
    const calls = count && Math.ceil(count / groups.prompts);
    const written = samplerUse(groups, stage.teacher, teacherLengths(lengths), maxTokens, calls);
    const reader = readerIn(stage);
    return {
      phases: [
        [
          written,
          ...(reader === null ? [] : [readerUse(groups, reader, explained(lengths, maxTokens), 2 * maxTokens)]),
        ],
      ],
      lengthsAre: estimateIf(lengths !== undefined),
    };
  },

  async check(context, stage) {
    const found = await countPrompts(context, { ...stage, student: readerIn(stage) }, hasRoom);
    if (found === undefined) return [];
    context.counted(stage.data, found);
    return requireRoom(context.name, found, stage);
  },

  async run(context, stage) {
    const teacher = await context.open(stage.teacher);
    const { layouts } = teacher;
    const reader = readerIn(stage);
    const student = reader === null ? undefined : await context.open(reader);
    const studentLayouts = student?.layouts ?? layouts;
    const temperatures = { sampling: stage.sampling.temperature, reward: stage.reward.temperature };
    const { stopIds } = layouts.teacher;
    const problems = firstOf(await context.problems(stage.data), stage.limit);
    const [teacherReader, studentReader] = [readerOf(teacher), student && readerOf(student)];
    const prompts = mapped(problems, (problem) => explanationPrompt(teacherReader, studentReader, problem));
    const fitting = await readThrough(context, prompts, hasRoom);
    const tooLong = prompts.length - fitting.length;
    await context.directory.event('prompts', { kept: fitting.length, tooLong });
    for (const note of requireRoom(context.name, { of: prompts.length, tooLong }, stage)) context.note(note);

    const sampleOf = async (batch: readonly Prompt<Problem>[]) => {
      const completions_PG = await teacher.model.sample(
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
          const explanation = readExplanation(item, completion, layouts, temperatures);
          return { item, sample, completion, explanation };
        }),
      );
      const scored =
        student === undefined
          ? undefined
          : await scoreExplanations(
              {
                teacher,
                student,
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
          ...rewardOf(scored?.[index]),
        }),
        studentTokens: studentLayouts.student.sequence(item.question, explanation.explanation, item.solution).ids
          .length,
      }));
      return { rows, tokens: read.reduce((total, { completion }) => total + completion.ids.length, 0) };
    };

    const rows = await inBatches(context, fitting, batchSize(stage), sampleOf, teacher.model.profile.callsInFlight);
    const { traces, facts } = select(rows, stage);
    await writeTraces(context.directory.path(TRACES_FILE), traces);
    await forgetBatches(context);
    await teacher.model.close();
    await student?.model.close();
    const maker = context.makerOf(stage.teacher);
    const warning = unendedWarning(facts.unended, facts.samples, maker === undefined ? 'given' : 'untaught');
    if (warning !== undefined) context.note(warning);
    else if (facts.unended > 0)
      context.note(`${facts.unended} of ${facts.samples} explanations did not end with their tag`);
    const why = maker === undefined ? 'given' : maker === 'teach' ? 'learnt' : 'untaught';
    const silence = blankNote(facts.empty, facts.traces, why);
    if (silence !== undefined) context.note(silence);
    if (facts.problemsWithoutTrace > 0) context.note(`${facts.problemsWithoutTrace} problems are left without a trace`);
    return { ...facts, problems: problems.length, tooLong };
  },
});

/** Problems that are explained per call. */
const batchSize = ({ samples }: Explain): number => Math.max(1, Math.floor(SEQUENCES_AT_ONCE / samples));

/** The student that scores samples; null if samples are kept without being scored. */
const readerIn = ({ keep, student }: Explain): string | null => (keep.by === 'reward' ? student : null);

const hasRoom = ({ room }: { readonly room: number }): boolean => room >= 1;

/**
 * How many problems are left out, in words; none where all fit.
 * @throws {InputError} when no problem leaves room for an explanation
 */
function requireRoom(name: string, found: Fitting, stage: Explain): readonly string[] {
  const models = readerIn(stage) === null ? 'teacher' : 'teacher and the student';
  if (found.tooLong < found.of)
    return leftOutNotes(found, 'problems', `they leave no room for an explanation in the context of the ${models}`);
  throw new InputError(`none of ${found.of} problems fits the context of the ${models}`, {
    stage: name,
    remedy: 'Shorten the problems, or choose a model with a longer context.',
  });
}

const rewardOf = (scored: ScoredExplanation | undefined): Pick<Trace, 'reward'> =>
  scored === undefined ? {} : { reward: rewardRecord(scored.reward) };

/** Tokens computed for one problem. */
function explainingTokens(stage: Explain, lengths: TypicalLengths): TokenCounts {
  const sampled = stage.samples * Math.min(stage.sampling.maxTokens, lengths.explanation);
  // The teacher's log-probs come with its samples.
  const judged = stage.keep.by === 'reward' ? lengths.studentPrompt + sampled + stage.samples * lengths.solution : 0;
  return { sampled, read: lengths.teacherPrompt + judged, trained: 0 };
}

function traceOf(
  problem: Problem,
  { explanation, tokens }: WrittenExplanation,
  more: Pick<Trace, 'ended' | 'model' | 'seed' | 'sample' | 'reward'>,
): Trace {
  const { id, question, solution, answer, level, task } = problem;
  return {
    id,
    question,
    solution,
    explanation,
    tokens,
    ...(answer === undefined ? {} : { answer }),
    ...(level === undefined ? {} : { level }),
    ...(task === undefined ? {} : { task }),
    ...more,
  };
}

/** Selects the samples of each problem that become traces: those that fit, by reward if several or none do. */
function select(rows: readonly { readonly trace: Trace; readonly studentTokens: number }[], stage: Explain) {
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
        empty: isBlank(trace.explanation),
        ...(trace.reward === undefined ? {} : { reward: trace.reward.total }),
      })),
      { keep: by, unended, whenNoneFits, ...(contextTokens === null ? {} : { contextTokens }) },
    );
    traces.push(...selection.kept.flatMap((index) => samples[index]?.trace ?? []));
    unendedCount += samples.filter(({ trace }) => trace.ended !== 'stop').length;
    dropped += selection.kept.length === 0 ? 1 : 0;
  }
  return {
    traces,
    facts: {
      traces: traces.length,
      empty: countBlank(traces),
      samples: rows.length,
      unended: unendedCount,
      problemsWithoutTrace: dropped,
    },
  };
}
