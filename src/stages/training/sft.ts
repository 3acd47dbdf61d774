/** Supervised fine-tuning, shared by warm-up and distillation, which differ only in their examples. */
import { z } from 'zod';
import { checkArguments, listArgument } from '../../call-arguments.js';
import { Cursor } from '../../data/cursor.js';
import { firstOf, type Sequence } from '../../data/sequences/sequence.js';
import { type CallOptions, longestSequence, type Policy, type WeightedSequence } from '../../engine/engine.js';
import { InputError } from '../../errors.js';
import { type Metrics, updateMetrics } from '../../method/metrics.js';
import { sftLoss, sftWeights } from '../../method/weights.js';
import { stageSeed } from '../../run/seeds.js';
import { positionsOf, type Span } from '../../text/spans.js';
import type { TokenIds } from '../../text/tokens.js';
import { callOptions, type StageContext } from '../definition/stage.js';
import { type Fitting, leftOutNotes } from '../left-out.js';
import { readThrough } from '../reading.js';
import { supervisedSteps } from '../supervised.js';
import { parseCursorState, trainingLoop } from './loop.js';
import {
  OPTIMISER_ARGUMENT,
  type OptimiserSettings,
  POLICY_ARGUMENT,
  STEP_ARGUMENT,
  type StepPlace,
  updatePolicy,
} from './optimiser.js';

/** A sequence and the tokens in it that are trained on. */
export interface SftExample {
  /** Id of the problem, for messages. */
  readonly id: string;
  /** The whole sequence, in token ids of the policy. */
  readonly ids: TokenIds;
  /** Spans of `ids` that are trained on; the other tokens are only read. */
  readonly spans: readonly Span[];
}

export interface SupervisedSettings {
  readonly epochs: number;
  readonly steps: number | null;
  readonly minSteps: number | null;
  readonly maxSteps: number | null;
  readonly batch: number;
  readonly normalisation: 'token' | 'sequence';
  readonly maxTokens: number;
  readonly optimiser: OptimiserSettings;
  readonly checkpointEvery: number;
}

/**
 * The examples that fit; the others are counted and reported.
 * @throws {InputError} when no example fits
 */
export async function fitting(
  context: StageContext,
  examples: Sequence<SftExample>,
  maxTokens: number,
): Promise<{ readonly kept: Sequence<SftExample>; readonly tooLong: number }> {
  const kept = await readThrough(context, examples, (example) => isFitting(example, maxTokens));
  const tooLong = examples.length - kept.length;
  await context.directory.event('examples', { kept: kept.length, tooLong });
  const found = { of: examples.length, tooLong };
  for (const note of requireFitting(context.name, found, maxTokens, examples)) context.note(note);
  return { kept, tooLong };
}

/** What can be read of an item: undefined where its texts are far too long to be encoded. */
type Readable = SftExample | undefined;

export const isFitting = (example: Readable, maxTokens: number): boolean =>
  example !== undefined && example.ids.length <= maxTokens;

/**
 * How many examples are left out, in words; none where all fit.
 * @throws {InputError} when no example fits
 */
export function requireFitting(
  stage: string,
  found: Fitting,
  maxTokens: number,
  examples: Sequence<Readable>,
): readonly string[] {
  const { of, tooLong } = found;
  if (tooLong < of) return leftOutNotes(found, 'examples', `longer than ${maxTokens} tokens`);
  throw new InputError(`none of ${of} examples can be used: ${of} are longer than ${maxTokens} tokens`, {
    stage,
    remedy: tooLongRemedy(promptTokens(examples), maxTokens),
  });
}

/** Examples that show what is too long where none fits: to encode all would take long. */
const LOOKED_AT = 8;

/** The tokens of the shortest prompt among the first examples: what stands before the text that is trained on. */
const promptTokens = (examples: Sequence<Readable>): number | undefined => {
  const prompts = [...firstOf(examples, LOOKED_AT)].flatMap((example) => example?.spans[0]?.start ?? []);
  return prompts.length === 0 ? undefined : Math.min(...prompts);
};

const tooLongRemedy = (prompt: number | undefined, maxTokens: number): string =>
  prompt === undefined || prompt < maxTokens
    ? "Raise maxTokens (up to the model's context), or use shorter data."
    : `Their prompts alone have ${prompt} tokens and more: raise maxTokens (up to the model's context), or shorten the system message (prompts in a recipe) or the problems.`;

/** The settings of a supervised step. */
export interface SftStepSettings {
  /** Whether every trained token of a batch has the same weight, or every sequence. */
  readonly normalisation: 'token' | 'sequence';
  readonly optimiser: OptimiserSettings;
}

const ARGUMENTS = {
  policy: POLICY_ARGUMENT,
  examples_N: listArgument('examples', 'ids', 'spans'),
  settings: z.looseObject({ normalisation: z.enum(['token', 'sequence']), optimiser: OPTIMISER_ARGUMENT }),
  at: STEP_ARGUMENT,
  options: z.looseObject({}),
};

/** What a supervised step logs. */
export interface SftStepResult {
  /** `update/loss` in nats per trained token, `update/gradientNorm` and `update/learningRate` (docs/method.md). */
  readonly metrics: Metrics;
  /** Number of tokens in the sequences, trained on or only read. */
  readonly tokens: number;
}

/**
 * One step of supervised fine-tuning on N examples: raises the mean log-prob of their trained tokens, at temperature 1.
 * If interrupted through `options`, it throws before the policy has changed.
 * @throws {UsageError} when the batch has no token to train on
 * @throws {NumericError} when a log-prob is not finite
 * @throws {InterruptedError} when `options.signal` is aborted
 */
export async function sftStep(
  policy: Policy,
  examples_N: readonly SftExample[],
  settings: SftStepSettings,
  at: StepPlace,
  options: CallOptions = {},
): Promise<SftStepResult> {
  checkArguments(
    "sftStep(policy, [{ id, ids, spans }], { normalisation: 'token', optimiser }, { step: 0, steps: 100 })",
    { policy, examples_N, settings, at, options },
    ARGUMENTS,
  );
  const positions_N = examples_N.map(({ spans }) => spans.flatMap(positionsOf));
  const weights_NT = sftWeights(
    positions_N.map(({ length }) => length),
    settings.normalisation,
  );
  const sequences_N = examples_N.map(
    ({ ids }, n): WeightedSequence => ({
      ids,
      positions: positions_N[n] ?? [],
      temperature: 1,
      weights: weights_NT[n] ?? [],
    }),
  );
  const { logProbs, ...update } = await updatePolicy(policy, sequences_N, settings.optimiser, at, options);
  return {
    metrics: updateMetrics({ loss: sftLoss(weights_NT, logProbs), ...update }),
    tokens: examples_N.reduce((total, { ids }) => total + ids.length, 0),
  };
}

/** Fine-tunes a policy on examples, in shuffled batches. Returns how many examples were used and left out. */
export async function supervise(
  context: StageContext,
  policy: Policy,
  examples: Sequence<SftExample>,
  settings: SupervisedSettings,
): Promise<{ readonly examples: number; readonly tooLong: number }> {
  const { kept, tooLong } = await fitting(context, examples, Math.min(settings.maxTokens, longestSequence(policy)));
  const steps = supervisedSteps(settings, kept.length);
  const seed = stageSeed(context.seed, context.name, 'shuffle');
  let cursor = new Cursor(kept, { seed });
  await trainingLoop(context, {
    steps,
    checkpointEvery: settings.checkpointEvery,
    state: () => cursor.state,
    parse: parseCursorState,
    models: () => ({ policy }),
    rewind(state) {
      cursor = new Cursor(kept, { seed, state });
    },
    async body(step) {
      const batch = cursor.next(settings.batch);
      const { metrics, tokens } = await sftStep(policy, batch, settings, { step, steps }, callOptions(context));
      return {
        metrics: { ...metrics, epoch: cursor.state.epoch + cursor.state.position / kept.length },
        tokens,
      };
    },
  });
  return { examples: kept.length, tooLong };
}
