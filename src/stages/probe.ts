/**
 * A small distillation while a teacher trains: what counts is how well students learn from its explanations, and the
 * reward is only a stand-in for that. A student is distilled from the explanations of a few problems as the teacher
 * writes them now, and answers others.
 */
import { z } from 'zod';
import { Cursor } from '../data/cursor.js';
import type { Problem } from '../data/problem.js';
import { longestSequence, MOST_SAMPLES, type Policy } from '../engine/engine.js';
import { taggedPromptBuilder } from '../evaluation/answers/prompt.js';
import { solve } from '../evaluation/answers/solve.js';
import type { Metrics } from '../method/metrics.js';
import { stageKey, stageSeed } from '../run/seeds.js';
import { type TokenCounts, type TypicalLengths, times } from './definition/plan.js';
import {
  distillOptimiser,
  graderSchema,
  loraSchema,
  MOST_IN_A_STEP,
  reference,
  type SamplingBlock,
  type Settings,
} from './definition/settings.js';
import { callOptions, type StageContext } from './definition/stage.js';
import { explanationPrompt, readExplanation, readerOf } from './explanations.js';
import { posed } from './graders.js';
import type { Layouts } from './layouts.js';
import { samplingSettings } from './training/groups.js';
import { isEvaluated } from './training/held-out.js';
import { type SftExample, sftStep } from './training/sft.js';

/** What a teacher is for: how often students are right that learnt from its explanations. */
export const PROBE_ACCURACY = 'probe/accuracy';

export const probeSchema = z
  .strictObject({
    data: reference('data').describe('The problems that are explained: a name under data.'),
    problems: z.int().min(1).default(64).describe('Explain only the first N of them.'),
    test: reference('data').describe('The problems that the student answers, such as `train.held-out`.'),
    tests: z.int().min(1).default(64).describe('Answer only the first N of them.'),
    samples: z.int().min(1).max(MOST_SAMPLES).default(1).describe('Answers per problem.'),
    every: z
      .int()
      .min(1)
      .default(20)
      .describe('Steps from one probe to the next; the first and the last policy are probed too.'),
    steps: z.int().min(1).default(32).describe('Optimiser steps of the student.'),
    batch: z.int().min(1).max(MOST_IN_A_STEP).default(16).describe('Explanations per optimiser step.'),
    optimiser: distillOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    grader: graderSchema,
  })
  .nullable()
  .default(null)
  .describe(
    'Distils a small student from the explanations of a few problems while the teacher trains, and logs its accuracy as ' +
      `\`${PROBE_ACCURACY}\`. Every probe begins with the student of the reward and draws from the same random numbers. It changes no ` +
      'training; keepBest can go by it. null: none.',
  );

export type Probe = NonNullable<Settings<typeof probeSchema>>;

/** What a probe needs of the stage that it belongs to. */
export interface ProbedTeacher {
  readonly policy: Policy;
  readonly layouts: Layouts;
  /** The name of the student in the recipe. */
  readonly student: string;
  readonly sampling: SamplingBlock;
}

/** The probes of a stage: what is logged after `done` of `steps` steps, nothing where no probe is due. */
export async function probes(
  context: StageContext,
  probe: Probe,
  teacher: ProbedTeacher,
  steps: number,
): Promise<(done: number) => Promise<Metrics>> {
  const explained = [...(await context.problems(probe.data)).slice(0, probe.problems)];
  const tests = [...(await context.problems(probe.test)).slice(0, probe.tests)];
  return async (done) =>
    isEvaluated(probe, done, steps) ? await probed(context, probe, teacher, explained, tests) : {};
}

async function probed(
  context: StageContext,
  probe: Probe,
  { policy: teacher, layouts, student: name, sampling }: ProbedTeacher,
  explained: readonly Problem[],
  tests: readonly Problem[],
): Promise<Metrics> {
  const options = callOptions(context);
  const student = await context.train(name, probe.lora);
  try {
    const reader = readerOf({ model: student.policy, layouts: student.layouts });
    const own = readerOf({ model: teacher, layouts });
    const prompts = explained.map((problem) => explanationPrompt(own, reader, problem)).filter(({ room }) => room >= 1);
    const { stopIds } = layouts.teacher;
    const completions_P = await teacher.sample(
      prompts.map(({ ids, room, id }, p) => ({
        prompt: ids,
        count: 1,
        settings: samplingSettings(sampling, stopIds, room),
        key: stageKey(context.seed, context.name, 'probe', 'explain', p, id),
      })),
      options,
    );
    const temperatures = { sampling: sampling.temperature, reward: sampling.temperature };
    const longest = longestSequence(student.policy);
    let ended = 0;
    const examples = prompts.flatMap(({ item }, p): SftExample[] => {
      const completion = completions_P[p]?.[0];
      if (completion === undefined) return [];
      const read = readExplanation(item, completion, layouts, temperatures);
      ended += read.ended ? 1 : 0;
      const { ids, promptLength } = student.layouts.student.sequence(item.question, read.explanation, item.solution);
      return ids.length > longest ? [] : [{ id: item.id, ids, spans: [{ start: promptLength, end: ids.length }] }];
    });
    if (examples.length === 0) return {};
    const cursor = new Cursor(examples, { seed: stageSeed(context.seed, context.name, 'probe'), lastBatch: 'fill' });
    let loss = Number.NaN;
    for (let step = 0; step < probe.steps; step++) {
      const { metrics } = await sftStep(
        student.policy,
        cursor.next(probe.batch),
        { normalisation: 'token', optimiser: probe.optimiser },
        { step, steps: probe.steps },
        options,
      );
      loss = metrics['update/loss'] ?? loss;
    }
    const { answers } = await solve(
      student.policy,
      taggedPromptBuilder(student.layouts.student),
      tests.map((problem) => posed(probe.grader, problem)),
      {
        samples: probe.samples,
        sampling,
        keyOf: (id) => stageKey(context.seed, context.name, 'probe', 'answer', id),
      },
      options,
    );
    const share = (verdict: string): number =>
      answers.filter((answer) => answer.verdict === verdict).length / answers.length;
    return {
      [PROBE_ACCURACY]: share('correct'),
      'probe/malformed': share('unparsable'),
      'probe/loss': loss,
      'probe/ended': ended / prompts.length,
    };
  } finally {
    await student.policy.close();
  }
}

/** Tokens computed for the probes of a stage. */
export function probeTokens(
  probe: Probe,
  steps: number,
  sampling: SamplingBlock,
  lengths: TypicalLengths | undefined,
): TokenCounts | undefined {
  if (lengths === undefined) return undefined;
  const written = Math.min(sampling.maxTokens, lengths.explanation);
  const answer = Math.min(sampling.maxTokens, lengths.explanation + lengths.solution);
  return times(Math.ceil(steps / probe.every) + 1, {
    sampled: probe.problems * written + probe.tests * probe.samples * answer,
    read: probe.problems * lengths.teacherPrompt + probe.tests * lengths.studentPrompt,
    trained: probe.steps * probe.batch * (lengths.studentPrompt + written + lengths.solution),
  });
}
