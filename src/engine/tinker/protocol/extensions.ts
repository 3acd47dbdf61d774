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
] as const;
export type Extension = (typeof EXTENSIONS)[number];
