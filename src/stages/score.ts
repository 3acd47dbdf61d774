/** Scores given explanations: the reward with its parts, and every token's log-prob under both models. */
import { z } from 'zod';
import { writeJsonl } from '../data/files/jsonl.js';
import { firstOf } from '../data/sequences/sequence.js';
import type { Trace } from '../data/trace.js';
import { writeTraces } from '../data/trace-file.js';
import type { CallOptions } from '../engine/engine.js';
import { InputError, RltError } from '../errors.js';
import { type RewardRecord, recordedRewardMetrics, rewardRecord } from '../method/metrics.js';
import { zip } from '../method/zip.js';
import { groupBytes, plannedRecording, RolloutRecorder } from '../run/rollouts.js';
import { tokenTexts } from '../text/tokenizer/token-texts.js';
import { tokenIds } from '../text/tokens.js';
import { doBatches, forgetBatches, keptRows } from './batches.js';
import { estimateIf, groupCall, readerUse, teacherLengths } from './definition/memory.js';
import { atMost, LETTERS_PER_TOKEN, studentLength, teacherLength, times } from './definition/plan.js';
import { scoredRollouts } from './definition/recording-settings.js';
import { limit, reference, rewardSchema } from './definition/settings.js';
import { callOptions, defineStage, head } from './definition/stage.js';
import { TRACES_FILE } from './explain.js';
import { blankCount, countBlank } from './explanation-signs.js';
import { countFitting, type Fitting, leftOutNotes } from './left-out.js';
import { readThrough } from './reading.js';
import {
  type Explanation,
  fits,
  type Judges,
  type ScoredExplanation,
  scoreExplanations,
  scoreSolutionsAlone,
  wouldFit,
} from './rewards/explanation-reward.js';
import { explanationRollout } from './rewards/explanation-rollout.js';
import { rewardSettings } from './rewards/reward-settings.js';

/** Traces scored per batch. */
const AT_ONCE = 64;
/** Tokens that a trace is taken to have where none has been read. */
const MOST_SCORED = 2048;

export const SCORES_FILE = 'scores.jsonl';

/** One line of a score file. */
export interface ScoreRecord {
  readonly id: string;
  readonly sample: number;
  readonly reward: RewardRecord;
  readonly studentSolution: readonly number[];
  readonly studentExplanation: readonly number[];
  readonly teacherExplanation: readonly number[];
}

function scoreRecord(
  { id, sample = 0 }: Pick<Trace, 'id' | 'sample'>,
  { reward, studentSolution, studentExplanation, teacherExplanation }: ScoredExplanation,
): ScoreRecord {
  return {
    id,
    sample,
    reward: rewardRecord(reward),
    studentSolution: [...studentSolution],
    studentExplanation: [...studentExplanation],
    teacherExplanation: [...teacherExplanation],
  };
}

/** A trace's explanation; undefined if it does not fit a model's context. */
function explanationIfFitting(
  { id, question, solution, explanation, ended }: Trace,
  isFitting: (explained: Explanation) => boolean,
): Explanation | undefined {
  try {
    const explained = { question, solution, explanation, ended: ended === 'stop' };
    return isFitting(explained) ? explained : undefined;
  } catch (error) {
    throw error instanceof RltError ? error.at({ sample: id }) : error;
  }
}

const leftOut = (found: Fitting): readonly string[] =>
  leftOutNotes(found, 'traces', 'longer than the context of a model');

const noneFits = (of: number, stage: string): InputError =>
  new InputError(`none of ${of} traces fits the contexts of the two models`, {
    stage,
    remedy: 'Score with models that have a longer context.',
  });

const schema = z
  .strictObject({
    ...head('score', 'Score given traces.'),
    teacher: reference('model').describe('The teacher, used for r_KL.'),
    student: reference('model').describe('The frozen student.'),
    traces: reference('traces').describe("An explain stage, or a name under data for the data set's own traces."),
    reward: rewardSchema.prefault({}).describe('The reward and its parts.'),
    limit,
    rollouts: scoredRollouts,
  })
  .describe('The reward of given traces, with its parts and per-token log-probs. Leaves traces with their rewards.');

export const score = defineStage({
  schema,
  unit: 'trace',
  artifact: 'traces',

  requirements: (stage) =>
    [stage.teacher, stage.student].map((model) => ({
      need: 'log-probs' as const,
      model,
      temperature: stage.reward.temperature,
      field: 'reward.temperature',
    })),

  plan(stage, inputs) {
    const count = atMost(inputs.traces(stage.traces), stage.limit);
    const lengths = inputs.lengths(stage.traces);
    const read = lengths && teacherLength(lengths) + studentLength(lengths);
    // Longer traces are left out.
    const most = inputs.contextTokens(stage.teacher) + inputs.contextTokens(stage.student);
    return {
      steps: 0,
      items: count,
      samples: 0,
      tokens: times(count, Number.isFinite(most) ? { sampled: 0, read: most, trained: 0 } : undefined),
      typical: times(count, read === undefined ? undefined : { sampled: 0, read, trained: 0 }),
      ...(stage.rollouts === null || count === undefined || lengths === undefined
        ? {}
        : {
            recording: plannedRecording(
              { every: 1, ...stage.rollouts },
              {
                steps: Math.ceil(count / AT_ONCE),
                prompts: Math.min(count, AT_ONCE),
                bytesPerProblem: groupBytes(lengths.teacherPrompt * LETTERS_PER_TOKEN, 1, lengths.explanation),
              },
            ),
          }),
      traces: { count, of: stage.traces },
    };
  },

  memory(stage, inputs) {
    const lengths = inputs.longest(stage.traces);
    const groups = { prompts: AT_ONCE, samples: 1 };
    const explained = teacherLengths(lengths) ?? { prompt: 1, own: MOST_SCORED };
    return {
      phases: [
        [
          { model: stage.teacher, calls: [groupCall('score', groups, explained)] },
          readerUse(groups, stage.student, lengths, MOST_SCORED),
        ],
      ],
      lengthsAre: estimateIf(lengths !== undefined),
    };
  },

  async check({ name, traces, reader, counted }, stage) {
    const all = await traces(stage.traces);
    const [teacher, student] = [await reader(stage.teacher), await reader(stage.student)];
    if (all === undefined || teacher === undefined || student === undefined) return [];
    const given = firstOf(all, stage.limit);
    const isFitting = (explained: Explanation): boolean => wouldFit(teacher, student, explained);
    const found = countFitting(given, (trace) => explanationIfFitting(trace, isFitting) !== undefined);
    if (found.tooLong === found.of) throw noneFits(found.of, name);
    counted(stage.traces, found);
    return leftOut(found);
  },

  async run(context, stage) {
    const judges: Judges = {
      teacher: await context.open(stage.teacher),
      student: await context.open(stage.student),
      settings: rewardSettings(stage.reward),
      temperature: stage.reward.temperature,
    };
    const given = firstOf(await context.traces(stage.traces), stage.limit);
    const isFitting = (explained: Explanation): boolean => fits(judges, explained);
    const isScored = (trace: Trace): boolean => explanationIfFitting(trace, isFitting) !== undefined;
    const traces = await readThrough(context, given, isScored);
    if (traces.length === 0) throw noneFits(given.length, context.name);
    const tooLong = given.length - traces.length;
    await context.directory.event('traces', { kept: traces.length, tooLong });
    for (const note of leftOut({ of: given.length, tooLong })) context.note(note);
    const silence = blankCount(countBlank(traces), traces.length);
    if (silence !== undefined) context.note(silence);
    const { rollouts } = stage;
    const batches = Math.ceil(traces.length / AT_ONCE);
    const recorder = rollouts && new RolloutRecorder(context.directory.rollouts, { every: 1, ...rollouts }, batches);
    await doBatches(context, traces, AT_ONCE, async (batch, index) => {
      const explanations = batch.flatMap((trace) => explanationIfFitting(trace, isFitting) ?? []);
      const scored = await scoreExplanations(judges, explanations, { stage: context.name }, callOptions(context));
      if (recorder !== null) await record(recorder, index, judges, batch, explanations, scored, callOptions(context));
      return {
        rows: zip(batch, scored, scoreRecord),
        tokens: scored.reduce((total, { studentTokens }) => total + studentTokens, 0),
      };
    });
    // The log-probs of all tokens are kept on disk only; in memory a trace keeps just its reward.
    const rewards: RewardRecord[] = [];
    const scores = async function* () {
      for await (const row of keptRows<ScoreRecord>(context)) {
        rewards.push(row.reward);
        yield row;
      }
    };
    await writeJsonl(context.directory.path(SCORES_FILE), scores());
    const rewarded = zip([...traces], rewards, (trace, reward) => ({ ...trace, reward }));
    await writeTraces(context.directory.path(TRACES_FILE), rewarded);
    await forgetBatches(context);
    await judges.teacher.model.close();
    await judges.student.model.close();
    return {
      traces: traces.length,
      tooLong,
      ...recordedRewardMetrics(rewards, judges.settings),
    };
  },
});

/** Records the traces of a batch token by token: as many of its problems as there is room for. */
async function record(
  recorder: RolloutRecorder,
  step: number,
  judges: Judges,
  batch: readonly Trace[],
  explanations: readonly Explanation[],
  scored: readonly ScoredExplanation[],
  options: CallOptions,
): Promise<void> {
  const { tokenizer, teacher } = judges.teacher.layouts;
  const traces = zip(
    zip(batch, explanations, (trace, explanation) => ({ trace, explanation })),
    scored,
    (one, own) => ({
      ...one,
      scored: own,
      prompt: teacher.prompt(one.trace.question, one.trace.solution),
    }),
  );
  const groups = new Map<string, (typeof traces)[number][]>();
  for (const one of traces) {
    const key = `${one.trace.id}\n${one.trace.question}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const groups_P = [...groups.values()];
  const sizes_P = groups_P.map((group) =>
    groupBytes(
      tokenizer.decode(group[0]?.prompt ?? tokenIds([])).length,
      group.length,
      group.reduce((total, one) => total + one.scored.ids.teacherExplanation.length, 0),
    ),
  );
  const chosen_P = groups_P.slice(0, await recorder.problems(step, sizes_P));
  const alone_P = await scoreSolutionsAlone(
    judges,
    chosen_P.flatMap(([first]) => first?.explanation ?? []),
    options,
  );
  recorder.add('step', step, () =>
    zip(chosen_P, alone_P, (group, alone, problem) =>
      group.map(({ trace, explanation, scored: own, prompt }, index) => ({
        step,
        problem,
        sample: trace.sample ?? index,
        id: trace.id,
        prompt: tokenizer.decode(prompt),
        completion: trace.explanation,
        ended: trace.ended,
        reward: own.reward.total,
        ids: own.ids.teacherExplanation,
        tokens: tokenTexts(tokenizer, own.ids.teacherExplanation),
        ...explanationRollout(judges, explanation, own, alone),
      })),
    ).flat(),
  );
  await recorder.flush();
}
