/** The metrics that a training step logs, under the names that docs/method.md explains. */

import { type Place, UsageError } from '../errors.js';
import type { GroupAdvantage } from './advantage.js';
import { aList, aNumber, listOf, objectWith, optional, requireArguments, trueOrFalse } from './arguments.js';
import type { Reward, RewardSettings, RewardTerm } from './reward.js';
import { finite, type LogProbs, maximum, mean, sum } from './statistics.js';

const TERM = objectWith({ value: aNumber, parts: aList });
/** A reward, for calls without types. */
const REWARD = objectWith({ total: aNumber, solution: TERM, kl: TERM, penalty: aNumber, penalties: objectWith({}) });

/** Values by metric name. Names are paths, the most general part first. */
export type Metrics = Readonly<Record<string, number>>;

/**
 * Means over a batch of explanations of the reward, its terms, and each part before its coefficient: `reward`,
 * `reward/solution`, `reward/solution/mean`, `reward/kl`, `reward/kl/max`, `reward/penalty`, ...; and the share of
 * explanations with each penalty: `penalized/missingEndTag`, ... All rewards were computed with these settings.
 * @throws {UsageError} when there are no rewards
 */
export function rewardMetrics(rewards: readonly Reward[], settings: RewardSettings): Metrics {
  requireArguments('rewardMetrics([explanationReward(input, settings)], settings)', {
    rewards: [rewards, listOf(REWARD)],
    settings: [settings, objectWith({ penalties: objectWith({}) })],
  });
  requireSome(rewards.length, 'rewards');
  const metrics: Record<string, number> = {
    reward: mean(rewards.map((reward) => reward.total)),
    ...termMetrics(
      'reward/solution',
      rewards.map((reward) => reward.solution),
    ),
    ...termMetrics(
      'reward/kl',
      rewards.map((reward) => reward.kl),
    ),
    'reward/penalty': mean(rewards.map((reward) => reward.penalty)),
  };
  for (const fault of Object.keys(settings.penalties)) {
    const hit = rewards.filter((reward) => Object.hasOwn(reward.penalties, fault));
    metrics[`penalized/${fault}`] = hit.length / rewards.length;
  }
  return metrics;
}

function termMetrics(name: string, terms: readonly RewardTerm[]): Metrics {
  const metrics: Record<string, number> = { [name]: mean(terms.map((term) => term.value)) };
  for (const part of new Set(terms.flatMap((term) => term.parts.map(({ reduction }) => reduction)))) {
    const values = terms.flatMap((term) => term.parts.filter(({ reduction }) => reduction === part));
    metrics[`${name}/${part}`] = mean(values.map(({ value }) => value));
  }
  return metrics;
}

/**
 * One reward as trace files keep it: `total` and its parts, `solution`, `solution/mean`, `kl`, `kl/max`, `penalty`, ...
 */
export interface RewardRecord {
  readonly total: number;
  readonly [part: string]: number;
}

/**
 * The parts of `rewardMetrics` for one reward; each penalty that applied is under `penalty/missingEndTag` and the like.
 */
export function rewardRecord(reward: Reward): RewardRecord {
  requireArguments('rewardRecord(explanationReward(input, settings))', {
    reward: [reward, REWARD],
  });
  const { total, solution, kl, penalty, penalties } = reward;
  const record: Record<string, number> & { total: number } = { total };
  const add = (name: string, { value, parts }: RewardTerm): void => {
    record[name] = value;
    for (const part of parts) record[`${name}/${part.reduction}`] = part.value;
  };
  add('solution', solution);
  add('kl', kl);
  record.penalty = penalty;
  for (const [fault, amount] of Object.entries(penalties)) record[`penalty/${fault}`] = amount;
  return record;
}

/** As `rewardMetrics`, from the rewards as a trace file keeps them. */
export function recordedRewardMetrics(records: readonly RewardRecord[], settings: RewardSettings): Metrics {
  requireSome(records.length, 'rewards');
  const metrics: Record<string, number> = { reward: mean(records.map(({ total }) => total)) };
  const parts = new Set(records.flatMap((record) => Object.keys(record)));
  for (const part of parts) {
    if (part === 'total' || part.startsWith('penalty/')) continue;
    metrics[`reward/${part}`] = mean(records.flatMap((record) => record[part] ?? []));
  }
  for (const fault of Object.keys(settings.penalties)) {
    const hit = records.filter((record) => Object.hasOwn(record, `penalty/${fault}`));
    metrics[`penalized/${fault}`] = hit.length / records.length;
  }
  return metrics;
}

/** Rewards come from 32-bit log-probs: a spread below this is rounding, between completions that are the same. */
const EQUAL_REWARDS = 1e-6;

/**
 * `groups/std`, the mean over groups of the standard deviation of a group's rewards; `groups/zeroStd`, the share of
 * groups with all rewards equal, which teach nothing; `advantage/largest`, the largest absolute advantage.
 * @throws {UsageError} when there are no groups
 */
export function groupMetrics(groups_P: readonly GroupAdvantage[]): Metrics {
  requireArguments('groupMetrics([groupAdvantage(rewards_G)])', {
    groups_P: [groups_P, listOf(objectWith({ advantages_G: aList, std: aNumber }))],
  });
  requireSome(groups_P.length, 'groups');
  return {
    'groups/std': mean(groups_P.map((group) => group.std)),
    'groups/zeroStd': groups_P.filter((group) => group.std <= EQUAL_REWARDS).length / groups_P.length,
    'advantage/largest': maximum(groups_P.map((group) => maximum(group.advantages_G.map(Math.abs)))),
  };
}

/** One completion, as far as its metrics go. */
export interface CompletionFacts {
  /** Of the sampled tokens, at the sampling temperature. */
  readonly logProbs: LogProbs;
  /** Whether it ended by itself rather than at a limit. */
  readonly ended: boolean;
}

/**
 * `completion/tokens` and `completion/longest`, the mean and the largest length; `completion/ended`, the share that
 * ended by itself; `completion/negLogProb`, the mean of -log p over all tokens, in nats: an unbiased estimate of the
 * policy's entropy per token if the whole distribution was sampled from.
 * @throws {NumericError} when a log-prob is not finite, naming completion and token
 * @throws {UsageError} when there are no completions
 */
export function completionMetrics(completions: readonly CompletionFacts[], place: Place = {}): Metrics {
  requireArguments('completionMetrics([{ logProbs, ended: true }])', {
    completions: [completions, listOf(objectWith({ logProbs: aList, ended: trueOrFalse }))],
  });
  requireSome(completions.length, 'completions');
  const lengths = completions.map((completion) => completion.logProbs.length);
  const tokens = sum(lengths);
  const sums = completions.map((completion, sample) =>
    sum(finite(completion.logProbs, 'logProbs', { ...place, sample })),
  );
  const metrics: Record<string, number> = {
    'completion/tokens': mean(lengths),
    'completion/longest': maximum(lengths),
    'completion/ended': completions.filter((completion) => completion.ended).length / completions.length,
  };
  if (tokens > 0) metrics['completion/negLogProb'] = -sum(sums) / tokens;
  return metrics;
}

/** What an explanation holds that students are not meant to read. */
export interface ExplanationFlaws {
  /** Tokens after the end tag. */
  readonly trailingTokens: number;
  /** Tags of the teacher's format inside the explanation. */
  readonly strayTags: number;
  /** Control tokens inside the explanation. */
  readonly controlTokens: number;
}

/**
 * Shares of explanations with at least one flaw of a kind: `explanation/trailing`, `explanation/strayTags`,
 * `explanation/controlTokens`.
 * @throws {UsageError} when there are no explanations
 */
export function explanationMetrics(flaws: readonly ExplanationFlaws[]): Metrics {
  requireArguments('explanationMetrics([{ trailingTokens: 0, strayTags: 0, controlTokens: 0 }])', {
    flaws: [flaws, listOf(objectWith({ trailingTokens: aNumber, strayTags: aNumber, controlTokens: aNumber }))],
  });
  requireSome(flaws.length, 'explanations');
  const share = (count: (one: ExplanationFlaws) => number): number =>
    flaws.filter((one) => count(one) > 0).length / flaws.length;
  return {
    'explanation/trailing': share(({ trailingTokens }) => trailingTokens),
    'explanation/strayTags': share(({ strayTags }) => strayTags),
    'explanation/controlTokens': share(({ controlTokens }) => controlTokens),
  };
}

/** One optimiser step; from `kl` on, what `grpoWeights` returns. */
export interface UpdateFacts {
  readonly loss: number;
  /** Before clipping. Undefined where the engine does not report it. */
  readonly gradientNorm?: number | undefined;
  readonly learningRate: number;
  /** Mean k3 to the reference over all tokens, in nats. */
  readonly kl?: number | undefined;
  readonly clippedLow?: number | undefined;
  readonly clippedHigh?: number | undefined;
  /** Known only with PPO clipping, as is `samplingKl`. */
  readonly ratio?: number | undefined;
  readonly samplingKl?: number | undefined;
}

/** In the order in which they are logged. */
const UPDATE_METRICS = [
  'loss',
  'gradientNorm',
  'learningRate',
  'kl',
  'clippedLow',
  'clippedHigh',
  'ratio',
  'samplingKl',
] as const satisfies readonly (keyof UpdateFacts)[];

const UPDATE = objectWith({
  ...Object.fromEntries(UPDATE_METRICS.map((name) => [name, optional(aNumber)])),
  loss: aNumber,
  learningRate: aNumber,
});

/**
 * `update/loss`, `update/learningRate` and, where known, the other facts under their names. For several updates on one
 * batch of samples, each metric is the mean over the updates; it is absent unless every update has it.
 * @throws {UsageError} when there are no updates
 */
export function updateMetrics(...updates: readonly UpdateFacts[]): Metrics {
  requireArguments('updateMetrics({ loss, learningRate })', { updates: [updates, listOf(UPDATE)] });
  requireSome(updates.length, 'updates');
  const metrics: Record<string, number> = {};
  for (const name of UPDATE_METRICS) {
    const values = updates.map((update) => update[name]).filter((value) => value !== undefined);
    const [only] = values;
    if (only === undefined || values.length < updates.length) continue;
    metrics[`update/${name}`] = values.length === 1 ? only : mean(values);
  }
  return metrics;
}

function requireSome(count: number, what: string): void {
  if (count === 0) throw new UsageError(`metrics of 0 ${what}; expected at least one`);
}
