/** What the server keeps on disk about sessions, training runs and checkpoints. */
import { z } from 'zod';
import { LORA_TARGETS } from '../../engine/engine.js';
import { isObject } from '../../json.js';
import type { OwnError } from '../refusal.js';

const metadata = z.record(z.string(), z.unknown()).nullable();

/** A sampling session: base weights, or those at a path. */
export const samplerRecord = z.object({ id: z.string(), base_model: z.string(), model_path: z.string().nullable() });
export type SamplerRecord = z.output<typeof samplerRecord>;

export const sessionRecord = z.object({
  id: z.string(),
  created: z.string(),
  display_name: z.string().nullable(),
  user_metadata: metadata,
  /** How its client said that it was done. */
  finished: z.object({ type: z.string(), detail: z.string().nullable() }).nullable(),
  samplers: z.array(samplerRecord),
});
export type SessionRecord = z.output<typeof sessionRecord>;

/** The form of an adapter. */
export const loraRecord = z.object({
  rank: z.int(),
  alpha: z.number(),
  targets: z.array(z.enum(LORA_TARGETS)),
  seed: z.int(),
  train_attn: z.boolean(),
  train_mlp: z.boolean(),
});
export type LoraRecord = z.output<typeof loraRecord>;

/** A training run: a model that learns, or learnt. */
export const runRecord = z.object({
  id: z.string(),
  session: z.string(),
  base_model: z.string(),
  /** Null where all weights learn. */
  lora: loraRecord.nullable(),
  created: z.string(),
  user_metadata: metadata,
  /** What it continues from after a restart: weights on this server, and the last request in them; null: its start. */
  resume: z.object({ path: z.string(), optimizer: z.boolean(), seq: z.int() }).nullable(),
  /** `open`: it takes requests. `closed`: unloaded, or it never was a model of this server (a copy of weights). */
  state: z.enum(['open', 'closed']),
});
export type RunRecord = z.output<typeof runRecord>;

export const checkpointRecord = z.object({
  run: z.string(),
  kind: z.enum(['weights', 'sampler_weights']),
  name: z.string(),
  base_model: z.string(),
  lora: loraRecord.nullable(),
  /** The last request of the run whose effect is in it. */
  seq: z.int(),
  time: z.string(),
  size_bytes: z.int(),
  expires_at: z.string().nullable(),
  user_metadata: metadata,
  /** A snapshot without a name, which only its sampling session knows. */
  ephemeral: z.boolean(),
  /** Weights that were blended: whole, whatever the form of the model, and without an optimiser. */
  blended: z.literal(true).optional(),
});
export type CheckpointRecord = z.output<typeof checkpointRecord>;

/** Results that were kept when the server stopped. */
const keptResult = z.object({
  id: z.string(),
  hash: z.string(),
  result: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('json'), body: z.record(z.string(), z.unknown()) }),
    z.object({ kind: z.literal('message'), base64: z.string() }),
    z.object({
      kind: z.literal('failed'),
      error: z.string(),
      category: z.enum(['user', 'server']),
      own: z.custom<OwnError>(isObject),
    }),
  ]),
});
export const keptResults = z.object({ results: z.array(keptResult) });
export type KeptResult = z.output<typeof keptResult>;
