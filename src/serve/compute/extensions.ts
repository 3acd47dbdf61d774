/**
 * What this server takes beyond the protocol, so that a client of rlt can ask of it all that the local engine can.
 * `client/config` announces it in `rlt`; other servers ignore such fields, so a client must not send them unannounced.
 */
import { z } from 'zod';
import { LORA_TARGETS } from '../../engine/engine.js';

/** The answer to `client/config` has this in `rlt`. */
export const EXTENSIONS = {
  version: 1,
  /**
   * `loss_fn_config.temperature` in forward_backward, `rlt.prompt_temperature` in asample: log-probs of
   * softmax(logits / temperature).
   */
  temperature: true,
  /** `rlt.key`, `rlt.first_sample`, `rlt.min_p` in asample; `num_samples` 0 scores the prompt and samples nothing. */
  samples: true,
  /** `rlt.alpha` and `rlt.targets` in `lora_config`; no `lora_config`, or rank 0, trains all weights. */
  full: true,
  /** `rlt.decay` in `adam_params`: what weight decay applies to. */
  decay: true,
  /** Weights of a sampling session are blended by `rlt/blend`. */
  blending: true,
} as const;

const word = z.int().min(0).max(0xffffffff);
const tensor = z.object({
  data: z.array(z.number()),
  dtype: z.string().nullish(),
  shape: z.array(z.int().min(0)).nullish(),
  sparse_crow_indices: z.array(z.number()).nullish(),
});

/** Of the body of `asample`; the codec leaves the form of `target_prompt_logprobs` open. */
export const sampleExtension = z.object({
  target_prompt_logprobs: tensor.nullish(),
  rlt: z
    .object({
      /** The key of the samples' random numbers: two words of 32 bits. */
      key: z.tuple([word, word]).optional(),
      first_sample: z.int().min(0).max(0xffffffff).optional(),
      min_p: z.number().min(0).max(1).optional(),
      prompt_temperature: z.number().gt(0).optional(),
    })
    .optional(),
});
export type SampleExtension = z.output<typeof sampleExtension>;

export const createModelExtension = z.object({
  lora_config: z
    .object({
      rlt: z
        .object({ alpha: z.number().gt(0).optional(), targets: z.array(z.enum(LORA_TARGETS)).min(1).optional() })
        .optional(),
    })
    .nullish(),
});
export type CreateModelExtension = z.output<typeof createModelExtension>;

export const optimStepExtension = z.object({
  adam_params: z.object({ rlt: z.object({ decay: z.enum(['matrices', 'all']).optional() }).optional() }).nullish(),
});
export type OptimStepExtension = z.output<typeof optimStepExtension>;

/** weights of the sampling session <- share * (the model's) + (1 - share) * theirs. */
export const blendRequest = z.object({
  model_id: z.string(),
  seq_id: z.int().min(1),
  sampling_session_id: z.string(),
  share: z.number().min(0).max(1),
});
