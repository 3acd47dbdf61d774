/** Engines on servers of the completions API. */
import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError, UnsupportedError, UsageError } from '../../errors.js';
import { tokenIds } from '../../text/tokens.js';
import { checkSource } from '../calls.js';
import type {
  DirectorySource,
  Engine,
  EngineProfile,
  Model,
  ModelFacts,
  ModelSource,
  ServedSource,
} from '../engine.js';
import type { ConnectOptions } from '../kind.js';
import { whileConnecting } from '../remote/connecting.js';
import { readKey } from '../remote/credentials.js';
import { readModelConfig } from '../remote/model-config.js';
import { OpenCalls } from '../remote/open-calls.js';
import { Client, type ClientSettings, MODELS, TIMES, type Times } from './client.js';
import type { Dialect } from './dialect.js';
import { openLlamaCpp } from './llama-cpp.js';
import { type ListedModel, modelList } from './messages.js';
import { ServedModel } from './served-model.js';
import { checkTokenizer } from './tokenizers.js';
import { openVllm } from './vllm.js';
import { type Hold, Weights } from './weights.js';

export interface CompletionsSettings extends ClientSettings {
  /** The model of the server that takes weights or carries adapters; null for the only one. */
  readonly model: string | null;
}

/** How many calls are worth having in flight: servers batch what they have. */
const CALLS_IN_FLIGHT = 16;

const NO_IDS = tokenIds([]);

/**
 * Connects to a server and finds out what it does.
 * @throws {ConnectionError} when the server cannot be reached, refuses the key or does not speak the protocol
 * @throws {UnsupportedError} when it is of a kind that is not known
 */
export async function openCompletionsEngine(
  settings: CompletionsSettings,
  times: Partial<Times> = {},
  { note }: ConnectOptions = {},
): Promise<Engine> {
  const client = new Client(settings, await readKey(settings), { ...TIMES, ...times }, note);
  const { silence } = client;
  const end = (error: Error): void => client.ending.end(error);
  try {
    return await whileConnecting({ silence, end, patienceMs: client.times.requestMs }, async () => {
      const patienceMs = client.times.handshakePatienceMs;
      const { data } = await client.json({ method: 'GET', path: MODELS, patienceMs }, modelList);
      const [first] = data;
      if (first === undefined) throw new InputError(`the server at ${client.host} has no models`);
      return new CompletionsEngine(client, settings, await dialectOf(client, first), data);
    });
  } catch (error) {
    client.close();
    throw error;
  }
}

function dialectOf(client: Client, { id, owned_by }: ListedModel): Promise<Dialect> | Dialect {
  if (owned_by === 'vllm') return openVllm(client, id);
  if (owned_by === 'llamacpp') return openLlamaCpp(client);
  throw new UnsupportedError(`the server at ${client.host} says that it is ${owned_by ?? 'of no kind'}`, {
    remedy: 'This version knows vLLM (owned_by vllm) and the server of llama.cpp (owned_by llamacpp).',
  });
}

class CompletionsEngine implements Engine {
  readonly profile: EngineProfile;
  readonly #client: Client;
  readonly #settings: CompletionsSettings;
  readonly #dialect: Dialect;
  readonly #calls = new OpenCalls();
  readonly #open = new Set<ServedModel>();
  readonly #weights = new Map<string, Weights>();
  readonly #vocabularies = new Map<string, Promise<number>>();
  #closed: Promise<void> | undefined;

  constructor(client: Client, settings: CompletionsSettings, dialect: Dialect, models: readonly ListedModel[]) {
    this.#client = client;
    this.#settings = settings;
    this.#dialect = dialect;
    const { weights, score } = dialect;
    const takesFolders = weights !== undefined && (weights.adapters || weights.reload);
    this.profile = {
      name: `${dialect.name} at ${client.host}`,
      anyTemperature: false,
      scoring: score !== undefined,
      sampledLogProbs: dialect.logProbsOf({ temperature: 0.5, maxTokens: 1, stopIds: NO_IDS }),
      training: undefined,
      sources: takesFolders ? ['served', 'directory'] : ['served'],
      served: models.map(({ id }) => id),
      policies: { adapters: weights?.adapters ?? false, weights: weights?.reload ?? false },
      requestTokens: undefined,
      callsInFlight: CALLS_IN_FLIGHT,
      deterministic: false,
    };
  }

  open(source: ModelSource): Promise<Model> {
    return this.#track(async () => {
      checkSource(source);
      return source.kind === 'served' ? this.#openServed(source) : this.#openDirectory(source);
    });
  }

  train(): Promise<never> {
    return Promise.reject(
      new UnsupportedError(`${this.profile.name} cannot train`, { remedy: 'Train on another engine.' }),
    );
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#calls.ended();
      await Promise.allSettled([...this.#open].map((model) => model.close()));
      this.#client.close();
    })();
    return this.#closed;
  }

  async #openServed(source: ServedSource): Promise<Model> {
    const models = await this.#models();
    const found = models.find(({ id }) => id === source.name);
    if (found === undefined)
      throw new InputError(`the server at ${this.#client.host} has no model named ${source.name}`, {
        remedy: `It has ${models.map(({ id }) => id).join(', ')}.`,
      });
    const base = models.find(({ id }) => id === found.parent) ?? found;
    const facts = await this.#factsOf(found.id, base, source.tokenizer);
    const hold = await this.#weightsOf(base).read();
    return this.#model(found.id, facts, hold);
  }

  /** A policy that is trained elsewhere, as it was just saved. */
  async #openDirectory({ directory, adapter, bits }: DirectorySource): Promise<Model> {
    if (bits !== undefined)
      throw new UnsupportedError(`the server does not hold weights in ${bits} bits`, { remedy: 'Leave out `bits`.' });
    const base = this.#adapted(await this.#models());
    const weights = this.#weightsOf(base);
    const facts = await this.#factsOf(base.id, base, directory);
    if (adapter === undefined) {
      // Until the model is there, nothing samples it.
      let idle = () => Promise.resolve();
      const hold = await weights.replace(resolve(directory), () => idle());
      const model = this.#model(base.id, facts, hold);
      idle = () => model.idle();
      return model;
    }
    const calls = this.#dialect.weights;
    if (calls?.adapters !== true)
      throw new UnsupportedError('the server does not load adapters while it runs', {
        remedy: 'Start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=true.',
      });
    await this.#checkRoot(base, directory);
    const hold = await weights.read();
    const name = `rlt-${randomUUID()}`;
    try {
      await calls.loadAdapter(name, resolve(adapter));
    } catch (error) {
      await hold.release();
      throw error;
    }
    const release = async () => {
      await hold.release();
      // The server may be gone, and its adapters with it.
      await calls.unloadAdapter(name).catch(() => undefined);
    };
    return this.#model(name, facts, { check: hold.check, release });
  }

  /** An adapter is right only on the weights on which it learnt. @throws {UnsupportedError} when the server has others */
  async #checkRoot({ id, root }: ListedModel, directory: string): Promise<void> {
    const [here, there] = await Promise.all([directory, root ?? ''].map((path) => realpath(path).catch(() => path)));
    if (here === there) return;
    throw new UnsupportedError(
      `the adapter is on the weights in ${directory}, and ${id} on the server is from ${root}`,
      {
        remedy: `Serve that folder: --model ${directory}. After a stage that trained all weights, train all weights.`,
      },
    );
  }

  #model(name: string, facts: ModelFacts, { check, release }: Hold): ServedModel {
    const model: ServedModel = new ServedModel(
      { dialect: this.#dialect, name, facts },
      {
        profile: this.profile,
        track: (call) => this.#track(call),
        check,
        release: async () => {
          this.#open.delete(model);
          await release();
        },
      },
    );
    this.#open.add(model);
    return model;
  }

  async #models(): Promise<readonly ListedModel[]> {
    return (await this.#client.json({ method: 'GET', path: MODELS }, modelList)).data;
  }

  /** The model of the server that takes the weights of a policy, or carries its adapters. */
  #adapted(models: readonly ListedModel[]): ListedModel {
    const { model } = this.#settings;
    const bases = models.filter(({ parent }) => parent == null);
    const [only] = model === null ? bases : bases.filter(({ id }) => id === model);
    if (only !== undefined && (model !== null || bases.length === 1)) return only;
    throw new InputError(
      model === null
        ? `the server at ${this.#client.host} has ${bases.length} models, and the policy's weights are for one`
        : `the server at ${this.#client.host} has no model named ${model}`,
      { field: 'model', remedy: `It has ${bases.map(({ id }) => id).join(', ')}.` },
    );
  }

  #weightsOf({ id, root }: ListedModel): Weights {
    const weights = this.#weights.get(id) ?? new Weights(id, this.#dialect.weights, root ?? undefined);
    this.#weights.set(id, weights);
    return weights;
  }

  async #factsOf(name: string, base: ListedModel, directory: string): Promise<ModelFacts> {
    const config = await readModelConfig(directory);
    const key = JSON.stringify([name, directory]);
    const checked = this.#vocabularies.get(key) ?? checkTokenizer(this.#dialect, name, directory);
    this.#vocabularies.set(key, checked);
    checked.catch(() => this.#vocabularies.delete(key));
    const vocabularySize = config.vocab_size ?? base.meta?.n_vocab ?? (await checked);
    await checked;
    // Scoring a text makes the server sample one token after it.
    const served = base.max_model_len ?? base.meta?.n_ctx;
    const contextTokens = served == null ? config.max_position_embeddings : served - 1;
    if (contextTokens === undefined)
      throw new InputError(`the server does not say how long a sequence ${name} can read`, {
        file: directory,
        remedy: 'Put the config.json of the model beside its tokenizer.',
      });
    return { vocabularySize, contextTokens, parameters: undefined };
  }

  #track<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(new UsageError('the engine was closed'));
    return this.#calls.add(call());
  }
}
