/** The handshake: what client and server tell one another before any model is made. */
import { z } from 'zod';
import { text, typed, whole } from './json.js';

export const clientConfigRequest = z.object({ sdk_version: text.optional() });

/** How a server wants its clients to behave; it may leave out any of it. */
export const clientConfig = z.object({
  pjwt_auth_enabled: z.boolean().nullish(),
  parallel_fwdbwd_chunks: z.boolean().nullish(),
  /** Bodies of forward_backward are to be compressed by zstd. */
  proto_compress_fwdbwd: z.boolean().nullish(),
  /** Most sequences of one forward_backward. */
  fwdbwd_max_chunk_len: whole.nullish(),
  fwdbwd_max_chunk_bytes_count: whole.nullish(),
  fwdbwd_dispatch_bytes_semaphore_size: whole.nullish(),
  sample_dispatch_bytes_semaphore_size: whole.nullish(),
  inflight_response_bytes_semaphore_size: whole.nullish(),
  sample_max_concurrent_requests: whole.nullish(),
  billing_exception_max_pause_duration_sec: z.number().min(0).nullish(),
  /** One `load_weights` makes the model that it loads. */
  create_model_via_load_weights: z.boolean().nullish(),
  sample_use_retrieve_futures: z.boolean().nullish(),
  custom_loss_server_side: z.boolean().nullish(),
  /** What a server of ours does beyond the protocol (extensions.ts). */
  rlt_extensions: z.array(text).nullish(),
});
export type ClientConfig = z.output<typeof clientConfig>;

export const dynamicConfig = z.object({
  refresh_interval_sec: z.number().min(0).nullish(),
  sample_cancel_enabled: z.boolean().nullish(),
  sample_cancel_max_batch_size: whole.nullish(),
});

export const health = z.object({ status: text });

const supportedModel = z.object({
  model_name: text,
  max_context_length: whole.nullish(),
  trainable: z.boolean().nullish(),
  sampleable: z.boolean().nullish(),
});
export type SupportedModel = z.output<typeof supportedModel>;
export const capabilities = z.object({ supported_models: z.array(supportedModel) });

export const createSessionRequest = z.object({
  tags: z.array(text).nullish(),
  user_metadata: z.record(text, z.unknown()).nullish(),
  sdk_version: text.nullish(),
  display_name: text.nullish(),
  project_id: text.nullish(),
  type: typed('create_session'),
});
export const createSessionResponse = z.object({
  session_id: text,
  info_message: text.nullish(),
  warning_message: text.nullish(),
  error_message: text.nullish(),
  type: typed('create_session'),
});

export const heartbeatRequest = z.object({ session_id: text, type: typed('session_heartbeat') });
export const heartbeatResponse = z.object({ type: typed('session_heartbeat') });

/** Since SDK 0.38. A heartbeat after it is answered 410. */
export const finishSessionRequest = z.object({
  reason: z.object({ type: z.enum(['success', 'errored', 'interrupted']) }),
  detail: text.nullish(),
});

export const telemetryResponse = z.object({ status: z.literal('accepted').default('accepted') });
export const tokenResponse = z.object({ jwt: text });
export const nothing = z.object({});
