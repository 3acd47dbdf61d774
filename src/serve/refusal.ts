/** What the server answers instead of a result. */
import type { RltErrorBody } from '../engine/tinker/protocol/futures.js';
import { RltError } from '../errors.js';

/** The HTTP statuses of refusals. Clients retry 408, 409, 429 and 5xx, and nothing else. */
export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 429 | 500 | 503;

/** A request that is not taken; the message is the `detail` of the answer. */
export class Refusal extends Error {
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, detail: string) {
    super(detail);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** Whose fault a failure is: what the client can change is `user`. */
export type FailureCategory = 'user' | 'server';

const USER_ERRORS: readonly string[] = ['input', 'usage', 'unsupported', 'numeric', 'interrupted'];

export const categoryOf = (error: unknown): FailureCategory => {
  if (error instanceof Refusal) return error.status < 500 ? 'user' : 'server';
  return error instanceof RltError && USER_ERRORS.includes(error.code) ? 'user' : 'server';
};

export function statusOf(error: unknown): RefusalStatus {
  if (error instanceof Refusal) return error.status;
  if (!(error instanceof RltError)) return 500;
  if (error.code === 'busy') return 429;
  return categoryOf(error) === 'user' ? 400 : 500;
}

/** What a client is told of an error. Of a bug it learns that it was one; the operator sees the rest. */
export const detailOf = (error: unknown): string =>
  error instanceof Refusal || error instanceof RltError
    ? error.message
    : 'the server failed at this request; its own output says how';

/** An error of ours beside its sentence, for clients of ours. */
export interface OwnError {
  readonly rlt_error?: RltErrorBody;
}
export function ownError(error: unknown): OwnError {
  if (!(error instanceof RltError) || error.code === 'recipe') return {};
  const { field, tensor, sample, remedy } = error.facts;
  const facts = {
    ...(field !== undefined && { field }),
    ...(tensor !== undefined && { tensor }),
    ...(sample !== undefined && { sample }),
    ...(remedy !== undefined && { remedy }),
  };
  return { rlt_error: { code: error.code, message: error.summary, facts } };
}
