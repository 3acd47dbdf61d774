/**
 * Reinforcement learning as the paper trains its teacher and its cold-started students: sample a group of completions
 * for each prompt of a batch, reward them, take a GRPO step, update the reference. The stages teach and reinforce
 * differ only in their prompts and rewards.
 */
import pLimit from 'p-limit';
import { Cursor } from '../../data/cursor.js';
import type { Completion, FrozenCopy, Policy, SampleRequest, SamplingSettings } from '../../engine/engine.js';
import { InputError, UsageError } from '../../errors.js';
import type { Metrics } from '../../method/metrics.js';
import { type ReferenceSettings, referenceUpdate } from '../../method/reference.js';
import { zip } from '../../method/zip.js';
import { type RecordingSettings, RolloutRecorder } from '../../run/rollouts.js';
import { stageKey, stageSeed } from '../../run/seeds.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import type { TokenIds } from '../../text/tokens.js';
import { type Fitting, leftOutNotes } from '../left-out.js';
import type { LoraBlock, SamplingBlock } from '../settings.js';
import { callOptions, type Requirement, type StageContext } from '../stage.js';
import { type GrpoStepSettings, grpoStep } from './grpo-step.js';
import { parseCursorState, type StepOutcome, trainingLoop } from './loop.js';
import { trainingRequirements } from './optimiser.js';
import { type RecordedGroup, type RolloutDetail, recordedBytes, rolloutRows } from './recording.js';
import { Stopwatch } from './stopwatch.js';

/** A problem as a prompt for a model. */
export interface Prompt<Item> {
  readonly id: string;
  readonly item: Item;
  readonly ids: TokenIds;
  /** Longest completion that fits the contexts of the models. */
  readonly room: number;
}

/** The completions of one prompt. */
export interface CompletionGroup<Item> {
  readonly prompt: Prompt<Item>;
  readonly completions_G: readonly Completion[];
}

/** The rewards of a group, and the detail that its metrics are computed from. */
export interface Rewards<Detail> {
  readonly rewards_G: readonly number[];
  readonly detail: Detail;
}

export interface GroupReward<Item, Detail> {
  /**
   * Whether each group is rewarded as soon as it has been sampled, or all groups of a step in one call. Timing never
   * changes what is computed together.
   */
  readonly asTheyFinish: boolean;
  reward(groups: readonly CompletionGroup<Item>[], step: number): Promise<readonly Rewards<Detail>[]>;
  /** The policy's tokenizer, for the text of what is recorded. */
  readonly tokenizer: Tokenizer;
  /** What is recorded of groups beside what all groups have, [p][g]. Called before the update, for recorded groups only. */
  record(
    groups_P: readonly CompletionGroup<Item>[],
    details_P: readonly Detail[],
  ): Promise<readonly (readonly RolloutDetail[])[]>;
  /** Metrics of a step's groups, and the number of tokens computed to reward them. */
  metrics(details_P: readonly Detail[], step: number): Promise<{ readonly metrics: Metrics; readonly tokens: number }>;
}

export interface GroupSettings extends Omit<GrpoStepSettings, 'temperature'> {
  readonly steps: number;
  readonly prompts: number;
  readonly samples: number;
  readonly sampling: SamplingBlock;
  readonly maxPromptTokens: number;
  readonly reference: ReferenceSettings;
  readonly checkpointEvery: number;
  readonly rollouts: RecordingSettings | null;
}

export function samplingSettings(block: SamplingBlock, stopIds: TokenIds, room: number): SamplingSettings {
  const { temperature, topP, topK, minP, maxTokens } = block;
  return { temperature, topP, topK, minP, maxTokens: Math.min(maxTokens, room), stopIds };
}

/**
 * The prompts that fit; the others are counted and reported.
 * @throws {InputError} when no prompt fits
 */
export async function fittingPrompts<Item>(
  context: StageContext,
  prompts: readonly Prompt<Item>[],
  maxPromptTokens: number,
): Promise<readonly Prompt<Item>[]> {
  const kept = prompts.filter((prompt) => isFitting(prompt, maxPromptTokens));
  const tooLong = prompts.length - kept.length;
  await context.directory.event('prompts', { kept: kept.length, tooLong });
  const found = { of: prompts.length, tooLong };
  for (const note of requireFittingPrompts(context.name, found, maxPromptTokens)) context.note(note);
  return kept;
}

/** Whether a prompt is short enough, and leaves room for a completion. */
export const isFitting = ({ ids, room }: Pick<Prompt<unknown>, 'ids' | 'room'>, maxPromptTokens: number): boolean =>
  ids.length <= maxPromptTokens && room >= 1;

/**
 * How many prompts are left out, in words; none where all fit.
 * @throws {InputError} when no prompt fits
 */
export function requireFittingPrompts(stage: string, found: Fitting, maxPromptTokens: number): readonly string[] {
  if (found.tooLong < found.of) return leftOutNotes(found, 'problems', 'too long');
  throw new InputError(
    `none of ${found.of} problems fits: each is longer than ${maxPromptTokens} tokens or than a model's context`,
    {
      stage,
      remedy: 'Raise maxPromptTokens, shorten the problems, or choose a model with a longer context.',
    },
  );
}

/** What a stage that trains by GRPO requires of its policy's engine. */
export function policyGradientRequirements(
  stage: Pick<GroupSettings, 'sampling' | 'beta' | 'reference' | 'optimiser'> & { readonly lora: LoraBlock },
  model: string,
): Requirement[] {
  const { sampling, beta, reference } = stage;
  const needs: Requirement[] = [
    ...trainingRequirements(stage, model),
    { need: 'sampling', model, field: 'sampling' },
    { need: 'log-probs', model, temperature: sampling.temperature, field: 'sampling.temperature' },
  ];
  if (beta === 0) return needs;
  needs.push({ need: 'frozen copy', model, field: 'beta' });
  if (reference.update === 'blend' && reference.share < 1) {
    needs.push({ need: 'blending', model, field: 'reference.update' });
  }
  return needs;
}

/**
 * Trains `policy` on its own completions. Sampling and loss use the same temperature. Returns how many problems were
 * used and left out.
 * @throws {UsageError} when the sampling temperature is 0
 * @throws {InputError} when no prompt fits
 */
export async function optimiseGroups<Item, Detail>(
  context: StageContext,
  policy: Policy,
  prompts: readonly Prompt<Item>[],
  stopIds: TokenIds,
  settings: GroupSettings,
  reward: GroupReward<Item, Detail>,
): Promise<{ readonly problems: number; readonly tooLong: number }> {
  const { sampling, beta, rollouts } = settings;
  const { temperature } = sampling;
  if (temperature === 0) {
    throw new UsageError(
      'at temperature 0 all completions of a prompt are the same, so there is nothing to learn from',
      {
        stage: context.name,
        field: 'sampling.temperature',
        remedy: 'Set it above 0; the paper uses 0.7.',
      },
    );
  }
  const options = callOptions(context);
  const seed = stageSeed(context.seed, context.name, 'shuffle');
  const kept = await fittingPrompts(context, prompts, settings.maxPromptTokens);
  // The reference starts as a copy of the policy before its first step.
  let reference: FrozenCopy | undefined = beta === 0 ? undefined : await policy.freeze();
  let cursor = new Cursor(kept, { seed, lastBatch: 'fill' });
  let recorder: RolloutRecorder | null = null;

  async function step(index: number): Promise<StepOutcome> {
    const stopwatch = new Stopwatch();
    const batch = cursor.next(settings.prompts);
    const requests = batch.map(
      ({ id, ids, room }, p): SampleRequest => ({
        prompt: ids,
        count: settings.samples,
        settings: samplingSettings(sampling, stopIds, room),
        key: stageKey(context.seed, context.name, 'sample', index, p, id),
      }),
    );
    const { groups_P, rewarded_P } = await sampleAndReward(context, policy, batch, requests, reward, index, stopwatch);
    const { metrics, tokens } = await reward.metrics(
      rewarded_P.map(({ detail }) => detail),
      index,
    );

    const recorded_P = await stopwatch.time('recording', async () => {
      recorder ??= rollouts && (await RolloutRecorder.open(context.directory.rollouts, rollouts, settings.steps));
      return await recordedGroups(recorder, index, groups_P, rewarded_P, reward);
    });
    const update = await grpoStep(
      { policy, reference },
      groups_P.map(({ prompt, completions_G }, p) => ({
        prompt: prompt.ids,
        completions_G,
        rewards_G: rewarded_P[p]?.rewards_G ?? [],
      })),
      { ...settings, temperature },
      { step: index, steps: settings.steps },
      options,
      (phase, work) => stopwatch.time(phase, work),
    );
    await stopwatch.time('recording', async () => {
      await recorder?.write('step', index, rolloutRows(reward.tokenizer, index, recorded_P, update.samples_N));
    });
    const share = reference === undefined ? undefined : referenceUpdate(index + 1, settings.reference);
    if (share !== undefined) reference = await stopwatch.time('reference', () => followed(policy, reference, share));
    return {
      metrics: { ...metrics, ...update.metrics },
      tokens: tokens + update.tokens,
      phases: stopwatch.phases,
    };
  }

  await trainingLoop(context, {
    steps: settings.steps,
    checkpointEvery: settings.checkpointEvery,
    state: () => cursor.state,
    parse: parseCursorState,
    models: () => ({ policy, ...(reference === undefined ? {} : { reference }) }),
    rewind(state) {
      cursor = new Cursor(kept, { seed, lastBatch: 'fill', state });
    },
    body: step,
  });
  await reference?.close();
  return { problems: kept.length, tooLong: prompts.length - kept.length };
}

/** The reference, moved towards the policy by `share`. A share of 1 is a frozen copy, which every engine supports. */
async function followed(
  policy: Policy,
  reference: FrozenCopy | undefined,
  share: number,
): Promise<FrozenCopy | undefined> {
  if (reference === undefined) return undefined;
  if (share < 1) {
    await policy.blendInto(reference, share);
    return reference;
  }
  const copy = await policy.freeze();
  await reference.close();
  return copy;
}

/** The groups of a step that are recorded, with what the reward knows of them. */
async function recordedGroups<Item, Detail>(
  recorder: RolloutRecorder | null,
  step: number,
  groups_P: readonly CompletionGroup<Item>[],
  rewarded_P: readonly Rewards<Detail>[],
  reward: Pick<GroupReward<Item, Detail>, 'record' | 'tokenizer'>,
): Promise<readonly RecordedGroup[]> {
  const sizes_P = groups_P.map(({ prompt, completions_G }) =>
    recordedBytes(reward.tokenizer, prompt.ids, completions_G),
  );
  const count = recorder?.problems(step, sizes_P) ?? 0;
  if (count === 0) return [];
  const chosen_P = groups_P.slice(0, count);
  const chosenRewards_P = rewarded_P.slice(0, count);
  const details_PG = await reward.record(
    chosen_P,
    chosenRewards_P.map(({ detail }) => detail),
  );
  return zip(
    zip(chosen_P, chosenRewards_P, (group, { rewards_G }) => ({ ...group, rewards_G })),
    details_PG,
    (group, details_G) => ({ ...group, details_G }),
  );
}

/** Samples a group for each prompt and rewards the groups, each as it finishes or all at the end. */
async function sampleAndReward<Item, Detail>(
  context: StageContext,
  policy: Policy,
  batch: readonly Prompt<Item>[],
  requests: readonly SampleRequest[],
  reward: GroupReward<Item, Detail>,
  step: number,
  stopwatch: Stopwatch,
): Promise<{ readonly groups_P: readonly CompletionGroup<Item>[]; readonly rewarded_P: readonly Rewards<Detail>[] }> {
  const options = callOptions(context);
  const groupOf = (p: number, completions_G: readonly Completion[]): CompletionGroup<Item>[] => {
    const prompt = batch[p];
    return prompt === undefined ? [] : [{ prompt, completions_G }];
  };
  if (!reward.asTheyFinish) {
    const completions_PG = await stopwatch.time('sampling', () => policy.sample(requests, options));
    const groups_P = completions_PG.flatMap((completions_G, p) => groupOf(p, completions_G));
    return { groups_P, rewarded_P: await stopwatch.time('scoring', () => reward.reward(groups_P, step)) };
  }
  // Rewards in flight are limited to the number of calls that the engine can use.
  const limit = pLimit(Math.max(1, policy.profile.callsInFlight));
  const rewards = new Map<number, Promise<readonly Rewards<Detail>[]>>();
  const begin = (p: number, completions_G: readonly Completion[]) => {
    const rewarding = limit(() => reward.reward(groupOf(p, completions_G), step));
    // It is awaited below; until then, a rejection must not count as unhandled.
    rewarding.catch(() => undefined);
    rewards.set(p, rewarding);
    return rewarding;
  };
  const completions_PG = await stopwatch.time('sampling', () =>
    policy.sample(requests, { ...options, onCompletions: begin }),
  );
  const groups_P = completions_PG.flatMap((completions_G, p) => groupOf(p, completions_G));
  const rewarded_P = await stopwatch.time('scoring', async () => {
    const rewarded = await Promise.all(completions_PG.map((group, p) => rewards.get(p) ?? begin(p, group)));
    return rewarded.flat();
  });
  return { groups_P, rewarded_P };
}
