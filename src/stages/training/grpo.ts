/**
 * Reinforcement learning as the paper trains its teacher and its cold-started students: sample a group of completions
 * for each prompt of a batch, reward them, take a GRPO step, update the reference. The stages teach and reinforce
 * differ only in their prompts and rewards.
 */
import { Cursor } from '../../data/cursor.js';
import type { Problem } from '../../data/problem.js';
import { firstOf, type Sequence } from '../../data/sequences/sequence.js';
import type { FrozenCopy, Policy, SampleRequest } from '../../engine/engine.js';
import { InputError } from '../../errors.js';
import type { Metrics } from '../../method/metrics.js';
import { type ReferenceSettings, referenceUpdate } from '../../method/reference.js';
import { counted } from '../../printable.js';
import { type RecordingSettings, RolloutRecorder } from '../../run/rollouts.js';
import { stageKey, stageSeed } from '../../run/seeds.js';
import type { TokenIds } from '../../text/tokens.js';
import type { KeepBest } from '../definition/recording-settings.js';
import type { LoraBlock, SamplingBlock } from '../definition/settings.js';
import { callOptions, type Requirement, type StageContext } from '../definition/stage.js';
import { type Fitting, leftOutNotes } from '../left-out.js';
import { readThrough } from '../reading.js';
import { equalRewardsText } from './equal-rewards.js';
import { type GroupReward, type Prompt, sampleAndReward, samplingSettings } from './groups.js';
import { type GrpoStepSettings, grpoStep } from './grpo-step.js';
import {
  BestModel,
  evaluateHeldOut,
  type GroupState,
  type HeldOutSettings,
  heldOutName,
  isEvaluated,
  parseGroupState,
} from './held-out.js';
import { type StepOutcome, trainingLoop } from './loop.js';
import { trainingRequirements } from './optimiser.js';
import { rolloutRows } from './recording.js';
import { Stopwatch } from './stopwatch.js';

export interface GroupSettings extends Omit<GrpoStepSettings, 'temperature'> {
  readonly steps: number;
  readonly prompts: number;
  readonly samples: number;
  readonly sampling: SamplingBlock;
  readonly maxPromptTokens: number;
  readonly reference: ReferenceSettings;
  readonly checkpointEvery: number;
  readonly rollouts: RecordingSettings | null;
  readonly heldOut: HeldOutSettings | null;
  /** Steps from one kept model to the next; null keeps none. */
  readonly keepEvery: number | null;
  /** Whether the policy is left as it was at its best evaluation, and by what that is chosen. */
  readonly keepBest: KeepBest;
}

/**
 * The prompts that fit; the others are counted and reported.
 * @throws {InputError} when no prompt fits
 */
export async function fittingPrompts<Item>(
  context: StageContext,
  prompts: Sequence<Prompt<Item>>,
  maxPromptTokens: number,
): Promise<Sequence<Prompt<Item>>> {
  const kept = await readThrough(context, prompts, (prompt) => isFitting(prompt, maxPromptTokens));
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
  const why = `their prompts have more than ${maxPromptTokens} tokens (maxPromptTokens), or fill a model's context`;
  if (found.tooLong < found.of) return leftOutNotes(found, 'problems', why);
  throw new InputError(
    `none of ${found.of} problems fits: each is longer than ${maxPromptTokens} tokens or than a model's context`,
    {
      stage,
      remedy: 'Raise maxPromptTokens, shorten the problems, or choose a model with a longer context.',
    },
  );
}

/** That a step has more prompts than there are problems, which then come several times in it. */
export const repetitionNotes = (prompts: number, { of, tooLong }: Fitting): readonly string[] =>
  of - tooLong < prompts
    ? [
        `each step has ${prompts} prompts of ${counted(of - tooLong, 'problem')}, so that problems come several times in it`,
      ]
    : [];

/** The problems that a policy is evaluated on while it trains; none where none are asked for. */
export async function heldOutProblems(
  context: StageContext,
  settings: { readonly data: string; readonly problems: number | null } | null,
): Promise<Sequence<Problem>> {
  if (settings === null) return [];
  return firstOf(await context.problems(settings.data), settings.problems);
}

/** What a stage that trains by GRPO requires of its policy's engine. */
export function policyGradientRequirements(
  stage: Pick<GroupSettings, 'sampling' | 'beta' | 'reference' | 'optimiser'> & { readonly lora: LoraBlock },
  model: string,
): Requirement[] {
  const { sampling, beta, reference } = stage;
  const needs: Requirement[] = [
    ...trainingRequirements(stage, model),
    { need: 'sampling', learns: stage.lora === null ? 'weights' : 'adapter', model, field: 'sampling' },
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
 * @throws {InputError} when no prompt fits
 */
export async function optimiseGroups<Item, Detail>(
  context: StageContext,
  policy: Policy,
  prompts: { readonly training: Sequence<Prompt<Item>>; readonly heldOut: Sequence<Prompt<Item>> },
  stopIds: TokenIds,
  settings: GroupSettings,
  reward: GroupReward<Item, Detail>,
): Promise<{ readonly problems: number; readonly tooLong: number }> {
  const { sampling, beta, rollouts, heldOut, keepEvery } = settings;
  const { temperature } = sampling;
  const options = callOptions(context);
  const seed = stageSeed(context.seed, context.name, 'shuffle');
  const kept = await fittingPrompts(context, prompts.training, settings.maxPromptTokens);
  const isAsked = (prompt: Prompt<Item>): boolean => isFitting(prompt, settings.maxPromptTokens);
  const asked = [...(await readThrough(context, prompts.heldOut, isAsked))];
  const bestBy = chosenBy(settings.keepBest, reward.accuracy);
  const best = bestBy === null ? undefined : new BestModel(context, policy, bestBy);
  // The reference starts as a copy of the policy before its first step.
  let reference: FrozenCopy | undefined = beta === 0 ? undefined : await policy.freeze();
  let cursor = new Cursor(kept, { seed, lastBatch: 'fill' });
  const recorder = rollouts && new RolloutRecorder(context.directory.rollouts, rollouts, settings.steps);

  /** Evaluates the policy after `done` steps, and remembers it if it is the best so far. */
  async function evaluate(done: number, stopwatch: Stopwatch): Promise<Metrics> {
    const probed = reward.probe === undefined ? {} : await stopwatch.time('probe', async () => reward.probe?.(done));
    const evaluated = { ...(await evaluateOnHeldOut(done, stopwatch)), ...probed };
    const value = best && evaluated[best.metric];
    if (value !== undefined) await stopwatch.time('keeping', async () => best?.offer(done, value));
    return evaluated;
  }

  async function evaluateOnHeldOut(done: number, stopwatch: Stopwatch): Promise<Metrics> {
    if (heldOut === null || asked.length === 0 || !isEvaluated(heldOut, done, settings.steps)) return {};
    const ask = { prompts: asked, stopIds, sampling, samples: heldOut.samples };
    return await stopwatch.time('held-out', () => evaluateHeldOut(context, policy, ask, reward, recorder, done));
  }

  async function step(index: number): Promise<StepOutcome> {
    const stopwatch = new Stopwatch();
    // Before the update, so that an interruption leaves the policy as it was.
    const evaluated = await evaluate(index, stopwatch);
    const batch = cursor.next(settings.prompts);
    const requests = batch.map(
      ({ id, ids, room }, p): SampleRequest => ({
        prompt: ids,
        count: settings.samples,
        settings: samplingSettings(sampling, stopIds, room),
        key: stageKey(context.seed, context.name, 'sample', index, p, id),
      }),
    );
    const toRecord = async (bytes_P: readonly number[]) => (await recorder?.problems(index, bytes_P)) ?? 0;
    const sampling_P = sampleAndReward(context, policy, batch, requests, reward, index, toRecord, stopwatch);
    const { groups_P, rewarded_P, recorded } = await (recorder === null ? sampling_P : recorder.during(sampling_P));
    const details_P = rewarded_P.map(({ detail }) => detail);
    await reward.inspect?.(details_P, index);
    const { metrics, tokens } = reward.metrics(details_P);
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
    if (recorded !== undefined)
      recorder?.add('step', index, () => rolloutRows(reward.tokenizer, index, recorded(), update.samples_N));
    const share = reference === undefined ? undefined : referenceUpdate(index + 1, settings.reference);
    if (share !== undefined) reference = await stopwatch.time('reference', () => followed(policy, reference, share));
    if (keepEvery !== null && (index + 1) % keepEvery === 0)
      await stopwatch.time('keeping', () => context.keepModel(policy, index + 1));
    return {
      metrics: { ...metrics, ...update.metrics, ...evaluated },
      tokens: tokens + update.tokens,
      phases: stopwatch.phases,
    };
  }

  await trainingLoop(context, {
    steps: settings.steps,
    checkpointEvery: settings.checkpointEvery,
    state: (): GroupState => best?.addedTo(cursor.state) ?? cursor.state,
    parse: parseGroupState,
    models: () => ({ policy, ...(reference === undefined ? {} : { reference }) }),
    settle: async () => await recorder?.flush(),
    rewind({ best: found, ...state }) {
      cursor = new Cursor(kept, { seed, lastBatch: 'fill', state });
      best?.resume(found);
    },
    body: step,
  });
  const evaluated = await evaluate(settings.steps, new Stopwatch());
  await recorder?.flush();
  if (Object.keys(evaluated).length > 0) await context.directory.metrics(settings.steps, evaluated);
  await best?.restore();
  await reference?.close();
  const equal = equalRewardsText(await context.directory.metricSeries());
  if (equal !== undefined) context.note(`warning: ${equal}`);
  return { problems: kept.length, tooLong: prompts.training.length - kept.length };
}

/** The metric that the best model is chosen by; null keeps the last one. */
const chosenBy = (keepBest: KeepBest, accuracy: string): string | null =>
  keepBest === false ? null : keepBest === true ? heldOutName('reward') : accuracy;

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
