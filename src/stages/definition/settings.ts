/**
 * Settings that several stages share. The defaults are the paper's released settings, so that a stage without settings
 * is the paper's stage. --help and docs/recipe.md print the description of each key.
 */
import { z } from 'zod';
import { DEFAULT_TRACE_MIX, type TraceKind } from '../../data/tasks/task.js';
import { LEAST_ALPHA, LEAST_TEMPERATURE, LORA_TARGETS, MOST_ALPHA, MOST_SAMPLES } from '../../engine/engine.js';
import { isBenchmarkFile } from '../../evaluation/benchmarks/benchmark.js';
import { GRADER_NAMES } from '../../evaluation/graders/names.js';
import { RELEASED } from '../../method/released.js';

/** The output of a schema, deeply read-only. */
export type Settings<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** Names of models, data sets, stages and students: safe as the name of a folder and as a part of a path. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'a name begins with one of a to z or A to Z and has at most 64 of these, digits, - and _',
  )
  // Names become keys of objects, where these would be found though nobody set them.
  .refine((name) => !(name in {}), {
    error: ({ input }) => `${String(input)} is a property of every JavaScript object, so it cannot be a name`,
  });

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

/** The data set of a reference (`train`, `train.held-out`), and whether the part that was set aside is meant. */
export function dataSetIn(reference: string): { readonly name: string; readonly isHeldOut: boolean } {
  const isHeldOut = reference.endsWith(HELD_OUT_SUFFIX);
  return { name: isHeldOut ? reference.slice(0, -HELD_OUT_SUFFIX.length) : reference, isHeldOut };
}

/**
 * What a reference may point at: a name in the recipe, which references.ts checks, or `records`, a file or data set of
 * the hub.
 */
export type ReferenceKind = 'model' | 'data' | 'traces' | 'problems' | 'records';

export const references = z.registry<{ kind: ReferenceKind }>();

/** A name that must be defined elsewhere in the recipe, or a file outside of it. */
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
    .refine((temperature) => temperature === 0 || temperature >= LEAST_TEMPERATURE, {
      error: `must be 0 or at least ${LEAST_TEMPERATURE}`,
    })
    .default(RELEASED.sampling.temperature)
    .describe('Sampling temperature; 0 always takes the most likely token.'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(RELEASED.sampling.topP)
    .describe('Sample from the smallest set of tokens whose total probability reaches this; 1 keeps all.'),
  topK: z.int().min(0).default(RELEASED.sampling.topK).describe('Sample from the k most likely tokens; 0 keeps all.'),
  minP: z
    .number()
    .min(0)
    .max(1)
    .default(RELEASED.sampling.minP)
    .describe('Sample from tokens at least this fraction as likely as the most likely one; 0 keeps all.'),
  maxTokens: z
    .int()
    .min(1)
    .default(RELEASED.sampling.maxTokens)
    .describe('Maximum length of a completion in tokens; longer ones are cut and counted.'),
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
      .describe('Shape of the learning rate schedule after the warm-up; linear and cosine decay to 0.'),
    warmUp: z
      .number()
      .min(0)
      .lt(1)
      .default(defaults.warmUp)
      .describe('Share of the steps over which the learning rate rises from 0.'),
    beta1: z.number().min(0).lt(1).default(defaults.beta1).describe('Decay of the running mean of the gradients.'),
    beta2: z
      .number()
      .min(0)
      .lt(1)
      .default(defaults.beta2)
      .describe('Decay of the running mean of the squared gradients.'),
    epsilon: z.number().gt(0).default(defaults.epsilon).describe('Added to the denominator of the AdamW update.'),
    weightDecay: z.number().min(0).default(defaults.weightDecay).describe('Decoupled weight decay.'),
    decay: z
      .enum(['matrices', 'all'])
      .default('matrices')
      .describe('What decays: matrices leaves norms and biases alone, as the Trainer of transformers does.'),
    clipNorm: z
      .number()
      .min(0)
      .default(defaults.clipNorm)
      .describe('Gradients are clipped to this global norm; 0 disables clipping.'),
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
    rank: z.int().min(1).max(1024).default(16).describe('Rank of the two low-rank factors.'),
    alpha: z.number().min(LEAST_ALPHA).max(MOST_ALPHA).default(32).describe('The adapter is scaled by alpha / rank.'),
    targets: z
      .array(z.enum(LORA_TARGETS))
      .min(1)
      .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'])
      .describe('Linear layers to adapt; Phi 3 has qkv_proj for the first three, and gate_up_proj.'),
  })
  .nullable()
  .default(null)
  .describe('Train only a low-rank adapter (LoRA); null trains all weights.');

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
    .refine((temperature) => temperature >= LEAST_TEMPERATURE, { error: `must be at least ${LEAST_TEMPERATURE}` })
    .default(RELEASED.reward.temperature)
    .describe('Temperature of the log-probs in both terms: softmax(logits / temperature).'),
  solution: reductionCoefficients('log p(token of the solution) under the student', RELEASED.reward.solution)
    .prefault({})
    .describe('r_SS: how likely the student finds the solution after reading the explanation.'),
  kl: reductionCoefficients('the divergence at each token of the explanation', RELEASED.reward.kl)
    .prefault({})
    .describe(
      'r_KL, subtracted: how unlikely each token is to a student that does not know the solution. `{ mean: 0, max: 0 }` leaves it out.',
    ),
  estimator: z
    .enum(['k1', 'k3'])
    .default(RELEASED.reward.estimator)
    .describe('Per-token divergence: k1 = log p_T - log p_S, or k3 = exp(-k1) - 1 + k1.'),
  emptyKl: z
    .number()
    .default(RELEASED.reward.emptyKl)
    .describe(
      'What r_KL takes for each reduction if there is nothing at all between the tags; 1 in the released code.',
    ),
  penalties: z
    .strictObject({
      missingEndTag: z
        .number()
        .default(RELEASED.reward.penalties.missingEndTag)
        .describe('Added if the explanation was cut before its end tag.'),
      emptyExplanation: z
        .number()
        .default(RELEASED.reward.penalties.emptyExplanation)
        .describe('Added if there is nothing at all between the tags, not even white space.'),
    })
    .prefault({})
    .describe('Added to the reward for each fault; negative values penalise.'),
});
export type RewardBlock = Settings<typeof rewardSchema>;

export const limit = z
  .int()
  .min(1)
  .nullable()
  .default(null)
  .describe('Use only the first N problems or traces; null uses all.');

/** Problems or sequences of one optimiser step: what is above it is a slip of the finger, and a plan of it no plan. */
export const MOST_IN_A_STEP = 2 ** 16;

/** Settings of what a GRPO step samples and compares. */
export const groupShape = {
  data: reference('data').describe('The problems: a name under data.'),
  steps: z
    .int()
    .min(1)
    .default(RELEASED.teach.steps)
    .describe('Number of batches, each sampled from the current policy.'),
  prompts: z.int().min(1).max(MOST_IN_A_STEP).default(RELEASED.teach.prompts).describe('Problems per step.'),
  samples: z
    .int()
    .min(2)
    .max(MOST_SAMPLES)
    .default(RELEASED.teach.samples)
    .describe('Completions per problem; together they form a group.'),
  sampling: samplingSchema
    .refine(({ temperature }) => temperature > 0, {
      path: ['temperature'],
      message:
        'at temperature 0 all completions of a prompt are the same, so there is nothing to learn from; the paper uses 0.7',
    })
    .prefault({})
    .describe('How completions are sampled; the temperature is also used in the loss.'),
  maxPromptTokens: z
    .int()
    .min(1)
    .default(RELEASED.teach.maxPromptTokens)
    .describe('Maximum length of a prompt in tokens; problems with longer prompts are skipped and counted.'),
};

/**
 * With several optimiser steps per batch the policy moves away from the one that sampled it; clipping bounds how far.
 */
export function checkClip(context: z.core.ParsePayload<{ readonly iterations: number; readonly clip: unknown }>): void {
  const { iterations, clip } = context.value;
  if (iterations === 1 || clip !== null) return;
  context.issues.push({
    code: 'custom',
    message: `iterations is ${iterations}, which requires clip: later steps on a batch are off-policy`,
    path: ['clip'],
    input: clip,
  });
}

/** Settings of how a group's samples become a gradient. */
export const policyGradientShape = {
  iterations: z
    .int()
    .min(1)
    .default(RELEASED.teach.iterations)
    .describe('Optimiser steps on each batch of samples; more than one requires clip.'),
  clip: z
    .strictObject({
      low: z.number().gt(0).lt(1).default(0.2).describe('A ratio below 1 - low is not pushed lower.'),
      high: z.number().gt(0).default(0.2).describe('A ratio above 1 + high is not pushed higher.'),
    })
    .nullable()
    .default(null)
    .describe(
      'PPO clipping of the ratio between the policy and the policy that sampled; null: the ratio is taken as 1, as in the ' +
        'released code, which takes one optimiser step per batch.',
    ),
  advantage: z
    .strictObject({
      scaleByStd: z
        .boolean()
        .default(RELEASED.advantage.scaleByStd)
        .describe("Divide by the standard deviation (n - 1) of the group's rewards."),
      epsilon: z.number().min(0).default(RELEASED.advantage.epsilon).describe('Added to the standard deviation.'),
    })
    .prefault({})
    .describe('Advantage of a completion over its group: its reward minus the mean.'),
  beta: z
    .number()
    .min(0)
    .default(RELEASED.grpo.beta)
    .describe('Weight of the k3 divergence from the reference; 0 needs no reference.'),
  normalisation: z
    .enum(['sequence', 'token'])
    .default(RELEASED.grpo.normalisation)
    .describe(
      'sequence: mean over the tokens of a completion, then over completions; token: mean over all tokens of the batch.',
    ),
  reference: z
    .strictObject({
      update: z
        .enum(['blend', 'replace', 'never'])
        .default(RELEASED.reference.update)
        .describe(
          'blend: reference <- share * policy + (1 - share) * reference; replace: the same with share 1; never: keep the ' +
            'initial policy.',
        ),
      everySteps: z.int().min(1).default(RELEASED.reference.everySteps).describe('Optimiser steps between updates.'),
      share: z.number().gt(0).max(1).default(RELEASED.reference.share).describe('Weight of the policy in a blend.'),
    })
    .prefault({})
    .describe('The reference of the divergence: a copy of the policy that is updated to follow it.'),
};

export const checkpointEvery = z
  .int()
  .min(1)
  .default(10)
  .describe('Steps between checkpoints; a killed run loses at most this many.');

export const maxTokens = z
  .int()
  .min(2)
  .default(RELEASED.warmUp.maxTokens)
  .describe('Maximum length of a sequence (prompt and completion) in tokens; longer ones are skipped and counted.');

/** How answers are graded: by a named grader, or by the problem's own. */
export const graderChoices = ['auto', ...GRADER_NAMES] as const;

export const graderSchema = z
  .enum(graderChoices)
  .default('auto')
  .describe(
    "How answers are graded; auto uses the data set's or benchmark's own grader, choice for questions that list options of which a letter is the answer, else math, for which answers of data of your own must be numbers or formulas: others need a name here.",
  );

const share = (kind: TraceKind, doc: string) =>
  z.number().min(0).default(DEFAULT_TRACE_MIX[kind]).describe(`Share of traces that ${doc}.`);

/** Shares of the kinds of reasoning trace; omitted keys keep their default share. */
export const mixSchema = z.strictObject({
  complete: share('complete', 'contain every step, all correct'),
  skipping: share('skipping', 'skip steps'),
  wrong: share('wrong', 'contain a wrong step'),
  'answer-only': share('answer-only', 'state only the answer'),
  'off-topic': share('off-topic', 'are about something else'),
});
