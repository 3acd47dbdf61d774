/** Requests to a server of the completions API. All of them can be repeated: none changes what a later one gives. */
import { setTimeout as delay } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import type { z } from 'zod';
import { ConnectionError, type ErrorFacts, InputError } from '../../errors.js';
import type { KeySource } from '../remote/credentials.js';
import { Ending, pauseAfter } from '../remote/ending.js';
import {
  busyServer,
  isPermanent,
  isRedirect,
  MOST_NEWS_BYTES,
  type Reply,
  redirected,
  Unreachable,
  unauthorised,
  unreachable,
} from '../remote/http.js';
import { Silence, UNTOLD_MS } from '../remote/silence.js';
import { Connections } from './exchange.js';
import { errorBody } from './messages.js';
import { Pulse } from './pulse.js';

export const MODELS = '/v1/models';

/** How long the client waits for what, in milliseconds. */
export interface Times {
  /** Of one attempt of a request that is answered at once. */
  readonly requestMs: number;
  /** Between attempts: doubled after each, up to `mostBackoffMs`. */
  readonly backoffMs: number;
  readonly mostBackoffMs: number;
  /** How long attempts are repeated while the server gives no answer. */
  readonly patienceMs: number;
  /** The same for the handshake: a wrong address should not take minutes. */
  readonly handshakePatienceMs: number;
  /** How long nothing is said of a server that does not answer. */
  readonly untoldMs: number;
  /** How often, while completions are under way, a server that says nothing is asked whether it is there. */
  readonly pulseMs: number;
}

export const TIMES: Times = {
  requestMs: 60_000,
  backoffMs: 500,
  mostBackoffMs: 30_000,
  patienceMs: 300_000,
  handshakePatienceMs: 15_000,
  untoldMs: UNTOLD_MS,
  pulseMs: 10_000,
};

export interface ClientSettings extends KeySource {
  readonly url: string;
  readonly requestsInFlight: number;
  readonly timeoutSeconds: number;
}

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs?: number;
  readonly patienceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A status that says to ask again. 500 may be meant: a worker of the server failed at this very request. */
const isBusy = (status: number): boolean => [408, 425, 429, 502, 503, 504].includes(status);
const MOST_FAILURES = 3;

export class Client {
  readonly host: string;
  readonly times: Times;
  readonly silence: Silence;
  readonly ending = new Ending();
  readonly #base: string;
  readonly #settings: ClientSettings;
  readonly #key: string | undefined;
  readonly #connections: Connections;
  readonly #limit: LimitFunction;
  /** Looks, while completions are under way, whether the server still answers. */
  readonly #pulse: Pulse;

  constructor(settings: ClientSettings, key: string | undefined, times: Times, note?: (text: string) => void) {
    const url = new URL(settings.url);
    this.host = url.host;
    this.times = times;
    this.silence = new Silence(url.host, note, times.untoldMs);
    this.#base = `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}`;
    this.#settings = settings;
    this.#key = key;
    // Some connections stay free for what is answered at once.
    this.#connections = new Connections(url.origin, settings.requestsInFlight + 4);
    this.#limit = pLimit(settings.requestsInFlight);
    this.#pulse = new Pulse(
      this.silence,
      times,
      () => this.#beat(),
      (reason) => this.ending.end(unreachable(this.host, reason, { retryable: true })),
    );
  }

  /** A completion, when the server has room for it. */
  complete<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
    signal: AbortSignal | undefined,
  ): Promise<z.output<Schema>> {
    const timeoutMs = this.#settings.timeoutSeconds * 1000;
    return this.#limit(() =>
      this.#pulse.during(() => this.json({ method: 'POST', path, body, timeoutMs, signal }, schema)),
    );
  }

  /** @throws {InputError} when the server refuses; {ConnectionError} when its answer is not of this form */
  async json<Schema extends z.ZodType>(ask: Ask, schema: Schema): Promise<z.output<Schema>> {
    for (let doubts = 1; ; doubts++) {
      const reply = this.accepted(ask, await this.send(ask));
      if (reply.body.kind !== 'json') {
        // A proxy may say so once: "please wait", and 200.
        if (doubts === MOST_FAILURES) throw this.broken(ask.path, wordsOf(reply));
        await delay(pauseAfter(this.times, doubts), undefined, { signal: this.ending.signal }).catch(() => undefined);
        continue;
      }
      const { data, error } = schema.safeParse(reply.body.json);
      if (error === undefined) return data as z.output<Schema>;
      const [first] = error.issues;
      const place = first === undefined || first.path.length === 0 ? '' : `${first.path.join('.')}: `;
      throw this.broken(ask.path, `${place}${first?.message ?? error.message}`);
    }
  }

  /** @throws {InputError} when the reply refuses what was asked */
  accepted({ path }: Ask, reply: Reply, facts: ErrorFacts = {}): Reply {
    const { status } = reply;
    if (status >= 200 && status < 300) return reply;
    const asked = `${new URL(this.#base).pathname.replace(/\/$/, '')}${path}`;
    if (status >= 500)
      throw new ConnectionError(`the server at ${this.host} fails at ${asked}: ${wordsOf(reply)}`, {
        remedy: 'See what its log says, then resume with the same command.',
        ...facts,
        retryable: true,
      });
    if (isRedirect(reply)) throw redirected(this.host, wordsOf(reply));
    throw new InputError(`the server at ${this.host} refuses ${asked}: ${wordsOf(reply)}`, facts);
  }

  broken(path: string, how: string): ConnectionError {
    return new ConnectionError(`the server at ${this.host} answers ${path} with something unexpected: ${how}`, {
      retryable: false,
      remedy: 'Check that the address is that of a server of the completions API; docs/engines.md names those.',
    });
  }

  /**
   * Sends a request until it is answered, by whatever status.
   * @throws {ConnectionError} when there is no answer, or the key is refused; {InterruptedError} when it is aborted
   */
  async send({ method, path, body, timeoutMs, patienceMs, signal }: Ask): Promise<Reply> {
    const { times } = this;
    const allMs = patienceMs ?? times.patienceMs;
    const began = Date.now();
    let failures = 0;
    for (let attempts = 0; ; attempts++) {
      const ended = this.ending.orBy(signal);
      if (ended.aborted) throw this.ending.errorOf(signal);
      let waitMs = pauseAfter(times, attempts);
      const isOver = () => Date.now() - began > allMs;
      try {
        const reply = await this.#connections.exchange({
          method,
          url: this.#base + path,
          headers: { ...this.#headers(), ...(body !== undefined && { 'content-type': 'application/json' }) },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          timeoutMs: timeoutMs ?? times.requestMs,
          mostBytes: method === 'GET' ? MOST_NEWS_BYTES : undefined,
          signal: ended,
        });
        const busy = isBusy(reply.status);
        if (!busy) this.silence.heard();
        if (reply.status === 401 || reply.status === 403)
          throw unauthorised(this.host, this.#key, this.#settings, wordsOf(reply));
        const fails = reply.status === 500 && ++failures < MOST_FAILURES;
        if (!fails && !busy) return reply;
        if (isOver()) throw busyServer(this.host, path, wordsOf(reply), { retryable: true });
        if (busy) this.silence.unanswered(wordsOf(reply), allMs);
        waitMs = reply.retryAfterMs ?? waitMs;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw ended.aborted ? this.ending.errorOf(signal) : error;
        // A request that timed out would time out again, and the server has work that nobody waits for.
        if (isPermanent(error) || error.reason === 'TIMEOUT' || isOver())
          throw unreachable(this.host, error, { retryable: true });
        this.silence.unanswered(error.reason, allMs);
      }
      await delay(waitMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  close(): void {
    this.ending.end(new ConnectionError('the engine was closed'));
    this.#connections.close();
  }

  /** The shortest request there is. */
  async #beat(): Promise<void> {
    const { pulseMs: timeoutMs } = this.times;
    const url = this.#base + MODELS;
    await this.#connections.exchange({
      method: 'GET',
      url,
      headers: this.#headers(),
      timeoutMs,
      signal: this.ending.signal,
    });
  }

  #headers(): Record<string, string> {
    return {
      accept: 'application/json',
      'user-agent': 'rlt',
      ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` }),
    };
  }
}

/** What a reply says in words. */
export function wordsOf({ status, body }: Reply): string {
  const said = body.kind === 'json' ? errorBody.safeParse(body.json).data?.error.message : undefined;
  const text = said ?? (body.kind === 'json' ? JSON.stringify(body.json) : body.kind === 'other' ? body.text : '');
  const brief = text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
  return brief === '' ? `status ${status}` : said === undefined ? `status ${status}: ${brief}` : brief;
}
