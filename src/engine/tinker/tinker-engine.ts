/** Engines on servers of the Tinker protocol. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectionError, InputError, UnsupportedError, UsageError } from '../../errors.js';
import { loadTokenizer } from '../../text/tokenizer/tokenizer.js';
import { checkSource, checkTraining } from '../calls.js';
import type { Engine, LoraSettings, Model, ModelFacts, ModelSource, Policy, ServedSource } from '../engine.js';
import type { ConnectOptions } from '../kind.js';
import { stopWhenSilent, whileConnecting } from '../remote/connecting.js';
import { type KeySource, readKey } from '../remote/credentials.js';
import { readModelConfig } from '../remote/model-config.js';
import { OpenCalls } from '../remote/open-calls.js';
import { BaseModel } from './base-model.js';
import { RESUME } from './client/replies.js';
import type { ServerModel } from './client/server-model.js';
import { Session } from './client/session.js';
import { TIMES, type Times } from './client/times.js';
import { Transport } from './client/transport.js';
import { type Borrowed, type Context, cannot } from './context.js';
import { checkSameForm, loraConfig, savedConfig } from './lora.js';
import { TinkerPolicy } from './policy.js';
import { DOCUMENTED, probe, SMALL_ADAPTER } from './probe/probe.js';
import { engineProfile, type Findings } from './profile.js';
import type { SupportedModel } from './protocol/session.js';
import { TrainedModel } from './trained-model.js';

export interface TinkerSettings extends KeySource {
  readonly url: string;
  /** Whether the server's arithmetic is measured; otherwise it is taken to be as the protocol says. */
  readonly probe: boolean;
  /** The base model on which the server's arithmetic is measured; null for the first that it can train. */
  readonly probeModel: string | null;
  readonly scoring: 'trainer' | 'sampler';
  /** Longest sequence in tokens, where the server does not say; null for what the model's config.json says. */
  readonly contextTokens: number | null;
}

const AGENT = 'rlt (a client of the Tinker protocol 0.25)';

/**
 * Connects to a server and measures what it does.
 * @throws {ConnectionError} when the server cannot be reached, refuses the key or does not speak the protocol
 */
export async function openTinkerEngine(
  settings: TinkerSettings,
  times: Partial<Times> = {},
  { note }: ConnectOptions = {},
): Promise<Engine> {
  const key = await readKey(settings);
  const transport = new Transport({
    url: settings.url,
    keys: settings,
    key,
    agent: AGENT,
    times: { ...TIMES, ...times },
    note,
  });
  const { silence, host } = transport;
  const end = (error: Error): void => transport.ending.end(error);
  const { requestMs, silenceMs } = transport.times;
  try {
    const handshake = { silence, end, patienceMs: requestMs };
    const session = await whileConnecting(handshake, () => Session.open(transport, 'rlt'));
    try {
      const measuring = { silence, end, patienceMs: silenceMs };
      const { probeModel } = settings;
      const findings = settings.probe ? await whileConnecting(measuring, () => probe(session, probeModel)) : DOCUMENTED;
      return new TinkerEngine(session, settings, findings, stopWhenSilent(host, measuring));
    } catch (error) {
      await session.close('errored');
      throw error;
    }
  } catch (error) {
    throw beforeAnyWork(error);
  }
}

/** An error while it is connected, when no stage is at work that a checkpoint could be of. */
function beforeAnyWork(error: unknown): unknown {
  if (!(error instanceof ConnectionError) || error.facts.remedy !== RESUME.remedy) return error;
  const remedy = 'Nothing was begun. Run it again when the server answers.';
  return new ConnectionError(error.summary, { ...error.facts, remedy });
}

class TinkerEngine implements Engine {
  readonly profile: Engine['profile'];
  readonly #session: Session;
  readonly #settings: TinkerSettings;
  readonly #findings: Findings;
  readonly #context: Context;
  readonly #calls = new OpenCalls();
  readonly #open = new Set<() => Promise<void>>();
  readonly #scorers = new Map<string, { readonly model: Promise<ServerModel>; users: number }>();
  readonly #facts = new Map<string, Promise<ModelFacts>>();
  readonly #endWatch: () => void;
  #closed: Promise<void> | undefined;

  /** @param endWatch ends what watches for a stop while the server is silent */
  constructor(session: Session, settings: TinkerSettings, findings: Findings, endWatch: () => void) {
    this.#endWatch = endWatch;
    this.#session = session;
    this.#settings = settings;
    this.#findings = findings;
    const scoring = typeof findings.training === 'string' ? 'sampler' : settings.scoring;
    this.profile = engineProfile(session, findings, scoring);
    this.#context = {
      session,
      findings,
      profile: this.profile,
      scoring,
      borrow: (baseModel) => this.#borrow(baseModel),
      track: (call) => this.#track(call),
      register: (close) => {
        this.#open.add(close);
        return () => this.#open.delete(close);
      },
    };
  }

  open(source: ModelSource): Promise<Model> {
    return this.#track(async () => {
      checkSource(source);
      const served = servedSource(source);
      if (!isPath(served.name)) {
        this.#base(served.name);
        return new BaseModel(this.#context, served, await this.#factsOf(served, served.name));
      }
      const info = await this.#session.weightsInfo(served.name);
      const lora = savedConfig(info);
      const facts = await this.#factsOf(served, info.base_model);
      const model = await this.#session.loadModel(served.name, false, info, lora);
      return new TrainedModel(this.#context, served, facts, model, lora);
    });
  }

  train(source: ModelSource, options: { readonly lora?: LoraSettings } = {}): Promise<Policy> {
    return this.#track(async () => {
      checkTraining(source, options);
      const { lora } = options;
      const served = servedSource(source);
      const { training } = this.#findings;
      if (typeof training === 'string') throw cannot('train', training);
      if (lora === undefined && !this.#session.has('full_fine_tuning'))
        throw new UnsupportedError('this server trains adapters only, not all weights', {
          remedy: 'Set lora to {} for an adapter of rank 16.',
        });
      const config = lora && loraConfig(this.#session, lora);
      if (!isPath(served.name)) {
        if (this.#base(served.name).trainable === false)
          throw new UnsupportedError(`the server does not train ${served.name}`, { remedy: this.#known('trainable') });
        const facts = await this.#factsOf(served, served.name);
        const model = await this.#session.createModel(served.name, config, lora?.alpha);
        await this.#checkTokenizer(model, served);
        return new TinkerPolicy(this.#context, served, facts, model, config, training.form);
      }
      const info = await this.#session.weightsInfo(served.name);
      checkSameForm(info, config);
      const facts = await this.#factsOf(served, info.base_model);
      const model = await this.#session.loadModel(served.name, false, info, config ?? savedConfig(info));
      return new TinkerPolicy(this.#context, served, facts, model, config, training.form);
    });
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#calls.ended();
      await Promise.allSettled([...this.#open].map((close) => close()));
      this.#endWatch();
      await this.#session.close('success');
      this.#session.transport.ending.end(new UsageError('the engine was closed'));
    })();
    return this.#closed;
  }

  #track<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(new UsageError('the engine was closed'));
    return this.#calls.add(call());
  }

  /** @throws {InputError} when the server lacks the base model; it names those that the server has */
  #base(name: string): SupportedModel {
    const found = this.#session.handshake.models.find(({ model_name }) => model_name === name);
    if (found !== undefined) return found;
    throw new InputError(`the server at ${this.#session.transport.host} has no model named ${name}`, {
      remedy: this.#known(),
    });
  }

  /**
   * The protocol has no way to encode a text on the server. Some servers on the same machine name the folder of their
   * tokenizer, which then must be the one that prompts are encoded with.
   * @throws {InputError} when it is another one
   */
  async #checkTokenizer(model: ServerModel, { name, tokenizer }: ServedSource): Promise<void> {
    const folder = await this.#session.tokenizerOf(model.id);
    if (folder === undefined) return;
    const [here, there] = await Promise.all([tokenizer, folder].map((one) => tokenizerFile(one)));
    if (here === undefined || there === undefined || here.equals(there)) return;
    await model.unload().catch(() => undefined);
    throw new InputError(`the tokenizer of ${name} on the server is another one than in ${tokenizer}`, {
      field: 'tokenizer',
      remedy: `Set it to ${folder}, or to a copy.`,
    });
  }

  #known(ability?: 'trainable'): string {
    const models = this.#session.handshake.models.filter((model) => ability === undefined || model[ability] !== false);
    return models.length === 0 ? 'It has none.' : `It has ${models.map(({ model_name }) => model_name).join(', ')}.`;
  }

  async #borrow(baseModel: string): Promise<Borrowed> {
    const scorer = this.#scorers.get(baseModel) ?? {
      model: this.#session.createModel(baseModel, SMALL_ADAPTER),
      users: 0,
    };
    this.#scorers.set(baseModel, scorer);
    scorer.users += 1;
    const giveBack = async () => {
      scorer.users -= 1;
      if (scorer.users > 0) return;
      this.#scorers.delete(baseModel);
      await (await scorer.model).unload().catch(() => undefined);
    };
    try {
      return { model: await scorer.model, giveBack };
    } catch (error) {
      this.#scorers.delete(baseModel);
      throw error;
    }
  }

  #factsOf(source: ServedSource, baseModel: string): Promise<ModelFacts> {
    const key = JSON.stringify([source.tokenizer, baseModel]);
    const known = this.#facts.get(key) ?? this.#readFacts(source, baseModel);
    this.#facts.set(key, known);
    known.catch(() => this.#facts.delete(key));
    return known;
  }

  async #readFacts({ tokenizer }: ServedSource, baseModel: string): Promise<ModelFacts> {
    const config = await readModelConfig(tokenizer);
    const said = this.#session.handshake.models.find(({ model_name }) => model_name === baseModel)?.max_context_length;
    const contextTokens = said ?? this.#settings.contextTokens ?? config.max_position_embeddings;
    if (contextTokens == null)
      throw new InputError(`the server does not say how long a sequence ${baseModel} can read`, {
        field: 'contextTokens',
        remedy: 'Set contextTokens of the engine, or put the config.json of the model beside its tokenizer.',
      });
    // Ids are checked here: some servers take those of no token and compute NaN.
    const vocabularySize = config.vocab_size ?? (await loadTokenizer(tokenizer)).vocabularySize;
    return { vocabularySize, contextTokens, parameters: undefined };
  }
}

/** Undefined where there is none: what a server names need not be a folder, nor one of this machine. */
const tokenizerFile = (folder: string): Promise<Buffer | undefined> =>
  readFile(join(folder, 'tokenizer.json')).catch(() => undefined);

const isPath = (name: string): boolean => name.startsWith('tinker://');

function servedSource(source: ModelSource): ServedSource {
  if (source.kind === 'served') return source;
  throw new UnsupportedError(`a server of the Tinker protocol cannot open the directory ${source.directory}`, {
    remedy: 'Write served: and the name that the server has for the model.',
  });
}
