/** A session with a server: the handshake, the heartbeats, and the models that are made in it. */
import { Worker } from 'node:worker_threads';
import { ConnectionError, InputError, RltError, UnsupportedError } from '../../../errors.js';
import { expiryOf } from '../../remote/credentials.js';
import { CALLS, DELETE_CHECKPOINT_PATH, FUTURE_CALLS, HEADERS, JSON_TYPE } from '../protocol/endpoints.js';
import { EXTENSIONS, type Extension } from '../protocol/extensions.js';
import type { ClientConfig, SupportedModel } from '../protocol/session.js';
import { readWeightsPath } from '../protocol/storage.js';
import type { LoraConfig, WeightsInfo } from '../protocol/training.js';
import { Budget } from './budget.js';
import type { HeartbeatNews, HeartbeatSettings } from './heartbeat.js';
import { later } from './later.js';
import { type Limits, limitsOf } from './limits.js';
import { RESUME } from './replies.js';
import { SamplingSession } from './sampling-session.js';
import { type ModelSession, ServerModel } from './server-model.js';
import type { Transport } from './transport.js';

/** The level of the protocol that this client speaks; servers ask for it as the version of an SDK. */
export const PROTOCOL_VERSION = '0.25.0';

/** What the handshake found. */
export interface Handshake {
  readonly config: ClientConfig;
  readonly models: readonly SupportedModel[];
  readonly extensions: ReadonlySet<Extension>;
  readonly limits: Limits;
}

export class Session implements ModelSession {
  readonly transport: Transport;
  readonly handshake: Handshake;
  readonly id: string;
  /** Results that are read at a time, in bytes. */
  readonly downloads: Budget;
  readonly #worker: Worker;
  #models = 0;
  #samplers = 0;
  #renewal: NodeJS.Timeout | undefined;

  private constructor(transport: Transport, handshake: Handshake, id: string) {
    this.transport = transport;
    this.handshake = handshake;
    this.id = id;
    this.downloads = new Budget(handshake.limits.downloadBytes);
    this.#worker = this.#startHeartbeats();
  }

  /**
   * Introduces this client and opens a session.
   * @throws {ConnectionError} when the server cannot be reached, refuses the key, or is not a server of this protocol
   */
  static async open(transport: Transport, displayName: string): Promise<Session> {
    const patienceMs = transport.times.handshakePatienceMs;
    const version = { sdk_version: PROTOCOL_VERSION };
    const missing = (words: string) => new InputError(words);
    const config = await transport
      .call(CALLS.clientConfig, version, { patienceMs, missing })
      .catch((error: unknown) => {
        throw error instanceof InputError
          ? new ConnectionError(`the address ${transport.host} is not that of a Tinker service: ${error.summary}`, {
              retryable: false,
              remedy: transport.hasApiPath
                ? 'Give the address without /api/v1.'
                : 'Check the address: at /api/v1 behind it must be a server of the Tinker protocol.',
              cause: error,
            })
          : error;
      });
    transport.unpaidPatienceMs = 1000 * (config.billing_exception_max_pause_duration_sec ?? 3600);
    const expiry = config.pjwt_auth_enabled === true ? await renewCredential(transport) : undefined;
    const { supported_models: models } = await transport.call(CALLS.capabilities, {}, { patienceMs });
    const { session_id, error_message } = await transport.call(CALLS.createSession, {
      tags: [],
      user_metadata: { client: displayName },
      ...version,
    });
    if (error_message != null && error_message !== '')
      throw new ConnectionError(`the server at ${transport.host} refuses a session: ${error_message}`, {
        retryable: false,
      });
    const listed = new Set(config.rlt_extensions ?? []);
    const extensions = new Set(EXTENSIONS.filter((name) => listed.has(name)));
    const session = new Session(transport, { config, models, extensions, limits: limitsOf(config) }, session_id);
    if (expiry !== undefined) session.#renewBefore(expiry);
    return session;
  }

  has(extension: Extension): boolean {
    return this.handshake.extensions.has(extension);
  }

  /**
   * Makes a model that learns: an adapter, or without `lora` all weights.
   * @throws {UnsupportedError} when the server says that it trains another adapter than the one that was asked for
   */
  async createModel(baseModel: string, lora: LoraConfig | undefined, alpha?: number): Promise<ServerModel> {
    const body = {
      session_id: this.id,
      model_seq_id: this.#models++,
      base_model: baseModel,
      ...(lora !== undefined && { lora_config: lora }),
    };
    const created = await later(this, FUTURE_CALLS.createModel, body);
    const { model_id, lora_config } = await created.result;
    const model = new ServerModel(this, model_id);
    const differs = lora_config != null && lora !== undefined && otherAdapter(lora_config, lora, alpha);
    if (!differs) return model;
    await model.unload().catch(() => undefined);
    throw differs;
  }

  /**
   * Makes a model of saved weights, with the state of its optimiser or without. Servers load only as the first request
   * of a new model.
   */
  async loadModel(
    path: string,
    optimizer: boolean,
    info: WeightsInfo,
    lora: LoraConfig | undefined,
  ): Promise<ServerModel> {
    if (this.handshake.config.create_model_via_load_weights === true) {
      const body = { session_id: this.id, model_seq_id: this.#models++, path, optimizer };
      const loaded = await later(this, FUTURE_CALLS.loadWeights, body);
      const { model_id } = loaded.acknowledgement;
      if (model_id == null)
        throw new ConnectionError('the server does not say which model it loaded', { retryable: false });
      await loaded.result;
      return new ServerModel(this, model_id);
    }
    const model = await this.createModel(info.base_model, lora);
    try {
      await model.load(path, optimizer);
      return model;
    } catch (error) {
      await model.unload().catch(() => undefined);
      throw error;
    }
  }

  /** What saved weights are. @throws {InputError} when the server does not have them */
  weightsInfo(path: string): Promise<WeightsInfo> {
    const missing = (words: string) =>
      new InputError(
        words.includes(path) ? `the server says: ${words}` : `the server has no weights at ${path}: ${words}`,
        {
          remedy:
            'A server keeps weights in a folder of its own (--dir of rlt serve): start it with the one in which they were trained.',
        },
      );
    return this.transport.call(CALLS.weightsInfo, { tinker_path: path }, { missing });
  }

  /** Removes saved weights that nobody needs any more; a server that does not know how keeps them. */
  async forget(path: string): Promise<void> {
    const { run, kind = 'weights', name } = readWeightsPath(path);
    const parameters = { run, kind, name };
    const place = DELETE_CHECKPOINT_PATH.replaceAll(/:([a-z]+)/g, (_, key: keyof typeof parameters) =>
      encodeURIComponent(parameters[key]),
    );
    await this.transport
      .send({ method: 'DELETE', path: place, what: 'the removal of weights', patienceMs: 0 }, () => undefined)
      .catch((error: unknown) => {
        if (!(error instanceof RltError)) throw error;
      });
  }

  /** The tokenizer that the server names for a model; undefined where it names none, or has no such call. */
  async tokenizerOf(modelId: string): Promise<string | undefined> {
    try {
      const { model_data } = await this.transport.call(CALLS.getInfo, { model_id: modelId, type: 'get_info' });
      return model_data?.tokenizer_id ?? undefined;
    } catch (error) {
      if (error instanceof RltError && (error.code === 'input' || error.code === 'connection')) return undefined;
      throw error;
    }
  }

  /** Samples a base model. */
  async sampleBase(baseModel: string): Promise<SamplingSession> {
    const { sampling_session_id } = await this.transport.call(CALLS.createSamplingSession, {
      session_id: this.id,
      sampling_session_seq_id: this.nextSampler(),
      base_model: baseModel,
    });
    return new SamplingSession(this, sampling_session_id);
  }

  /** Samples saved weights. */
  async samplePath(path: string): Promise<SamplingSession> {
    const { sampling_session_id } = await this.transport.call(CALLS.createSamplingSession, {
      session_id: this.id,
      sampling_session_seq_id: this.nextSampler(),
      model_path: path,
    });
    return new SamplingSession(this, sampling_session_id);
  }

  nextSampler(): number {
    return this.#samplers++;
  }

  /** Ends the session; a server of an earlier version does not know how, and forgets it by itself. */
  async close(reason: 'success' | 'errored' | 'interrupted'): Promise<void> {
    clearTimeout(this.#renewal);
    await this.transport
      .call(
        CALLS.finishSession,
        { reason: { type: reason }, detail: null },
        { parameters: { session: this.id }, patienceMs: 0 },
      )
      .catch((error: unknown) => {
        if (!(error instanceof RltError)) throw error;
      });
    await this.#worker.terminate();
  }

  #startHeartbeats(): Worker {
    const { transport } = this;
    const { heartbeatMs, silenceMs } = transport.times;
    const settings: HeartbeatSettings = {
      url: transport.urlOf(CALLS.heartbeat.path),
      headers: this.#heartbeatHeaders(),
      body: JSON.stringify({ session_id: this.id, type: 'session_heartbeat' }),
      everyMs: heartbeatMs,
      silenceMs,
    };
    const worker = new Worker(new URL('./heartbeat.js', import.meta.url), { workerData: settings, execArgv: [] });
    worker.unref();
    worker.on('message', (news: HeartbeatNews) => {
      if (news.kind === 'alive') return transport.silence.heard();
      if (news.kind === 'missed') return transport.silence.unanswered(news.reason, silenceMs);
      const how =
        news.kind === 'over'
          ? `the server at ${transport.host} has ended the session (status ${news.status}); it may have been restarted`
          : `the server at ${transport.host} has not answered for ${Math.round(silenceMs / 1000)} s (${news.reason})`;
      transport.ending.end(new ConnectionError(how, RESUME));
    });
    worker.on('error', (cause) =>
      transport.ending.end(new ConnectionError('the thread of the heartbeats has failed', { retryable: false, cause })),
    );
    return worker;
  }

  #heartbeatHeaders(): Record<string, string> {
    return {
      ...this.transport.headers(),
      'content-type': JSON_TYPE,
      [HEADERS.idempotency]: `rlt-heartbeat-${this.id}`,
    };
  }

  /** Takes another token five minutes before the one in use expires, or half way where it lives less than ten. */
  #renewBefore(expiry: number): void {
    const left = expiry - Date.now();
    const wait = Math.max(1000, left > 600_000 ? left - 300_000 : left / 2);
    this.#renewal = setTimeout(
      async () => {
        const next = await renewCredential(this.transport).catch((cause: unknown) => {
          const error = new ConnectionError('the server does not renew the credential', { retryable: false, cause });
          this.transport.ending.end(error);
          return undefined;
        });
        this.#worker.postMessage(this.#heartbeatHeaders());
        if (next !== undefined) this.#renewBefore(next);
      },
      Math.min(wait, 2 ** 31 - 1),
    );
    this.#renewal.unref();
  }
}

/** Takes a token in place of the key; returns when it expires. */
async function renewCredential(transport: Transport): Promise<number | undefined> {
  const { jwt } = await transport.call(CALLS.token, {});
  transport.credential = jwt;
  return expiryOf(jwt);
}

/** What a server says of an adapter that it made, where it is not what was asked for. */
function otherAdapter(
  made: Pick<LoraConfig, 'alpha' | 'train_attn' | 'train_mlp'>,
  asked: LoraConfig,
  alpha: number | undefined,
): UnsupportedError | undefined {
  if (alpha !== undefined && made.alpha != null && made.alpha !== alpha)
    return new UnsupportedError(`the server trains adapters with an alpha of ${made.alpha}, not ${alpha}`, {
      remedy: `Set lora.alpha to ${made.alpha}.`,
    });
  const { train_attn = asked.train_attn, train_mlp = asked.train_mlp } = made;
  if (train_attn === asked.train_attn && train_mlp === asked.train_mlp) return undefined;
  const layers = [train_attn && 'attention', train_mlp && 'the MLP'].filter(Boolean).join(' and ');
  return new UnsupportedError(`the server trains adapters of ${layers || 'no layers'}, whatever is asked for`, {
    remedy: 'Set lora.targets to the layers that it trains.',
  });
}
