/** Requests to a server, repeated by the protocol's rules until they are answered or refused. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { ConnectionError, RltError } from '../../../errors.js';
import { type KeySource, keepKey } from '../../remote/credentials.js';
import { Ending, pauseAfter } from '../../remote/ending.js';
import {
  attempt,
  busyServer,
  isPermanent,
  isRedirect,
  MOST_NEWS_BYTES,
  type Reply,
  redirected,
  Unreachable,
  unauthorised,
  unreachable,
} from '../../remote/http.js';
import { Silence } from '../../remote/silence.js';
import { API, type Call, HEADERS, JSON_TYPE, PROTOBUF } from '../protocol/endpoints.js';
import { detailOf, readBody } from '../protocol/futures.js';
import { refusal, wordsOf } from './replies.js';
import type { Times } from './times.js';

/** A logical request: all its attempts are one to the server. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below /api/v1/. */
  readonly path: string;
  /** What it is, for messages: "create_model". */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly timeoutMs?: number;
  readonly patienceMs?: number;
  readonly mostBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** The error of a reply 404 or 410; without it, the server has lost something that it had. */
  readonly missing?: (words: string) => Error;
}

/** What to do after a reply: be done, try again (a limited number of times or while there is patience), or give up. */
export type Verdict = 'done' | 'repeat' | 'repeat briefly' | 'refused' | 'unauthorised' | 'unpaid';

export function verdictOf({ status, body }: Pick<Reply, 'status' | 'body'>): Verdict {
  if (status >= 200 && status < 300) return body.kind === 'other' && body.text !== '' ? 'repeat briefly' : 'done';
  if (status === 401 || status === 403) return 'unauthorised';
  if (status === 402) return 'unpaid';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'repeat';
  // A proxy in between may say any of these; a server that means it says it again.
  if (status === 409) return 'repeat briefly';
  const isOfTheServer = body.kind === 'json' && detailOf(body.json) !== undefined;
  if ((status === 400 || status === 410) && !isOfTheServer) return 'repeat briefly';
  return 'refused';
}

/** How often a reply is doubted that a server may or may not mean. */
const BRIEFLY = 4;
/** How long a server may wait for its bill to be paid. */
const UNPAID_PAUSE_MS = 5000;

export interface TransportSettings {
  readonly url: string;
  readonly keys: KeySource;
  readonly key: string | undefined;
  readonly agent: string;
  readonly times: Times;
  /** Told of a server that gives no answer, and that it answers again. */
  readonly note?: ((text: string) => void) | undefined;
}

export class Transport {
  readonly host: string;
  readonly times: Times;
  readonly silence: Silence;
  /** When the engine is closed or its session is lost, with the error of every call from then on. */
  readonly ending = new Ending();
  readonly #base: string;
  readonly #settings: TransportSettings;
  #credential: string | undefined;
  unpaidPatienceMs = 3_600_000;

  constructor(settings: TransportSettings) {
    const url = new URL(settings.url);
    this.host = url.host;
    this.times = settings.times;
    this.silence = new Silence(url.host, settings.note, settings.times.untoldMs);
    this.#base = new URL(API.slice(1), `${url.origin}${url.pathname.replace(/\/*$/, '/')}`).href;
    this.#settings = settings;
    this.#credential = settings.key;
  }

  /** What goes with every request, also those of heartbeats. */
  headers(): Record<string, string> {
    return {
      'user-agent': this.#settings.agent,
      accept: JSON_TYPE,
      ...(this.#credential !== undefined && { [HEADERS.key]: this.#credential }),
    };
  }

  set credential(credential: string) {
    keepKey(credential);
    this.#credential = credential;
  }

  /** Whether the address ends in what is put behind it. */
  get hasApiPath(): boolean {
    return new URL(this.#settings.url).pathname.includes('/api');
  }

  urlOf(path: string): string {
    return this.#base + path;
  }

  /** A call that is answered at once; `parameters` are those of its path. */
  async call<Body extends z.ZodType, Answer extends z.ZodType>(
    { method, path, request, response }: Call<Body, Answer>,
    body: z.input<Body>,
    options: Pick<Request, 'patienceMs' | 'signal' | 'headers' | 'missing'> & {
      readonly parameters?: Readonly<Record<string, string>>;
      readonly query?: string;
    } = {},
  ): Promise<z.output<Answer>> {
    const { parameters = {}, query = '', ...rest } = options;
    const place = path.replaceAll(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
    const json = method === 'GET' ? undefined : JSON.stringify(readBody(request, body, `the request ${path}`));
    return this.send(
      {
        ...rest,
        method,
        path: `${place}${query}`,
        what: path.split('/:')[0] ?? path,
        mostBytes: MOST_NEWS_BYTES,
        ...(json !== undefined && { body: json }),
      },
      (reply) => readBody(response, reply.body.kind === 'json' ? reply.body.json : {}, `the reply to ${path}`),
    );
  }

  /**
   * Sends a request until it is answered, and reads the answer with `read`. An answer that `read` refuses is asked for
   * again: it may have been damaged on the way.
   * @throws {ConnectionError} when the server cannot be reached or gives no usable answer; what `refusal` makes of a reply
   * that refuses the request
   */
  async send<Answer>(request: Request, read: (reply: Reply) => Answer): Promise<Answer> {
    const { times } = this;
    const { method, path, what, body, headers = {}, signal } = request;
    const { timeoutMs = times.requestMs, patienceMs = times.patienceMs, mostBytes } = request;
    const isMessage = body instanceof Uint8Array;
    // The same key for all attempts: a server that saw one of them knows the others.
    const idempotency = method === 'GET' ? {} : { [HEADERS.idempotency]: `rlt-retry-${randomUUID()}` };
    const content = body === undefined ? {} : { 'content-type': isMessage ? PROTOBUF : JSON_TYPE };
    const began = Date.now();
    let doubts = 0;
    let unpaidSince: number | undefined;
    // Whether the server may have seen an attempt that was not answered.
    let reached = false;
    for (let attempts = 0; ; attempts++) {
      const ended = this.ending.orBy(signal);
      if (ended.aborted) throw this.ending.errorOf(signal);
      let waitMs = pauseAfter(times, attempts);
      try {
        const reply = await attempt({
          method,
          url: this.urlOf(path),
          headers: { ...this.headers(), ...content, ...idempotency, ...headers },
          ...(body !== undefined && { body }),
          timeoutMs,
          mostBytes,
          signal: ended,
        });
        const verdict = verdictOf(reply);
        if (verdict !== 'repeat' && verdict !== 'unpaid') this.silence.heard();
        if (verdict === 'done') {
          try {
            return read(reply);
          } catch (error) {
            reached = true;
            if (++doubts >= BRIEFLY) throw broken(this.host, what, error);
          }
        } else if (verdict === 'unauthorised') {
          const { key, keys } = this.#settings;
          throw unauthorised(this.host, key, keys, wordsOf(reply));
        } else if (verdict === 'refused') throw this.#refused(request, reply);
        else if (verdict === 'unpaid') {
          unpaidSince ??= Date.now();
          if (Date.now() - unpaidSince > this.unpaidPatienceMs)
            throw new ConnectionError(`the server asks for payment: ${wordsOf(reply)}`, { retryable: true });
          this.silence.unanswered(wordsOf(reply), this.unpaidPatienceMs);
          waitMs = Math.min(UNPAID_PAUSE_MS, times.mostBackoffMs);
        } else {
          reached ||= reply.status !== 429;
          if (verdict === 'repeat briefly' && ++doubts >= BRIEFLY) throw this.#refused(request, reply);
          if (Date.now() - began > patienceMs)
            throw busyServer(this.host, what, wordsOf(reply), { retryable: !reached });
          if (verdict === 'repeat') this.silence.unanswered(wordsOf(reply), patienceMs);
          waitMs = reply.retryAfterMs ?? waitMs;
        }
      } catch (error) {
        if (!(error instanceof Unreachable)) throw ended.aborted ? this.ending.errorOf(signal) : error;
        reached ||= error.reason !== 'ECONNREFUSED';
        if (isPermanent(error) || Date.now() - began > patienceMs)
          throw unreachable(this.host, error, { retryable: !reached });
        this.silence.unanswered(error.reason, patienceMs);
      }
      await delay(waitMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  #refused({ what, missing }: Request, reply: Reply): Error {
    const { status } = reply;
    if (missing !== undefined && (status === 404 || status === 410)) return missing(wordsOf(reply));
    if (isRedirect(reply)) return redirected(this.host, wordsOf(reply));
    if (status !== 404) return refusal(what, reply);
    return new ConnectionError(`the server at ${this.host} does not know what ${what} is about: ${wordsOf(reply)}`, {
      retryable: false,
      remedy: 'If it was restarted, resume from the last checkpoint.',
    });
  }
}

/** The error of an answer that is not what the protocol promises. */
export function broken(host: string, what: string, error: unknown): Error {
  const how = error instanceof RltError ? error.summary : String(error);
  return new ConnectionError(
    `the server at ${host} answers ${what} with something that the protocol does not have: ${how}`,
    {
      retryable: false,
      remedy: 'Check that the address is that of a Tinker service.',
      cause: error,
    },
  );
}
