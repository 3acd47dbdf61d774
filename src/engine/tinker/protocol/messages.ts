/**
 * The messages of the package `tinker_public`, as SDK 0.38 has them. Field numbers are the wire; the names are the
 * schema's own. Spans of provenance are left out: they change no result, and readers skip them.
 */
import {
  BOOL,
  BYTES,
  DOUBLE,
  enumeration,
  field,
  INT32,
  INT64,
  map,
  message,
  optional,
  repeated,
  STRING,
  UINT32,
} from './proto.js';

const EMPTY = new Uint8Array();
const bytes = (number: number) => field<Uint8Array>(number, BYTES, EMPTY);

const DTYPES = ['unspecified', 'float32', 'int64', 'int32', 'bfloat16'] as const;
export type DType = (typeof DTYPES)[number];
const dtype = (number: number) => field<DType>(number, enumeration<DType>(DTYPES), 'unspecified');

/** The rows of a sparse matrix: row i has the values from crow_indices[i] to crow_indices[i + 1]. */
interface SparseCsr {
  readonly values: Uint8Array;
  readonly crow_indices: Uint8Array;
  readonly col_indices: Uint8Array;
}
const SPARSE_CSR = message<SparseCsr>('SparseCsr', { values: bytes(1), crow_indices: bytes(2), col_indices: bytes(3) });

/** Numbers, little-endian: `dense`, or those of a sparse matrix. */
export interface Tensor {
  readonly dense?: Uint8Array;
  readonly sparse_csr?: SparseCsr;
  readonly dtype: DType;
  readonly shape: readonly number[];
}
export const TENSOR = message<Tensor>('Tensor', {
  dense: optional(1, BYTES),
  sparse_csr: optional(2, SPARSE_CSR),
  dtype: dtype(3),
  shape: repeated(4, INT64),
});

/** Arrays of several datums, one after the other. */
export interface BatchedTensor {
  readonly data: Uint8Array;
  /** Int64: the bytes at which each array begins, and the end. */
  readonly offsets: Uint8Array;
  readonly dtype: DType;
  readonly trailing_shape: readonly number[];
}
const BATCHED_TENSOR = message<BatchedTensor>('BatchedTensor', {
  data: bytes(1),
  offsets: bytes(2),
  dtype: dtype(3),
  trailing_shape: repeated(4, INT64),
});

/** Results of several datums, by column. */
export interface ArrayRecord {
  readonly type_tag: string;
  readonly fields: ReadonlyMap<string, BatchedTensor>;
  readonly num_datums: number;
}
const ARRAY_RECORD = message<ArrayRecord>('ArrayRecord', {
  type_tag: field(1, STRING, ''),
  fields: map(2, BATCHED_TENSOR, BATCHED_TENSOR.decode(EMPTY)),
  num_datums: field(3, INT64, 0),
});

/** The result of `forward_backward`. Metrics are named `NAME:REDUCTION`; SDK 0.38 needs `loss:sum` for custom losses. */
export interface ForwardBackwardOutput {
  readonly loss_fn_output_type: string;
  readonly loss_fn_outputs: readonly ArrayRecord[];
  readonly metrics: ReadonlyMap<string, number>;
}
export const FORWARD_BACKWARD_OUTPUT = message<ForwardBackwardOutput>('ForwardBackwardOutput', {
  loss_fn_output_type: field(1, STRING, ''),
  loss_fn_outputs: repeated(2, ARRAY_RECORD),
  metrics: map(3, DOUBLE, 0),
});

interface EncodedText {
  readonly tokens: Uint8Array;
}
const ENCODED_TEXT = message<EncodedText>('EncodedTextChunk', { tokens: bytes(1) });
const OTHER_CHUNK = message<object>('Chunk', {});

/** A piece of an input. Images and audio are known, so that a server can name what it refuses. */
export interface Chunk {
  readonly encoded_text?: EncodedText;
  readonly image?: object;
  readonly dmel?: object;
}
const CHUNK = message<Chunk>('Chunk', {
  encoded_text: optional(1, ENCODED_TEXT),
  image: optional(2, OTHER_CHUNK),
  dmel: optional(3, OTHER_CHUNK),
});

/** A sequence: what the model reads, and arrays with one number for each of its tokens. */
export interface Datum {
  readonly model_input: readonly Chunk[];
  readonly loss_fn_inputs: ReadonlyMap<string, Tensor>;
}
export const DATUM = message<Datum>('Datum', {
  model_input: repeated(1, CHUNK),
  loss_fn_inputs: map(2, TENSOR, TENSOR.decode(EMPTY)),
});

interface LossConfigValue {
  readonly number?: number;
  readonly text?: string;
}
const LOSS_CONFIG_VALUE = message<LossConfigValue>('LossConfigValue', {
  number: optional(1, DOUBLE),
  text: optional(2, STRING),
});

/** The body of `forward_backward`. */
export interface ForwardBackwardRequest {
  readonly model_id: string;
  readonly seq_id: number;
  readonly data: readonly Datum[];
  readonly loss_fn: string;
  readonly loss_fn_config: ReadonlyMap<string, number>;
  /** Computes log-probs and leaves the gradient alone. */
  readonly forward_only: boolean;
  /** Since SDK 0.38, beside `loss_fn_config`. */
  readonly loss_fn_config_v2: ReadonlyMap<string, LossConfigValue>;
}
export const FORWARD_BACKWARD_REQUEST = message<ForwardBackwardRequest>('ForwardBackwardRequest', {
  model_id: field(1, STRING, ''),
  seq_id: field(2, INT32, 0),
  data: repeated(3, DATUM),
  loss_fn: field(4, STRING, ''),
  loss_fn_config: map(5, DOUBLE, 0),
  forward_only: field(6, BOOL, false),
  loss_fn_config_v2: map(7, LOSS_CONFIG_VALUE, {}),
});

/** The k likeliest tokens at each of `length` places, in rows of k; places without are filled (id 0, -99999). */
export interface TopkLogprobs {
  readonly token_ids: Uint8Array;
  readonly logprobs: Uint8Array;
  readonly k: number;
  readonly length: number;
}
const TOPK_LOGPROBS = message<TopkLogprobs>('TopkLogprobs', {
  token_ids: bytes(1),
  logprobs: bytes(2),
  k: field(3, UINT32, 0),
  length: field(4, UINT32, 0),
});

const STOP_REASONS = ['stop', 'length'] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** A completion: its ids (int32), the stop token among them, and their log-probs (float32). */
export interface SampledSequence {
  readonly stop_reason: StopReason;
  readonly tokens: Uint8Array;
  readonly logprobs?: Uint8Array;
  readonly topk_sampled_logprobs?: TopkLogprobs;
}
const SAMPLED_SEQUENCE = message<SampledSequence>('SampledSequence', {
  stop_reason: field<StopReason>(1, enumeration<StopReason>(STOP_REASONS), 'stop'),
  tokens: bytes(2),
  logprobs: optional(3, BYTES),
  topk_sampled_logprobs: optional(4, TOPK_LOGPROBS),
});

interface PromptAltTokens {
  readonly tokens?: Tensor;
  readonly logprobs?: Tensor;
}
const PROMPT_ALT_TOKENS = message<PromptAltTokens>('PromptAltTokens', {
  tokens: optional(1, TENSOR),
  logprobs: optional(2, TENSOR),
});

/** The result of `asample`. */
export interface SampleResponse {
  readonly sequences: readonly SampledSequence[];
  /** Float32, with NaN where there is none, as for the first token. SkyRL-JAX leaves the first one out. */
  readonly prompt_logprobs?: Uint8Array;
  readonly topk_prompt_logprobs?: TopkLogprobs;
  readonly prompt_cache_hit_tokens: number;
  readonly target_prompt_logprobs?: Tensor;
  readonly prompt_alt_tokens?: PromptAltTokens;
}
export const SAMPLE_RESPONSE = message<SampleResponse>('SampleResponse', {
  sequences: repeated(1, SAMPLED_SEQUENCE),
  prompt_logprobs: optional(2, BYTES),
  topk_prompt_logprobs: optional(3, TOPK_LOGPROBS),
  prompt_cache_hit_tokens: field(4, INT32, 0),
  target_prompt_logprobs: optional(5, TENSOR),
  prompt_alt_tokens: optional(6, PROMPT_ALT_TOKENS),
});
