/** Requests about models that learn, and their results. `forward_backward` itself is a message (messages.ts). */
import { z } from 'zod';
import { text, typed, whole } from './json.js';

export const loraConfig = z.object({
  rank: whole,
  seed: z.int().nullish(),
  train_unembed: z.boolean().nullish(),
  train_mlp: z.boolean().nullish(),
  train_attn: z.boolean().nullish(),
  /** With the extension `lora_settings`. */
  alpha: z.number().nullish(),
  target_modules: z.array(text).nullish(),
});
export type LoraConfig = z.output<typeof loraConfig>;

export const createModelRequest = z.object({
  session_id: text,
  model_seq_id: whole,
  base_model: text,
  user_metadata: z.record(text, z.unknown()).nullish(),
  /** Null where all weights are to be trained. SkyRL takes rank 0 for that. */
  lora_config: loraConfig.nullish(),
  /** Since SDK 0.38. TuFT 0.2 refuses it. */
  optimizer_config: z.object({ type: text }).nullish(),
  type: typed('create_model'),
});
export const createModelResult = z.object({
  model_id: text,
  /** SkyRL says with which scale it trains adapters, and of which layers, whatever it was asked for. */
  lora_config: loraConfig.pick({ alpha: true, train_attn: true, train_mlp: true }).nullish(),
  type: text.nullish(),
});

export const getInfoRequest = z.object({ model_id: text, type: typed('get_info') });
/** Servers differ in which of these they know. */
export const getInfoResponse = z.object({
  model_id: text,
  model_data: z
    .object({
      arch: text.nullish(),
      model_name: text.nullish(),
      tokenizer_id: text.nullish(),
      base_model: text.nullish(),
      max_context_length: whole.nullish(),
    })
    .nullish(),
  model_name: text.nullish(),
  is_lora: z.boolean().nullish(),
  lora_rank: whole.nullish(),
  type: text.nullish(),
});
export const unloadModelRequest = z.object({ model_id: text, type: typed('unload_model') });
export const unloadModelResult = z.object({ model_id: text.nullish(), type: text.nullish() });

/** `grad_clip_norm` 0 does not clip. */
export const adamParams = z.object({
  learning_rate: z.number().min(0).default(1e-4),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  eps: z.number().min(0).default(1e-12),
  weight_decay: z.number().min(0).default(0),
  grad_clip_norm: z.number().min(0).default(0),
  /** With the extension `decay`; without it, norms and biases decay too. */
  rlt_decay: z.enum(['matrices', 'all']).nullish(),
});
export type AdamParams = z.output<typeof adamParams>;

export const optimStepRequest = z.object({
  adam_params: adamParams,
  model_id: text,
  seq_id: whole.nullish(),
  type: typed('optim_step'),
});
export const optimStepResult = z.object({
  metrics: z.record(text, z.number().nullable()).nullish(),
  type: text.nullish(),
});

export const saveWeightsRequest = z.object({
  model_id: text,
  path: text.nullish(),
  seq_id: whole.nullish(),
  ttl_seconds: z.number().nullish(),
  overwrite: z.boolean().nullish(),
  type: typed('save_weights'),
});
export const saveWeightsResult = z.object({ path: text, type: text.nullish() });

/** With the extension `discard_gradient`: what was accumulated since the last step is forgotten. */
export const discardGradientRequest = z.object({ model_id: text, seq_id: whole.nullish() });
export const discardGradientResult = z.object({ type: text.nullish() });

/**
 * With the extension `blending`: the weights of `model_id` become share * (those of `from`) + (1 - share) * its own. From
 * then on it does not learn.
 */
export const blendRequest = z.object({
  model_id: text,
  seq_id: whole.nullish(),
  from: text,
  share: z.number().min(0).max(1),
});
export const blendResult = z.object({ type: text.nullish() });

/** Without `model_id` it makes the model that it loads (since SDK 0.38). */
export const loadWeightsRequest = z.object({
  model_id: text.nullish(),
  session_id: text.nullish(),
  model_seq_id: whole.nullish(),
  base_model: text.nullish(),
  user_metadata: z.record(text, z.unknown()).nullish(),
  path: text,
  /** Whether the state of the optimiser is loaded with the weights. */
  optimizer: z.boolean().nullish(),
  seq_id: whole.nullish(),
  weights_access_token: text.nullish(),
  type: typed('load_weights'),
});
export const loadWeightsResult = z.object({ path: text.nullish(), type: text.nullish() });

/** With a name it returns the path of a snapshot; with `sampling_session_seq_id` a sampling session of its own. */
export const saveForSamplerRequest = z.object({
  model_id: text,
  path: text.nullish(),
  sampling_session_seq_id: whole.nullish(),
  seq_id: whole.nullish(),
  ttl_seconds: z.number().nullish(),
  /** Since SDK 0.38. */
  kind: z.enum(['snapshot', 'inflight']).nullish(),
  type: typed('save_weights_for_sampler'),
});
export const saveForSamplerResult = z.object({
  path: text.nullish(),
  sampling_session_id: text.nullish(),
  type: text.nullish(),
});

export const weightsInfoRequest = z.object({ tinker_path: text });
export const weightsInfoResponse = z.object({
  base_model: text,
  is_lora: z.boolean().nullish(),
  lora_rank: whole.nullish(),
  train_unembed: z.boolean().nullish(),
  train_mlp: z.boolean().nullish(),
  train_attn: z.boolean().nullish(),
  /** With the extension `lora_settings`. */
  alpha: z.number().nullish(),
  target_modules: z.array(text).nullish(),
});
export type WeightsInfo = z.output<typeof weightsInfoResponse>;

/** Since SDK 0.38; answered at once. */
export const copyWeightsRequest = z.object({
  /** The place that the copy gets: a session's, or a project's. */
  session_id: text.nullish(),
  model_seq_id: whole.nullish(),
  destination_project_id: text.nullish(),
  source_path: text,
  ttl_seconds: z.number().nullish(),
});
export const copyWeightsResponse = z.object({ tinker_path: text });
