/**
 * What servers of ours do beyond the protocol. A server lists them in `rlt_extensions` of its configuration, and a
 * client uses no other; clients and servers that do not know them lose nothing.
 */
export const EXTENSIONS = [
  /** `sampling_params.min_p` is honoured. */
  'min_p',
  /** Random numbers are those of the engine's own keys: `sampling_params.rlt_key` and `rlt_first_sample`. */
  'sampling_key',
  /** An adapter has the scale and the layers that `lora_config.alpha` and `target_modules` name. */
  'lora_settings',
  /** `create_model` without a `lora_config` trains all weights. */
  'full_fine_tuning',
  /** `rlt/discard_gradient` forgets what was accumulated. */
  'discard_gradient',
  /** Equal requests give equal bits. */
  'deterministic',
  /** `loss_fn_config.temperature`: losses and log-probs of softmax(logits / temperature). */
  'temperature',
  /** A target of -1 asks for nothing: its log-prob is NaN, and prefixes that sequences share are computed once. */
  'unasked_targets',
  /** `rlt/blend` moves the weights of one model towards those of another. */
  'blending',
  /** `adam_params.rlt_decay` says whether norms and biases decay too. */
  'decay',
  /** Requests with the same `rlt_batch` are computed in one call, in the order of their places. */
  'sample_batch',
  /** `num_samples` 0 computes the log-probs of a prompt and samples nothing. */
  'no_samples',
  /** Requests are computed one after the other: sending many at once gains nothing. */
  'in_turn',
] as const;
export type Extension = (typeof EXTENSIONS)[number];
