/**
 * A model that a server keeps, with its sequence numbers. Requests are numbered as they are accepted: each is sent once
 * the one before is acknowledged, and none waits for the result of another.
 */
import { ConnectionError, InputError, NumericError } from '../../../errors.js';
import { asLogProbs } from '../../../method/statistics.js';
import type { TokenLogProbs } from '../../engine.js';
import type { Reply } from '../../remote/http.js';
import { outputColumn } from '../protocol/arrays.js';
import { FORWARD_BACKWARD_PATH, FUTURE_CALLS } from '../protocol/endpoints.js';
import type { Extension } from '../protocol/extensions.js';
import { type Datum, FORWARD_BACKWARD_OUTPUT, FORWARD_BACKWARD_REQUEST } from '../protocol/messages.js';
import type { AdamParams } from '../protocol/training.js';
import { zstdFrame } from '../protocol/zstd.js';
import { Budget } from './budget.js';
import { type Accepted, accepted, type Connection, later } from './later.js';
import type { Limits } from './limits.js';
import { SamplingSession } from './sampling-session.js';

/** What a model needs of its session. */
export interface ModelSession extends Connection {
  readonly handshake: { readonly limits: Limits };
  has(extension: Extension): boolean;
  /** The number of the next sampling session. */
  nextSampler(): number;
  samplePath(path: string): Promise<SamplingSession>;
}

/** The log-probs that are expected of a sequence: one for each target, or those before these positions alone. */
export interface ExpectedLogProbs {
  readonly targets: number;
  readonly positions?: readonly number[];
}

/** A pass over sequences: forward alone, or with a loss whose gradient is added. */
export interface Pass {
  readonly loss: string;
  readonly config?: ReadonlyMap<string, number>;
  readonly forwardOnly: boolean;
  readonly data: readonly Datum[];
  readonly expected: readonly ExpectedLogProbs[];
  readonly signal?: AbortSignal | undefined;
}

/** What a step reports. */
export interface StepReport {
  readonly gradientNorm: number | undefined;
}

export class ServerModel {
  readonly session: ModelSession;
  readonly id: string;
  /** Requests whose results are not there: memory for them is bounded on both sides. */
  readonly #inFlight: Budget;
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: ModelSession, id: string) {
    this.session = session;
    this.id = id;
    this.#inFlight = new Budget(session.handshake.limits.trainingInFlight);
  }

  /** How many requests were accepted: a part of names that are never used twice. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Log-probs of every target of each sequence. */
  pass({ loss, config = new Map(), forwardOnly, data, expected, signal }: Pass): Promise<Accepted<TokenLogProbs[]>> {
    const { compress } = this.session.handshake.limits;
    return this.#numbered(async (number) => {
      const message = FORWARD_BACKWARD_REQUEST.encode({
        model_id: this.id,
        seq_id: number,
        data,
        loss_fn: loss,
        loss_fn_config: config,
        forward_only: forwardOnly,
      });
      const request = {
        method: 'POST' as const,
        path: FORWARD_BACKWARD_PATH,
        what: FORWARD_BACKWARD_PATH,
        body: compress ? zstdFrame(message) : message,
        ...(compress && { headers: { 'content-encoding': 'zstd' } }),
      };
      const kind = forwardOnly ? 'Forward' : 'ForwardBackward';
      return accepted(this.session, request, kind, true, (reply) => readLogProbs(reply, expected), signal);
    });
  }

  step(adam_params: AdamParams): Promise<Accepted<StepReport>> {
    return this.#numbered(async (seq_id) => {
      const sent = await later(this.session, FUTURE_CALLS.optimStep, { adam_params, model_id: this.id, seq_id });
      return { ...sent, result: handled(sent.result.then(({ metrics }) => ({ gradientNorm: normIn(metrics ?? {}) }))) };
    });
  }

  /** Saves weights and optimiser; the result is their path. */
  save(name: string): Promise<Accepted<string>> {
    return this.#numbered(async (seq_id) => {
      const body = { model_id: this.id, path: name, seq_id };
      const sent = await later(this.session, FUTURE_CALLS.saveWeights, body);
      return { ...sent, result: handled(sent.result.then(({ path }) => path)) };
    });
  }

  /** Makes the weights as they are now ready for sampling. */
  snapshot(): Promise<Accepted<SamplingSession>> {
    return this.#numbered(async (seq_id) => {
      const body = { model_id: this.id, sampling_session_seq_id: this.session.nextSampler(), seq_id };
      const sent = await later(this.session, FUTURE_CALLS.saveForSampler, body);
      const open = async () => {
        const { path, sampling_session_id } = await sent.result;
        if (sampling_session_id != null) return new SamplingSession(this.session, sampling_session_id);
        if (path != null) return this.session.samplePath(path);
        throw new ConnectionError('the server does not say where it saved the weights', { retryable: false });
      };
      return { ...sent, result: handled(open()) };
    });
  }

  /** Loads saved weights: only as the first request of a model. */
  async load(path: string, optimizer: boolean): Promise<void> {
    const sent = await this.#numbered((seq_id) =>
      later(this.session, FUTURE_CALLS.loadWeights, { model_id: this.id, seq_id, path, optimizer }),
    );
    await sent.result;
  }

  /** Forgets the accumulated gradient, on servers with that extension. */
  async discardGradient(): Promise<void> {
    const sent = await this.#numbered((seq_id) =>
      later(this.session, FUTURE_CALLS.discardGradient, { model_id: this.id, seq_id }),
    );
    await sent.result;
  }

  /** Moves these weights towards those that `from` has now, on servers with that extension. */
  blend(from: string, share: number): Promise<Accepted<void>> {
    return this.#numbered(async (seq_id) => {
      const sent = await later(this.session, FUTURE_CALLS.blend, { model_id: this.id, seq_id, from, share });
      return { ...sent, result: handled(sent.result.then(() => undefined)) };
    });
  }

  async unload(): Promise<void> {
    const sent = await later(this.session, FUTURE_CALLS.unloadModel, { model_id: this.id });
    await sent.result;
  }

  /** A number that a refused request did not use is that of the next. */
  #numbered<Result>(send: (number: number) => Promise<Accepted<Result>>): Promise<Accepted<Result>> {
    const sent = this.#last.then(async () => {
      const release = await this.#inFlight.take(1);
      try {
        const accepted = await send(this.#sequence + 1);
        this.#sequence += 1;
        accepted.result.then(release, release);
        return accepted;
      } catch (error) {
        release();
        throw error;
      }
    });
    this.#last = sent.catch(() => undefined);
    return sent;
  }
}

/** Waited for later: until then, a rejection must not count as unhandled. */
function handled<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}

/** @throws {InputError} when the result is not that of these sequences; {NumericError} when a log-prob is not finite */
function readLogProbs({ body }: Reply, expected: readonly ExpectedLogProbs[]): TokenLogProbs[] {
  if (body.kind !== 'protobuf') throw new InputError('the result is not a message');
  const rows = outputColumn(FORWARD_BACKWARD_OUTPUT.decode(body.bytes), 'logprobs');
  if (rows.length !== expected.length)
    throw new InputError(`the result has the log-probs of ${rows.length} of ${expected.length} sequences`);
  return rows.map((row, sample) => {
    const { targets, positions } = expected[sample] ?? { targets: 0 };
    if (row.length !== targets)
      throw new InputError(`the result has ${row.length} of ${targets} log-probs`, { sample });
    const isBad = (i: number) => !Number.isFinite(row[i]);
    const bad =
      positions === undefined ? row.findIndex((_, i) => isBad(i)) : (positions.find((at) => isBad(at - 1)) ?? 0) - 1;
    if (bad >= 0)
      throw new NumericError(`the server computes the log-prob ${row[bad]}`, { tensor: 'logProbs', sample });
    return asLogProbs(row);
  });
}

/** Servers name it differently: grad_norm:mean, skyrl.ai/grad_norm, ... */
function normIn(metrics: Readonly<Record<string, number | null>>): number | undefined {
  const found = Object.entries(metrics).find(([name, value]) => /grad(ient)?_?norm/i.test(name) && value !== null);
  return found?.[1] ?? undefined;
}
