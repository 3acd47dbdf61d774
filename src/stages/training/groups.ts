/** Groups of completions: how they are sampled, rewarded and recorded, in training and on held-out problems alike. */
import pLimit from 'p-limit';
import type { Completion, Policy, SampleRequest, SamplingSettings } from '../../engine/engine.js';
import type { Metrics } from '../../method/metrics.js';
import { zip } from '../../method/zip.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import type { TokenIds } from '../../text/tokens.js';
import type { SamplingBlock } from '../definition/settings.js';
import { callOptions, type StageContext } from '../definition/stage.js';
import { type RecordedGroup, type RolloutDetail, recordedBytes } from './recording.js';
import type { Stopwatch } from './stopwatch.js';

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
  /**
   * What is recorded of groups beside what all groups have, [p][g]. Called for recorded groups only, when they are sampled:
   * it asks models what has to be asked. What is made of that and of the details of the rewards is made when it is
   * written, while an engine computes.
   */
  record(
    groups_P: readonly CompletionGroup<Item>[],
  ): Promise<(details_P: readonly Detail[]) => readonly (readonly RolloutDetail[])[]>;
  /** Metrics of groups, and the number of tokens computed to reward them. */
  metrics(details_P: readonly Detail[]): { readonly metrics: Metrics; readonly tokens: number };
  /** The metric of evaluations that says how many answers are right. */
  readonly accuracy: string;
  /** Metrics of the policy after `done` steps that cost more than its own completions; none where it is not their turn. */
  probe?(done: number): Promise<Metrics>;
  /** Tells the user what is odd about a step's groups, or stops the stage. */
  inspect?(details_P: readonly Detail[], step: number): Promise<void>;
}

export function samplingSettings(block: SamplingBlock, stopIds: TokenIds, room: number): SamplingSettings {
  const { temperature, topP, topK, minP, maxTokens } = block;
  return { temperature, topP, topK, minP, maxTokens: Math.min(maxTokens, room), stopIds };
}

/** How many groups are recorded, the first of the batch, given the upper bounds on their bytes. */
type GroupsToRecord = (bytes_P: readonly number[]) => Promise<number>;

/** What is to be recorded of groups, made of their rewards. */
type Recording<Detail> = (rewarded_P: readonly Rewards<Detail>[]) => readonly RecordedGroup[];

/** The first groups, as many as are to be recorded; undefined where none is. */
async function recordingOf<Item, Detail>(
  toRecord: GroupsToRecord,
  groups_P: readonly CompletionGroup<Item>[],
  reward: Pick<GroupReward<Item, Detail>, 'record' | 'tokenizer'>,
): Promise<Recording<Detail> | undefined> {
  const sizes_P = groups_P.map(({ prompt, completions_G }) =>
    recordedBytes(reward.tokenizer, prompt.ids, completions_G),
  );
  const count = await toRecord(sizes_P);
  if (count === 0) return undefined;
  const chosen_P = groups_P.slice(0, count);
  const details = await reward.record(chosen_P);
  return (rewarded_P) => {
    const chosenRewards_P = rewarded_P.slice(0, count);
    return zip(
      zip(chosen_P, chosenRewards_P, (group, { rewards_G }) => ({ ...group, rewards_G })),
      details(chosenRewards_P.map(({ detail }) => detail)),
      (group, details_G) => ({ ...group, details_G }),
    );
  };
}

/** Groups with their rewards, and what is to be recorded of them. */
export interface RewardedGroups<Item, Detail> {
  readonly groups_P: readonly CompletionGroup<Item>[];
  readonly rewarded_P: readonly Rewards<Detail>[];
  /** To be made when it is written; absent where nothing is recorded. */
  readonly recorded?: () => readonly RecordedGroup[];
}

/**
 * Samples a group for each prompt and rewards the groups, each as it finishes or all at the end. What the record asks of
 * models is asked before the rewards: while the engine answers, this thread prepares them.
 */
export async function sampleAndReward<Item, Detail>(
  context: StageContext,
  policy: Policy,
  batch: readonly Prompt<Item>[],
  requests: readonly SampleRequest[],
  reward: GroupReward<Item, Detail>,
  step: number,
  toRecord: GroupsToRecord,
  stopwatch: Stopwatch,
): Promise<RewardedGroups<Item, Detail>> {
  const options = callOptions(context);
  // Rewards in flight are limited to the number of calls that the engine can use.
  const limit = pLimit(Math.max(1, policy.profile.callsInFlight));
  const rewards = new Map<number, Promise<readonly Rewards<Detail>[]>>();
  const groupOf = (p: number, completions_G: readonly Completion[]): CompletionGroup<Item>[] => {
    const prompt = batch[p];
    return prompt === undefined ? [] : [{ prompt, completions_G }];
  };
  const begin = (p: number, completions_G: readonly Completion[]) => {
    const rewarding = handledLater(limit(() => reward.reward(groupOf(p, completions_G), step)));
    rewards.set(p, rewarding);
    return rewarding;
  };
  const completions_PG = await stopwatch.time('sampling', () =>
    policy.sample(requests, reward.asTheyFinish ? { ...options, onCompletions: begin } : options),
  );
  const groups_P = completions_PG.flatMap((completions_G, p) => groupOf(p, completions_G));
  const record = () => recordingOf(toRecord, groups_P, reward);
  const recording = handledLater(reward.asTheyFinish ? limit(record) : record());
  const rewarded_P = await stopwatch.time('scoring', async () => {
    if (!reward.asTheyFinish) return await reward.reward(groups_P, step);
    const rewarded = await Promise.all(completions_PG.map((group, p) => rewards.get(p) ?? begin(p, group)));
    return rewarded.flat();
  });
  const recorded = await stopwatch.time('recording', () => recording);
  return { groups_P, rewarded_P, ...(recorded === undefined ? {} : { recorded: () => recorded(rewarded_P) }) };
}

/** What is awaited later on: until then, a rejection must not count as unhandled. */
function handledLater<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined);
  return work;
}
