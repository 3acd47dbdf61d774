/** One update of a policy: the gradient of weighted sequences, and an AdamW step at the scheduled learning rate. */
import { z } from 'zod';
import { checkArguments, listArgument, objectArgument } from '../../call-arguments.js';
import { ADAM_ARGUMENTS } from '../../engine/calls.js';
import type { AdamSettings, CallOptions, Policy, TokenLogProbs, WeightedSequence } from '../../engine/engine.js';
import { learningRate, type ScheduleSettings } from '../../method/schedule.js';
import type { LoraBlock } from '../definition/settings.js';
import type { Requirement } from '../definition/stage.js';

/** AdamW and the schedule of its learning rate; `learningRate` is the peak of the schedule. */
export interface OptimiserSettings extends AdamSettings {
  readonly schedule: ScheduleSettings['shape'];
  /** Share of the steps over which the learning rate rises from 0. */
  readonly warmUp: number;
}

/** The position in a training run: step `step` of `steps`, from 0. The schedule depends on both. */
export interface StepPlace {
  readonly step: number;
  readonly steps: number;
}

export const POLICY_ARGUMENT = objectArgument('a policy', 'accumulate', 'step');
export const OPTIMISER_ARGUMENT = z.strictObject({
  ...ADAM_ARGUMENTS,
  schedule: z.enum(['constant', 'linear', 'cosine']),
  warmUp: z.number().min(0).max(1),
});
export const STEP_ARGUMENT = z.looseObject({ step: z.number(), steps: z.number() });

const ARGUMENTS = {
  policy: POLICY_ARGUMENT,
  sequences: listArgument('weighted sequences', 'ids', 'positions', 'temperature', 'weights'),
  settings: OPTIMISER_ARGUMENT,
  at: STEP_ARGUMENT,
  options: z.looseObject({}),
};

/** What training a model requires of its engine; null stands for a model that the stage makes itself. */
export const trainingRequirements = (
  { lora, optimiser }: { readonly lora: LoraBlock; readonly optimiser: OptimiserSettings },
  model: string | null,
): Requirement[] => [
  { need: lora === null ? 'full fine-tuning' : 'lora', model, field: 'lora' },
  // The factors of an adapter are matrices: what decays is the same with either setting.
  {
    need: 'optimiser',
    settings: lora === null ? optimiser : { ...optimiser, decay: 'all' },
    model,
    field: 'optimiser',
  },
];

/** What an update of a policy gives. */
export interface UpdateResult {
  /** Log-probs at the chosen positions of each sequence, before the step. */
  readonly logProbs: readonly TokenLogProbs[];
  /** Undefined if the engine does not report it. */
  readonly gradientNorm: number | undefined;
  readonly learningRate: number;
}

/**
 * One optimiser step that raises the weighted log-likelihood of the sequences: `Policy.accumulate` and `Policy.step` at
 * the scheduled learning rate. If interrupted through `options`, it throws before the policy has changed.
 * @throws {InterruptedError} when `options.signal` is aborted
 */
export async function updatePolicy(
  policy: Policy,
  sequences: readonly WeightedSequence[],
  settings: OptimiserSettings,
  at: StepPlace,
  options: CallOptions = {},
): Promise<UpdateResult> {
  checkArguments(
    'updatePolicy(policy, [{ ids, positions, temperature, weights }], settings, { step: 0, steps: 100 })',
    { policy, sequences, settings, at, options },
    ARGUMENTS,
  );
  const { step, steps } = at;
  const { schedule, warmUp, learningRate: peak, ...adam } = settings;
  // A warm-up begins at rate 0, so a run of a single step would not train at all.
  const share = steps === 1 ? 0 : warmUp;
  const rate = learningRate(step, steps, { shape: schedule, peak, warmup: { share } });
  // Engines keep calls in order, so the step is issued without waiting for the gradient.
  const [accumulated, stepped] = await Promise.allSettled([
    policy.accumulate(sequences, options),
    policy.step({ ...adam, learningRate: rate }),
  ]);
  // If the gradient fails, the step behind it fails too; the gradient's error is the cause.
  if (accumulated.status === 'rejected') throw accumulated.reason;
  if (stepped.status === 'rejected') throw stepped.reason;
  return { logProbs: accumulated.value, gradientNorm: stepped.value.gradientNorm, learningRate: rate };
}
