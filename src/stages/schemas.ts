/**
 * The stages of a recipe, one schema each. `stages` of a recipe is an ordered list of these; a stage takes the
 * artifacts of earlier ones by their names.
 */
import { z } from 'zod';
import { DEFAULT_PRETRAINING, type PretrainingShares } from '../data/tasks/pretraining.js';
import {
  checkpointEvery,
  distillOptimiser,
  loraSchema,
  maxTokens,
  mixSchema,
  nameSchema,
  policyGradientShape,
  pretrainOptimiser,
  reference,
  reinforceOptimiser,
  rewardSchema,
  samplingSchema,
  warmUpOptimiser,
} from './settings.js';

/** What a stage leaves for later ones to refer to by its name. */
export type ArtifactKind = 'model' | 'traces' | 'results';

function head<const Kind extends string>(kind: Kind, doc: string) {
  return {
    stage: z.literal(kind).describe(doc),
    name: nameSchema
      .default(kind)
      .describe('Names the folder of the stage, and what later stages call its artifact; unique in the recipe.'),
  };
}

const supervisedShape = (epochs: number, batch: number) => ({
  epochs: z.int().min(1).default(epochs).describe('Passes over the data, each shuffled anew.'),
  steps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Optimiser steps; where given it replaces epochs, and the data is repeated as needed.'),
  batch: z.int().min(1).default(batch).describe('Sequences an optimiser step.'),
  normalisation: z
    .enum(['token', 'sequence'])
    .default('token')
    .describe('Every trained token of a batch weighs the same, or every sequence.'),
  maxTokens,
});

const limit = z
  .int()
  .min(1)
  .nullable()
  .default(null)
  .describe('Use only the first so many problems of the data; null uses all.');

const groupShape = {
  data: reference('data').describe('The problems: a name under data.'),
  steps: z.int().min(1).default(125).describe('Optimiser steps; each is on samples of the current policy.'),
  prompts: z.int().min(1).default(16).describe('Problems a step.'),
  samples: z.int().min(2).default(64).describe('Completions a problem, compared with each other: the group.'),
  sampling: samplingSchema
    .prefault({})
    .describe('How completions are sampled; its temperature is also that of the loss.'),
  maxPromptTokens: z
    .int()
    .min(1)
    .default(16384)
    .describe('Longest prompt in tokens; a problem with a longer one is skipped and counted.'),
};

const corpusDefaults = DEFAULT_PRETRAINING;
const corpusShare = (sort: keyof PretrainingShares, doc: string) =>
  z.number().min(0).default(corpusDefaults.shares[sort]).describe(`Share of documents that are ${doc}.`);

const corpusSchema = z
  .strictObject({
    shares: z
      .strictObject({
        facts: corpusShare('facts', 'lines of arithmetic'),
        'told-steps': corpusShare('told-steps', 'stories of one step with their arithmetic'),
        worked: corpusShare('worked', 'stories of several steps, worked out as plain text'),
        stories: corpusShare('stories', 'problems without a solution'),
        idle: corpusShare('idle', 'sentences about nothing'),
        problems: corpusShare('problems', 'question, trace and solution'),
      })
      .prefault({})
      .describe('What the corpus is made of; relative shares.'),
    traces: mixSchema
      .prefault(corpusDefaults.mix)
      .describe('Kinds of trace in its problems. Few are complete: the base is to know the format, not the method.'),
    largest: z.int().min(2).default(corpusDefaults.largest).describe('Largest number in facts and told steps.'),
    countdown: z
      .number()
      .min(0)
      .max(1)
      .default(corpusDefaults.countdown)
      .describe('Part of the problems that is Countdown.'),
  })
  .prefault({})
  .describe('Generated documents, none of which holds a training or evaluation problem.');

export const pretrainStage = z
  .strictObject({
    ...head('pretrain', 'Make a small model from nothing.'),
    corpus: corpusSchema,
    vocabulary: z
      .strictObject({
        size: z
          .int()
          .min(260)
          .default(512)
          .describe('Size of the byte-level vocabulary; the tags are special tokens of it.'),
        documents: z.int().min(1).default(20000).describe('Documents of the corpus that it is made from.'),
      })
      .prefault({})
      .describe('The tokenizer, made from the corpus.'),
    architecture: z
      .strictObject({
        layers: z.int().min(1).default(4).describe('Transformer blocks.'),
        hidden: z.int().min(8).default(128).describe('Width of the residual stream.'),
        heads: z.int().min(1).default(4).describe('Attention heads.'),
        keyValueHeads: z.int().min(1).default(2).describe('Key and value heads; a divisor of heads.'),
        feedForward: z.int().min(8).default(384).describe('Width inside the feed-forward block.'),
        contextTokens: z.int().min(16).default(256).describe('Longest sequence in tokens.'),
        ropeTheta: z.number().gt(0).default(10000).describe('Base of the rotary position angles.'),
      })
      .prefault({})
      .check((context) => {
        const { hidden, heads, keyValueHeads } = context.value;
        const dividesEvenly = (whole: number, part: number, field: string, message: string): void => {
          if (whole % part !== 0) context.issues.push({ code: 'custom', message, path: [field], input: part });
        };
        dividesEvenly(
          hidden,
          heads * 2,
          'heads',
          `hidden (${hidden}) must be a multiple of twice the heads (${heads})`,
        );
        dividesEvenly(heads, keyValueHeads, 'keyValueHeads', `must divide the number of heads, ${heads}`);
      })
      .describe('Shape of a Llama model with tied embeddings.'),
    steps: z.int().min(1).default(3000).describe('Optimiser steps; no document comes twice.'),
    batch: z.int().min(1).default(64).describe('Documents an optimiser step.'),
    maxTokens: maxTokens.default(256),
    optimiser: pretrainOptimiser.prefault({}).describe('AdamW and its schedule.'),
    checkpointEvery,
  })
  .describe('Makes a small Llama model and its tokenizer from nothing. Leaves a model.');

export const warmUpStage = z
  .strictObject({
    ...head('warm-up', 'Teach the teacher its format.'),
    teacher: reference('model').describe('The model to start from.'),
    data: reference('data').describe("The problems, with the data set's own traces: a name under data."),
    ...supervisedShape(10, 16),
    optimiser: warmUpOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    limit,
    checkpointEvery,
  })
  .describe(
    "Supervised tuning of the teacher on the data set's own traces, in the teacher's format; the loss is on the explanation, its end tag and the end of text only. Leaves a model.",
  );

export const teachStage = z
  .strictObject({
    ...head('teach', 'Reinforcement learning of the teacher.'),
    teacher: reference('model').describe('The model to start from: usually a warm-up.'),
    student: reference('model').describe('The frozen student whose reading of the explanation is the reward.'),
    ...groupShape,
    reward: rewardSchema.prefault({}).describe('r = r_SS - r_KL + penalties.'),
    ...policyGradientShape,
    optimiser: reinforceOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    checkpointEvery,
  })
  .describe(
    'GRPO of the teacher on the dense reward: how well a frozen student follows each explanation. One update a batch, strictly on-policy. Leaves a model.',
  );

export const explainStage = z
  .strictObject({
    ...head('explain', 'Let a teacher write traces.'),
    teacher: reference('model').describe('The teacher.'),
    data: reference('data').describe('The problems to explain: a name under data.'),
    samples: z.int().min(1).default(1).describe('Explanations sampled for a problem.'),
    sampling: samplingSchema.prefault({}).describe('How they are sampled.'),
    keep: z
      .strictObject({
        by: z
          .enum(['reward', 'first', 'all'])
          .default('first')
          .describe('Of several that fit: the one of the highest reward, the first, or all.'),
        contextTokens: z
          .int()
          .min(2)
          .nullable()
          .default(null)
          .describe(
            "An explanation fits when the student's whole sequence has at most these tokens; null: any length fits.",
          ),
        unended: z
          .enum(['keep', 'drop'])
          .default('keep')
          .describe('Whether one that was cut before its end tag may be kept.'),
        whenNoneFits: z
          .enum(['choose', 'drop'])
          .default('choose')
          .describe('When none fits: choose one all the same, or leave the problem out.'),
      })
      .prefault({})
      .describe('Which of the samples become traces.'),
    student: reference('model')
      .nullable()
      .default(null)
      .describe('The student of the reward; needed where keep.by is reward.'),
    reward: rewardSchema.prefault({}).describe('The reward, where keep.by is reward.'),
    limit,
  })
  .check((context) => {
    const { keep, student } = context.value;
    if (keep.by === 'reward' && student === null) {
      context.issues.push({
        code: 'custom',
        message: 'keep.by is reward, which needs a student to reward by',
        path: ['student'],
        input: student,
      });
    }
  })
  .describe('The teacher explains every problem of a data set. Leaves traces, raw: nothing is rewritten.');

export const scoreStage = z
  .strictObject({
    ...head('score', 'Reward of given traces.'),
    teacher: reference('model').describe('The teacher of r_KL.'),
    student: reference('model').describe('The frozen student.'),
    traces: reference('traces').describe("An explain stage, or a name under data: the data set's own traces."),
    reward: rewardSchema.prefault({}).describe('The reward and its parts.'),
    limit,
  })
  .describe('The reward of given traces with its parts and per-token log-probs. Leaves traces with their rewards.');

export const distillStage = z
  .strictObject({
    ...head('distill', 'Tune a student on traces.'),
    student: reference('model').describe('The model to start from; it may be larger than the teacher.'),
    traces: reference('traces').describe("An explain or score stage, or a name under data: the data set's own traces."),
    learn: z
      .enum(['trace', 'solution'])
      .default('trace')
      .describe('`trace`: explanation, then solution. `solution`: the solution alone, the explanation left out.'),
    ...supervisedShape(3, 96),
    optimiser: distillOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    limit,
    checkpointEvery,
  })
  .describe(
    "Supervised tuning of a student, in the student's format, of the teacher's size or larger. Leaves a model.",
  );

export const graderNames = ['auto', 'math', 'integer', 'choice', 'countdown'] as const;

const graderSchema = z
  .enum(graderNames)
  .default('auto')
  .describe("How an answer is judged; auto takes the data set's or benchmark's own grader, else math.");

export const reinforceStage = z
  .strictObject({
    ...head('reinforce', 'Reinforcement learning of a student on correctness.'),
    student: reference('model').describe('The model to start from: a distilled student is a cold start.'),
    ...groupShape,
    grader: graderSchema,
    outcomes: z
      .strictObject({
        wrong: z.number().default(-1).describe('Reward of a wrong answer.'),
        malformed: z.number().default(-0.5).describe('Reward of a completion without an answer in the format.'),
        right: z.number().default(1).describe('Reward of a right answer.'),
      })
      .prefault({})
      .describe('The reward.'),
    ...policyGradientShape,
    optimiser: reinforceOptimiser.prefault({}).describe('AdamW and its schedule.'),
    lora: loraSchema,
    checkpointEvery,
  })
  .describe('GRPO of a student on the correctness of its answers. Leaves a model.');

export const evaluateStage = z
  .strictObject({
    ...head('evaluate', 'Accuracy of models on problems.'),
    students: z
      .record(nameSchema, reference('model'))
      .refine((students) => Object.keys(students).length > 0, 'names no model')
      .describe('The models, each under the label that the table of results shows.'),
    problems: z
      .record(nameSchema, reference('problems'))
      .refine((problems) => Object.keys(problems).length > 0, 'names no problems')
      .describe('What they solve, each under a label (a level): a name under data, or `benchmark:NAME`.'),
    samples: z.int().min(1).default(1).describe('Answers sampled for a problem; several narrow the interval.'),
    sampling: samplingSchema.prefault({}).describe('How answers are sampled.'),
    grader: graderSchema,
    limit,
  })
  .check((context) => {
    const { samples, sampling } = context.value;
    if (samples > 1 && sampling.temperature === 0) {
      context.issues.push({
        code: 'custom',
        message: `asks for ${samples} samples at temperature 0, which gives the same answer each time`,
        path: ['samples'],
        input: samples,
      });
    }
  })
  .describe('Lets models solve problems and grades the answers. Leaves results: accuracies with intervals.');

/** Every kind of stage in the order of the method. */
export const stageSchemas = {
  pretrain: pretrainStage,
  'warm-up': warmUpStage,
  teach: teachStage,
  explain: explainStage,
  score: scoreStage,
  distill: distillStage,
  reinforce: reinforceStage,
  evaluate: evaluateStage,
} as const;

export type StageKind = keyof typeof stageSchemas;

export const artifactOf: Readonly<Record<StageKind, ArtifactKind>> = {
  pretrain: 'model',
  'warm-up': 'model',
  teach: 'model',
  explain: 'traces',
  score: 'traces',
  distill: 'model',
  reinforce: 'model',
  evaluate: 'results',
};

export const stageSchema = z.discriminatedUnion('stage', [
  pretrainStage,
  warmUpStage,
  teachStage,
  explainStage,
  scoreStage,
  distillStage,
  reinforceStage,
  evaluateStage,
]);
