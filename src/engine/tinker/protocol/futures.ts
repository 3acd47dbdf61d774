/** How results are fetched, and the errors that come in their place. */
import { z } from 'zod';
import { type ErrorRecord, InputError } from '../../../errors.js';
import { text, whole } from './json.js';

export const retrieveFutureRequest = z.object({ request_id: text, allow_metadata_only: z.boolean().nullish() });

/** The result is not there yet. */
export const tryAgain = z.object({
  type: z.literal('try_again'),
  request_id: text.nullish(),
  queue_state: text.nullish(),
  queue_state_reason: text.nullish(),
});
/** The result is there and large: it is asked for again, without `allow_metadata_only`. */
export const completeMetadata = z.object({
  status: z.literal('complete_metadata'),
  request_id: text.nullish(),
  response_payload_size: whole.nullish(),
});
/**
 * An error of ours, which a server of ours sends beside its sentence: what was wrong with which sample, and what to do.
 * Other servers send none, and other clients ignore it.
 */
const rltError = z.object({
  code: z.enum(['input', 'usage', 'unsupported', 'numeric', 'storage', 'busy', 'connection', 'interrupted']),
  message: text,
  facts: z
    .object({
      field: text.optional(),
      tensor: text.optional(),
      sample: z.union([z.number(), text]).optional(),
      remedy: text.optional(),
    })
    .default({}),
});
export type RltErrorBody = z.input<typeof rltError>;
const withRltError = z.object({ rlt_error: rltError });

/** The error of ours that a body carries; undefined when it carries none. */
export function errorRecordOf(body: unknown): ErrorRecord | undefined {
  const { data } = withRltError.safeParse(body);
  if (data === undefined) return undefined;
  const { code, message, facts } = data.rlt_error;
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return { code, message, facts: Object.fromEntries(known), stack: undefined };
}

export const requestFailed = z.object({
  error: text,
  category: z.enum(['unknown', 'server', 'user']).catch('unknown').default('unknown'),
});

/** A JSON reply of `retrieve_future`. */
export type FutureReply =
  | ({ readonly kind: 'try again' } & z.output<typeof tryAgain>)
  | ({ readonly kind: 'metadata' } & z.output<typeof completeMetadata>)
  | ({ readonly kind: 'failed' } & z.output<typeof requestFailed>)
  | { readonly kind: 'result'; readonly body: unknown };

export function readFutureReply(body: unknown): FutureReply {
  const again = tryAgain.safeParse(body);
  if (again.success) return { kind: 'try again', ...again.data };
  const metadata = completeMetadata.safeParse(body);
  if (metadata.success) return { kind: 'metadata', ...metadata.data };
  const failed = requestFailed.safeParse(body);
  return failed.success ? { kind: 'failed', ...failed.data } : { kind: 'result', body };
}

/** Since SDK 0.38: which requests of a sampling session are done. A `timeout` of 0 acknowledges only. */
export const retrieveFuturesRequest = z.object({
  target: z.object({
    type: z.literal('sampling_session'),
    sampling_session_id: text,
    cloned_sampler_id: whole.nullish(),
  }),
  prev_cursor: whole.nullish(),
  timeout: z.number().min(0).nullish(),
  retrieved_request_ids: z.array(text).nullish(),
});
export const retrieveFuturesResponse = z.object({
  completions: z.array(
    z.object({
      state: z.enum(['finished', 'failed']),
      request_id: text,
      response_payload_uncompressed_size: whole.nullish(),
    }),
  ),
  cursor: whole,
});

/** An error as the servers write it: a sentence, or what is wrong with each field. */
export const errorBody = z.object({
  detail: z.union([text, z.array(z.looseObject({ loc: z.array(z.union([text, z.number()])).nullish(), msg: text }))]),
});

/** The sentence of an error's body; undefined when it has none. */
export function detailOf(body: unknown): string | undefined {
  const { data } = errorBody.safeParse(body);
  if (data === undefined) return undefined;
  if (typeof data.detail === 'string') return data.detail;
  return data.detail.map(({ loc, msg }) => (loc == null ? msg : `${loc.join('.')}: ${msg}`)).join('; ');
}

/** Reads a JSON body. @throws {InputError} when it is not of this form; it names the first field that is not */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown, what: string): z.output<Schema> {
  const { data, error } = schema.safeParse(body);
  if (error === undefined) return data as z.output<Schema>;
  const [first] = error.issues;
  throw new InputError(`${what} is not of the form that the protocol asks for: ${first?.message ?? error.message}`, {
    ...(first !== undefined && first.path.length > 0 && { field: first.path.join('.') }),
  });
}
