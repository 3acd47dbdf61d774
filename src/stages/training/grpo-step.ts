/**
 * One step of group relative policy optimisation (GRPO, arXiv 2402.03300) on groups of rewarded completions. The same
 * step trains a teacher on the reward of its explanations and a student on the correctness of its answers.
 */
import { z } from 'zod';
import { checkArguments, listArgument, objectArgument } from '../../call-arguments.js';
import type {
  CallOptions,
  Completion,
  FrozenCopy,
  Policy,
  TokenLogProbs,
  WeightedSequence,
} from '../../engine/engine.js';
import { UsageError } from '../../errors.js';
import { type AdvantageSettings, groupAdvantage } from '../../method/advantage.js';
import {
  completionMetrics,
  groupMetrics,
  type Metrics,
  type UpdateFacts,
  updateMetrics,
} from '../../method/metrics.js';
import { asLogProbs } from '../../method/statistics.js';
import { type ClipSettings, grpoWeights } from '../../method/weights.js';
import { concatIds, type TokenIds } from '../../text/tokens.js';
import { logProbsAt } from './log-probs.js';
import {
  OPTIMISER_ARGUMENT,
  type OptimiserSettings,
  POLICY_ARGUMENT,
  STEP_ARGUMENT,
  type StepPlace,
  updatePolicy,
} from './optimiser.js';

/** The settings of a step of GRPO. */
export interface GrpoStepSettings {
  /** Temperature of sampling and of the loss. */
  readonly temperature: number;
  readonly advantage: AdvantageSettings;
  /** Weight of the k3 divergence from the reference; 0 needs no reference. */
  readonly beta: number;
  readonly normalisation: 'sequence' | 'token';
  /** Optimiser steps on these completions; more than one requires `clip`. */
  readonly iterations: number;
  readonly clip: ClipSettings | null;
  readonly optimiser: OptimiserSettings;
}

const ARGUMENTS = {
  models: z.looseObject({
    policy: POLICY_ARGUMENT,
    reference: objectArgument('a frozen copy of the policy', 'logProbs').optional(),
  }),
  groups_P: listArgument('groups', 'prompt', 'completions_G', 'rewards_G'),
  settings: z
    .looseObject({
      temperature: z.number(),
      advantage: objectArgument('an object with scaleByStd and epsilon', 'scaleByStd', 'epsilon'),
      beta: z.number().min(0),
      normalisation: z.enum(['sequence', 'token']),
      iterations: z.int().min(1),
      clip: objectArgument('null or an object with low and high', 'low', 'high').nullable(),
      optimiser: OPTIMISER_ARGUMENT,
    })
    .refine(({ iterations, clip }) => iterations === 1 || clip !== null, {
      path: ['clip'],
      error: 'several iterations need a clip, since completions are not of the policy any more after the first',
    }),
  at: STEP_ARGUMENT,
  options: z.looseObject({}),
};

/** Completions of one prompt, sampled from the current policy, with their rewards. */
export interface RewardedGroup {
  readonly prompt: TokenIds;
  readonly completions_G: readonly Completion[];
  readonly rewards_G: readonly number[];
}

/** A completion as the loss saw it. */
export interface GrpoStepSample {
  readonly advantage: number;
  /** log p of its tokens under the policy that sampled it, at the sampling temperature. */
  readonly policyLogProbs: TokenLogProbs;
  /** The same under the reference, where there is one. */
  readonly referenceLogProbs: TokenLogProbs | undefined;
}

/** What a step of GRPO logs. */
export interface GrpoStepResult {
  /** Metrics of the groups, their completions and the update, named as in docs/method.md. */
  readonly metrics: Metrics;
  /** Number of tokens in the prompts and completions trained on. */
  readonly tokens: number;
  /** The completions of all groups, in order. */
  readonly samples_N: readonly GrpoStepSample[];
}

/** Runs a phase of a step (`policy`, `reference` or `update`), so that a caller can time it. */
export type TimePhase = <T>(phase: string, work: () => Promise<T>) => Promise<T>;

/**
 * Updates the policy on a batch of P groups of G completions: advantages within each group, log-probs under policy and
 * reference, loss weights, gradient, optimiser step. `at` counts batches. Without a reference, `beta` must be 0.
 * If interrupted through `options`, it throws before the policy has changed.
 * @throws {NumericError} when a reward or log-prob is not finite
 * @throws {UsageError} when a group's rewards and completions differ in number, or a reference is missing
 * @throws {InterruptedError} when `options.signal` is aborted
 */
export async function grpoStep(
  models: { readonly policy: Policy; readonly reference?: FrozenCopy | undefined },
  groups_P: readonly RewardedGroup[],
  settings: GrpoStepSettings,
  at: StepPlace,
  options: CallOptions = {},
  time: TimePhase = (_, work) => work(),
): Promise<GrpoStepResult> {
  checkArguments(
    'grpoStep({ policy }, [{ prompt, completions_G, rewards_G }], settings, { step: 0, steps: 100 })',
    { models, groups_P, settings, at, options },
    ARGUMENTS,
  );
  const { policy, reference } = models;
  const { temperature, beta, normalisation, iterations, clip } = settings;
  for (const [p, { completions_G, rewards_G }] of groups_P.entries()) {
    if (completions_G.length === rewards_G.length) continue;
    throw new UsageError(`group ${p} has ${completions_G.length} completions and ${rewards_G.length} rewards`);
  }
  const advantages_P = groups_P.map(({ rewards_G }) => groupAdvantage(rewards_G, settings.advantage));
  const samples_N = groups_P.flatMap(({ prompt, completions_G }, p) =>
    completions_G.map((completion, g) => ({
      completion,
      prompt,
      advantage: advantages_P[p]?.advantages_G[g] ?? Number.NaN,
    })),
  );
  const sequences_N = samples_N.map(({ completion, prompt }) => ({
    ids: concatIds(prompt, completion.ids),
    positions: completion.ids.map((_, t) => prompt.length + t),
    temperature,
  }));
  const known_N = samples_N.map(({ completion }) => logProbsAt(temperature, completion, temperature));
  // Log-probs from sampling are those of the policy being updated (ratio 1), unless the engine reports others or none.
  const sampled_N = known_N.every((known) => known !== undefined)
    ? known_N
    : await time('policy', () => policy.logProbs(sequences_N, options));
  const reference_N = reference && (await time('reference', () => reference.logProbs(sequences_N, options)));

  const updates: UpdateFacts[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    // Once an optimiser step has changed the policy, the batch is completed; an interruption takes effect after it.
    const stoppable = iteration === 0 ? options : {};
    const current_N = iteration === 0 ? sampled_N : await time('policy', () => policy.logProbs(sequences_N, stoppable));
    const { weights_NT, clippedLow, clippedHigh, ...loss } = grpoWeights(
      samples_N.map(({ advantage }, n) => {
        const referenced = reference_N?.[n];
        return {
          advantage,
          logProbs: current_N[n] ?? asLogProbs([]),
          ...(clip === null ? {} : { old: sampled_N[n] ?? asLogProbs([]) }),
          ...(referenced === undefined ? {} : { reference: referenced }),
        };
      }),
      { beta, normalisation, ...(clip === null ? {} : { clip }) },
    );
    const weighted_N = sequences_N.map(
      (sequence, n): WeightedSequence => ({ ...sequence, weights: weights_NT[n] ?? [] }),
    );
    const place = { step: at.step * iterations + iteration, steps: at.steps * iterations };
    const { gradientNorm, learningRate } = await time('update', () =>
      updatePolicy(policy, weighted_N, settings.optimiser, place, stoppable),
    );
    const clipped = clip === null ? {} : { clippedLow, clippedHigh };
    updates.push({ ...loss, ...clipped, gradientNorm, learningRate });
  }

  const completions = samples_N.map(({ completion: { ended } }, n) => ({
    logProbs: sampled_N[n] ?? asLogProbs([]),
    ended: ended === 'stop',
  }));
  return {
    metrics: { ...groupMetrics(advantages_P), ...completionMetrics(completions), ...updateMetrics(...updates) },
    tokens: sequences_N.reduce((total, { ids }) => total + ids.length, 0),
    samples_N: samples_N.map(({ advantage }, n) => ({
      advantage,
      policyLogProbs: sampled_N[n] ?? asLogProbs(new Float32Array()),
      referenceLogProbs: reference_N?.[n],
    })),
  };
}
