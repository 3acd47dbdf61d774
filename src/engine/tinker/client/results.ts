/** Fetching the results of requests that are answered later. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, InputError, RltError } from '../../../errors.js';
import { withoutKeys } from '../../remote/credentials.js';
import { pauseAfter } from '../../remote/ending.js';
import { attempt, busyServer, isPermanent, type Reply, Unreachable, unreachable } from '../../remote/http.js';
import { HEADERS, JSON_TYPE, PROTOBUF, RETRIEVE_FUTURE_PATH } from '../protocol/endpoints.js';
import { detailOf, errorRecordOf, readFutureReply } from '../protocol/futures.js';
import type { Budget } from './budget.js';
import { briefWordsOf, RESUME, refusal, sentError, wordsOf } from './replies.js';
import { broken, type Transport } from './transport.js';

/** A result that is read by `read`, which throws where it is not what was promised. */
export interface Pending<Result> {
  readonly requestId: string;
  /** As the header about it says: "ForwardBackward". */
  readonly kind: string;
  /** Whether the result is a message. */
  readonly isMessage: boolean;
  readonly read: (reply: Reply) => Result;
  readonly signal?: AbortSignal | undefined;
}

/** The server no longer keeps the result. What was asked for may have been done. */
export class ExpiredError extends ConnectionError {}
/** The server could not do what was asked, by no fault of the request. */
export class FailedError extends ConnectionError {}

/** How often a reply is doubted that a proxy or a damaged connection may have caused. */
const BRIEFLY = 4;
/** A server that answers sooner than this does not hold requests open; it is not asked at full speed. */
const HELD_MS = 100;

/**
 * Asks until the result is there.
 * @throws {InterruptedError} when `signal` is aborted; {ExpiredError}, {FailedError}, {ConnectionError}; {InputError}
 * when the server refuses what was asked
 */
export async function fetchResult<Result>(
  transport: Transport,
  downloads: Budget,
  pending: Pending<Result>,
): Promise<Result> {
  const { requestId, kind, isMessage, read, signal } = pending;
  const { times } = transport;
  const url = transport.urlOf(RETRIEVE_FUTURE_PATH);
  let metadataOnly = true;
  let size = 0;
  let doubts = 0;
  let failures = 0;
  let silentSince: number | undefined;
  let quick = 0;
  const ended = transport.ending.orBy(signal);
  const doubted = (error: Error) => {
    if (++doubts >= BRIEFLY) throw error;
  };
  for (let iteration = 0; ; iteration++) {
    if (ended.aborted) throw transport.ending.errorOf(signal);
    const began = Date.now();
    let waitMs = 0;
    try {
      const ask = () =>
        attempt({
          method: 'POST',
          url,
          headers: {
            ...transport.headers(),
            accept: isMessage ? PROTOBUF : JSON_TYPE,
            'content-type': JSON_TYPE,
            [HEADERS.iteration]: String(iteration),
            [HEADERS.requestType]: kind,
          },
          body: JSON.stringify({ request_id: requestId, allow_metadata_only: metadataOnly }),
          timeoutMs: times.pollMs,
          signal: ended,
        });
      const reply = metadataOnly ? await ask() : await downloads.use(size, ask);
      const outcome = outcomeOf(reply, kind);
      failures = 0;
      if (outcome.kind !== 'unavailable') {
        silentSince = undefined;
        transport.silence.heard();
      }
      switch (outcome.kind) {
        case 'result':
          try {
            return read(reply);
          } catch (error) {
            if (error instanceof RltError && error.code === 'numeric') throw error;
            doubted(broken(transport.host, kind, error));
          }
          break;
        case 'metadata':
          metadataOnly = false;
          size = outcome.size;
          break;
        case 'again':
          quick = Date.now() - began < HELD_MS ? quick + 1 : 0;
          waitMs = quick === 0 ? 0 : Math.min(10 * 2 ** Math.min(quick, 10), 1000, times.mostBackoffMs);
          break;
        case 'unavailable':
          silentSince ??= began;
          if (Date.now() - silentSince > Math.max(times.patienceMs, 2 * times.pollMs))
            throw busyServer(transport.host, kind, wordsOf(reply));
          transport.silence.unanswered(wordsOf(reply), times.patienceMs);
          waitMs = reply.retryAfterMs ?? pauseAfter(times, iteration);
          break;
        case 'doubtful':
          doubted(outcome.error);
          waitMs = times.backoffMs;
          break;
        case 'failed':
          throw outcome.error;
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw ended.aborted ? transport.ending.errorOf(signal) : error;
      // A server that holds requests open longer than we do is not silent.
      if (error.reason !== 'TIMEOUT') {
        silentSince ??= began;
        waitMs = pauseAfter(times, failures++);
      }
      if (isPermanent(error) || (silentSince !== undefined && Date.now() - silentSince > times.patienceMs))
        throw unreachable(transport.host, error, { retryable: false });
      if (silentSince !== undefined) transport.silence.unanswered(error.reason, times.patienceMs);
    }
    if (waitMs > 0) await delay(waitMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

type Outcome =
  | { readonly kind: 'result' | 'again' | 'unavailable' }
  | { readonly kind: 'metadata'; readonly size: number }
  /** `error` is thrown when the server says it again and again (doubtful), or at once. */
  | { readonly kind: 'doubtful' | 'failed'; readonly error: Error };

/** What a reply to `retrieve_future` means. */
export function outcomeOf(reply: Reply, kind: string): Outcome {
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    if (body.kind === 'protobuf') return { kind: 'result' };
    if (body.kind === 'other')
      return {
        kind: 'doubtful',
        error: new ConnectionError(`the server answers ${kind} with ${wordsOf(reply)}`, RESUME),
      };
    const read = readFutureReply(body.json);
    if (read.kind === 'try again') return { kind: 'again' };
    if (read.kind === 'metadata') return { kind: 'metadata', size: read.response_payload_size ?? 0 };
    if (read.kind === 'result') return { kind: 'result' };
    const record = errorRecordOf(body.json);
    if (record !== undefined)
      return { kind: 'failed', error: sentError(JSON.parse(withoutKeys(JSON.stringify(record)))) };
    const message = `the server could not do ${kind}: ${withoutKeys(read.error)}`;
    return {
      kind: 'failed',
      error: read.category === 'user' ? new InputError(message) : new FailedError(message, { retryable: true }),
    };
  }
  if (status === 408) return { kind: 'again' };
  if (status === 429 || status === 402 || status >= 500) return { kind: 'unavailable' };
  // SkyRL answers with 400 and a sentence what an operation failed with, and proxies with 400 what they dislike.
  if (status === 400 || status === 422) {
    const isSentence = body.kind === 'json' && detailOf(body.json) !== undefined;
    return { kind: isSentence ? 'failed' : 'doubtful', error: refusal(kind, reply) };
  }
  if (status === 410) {
    const message = `the server no longer keeps the result of ${kind}: ${briefWordsOf(reply)}`;
    return { kind: 'doubtful', error: new ExpiredError(message, RESUME) };
  }
  if (status === 409) return { kind: 'doubtful', error: refusal(kind, reply) };
  if (status === 404) {
    const message = `the server does not know the request for ${kind}; it may have been restarted`;
    return { kind: 'doubtful', error: new ConnectionError(message, RESUME) };
  }
  return {
    kind: 'failed',
    error: new ConnectionError(`the server refuses ${kind}: ${wordsOf(reply)}`, { retryable: false }),
  };
}
