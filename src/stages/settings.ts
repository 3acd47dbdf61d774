/**
 * Blocks of settings that several stages share. Defaults are the released settings of the paper, so that a stage without
 * settings is the paper's stage. Every key's description is the line that --help and docs/recipe.md print.
 */
import { z } from 'zod';
import { DEFAULT_TRACE_MIX, type TraceKind } from '../data/tasks/task.js';
import { LORA_TARGETS } from '../engine/engine.js';
import { isBenchmarkFile } from '../evaluation/benchmarks/benchmark.js';
import { GRADER_NAMES } from '../evaluation/graders/names.js';
import { RELEASED } from '../method/released.js';

/** The output of a schema, as those see it who only read. */
export type Settings<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** Names of models, data sets, stages and students: short enough for a folder, plain enough for a path. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'a name has letters, digits, - and _, begins with a letter, at most 64 long');

/** Problems of a benchmark, where a recipe refers to problems: `benchmark:aime24`, `benchmark:own.yaml`. */
export const BENCHMARK_PREFIX = 'benchmark:';

/** The name or file of the benchmark that a reference to problems stands for; undefined for a data set. */
export function benchmarkIn(reference: string): string | undefined {
  return reference.startsWith(BENCHMARK_PREFIX) ? reference.slice(BENCHMARK_PREFIX.length) : undefined;
}

/** As `benchmarkIn`, of benchmarks in files of the user's own. */
export function benchmarkFileIn(reference: string): string | undefined {
  const benchmark = benchmarkIn(reference);
  return benchmark !== undefined && isBenchmarkFile(benchmark) ? benchmark : undefined;
}

/** The part of a data set that was set aside: `train.held-out`. */
export const HELD_OUT_SUFFIX = '.held-out';

/**
 * What a reference may point at: a name in the recipe, which references.ts checks, or `records`, a file or data set of
 * the hub.
 */
export type ReferenceKind = 'model' | 'data' | 'traces' | 'problems' | 'records';

export const references = z.registry<{ kind: ReferenceKind }>();

/** What a stage takes from elsewhere in the recipe, or from outside of it. */
export function reference(kind: ReferenceKind) {
  const schema = z.string().min(1);
  references.add(schema, { kind });
  return schema;
}

export const samplingSchema = z.strictObject({
  temperature: z
    .number()
    .min(0)
    .max(10)
    .default(RELEASED.sampling.temperature)
    .describe('Sampling temperature; 0 takes the likeliest token.'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(RELEASED.sampling.topP)
    .describe('Keep the smallest set of tokens whose probability reaches this; 1 keeps all.'),
  topK: z.int().min(0).default(RELEASED.sampling.topK).describe('Keep the k likeliest tokens; 0 keeps all.'),
  minP: z
    .number()
    .min(0)
    .max(1)
    .default(RELEASED.sampling.minP)
    .describe('Keep tokens at least this fraction as likely as the likeliest; 0 keeps all.'),
  maxTokens: z
    .int()
    .min(1)
    .default(RELEASED.sampling.maxTokens)
    .describe('Longest completion, in tokens; a longer one is cut and counted.'),
});
export type SamplingBlock = Settings<typeof samplingSchema>;

const scheduleKinds = ['constant', 'linear', 'cosine'] as const;

/** AdamW with a schedule. */
function optimiser(defaults: {
  learningRate: number;
  schedule: (typeof scheduleKinds)[number];
  warmUp: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  clipNorm: number;
}) {
  return z.strictObject({
    learningRate: z.number().gt(0).max(1).default(defaults.learningRate).describe('Peak learning rate of AdamW.'),
    schedule: z
      .enum(scheduleKinds)
      .default(defaults.schedule)
      .describe('Course of the learning rate after its warm-up; linear and cosine end at 0.'),
    warmUp: z
      .number()
      .min(0)
      .lt(1)
      .default(defaults.warmUp)
      .describe('Share of the steps over which the learning rate rises from 0.'),
    beta1: z.number().min(0).lt(1).default(defaults.beta1).describe('Decay of the mean of gradients.'),
    beta2: z.number().min(0).lt(1).default(defaults.beta2).describe('Decay of the mean of squared gradients.'),
    epsilon: z.number().gt(0).default(defaults.epsilon).describe('Added to the root in the denominator of AdamW.'),
    weightDecay: z.number().min(0).default(defaults.weightDecay).describe('Decoupled weight decay.'),
    clipNorm: z
      .number()
      .min(0)
      .default(defaults.clipNorm)
      .describe('Gradients are scaled down to this global norm; 0 does not clip.'),
  });
}

export const warmUpOptimiser = optimiser(RELEASED.warmUp.optimiser);
export const distillOptimiser = optimiser(RELEASED.distill.optimiser);
export const reinforceOptimiser = optimiser(RELEASED.teach.optimiser);
export const pretrainOptimiser = optimiser({
  learningRate: 2e-3,
  schedule: 'cosine',
  warmUp: 0.05,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
});

export const loraSchema = z
  .strictObject({
    rank: z.int().min(1).max(1024).default(16).describe('Rank of the two factors.'),
    alpha: z.number().gt(0).default(32).describe('The adapter is scaled by alpha / rank.'),
    targets: z
      .array(z.enum(LORA_TARGETS))
      .min(1)
      .default([...LORA_TARGETS])
      .describe('Linear layers that get an adapter.'),
  })
  .nullable()
  .default(null)
  .describe('Train a low-rank adapter only; null trains every weight.');

export type LoraBlock = Settings<typeof loraSchema>;

const reductions = {
  mean: 'the mean',
  min: 'the smallest',
  max: 'the largest',
  sum: 'the sum',
  median: 'the median',
} as const;

/** Coefficients by reduction; the term is the sum of coefficient * reduction(values over the span). */
function reductionCoefficients(of: string, defaults: Partial<Record<keyof typeof reductions, number>>) {
  const key = (name: keyof typeof reductions) =>
    z
      .number()
      .default(defaults[name] ?? 0)
      .describe(`Coefficient of ${reductions[name]} of ${of}.`);
  return z.strictObject({
    mean: key('mean'),
    min: key('min'),
    max: key('max'),
    sum: key('sum'),
    median: key('median'),
  });
}

export const rewardSchema = z.strictObject({
  temperature: z
    .number()
    .gt(0)
    .max(10)
    .default(RELEASED.reward.temperature)
    .describe('Log-probs of both terms are of softmax(logits / temperature).'),
  solution: reductionCoefficients('log p(token of the solution) under the student', RELEASED.reward.solution)
    .prefault({})
    .describe('r_SS: how likely the student finds the solution after reading the explanation.'),
  kl: reductionCoefficients('the divergence at each token of the explanation', RELEASED.reward.kl)
    .prefault({})
    .describe('r_KL, subtracted: how unnatural each token is to a student that does not know the solution.'),
  estimator: z
    .enum(['k1', 'k3'])
    .default(RELEASED.reward.estimator)
    .describe('Per-token divergence: k1 = log p_T - log p_S, or k3 = exp(-k1) - 1 + k1.'),
  penalties: z
    .strictObject({
      missingEndTag: z
        .number()
        .default(RELEASED.reward.penalties.missingEndTag)
        .describe('Added when the explanation was cut before its end tag.'),
      emptyExplanation: z
        .number()
        .default(RELEASED.reward.penalties.emptyExplanation)
        .describe('Added when nothing stands between the tags.'),
    })
    .prefault({})
    .describe('Added to the reward for each fault; negative numbers punish.'),
});
export type RewardBlock = Settings<typeof rewardSchema>;

export const limit = z
  .int()
  .min(1)
  .nullable()
  .default(null)
  .describe('Use only the first N problems of the data; null uses all.');

/** What is sampled and compared in a step of GRPO. */
export const groupShape = {
  data: reference('data').describe('The problems: a name under data.'),
  steps: z.int().min(1).default(RELEASED.teach.steps).describe('Batches of samples; each is of the current policy.'),
  prompts: z.int().min(1).default(RELEASED.teach.prompts).describe('Problems per step.'),
  samples: z
    .int()
    .min(2)
    .default(RELEASED.teach.samples)
    .describe('Completions per problem, compared with each other: the group.'),
  sampling: samplingSchema
    .prefault({})
    .describe('How completions are sampled; its temperature is also that of the loss.'),
  maxPromptTokens: z
    .int()
    .min(1)
    .default(RELEASED.teach.maxPromptTokens)
    .describe('Longest prompt in tokens; a problem with a longer one is skipped and counted.'),
};

/** Several optimiser steps on one batch leave the policy that sampled it; without clipping nothing bounds how far. */
export function checkClip(context: z.core.ParsePayload<{ readonly iterations: number; readonly clip: unknown }>): void {
  const { iterations, clip } = context.value;
  if (iterations === 1 || clip !== null) return;
  context.issues.push({
    code: 'custom',
    message: `iterations is ${iterations}, which needs clip: later steps on a batch are no longer on-policy`,
    path: ['clip'],
    input: clip,
  });
}

/** How the samples of a group become a gradient: the settings of GRPO. */
export const policyGradientShape = {
  iterations: z
    .int()
    .min(1)
    .default(RELEASED.teach.iterations)
    .describe('Optimiser steps on each batch of samples; with more than one, set clip.'),
  clip: z
    .strictObject({
      low: z.number().gt(0).lt(1).default(0.2).describe('A ratio below 1 - low is not lowered further.'),
      high: z.number().gt(0).default(0.2).describe('A ratio above 1 + high is not raised further.'),
    })
    .nullable()
    .default(null)
    .describe(
      "PPO's clipping of the ratio between the policy and the one that sampled; null: the ratio counts as 1, as released with one optimiser step per batch.",
    ),
  advantage: z
    .strictObject({
      scaleByStd: z
        .boolean()
        .default(RELEASED.advantage.scaleByStd)
        .describe("Divide by the standard deviation (n - 1) of the group's rewards."),
      epsilon: z.number().min(0).default(RELEASED.advantage.epsilon).describe('Added to that standard deviation.'),
    })
    .prefault({})
    .describe('How much better a completion is than its group: reward minus mean.'),
  beta: z
    .number()
    .min(0)
    .default(RELEASED.grpo.beta)
    .describe('Weight of the k3 divergence from the reference; 0 needs no reference.'),
  normalisation: z
    .enum(['sequence', 'token'])
    .default(RELEASED.grpo.normalisation)
    .describe('Mean over the tokens of a completion, then over completions; or over all tokens of the batch.'),
  reference: z
    .strictObject({
      update: z
        .enum(['blend', 'replace', 'never'])
        .default(RELEASED.reference.update)
        .describe(
          'blend: reference <- share * policy + (1 - share) * reference; replace: share 1; never: the first policy.',
        ),
      everySteps: z.int().min(1).default(RELEASED.reference.everySteps).describe('Optimiser steps between updates.'),
      share: z.number().gt(0).max(1).default(RELEASED.reference.share).describe("The policy's share in a blend."),
    })
    .prefault({})
    .describe('The reference that the divergence is measured from: a copy of the policy that follows it.'),
};

export const checkpointEvery = z
  .int()
  .min(1)
  .default(10)
  .describe('Steps between checkpoints; a killed run loses at most these.');

export const maxTokens = z
  .int()
  .min(2)
  .default(RELEASED.warmUp.maxTokens)
  .describe('Longest sequence (prompt and completion) in tokens; a longer one is skipped and counted.');

/** Supervised tuning. */
export const supervisedShape = ({
  epochs,
  batch,
  normalisation,
}: typeof RELEASED.warmUp | typeof RELEASED.distill) => ({
  epochs: z.int().min(1).default(epochs).describe('Passes over the data, each shuffled anew.'),
  steps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Optimiser steps; where given it replaces epochs, and the data is repeated as needed.'),
  batch: z.int().min(1).default(batch).describe('Sequences per optimiser step.'),
  normalisation: z
    .enum(['token', 'sequence'])
    .default(normalisation)
    .describe('Whether every trained token of a batch weighs the same, or every sequence.'),
  maxTokens,
});

/** How an answer is judged: a grader, or the problem's own. */
export const graderChoices = ['auto', ...GRADER_NAMES] as const;

export const graderSchema = z
  .enum(graderChoices)
  .default('auto')
  .describe("How an answer is judged; auto takes the data set's or benchmark's own grader, else math.");

const share = (kind: TraceKind, doc: string) =>
  z.number().min(0).default(DEFAULT_TRACE_MIX[kind]).describe(`Share of traces that ${doc}.`);

/** Shares of the kinds of reasoning trace; keys left out keep the default's share. */
export const mixSchema = z.strictObject({
  complete: share('complete', 'make every step, all of them true'),
  skipping: share('skipping', 'leave steps out'),
  wrong: share('wrong', 'make a false step'),
  'answer-only': share('answer-only', 'only state the answer'),
  'off-topic': share('off-topic', 'are about something else'),
});
