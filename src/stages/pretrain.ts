/**
 * Pretrains a small model from scratch, with a tokenizer trained on its corpus. The bundled base model is made this
 * way.
 */
import { z } from 'zod';
import { readJsonl } from '../data/files/jsonl.js';
import {
  DEFAULT_PRETRAINING,
  type PretrainingDocument,
  type PretrainingShares,
  type PretrainingTasks,
  pretrainingDocumentAt,
} from '../data/tasks/pretraining.js';
import { writeRandomModel } from '../engine/random-model.js';
import { updateMetrics } from '../method/metrics.js';
import { sftLoss, sftWeights } from '../method/weights.js';
import { METRICS_FILE } from '../run/metrics.js';
import { stageSeed } from '../run/seeds.js';
import { allTags } from '../text/formats.js';
import { trainTokenizer, writeTokenizer } from '../text/tokenizer/trainer.js';
import { concatIds, sliceIds, type TokenIds, tokenIds } from '../text/tokens.js';
import {
  checkpointEvery,
  MOST_IN_A_STEP,
  maxTokens,
  mixSchema,
  pretrainOptimiser,
  type Settings,
} from './definition/settings.js';
import { callOptions, defineStage, head, type StageContext } from './definition/stage.js';
import type { Layouts } from './layouts.js';
import { trainingLoop } from './training/loop.js';
import { trainingRequirements, updatePolicy } from './training/optimiser.js';

const END_OF_TEXT = '<|endoftext|>';
const END_OF_TURN = '<|im_end|>';
const SPECIAL_TOKENS = [END_OF_TEXT, '<|im_start|>', END_OF_TURN];

/**
 * The texts of a document, for training the tokenizer. A problem comes with the roles and system prompts of its layouts,
 * so that these become few tokens as well.
 */
function textsOf(document: PretrainingDocument, { systemPrompts }: StageContext): readonly string[] {
  if (document.kind === 'text') return [document.text];
  const { teacher, student } = systemPrompts;
  return [
    `system\n${student}`,
    `system\n${teacher}`,
    `user\n${document.question}`,
    `assistant\n`,
    document.trace,
    document.solution,
  ];
}

/** A whole document as the model learns it: texts unchanged, problems in the student's layout. */
function idsOf(document: PretrainingDocument, { tokenizer, student }: Layouts): TokenIds {
  if (document.kind === 'problem') return student.sequence(document.question, document.trace, document.solution).ids;
  const end = tokenizer.idOf(END_OF_TEXT);
  return concatIds(tokenizer.encode(document.text), tokenIds(end === undefined ? [] : [end]));
}

/** The architecture as a transformers config.json. */
function configOf({ architecture }: Pretrain, vocabularySize: number) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabularySize,
    hidden_size: architecture.hidden,
    intermediate_size: architecture.feedForward,
    num_hidden_layers: architecture.layers,
    num_attention_heads: architecture.heads,
    num_key_value_heads: architecture.keyValueHeads,
    head_dim: architecture.hidden / architecture.heads,
    max_position_embeddings: architecture.contextTokens,
    rope_theta: architecture.ropeTheta,
    rms_norm_eps: 1e-5,
    hidden_act: 'silu',
    tie_word_embeddings: true,
    eos_token_id: [SPECIAL_TOKENS.indexOf(END_OF_TURN), SPECIAL_TOKENS.indexOf(END_OF_TEXT)],
  };
}

/** Documents cut in all steps, including those of earlier processes: the sum of the metric. */
async function cutDocuments(context: StageContext): Promise<number> {
  let cut = 0;
  for await (const { value } of readJsonl(context.directory.path(METRICS_FILE))) cut += Number(value.cut);
  return cut;
}

const corpusDefaults = DEFAULT_PRETRAINING;
const corpusShare = (sort: keyof PretrainingShares, doc: string) =>
  z.number().min(0).default(corpusDefaults.shares[sort]).describe(`Share of documents that are ${doc}.`);

const taskShare = (task: keyof PretrainingTasks) =>
  z.number().min(0).default(corpusDefaults.tasks[task]).describe(`Share of ${task}.`);

const corpusSchema = z
  .strictObject({
    shares: z
      .strictObject({
        facts: corpusShare('facts', 'lines of arithmetic'),
        'told-steps': corpusShare('told-steps', 'one-step stories with their arithmetic'),
        worked: corpusShare('worked', 'stories of several steps, worked out as plain text'),
        stories: corpusShare('stories', 'problems without a solution'),
        idle: corpusShare('idle', 'sentences about nothing'),
        problems: corpusShare('problems', 'problems with a trace and a solution'),
      })
      .prefault({})
      .describe('Composition of the corpus, as relative shares.'),
    traces: mixSchema
      .prefault(corpusDefaults.mix)
      .describe('Kinds of trace in its problems. Few are complete: the base should know the format, not the method.'),
    largest: z.int().min(2).default(corpusDefaults.largest).describe('Largest number in facts and told-steps.'),
    tasks: z
      .strictObject({
        'word-problems': taskShare('word-problems'),
        ages: taskShare('ages'),
        prices: taskShare('prices'),
        journeys: taskShare('journeys'),
        countdown: taskShare('countdown'),
      })
      .prefault({})
      .describe('What the documents are about, as relative shares. Countdown has problems and stories only.'),
  })
  .prefault({})
  .describe('Generated documents; none contains a training or evaluation problem.');

const schema = z
  .strictObject({
    ...head('pretrain', 'Create a small model from scratch.'),
    corpus: corpusSchema,
    vocabulary: z
      .strictObject({
        size: z
          .int()
          .min(260)
          .default(640)
          .describe('Most tokens of the byte-level vocabulary, in which the tags are special tokens.'),
        documents: z.int().min(1).default(20000).describe('Documents of the corpus that it is trained on.'),
      })
      .prefault({})
      .describe('The tokenizer, trained on the corpus.'),
    architecture: z
      .strictObject({
        layers: z.int().min(1).default(4).describe('Transformer blocks.'),
        hidden: z.int().min(8).default(128).describe('Width of the residual stream.'),
        heads: z.int().min(1).default(4).describe('Attention heads.'),
        keyValueHeads: z.int().min(1).default(2).describe('Key and value heads; must divide heads.'),
        feedForward: z.int().min(8).default(384).describe('Width inside the feed-forward block.'),
        contextTokens: z.int().min(16).default(256).describe('Longest sequence in tokens.'),
        ropeTheta: z.number().gt(0).default(10000).describe('Base of the rotary position embedding.'),
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
      .describe('Shape of the model: Llama with tied embeddings.'),
    steps: z.int().min(1).default(3000).describe('Optimiser steps; no document is seen twice.'),
    batch: z.int().min(1).max(MOST_IN_A_STEP).default(64).describe('Documents per optimiser step.'),
    maxTokens: maxTokens.default(256),
    optimiser: pretrainOptimiser.prefault({}).describe('AdamW and its schedule.'),
    checkpointEvery,
  })
  .describe('Creates a small Llama model and its tokenizer from scratch. Leaves a model.');

type Pretrain = Settings<typeof schema>;

/** Documents are cut there. */
const longestOf = ({ maxTokens, architecture }: Pretrain): number => Math.min(maxTokens, architecture.contextTokens);

export const pretrain = defineStage({
  schema,
  unit: 'step',
  artifact: 'model',

  requirements: ({ optimiser }) =>
    trainingRequirements({ lora: null, optimiser }, null).map((requirement) =>
      requirement.field === 'lora' ? { ...requirement, field: 'stage' } : requirement,
    ),

  plan(stage) {
    const documents = stage.steps * stage.batch;
    const tokens = { sampled: 0, read: 0, trained: documents * longestOf(stage) };
    return { steps: stage.steps, items: documents, samples: 0, tokens, typical: undefined };
  },

  memory(stage) {
    const longest = longestOf(stage);
    const call = { kind: 'train', groups: stage.batch, rows: 1, promptTokens: 0, ownTokens: longest } as const;
    const training = { lora: null, reference: 'none' } as const;
    const config = configOf(stage, stage.vocabulary.size);
    return { phases: [[{ model: null, config, training, calls: [call] }]], lengthsAre: 'an estimate' };
  },

  async run(context, stage) {
    const { corpus, vocabulary, architecture } = stage;
    const seed = stageSeed(context.seed, context.name, 'corpus');
    const options = { shares: corpus.shares, mix: corpus.traces, largest: corpus.largest, tasks: corpus.tasks };
    const documentAt = (index: number) => pretrainingDocumentAt(seed, index, options);

    const initial = context.directory.path('initial');
    const made = trainTokenizer({
      texts: Array.from({ length: vocabulary.documents }, (_, index) => textsOf(documentAt(index), context)).flat(),
      vocabularySize: vocabulary.size,
      specialTokens: [...SPECIAL_TOKENS, ...allTags(context.format)],
      eosToken: END_OF_TURN,
      padToken: END_OF_TEXT,
      contextTokens: architecture.contextTokens,
    });
    const tokenizerFiles = context.directory.path('tokenizer');
    await writeTokenizer(tokenizerFiles, made);
    const layouts = await context.layouts({ kind: 'directory', directory: tokenizerFiles });
    const config = configOf(stage, layouts.tokenizer.vocabularySize);
    await writeRandomModel(initial, config, stageSeed(context.seed, context.name, 'initialise'), tokenizerFiles);
    const { policy } = await context.train({ kind: 'directory', directory: initial }, null);

    const longest = longestOf(stage);
    const prepare = (step: number) => {
      const documents = Array.from({ length: stage.batch }, (_, i) =>
        idsOf(documentAt(step * stage.batch + i), layouts),
      );
      const kept = documents.map((ids) => sliceIds(ids, 0, longest));
      const weights = sftWeights(kept.map((ids) => ids.length - 1));
      const sequences = kept.map((ids, i) => ({
        ids,
        positions: Array.from({ length: ids.length - 1 }, (_, t) => t + 1),
        temperature: 1,
        weights: weights[i] ?? [],
      }));
      return { step, sequences, weights, cut: documents.filter((ids) => ids.length > longest).length };
    };
    let prepared: ReturnType<typeof prepare> | undefined;

    await trainingLoop(context, {
      steps: stage.steps,
      checkpointEvery: stage.checkpointEvery,
      state: () => null,
      parse: z.null().parse,
      models: () => ({ policy }),
      async body(step) {
        const { sequences, weights, cut } = prepared?.step === step ? prepared : prepare(step);
        const at = { step, steps: stage.steps };
        const updating = updatePolicy(policy, sequences, stage.optimiser, at, callOptions(context));
        // The next batch is generated while the engine computes this one.
        prepared = step + 1 < stage.steps ? prepare(step + 1) : undefined;
        const { logProbs, ...update } = await updating;
        const loss = sftLoss(weights, logProbs);
        return {
          metrics: { ...updateMetrics({ loss, ...update }), cut },
          tokens: sequences.reduce((total, { ids }) => total + ids.length, 0),
        };
      },
    });
    const facts = await context.leaveModel(policy);
    const documents = stage.steps * stage.batch;
    const cut = await cutDocuments(context);
    if (cut > 0) context.note(`cut ${cut} of ${documents} documents: longer than ${stage.maxTokens} tokens`);
    return { ...facts, vocabulary: layouts.tokenizer.vocabularySize, documents, cut };
  },
});
