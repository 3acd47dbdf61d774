/** The fields of config.json that are read. */
import { z } from 'zod';

const tokens = z
  .int()
  .min(1)
  .max(2 ** 31);
const positive = z.number().positive();
const parameters = z.looseObject({
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  factor: z.number().min(1).nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  original_max_position_embeddings: tokens.nullish(),
  partial_rotary_factor: positive.nullish(),
  attention_factor: positive.nullish(),
  mscale: z.number().min(0).nullish(),
  mscale_all_dim: z.number().min(0).nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  truncate: z.boolean().nullish(),
});
export type RopeParameters = z.infer<typeof parameters>;

const count = z
  .int()
  .min(1)
  .max(2 ** 24);
export const configFields = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: z.int().min(1).max(4096),
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  max_position_embeddings: tokens,
  rms_norm_eps: positive.max(1).nullish(),
  hidden_act: z.string().nullish(),
  hidden_activation: z.string().nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  attention_out_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  use_sliding_window: z.boolean().nullish(),
  sliding_window: count.nullish(),
  sliding_window_pattern: count.nullish(),
  max_window_layers: z.int().min(0).nullish(),
  layer_types: z.array(z.string()).nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
  no_rope_layers: z.array(z.union([z.literal(0), z.literal(1), z.boolean()])).nullish(),
  no_rope_layer_interval: count.nullish(),
  embedding_multiplier: positive.nullish(),
  attention_multiplier: positive.nullish(),
  residual_multiplier: positive.nullish(),
  logits_scaling: positive.nullish(),
  query_pre_attn_scalar: positive.nullish(),
  attn_logit_softcapping: positive.nullish(),
  final_logit_softcapping: positive.nullish(),
  rope_theta: positive.nullish(),
  rope_local_base_freq: positive.nullish(),
  rope_scaling: parameters.nullish(),
  // By the type of layers, as Gemma 3 has it in transformers 5.
  rope_parameters: parameters
    .extend({ full_attention: parameters.nullish(), sliding_attention: parameters.nullish() })
    .nullish(),
  partial_rotary_factor: positive.nullish(),
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
});
export type ConfigFields = z.infer<typeof configFields>;
