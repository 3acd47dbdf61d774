/** A small model from nothing: its tokenizer is made from the corpus, its weights from a seed. The bundled base is made so. */
import { z } from 'zod';
import { readJsonl } from '../data/files/jsonl.js';
import { type PretrainingDocument, pretrainingDocumentAt } from '../data/tasks/pretraining.js';
import { architectureOf } from '../engine/local/files/config.js';
import { writeRandomModel } from '../engine/local/initial.js';
import { updateMetrics } from '../method/metrics.js';
import { sftLoss, sftWeights } from '../method/weights.js';
import type { StageOf } from '../recipe/schema.js';
import { METRICS_FILE } from '../run/metrics.js';
import { stageSeed } from '../run/seeds.js';
import { allTags } from '../text/formats.js';
import { trainTokenizer, writeTokenizer } from '../text/tokenizer-trainer.js';
import type { TokenIds } from '../text/tokens.js';
import type { Layouts } from './layouts.js';
import { callOptions, layoutsIn, type StageContext, type StageFacts } from './stage.js';
import { optimiserStep } from './supervised.js';
import { trainingLoop } from './training-loop.js';

const END_OF_TEXT = '<|endoftext|>';
const END_OF_TURN = '<|im_end|>';
const SPECIAL_TOKENS = [END_OF_TEXT, '<|im_start|>', END_OF_TURN];

/** The words of a document, for making the vocabulary. */
function textsOf(document: PretrainingDocument): readonly string[] {
  return document.kind === 'text' ? [document.text] : [document.question, document.trace, document.solution];
}

/** A document as it is learnt, whole: texts as they are, problems in the student's layout. */
function idsOf(document: PretrainingDocument, { tokenizer, student }: Layouts): TokenIds {
  if (document.kind === 'problem') return student.sequence(document.question, document.trace, document.solution).ids;
  const end = tokenizer.idOf(END_OF_TEXT);
  return [...tokenizer.encode(document.text), ...(end === undefined ? [] : [end])];
}

/** What transformers calls this architecture. */
function configOf({ architecture }: StageOf<'pretrain'>, { tokenizer }: Pick<Layouts, 'tokenizer'>) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: tokenizer.vocabularySize,
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

/** Of all steps, those of earlier processes too: the sum of the metric. */
async function cutDocuments(context: StageContext): Promise<number> {
  let cut = 0;
  for await (const { value } of readJsonl(context.directory.path(METRICS_FILE))) cut += Number(value.cut);
  return cut;
}

export async function pretrain(context: StageContext, stage: StageOf<'pretrain'>): Promise<StageFacts> {
  const { corpus, vocabulary, architecture } = stage;
  const seed = stageSeed(context.seed, context.name, 'corpus');
  const options = { shares: corpus.shares, mix: corpus.traces, largest: corpus.largest, countdown: corpus.countdown };
  const documentAt = (index: number) => pretrainingDocumentAt(seed, index, options);

  const initial = context.directory.path('initial');
  const made = trainTokenizer({
    texts: Array.from({ length: vocabulary.documents }, (_, index) => textsOf(documentAt(index))).flat(),
    vocabularySize: vocabulary.size,
    specialTokens: [...SPECIAL_TOKENS, ...allTags(context.format)],
    eosToken: END_OF_TURN,
    padToken: END_OF_TEXT,
    contextTokens: architecture.contextTokens,
  });
  const tokenizerFiles = context.directory.path('tokenizer');
  await writeTokenizer(tokenizerFiles, made);
  const layouts = await layoutsIn(context, { directory: tokenizerFiles });
  const config = configOf(stage, layouts);
  await writeRandomModel(
    initial,
    architectureOf(config, 'the recipe'),
    stageSeed(context.seed, context.name, 'initialise'),
    tokenizerFiles,
  );
  const policy = await context.engine.train({ directory: initial });

  const longest = Math.min(stage.maxTokens, architecture.contextTokens);
  const prepare = (step: number) => {
    const documents = Array.from({ length: stage.batch }, (_, i) => idsOf(documentAt(step * stage.batch + i), layouts));
    const kept = documents.map((ids) => ids.slice(0, longest));
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
    save: (directory) => policy.saveState(`${directory}/policy`),
    restore: (directory) => policy.restoreState(`${directory}/policy`),
    async body(step) {
      const { sequences, weights, cut } = prepared?.step === step ? prepared : prepare(step);
      const computing = policy.accumulate(sequences, callOptions(context));
      // The next documents are drawn while the engine computes these.
      prepared = step + 1 < stage.steps ? prepare(step + 1) : undefined;
      const logProbs = await computing;
      const loss = sftLoss(weights, logProbs);
      const update = await optimiserStep(policy, stage.optimiser, step, stage.steps);
      return {
        metrics: { ...updateMetrics({ loss, ...update }), cut },
        tokens: sequences.reduce((total, { ids }) => total + ids.length, 0),
      };
    },
  });
  await policy.save(context.directory.path('model'));
  const { parameters } = policy.facts;
  await policy.close();
  const documents = stage.steps * stage.batch;
  const cut = await cutDocuments(context);
  if (cut > 0) context.note(`cut ${cut} of ${documents} documents: longer than ${stage.maxTokens} tokens`);
  return { parameters, vocabulary: layouts.tokenizer.vocabularySize, documents, cut };
}
