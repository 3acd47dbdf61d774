/**
 * Group relative policy optimisation (METHOD, "Stages": RL of the teacher; cold-started RL): sample a group of completions for each of
 * some prompts, reward each, compare it with its group, take one step on the batch. Teaching and reinforcement differ in
 * their prompts and rewards only.
 */
import { Cursor } from '../data/cursor.js';
import type { Completion, FrozenCopy, Policy, SampleRequest, SamplingSettings } from '../engine/engine.js';
import { InputError, UnsupportedError, UsageError } from '../errors.js';
import { type AdvantageSettings, groupAdvantage } from '../method/advantage.js';
import { completionMetrics, groupMetrics, type Metrics, updateMetrics } from '../method/metrics.js';
import { type ReferenceSettings, referenceUpdate } from '../method/reference.js';
import { grpoWeights } from '../method/weights.js';
import type { OptimiserBlock, SamplingBlock } from '../recipe/settings.js';
import { stageKey, stageSeed } from '../run/seeds.js';
import type { TokenIds } from '../text/tokens.js';
import { callOptions, type StageContext } from './stage.js';
import { Stopwatch } from './stopwatch.js';
import { optimiserStep } from './supervised.js';
import { parseCursorState, type StepOutcome, trainingLoop } from './training-loop.js';

/** A problem as it is asked. */
export interface Prompt<Item> {
  readonly id: string;
  readonly item: Item;
  readonly ids: TokenIds;
  /** Longest completion that the models can hold. */
  readonly room: number;
}

export interface GroupSettings {
  readonly steps: number;
  readonly prompts: number;
  readonly samples: number;
  readonly sampling: SamplingBlock;
  readonly maxPromptTokens: number;
  readonly advantage: AdvantageSettings;
  readonly beta: number;
  readonly normalisation: 'sequence' | 'token';
  readonly reference: ReferenceSettings;
  readonly optimiser: OptimiserBlock;
  readonly checkpointEvery: number;
}

/** Rewards of the completions of a batch, with what is worth logging. */
export type Judge<Item> = (
  prompts: readonly Prompt<Item>[],
  completions_PG: readonly (readonly Completion[])[],
  step: number,
) => Promise<{
  readonly rewards_PG: readonly (readonly number[])[];
  readonly metrics: Metrics;
  readonly tokens: number;
}>;

export function samplingSettings(block: SamplingBlock, stopIds: TokenIds, room: number): SamplingSettings {
  const { temperature, topP, topK, minP, maxTokens } = block;
  return { temperature, topP, topK, minP, maxTokens: Math.min(maxTokens, room), stopIds };
}

/** @throws {UnsupportedError} when the engine did not report log-probs at the sampling temperature */
export function temperedLogProbs({ logProbs }: Completion): Float32Array {
  if (logProbs.of === 'tempered') return logProbs.values;
  throw new UnsupportedError('the engine reports no log-probs at the sampling temperature');
}

/** Prompts that fit; those that don't are counted and reported. Throws InputError where none is left. */
export async function fittingPrompts<Item>(
  context: StageContext,
  prompts: readonly Prompt<Item>[],
  maxPromptTokens: number,
): Promise<readonly Prompt<Item>[]> {
  const kept = prompts.filter(({ ids, room }) => ids.length <= maxPromptTokens && room >= 1);
  const tooLong = prompts.length - kept.length;
  await context.directory.event('prompts', { kept: kept.length, tooLong });
  if (tooLong > 0) context.note(`left out ${tooLong} of ${prompts.length} problems: too long`);
  if (kept.length === 0) {
    throw new InputError(
      `none of ${prompts.length} problems fits: each is longer than ${maxPromptTokens} tokens or than the context of its model`,
      {
        stage: context.name,
        remedy: 'Raise maxPromptTokens, shorten the problems, or choose a model of a longer context.',
      },
    );
  }
  return kept;
}

/**
 * Trains `policy` on its own completions. The temperature of sampling is that of the loss. Returns how many problems were
 * asked and left out.
 */
export async function optimiseGroups<Item>(
  context: StageContext,
  policy: Policy,
  prompts: readonly Prompt<Item>[],
  stopIds: TokenIds,
  settings: GroupSettings,
  judge: Judge<Item>,
): Promise<{ readonly problems: number; readonly tooLong: number }> {
  const { sampling, beta } = settings;
  const { temperature } = sampling;
  if (temperature === 0) {
    throw new UsageError('completions of one prompt are all equal at temperature 0: there is nothing to prefer', {
      stage: context.name,
      field: 'sampling.temperature',
      remedy: 'Set it above 0; the paper has 0.7.',
    });
  }
  const options = callOptions(context);
  const seed = stageSeed(context.seed, context.name, 'shuffle');
  const kept = await fittingPrompts(context, prompts, settings.maxPromptTokens);
  // The reference begins as the policy before its first step.
  const reference: FrozenCopy | undefined = beta === 0 ? undefined : await policy.freeze();
  let cursor = new Cursor(kept, { seed, lastBatch: 'fill' });

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
    const completions_PG = await stopwatch.time('sampling', () => policy.sample(requests, options));
    const { rewards_PG, metrics, tokens } = await stopwatch.time('scoring', () => judge(batch, completions_PG, index));

    const groups_P = rewards_PG.map((rewards_G) => groupAdvantage(rewards_G, settings.advantage));
    const samples_N = completions_PG.flatMap((completions_G, p) =>
      completions_G.map((completion, g) => ({
        completion,
        prompt: (batch[p] as Prompt<Item>).ids,
        advantage: groups_P[p]?.advantages_G[g] as number,
      })),
    );
    const sequences_N = samples_N.map(({ completion, prompt }) => ({
      ids: [...prompt, ...completion.ids],
      positions: completion.ids.map((_, t) => prompt.length + t),
      temperature,
    }));
    const reference_N =
      reference && (await stopwatch.time('reference', () => reference.logProbs(sequences_N, options)));
    // One update a batch: the log-probs of sampling are those of the policy that is updated (ratio 1).
    const { weights_NT, ...loss } = grpoWeights(
      samples_N.map(({ completion, advantage }, n) => {
        const referenced = reference_N?.[n];
        return {
          advantage,
          logProbs: temperedLogProbs(completion),
          ...(referenced === undefined ? {} : { reference: referenced }),
        };
      }),
      { beta, normalisation: settings.normalisation },
    );
    const update = await stopwatch.time('update', async () => {
      await policy.accumulate(
        sequences_N.map((sequence, n) => ({ ...sequence, weights: weights_NT[n] ?? [] })),
        options,
      );
      return optimiserStep(policy, settings.optimiser, index, settings.steps);
    });
    const share = reference === undefined ? undefined : referenceUpdate(index + 1, settings.reference);
    if (reference !== undefined && share !== undefined) {
      await stopwatch.time('reference', () => policy.blendInto(reference, share));
    }

    const completions = samples_N.map(({ completion }) => ({
      logProbs: temperedLogProbs(completion),
      ended: completion.ended === 'stop',
    }));
    return {
      metrics: {
        ...metrics,
        ...groupMetrics(groups_P),
        ...completionMetrics(completions),
        ...updateMetrics({ ...loss, ...update }),
      },
      tokens: tokens + sequences_N.reduce((total, { ids }) => total + ids.length, 0),
      phases: stopwatch.phases,
    };
  }

  await trainingLoop(context, {
    steps: settings.steps,
    checkpointEvery: settings.checkpointEvery,
    state: () => cursor.state,
    parse: parseCursorState,
    async save(directory) {
      await policy.saveState(`${directory}/policy`);
      await reference?.saveState(`${directory}/reference`);
    },
    async restore(directory, state) {
      await policy.restoreState({ kind: 'directory', directory: `${directory}/policy` });
      await reference?.restoreState({ kind: 'directory', directory: `${directory}/reference` });
      cursor = new Cursor(kept, { seed, lastBatch: 'fill', state });
    },
    body: step,
  });
  await reference?.close();
  return { problems: kept.length, tooLong: prompts.length - kept.length };
}
