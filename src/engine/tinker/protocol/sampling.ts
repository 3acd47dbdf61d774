/** Requests for completions and for the log-probs of prompts. Their results are messages (messages.ts). */
import { z } from 'zod';
import { text, typed, whole } from './json.js';

export const createSamplingSessionRequest = z.object({
  session_id: text,
  sampling_session_seq_id: whole,
  base_model: text.nullish(),
  model_path: text.nullish(),
  type: typed('create_sampling_session'),
});
export const createSamplingSessionResponse = z.object({
  sampling_session_id: text,
  type: typed('create_sampling_session'),
});
export const samplerResponse = z.object({ sampler_id: text, base_model: text, model_path: text.nullish() });

const jsonChunk = z.union([
  z.object({ type: z.literal('encoded_text'), tokens: z.array(z.int()) }),
  z.object({ type: z.enum(['image', 'image_asset_pointer', 'dmel']) }),
]);
const modelInput = z.object({ chunks: z.array(jsonChunk) });

/**
 * Sample i of a request with a seed is sample 0 of one with seed + i, so that a request can be divided.
 * `top_k` -1 and `top_p` 1 keep every token. `stop` absent stops at the model's own end, `[]` nowhere.
 */
export const samplingParams = z.object({
  max_tokens: z.int().nullish(),
  seed: z.int().nullish(),
  stop: z.union([text, z.array(text), z.array(z.int())]).nullish(),
  temperature: z.number().default(1),
  top_k: z.int().default(-1),
  top_p: z.number().default(1),
  /** With the extension `min_p`. */
  min_p: z.number().nullish(),
  /** With the extension `sampling_key`, in place of the seed: sample i draws from row first_sample + i of the key. */
  rlt_key: z.object({ low: whole, high: whole }).nullish(),
  rlt_first_sample: whole.nullish(),
});

/** With the extension `sample_batch`: which requests are computed together, how many they are, and which this one is. */
export const sampleBatch = z.object({ id: text, size: z.int().min(1).max(512), place: whole });
export type SampleBatch = z.output<typeof sampleBatch>;
export type SamplingParams = z.output<typeof samplingParams>;

export const sampleRequest = z.object({
  num_samples: z.int().default(1),
  prompt: modelInput,
  sampling_params: samplingParams,
  sampling_session_id: text.nullish(),
  seq_id: whole.nullish(),
  base_model: text.nullish(),
  model_path: text.nullish(),
  prompt_logprobs: z.boolean().nullish(),
  topk_prompt_logprobs: whole.nullish(),
  /** These are of SDK 0.38. */
  topk_sample_logprobs: whole.nullish(),
  target_prompt_logprobs: z.unknown().optional(),
  prompt_alt_tokens_k: whole.nullish(),
  prompt_logprobs_last_n: whole.nullish(),
  record_stability_info: z.boolean().nullish(),
  rlt_batch: sampleBatch.nullish(),
  type: typed('sample'),
});
export type SampleBody = z.output<typeof sampleRequest>;

/** SDK 0.38 needs an id for each sample that was asked for. */
export const sampleAcknowledgement = z.object({
  request_id: z.union([text, z.number().transform(String)]),
  sample_sequence_ids: z.array(text).nullish(),
});
