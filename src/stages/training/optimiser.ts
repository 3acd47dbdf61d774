/** One update of a policy: the gradient of weighted sequences, and a step of AdamW at the rate that the schedule has for it. */
import type { CallOptions, Policy, WeightedSequence } from '../../engine/engine.js';
import { learningRate } from '../../method/schedule.js';
import type { LoraBlock, OptimiserBlock } from '../settings.js';
import type { Requirement } from '../stage.js';

/** AdamW and its schedule, as a recipe has them. */
export type OptimiserSettings = OptimiserBlock;

/** What training a model of the recipe asks of its engine. */
export const trainingRequirement = (lora: LoraBlock, model: string | null): Requirement => ({
  need: lora === null ? 'full fine-tuning' : 'lora',
  model,
  field: 'lora',
});

export interface UpdateResult {
  /** Of the chosen positions of each sequence, before the step. */
  readonly logProbs: readonly Float32Array[];
  /** Undefined where the engine does not report it. */
  readonly gradientNorm: number | undefined;
  readonly learningRate: number;
}

/**
 * Takes step number `step` of `steps`, from 0, on the gradient of these sequences. Interrupted, it throws before the
 * policy has changed.
 */
export async function updatePolicy(
  policy: Policy,
  sequences: readonly WeightedSequence[],
  settings: OptimiserSettings,
  { step, steps }: { readonly step: number; readonly steps: number },
  options: CallOptions,
): Promise<UpdateResult> {
  const { schedule, learningRate: peak, warmUp, beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  const rate = learningRate(step, steps, { shape: schedule, peak, warmup: { share: warmUp } });
  // The engine keeps the order of calls, so the step is sent without waiting for the gradient.
  const [accumulated, stepped] = await Promise.allSettled([
    policy.accumulate(sequences, options),
    policy.step({ learningRate: rate, beta1, beta2, epsilon, weightDecay, clipNorm }),
  ]);
  // A step behind a gradient that failed fails as well; the reason is the gradient's.
  if (accumulated.status === 'rejected') throw accumulated.reason;
  if (stepped.status === 'rejected') throw stepped.reason;
  return { logProbs: accumulated.value, gradientNorm: stepped.value.gradientNorm, learningRate: rate };
}
