/**
 * An engine for tests that is everything the local engine is not: slow, in another process, with models that only its
 * server knows by name, answers that come back out of order, several calls in flight and its own batches. It computes
 * with the local engine, so its results are known.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConnectionError,
  fromErrorRecord,
  InputError,
  InterruptedError,
  UnsupportedError,
  UsageError,
} from '../../errors.js';
import { AccumulationLedger } from '../accumulation.js';
import { checkOptions } from '../call-options.js';
import {
  checkAdam,
  checkDirectory,
  checkRequestForm,
  checkSequenceForm,
  checkShare,
  checkSource,
  checkState,
  checkTraining,
  checkWeightedForm,
} from '../calls.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  Engine,
  EngineProfile,
  FrozenCopy,
  Model,
  ModelFacts,
  ModelSource,
  Policy,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  ServedSource,
  StateReference,
  StepResult,
  TokenLogProbs,
  WeightedSequence,
} from '../engine.js';
import type { Opened } from '../local/thread/protocol.js';
import type {
  SlowAbilities,
  SlowMethod,
  SlowMethods,
  SlowReply,
  SlowRequest,
  SlowServerSettings,
  Turn,
} from './slow-protocol.js';

export interface SlowSettings extends Partial<SlowAbilities> {
  /** Directories of the models, by the names that the server knows them by. */
  readonly models: Readonly<Record<string, string>>;
  /** An existing directory for what the server saves. A later server of the same directory knows it too. */
  readonly directory: string;
  readonly seed?: number;
  readonly mostDelayMs?: number;
}

export interface SlowEngine extends Engine {
  /** Ends the server's process without warning. */
  kill(): void;
}

/** Starts the server's process; the handshake tells the profile. @throws {ConnectionError} when it does not come up */
export async function openSlowEngine(settings: SlowSettings): Promise<SlowEngine> {
  const { models, directory, seed = 1, mostDelayMs = 4 } = settings;
  const { anyTemperature = true, sampledLogProbs = 'tempered', blending = true } = settings;
  const server = new Server();
  const abilities = { anyTemperature, sampledLogProbs, blending };
  const start: SlowServerSettings = { models, directory, abilities, seed, mostDelayMs };
  const profile = await server.call('start', start, []);
  const connection = { server, profile };
  return {
    profile,
    async open(source) {
      checkSource(source);
      const served = servedSource(source);
      return new SlowModel(connection, served, await server.call('open', { name: served.name }, []));
    },
    async train(source, { lora } = {}) {
      checkTraining(source, { lora });
      const served = servedSource(source);
      return new SlowPolicy(connection, served, await server.call('train', { name: served.name, lora }, []));
    },
    close: () => server.close(),
    kill: () => server.kill(),
  };
}

function servedSource(source: ModelSource): ServedSource {
  if (source.kind === 'served') return source;
  throw new UnsupportedError(`the slow engine cannot open the directory ${source.directory}`, {
    remedy: 'Name a model that its server knows.',
  });
}

interface Pending {
  readonly resolve: (value: SlowMethods[SlowMethod]['output']) => void;
  readonly reject: (error: unknown) => void;
  readonly options: SampleOptions;
}

/** The server's process, and the calls that it has not answered. */
class Server {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #answers = new Set<Promise<unknown>>();
  #calls = 0;
  #ended: Error | undefined;

  constructor() {
    const script = fileURLToPath(new URL('./slow-server.js', import.meta.url));
    this.#process = fork(script, { serialization: 'advanced', execArgv: [] });
    this.#process.on('message', (reply: SlowReply) => this.#receive(reply));
    this.#process.on('error', (cause) => this.#end('cannot be reached', cause));
    this.#process.on('exit', (code, signal) => this.#end(`ended with ${signal ?? `code ${code}`}`));
    this.#process.unref();
    this.#process.channel?.unref();
  }

  call<Name extends SlowMethod>(
    method: Name,
    input: SlowMethods[Name]['input'],
    turns: readonly Turn[],
    options: SampleOptions = {},
  ): Promise<SlowMethods[Name]['output']> {
    return this.#ended === undefined ? this.#perform(method, input, turns, options) : Promise.reject(this.#ended);
  }

  #perform<Name extends SlowMethod>(
    method: Name,
    input: SlowMethods[Name]['input'],
    turns: readonly Turn[],
    options: SampleOptions = {},
  ): Promise<SlowMethods[Name]['output']> {
    const { signal } = options;
    const id = this.#calls++;
    const answer = new Promise<SlowMethods[SlowMethod]['output']>((resolve, reject) => {
      const abort = () => this.#send({ kind: 'abort', id });
      const settle =
        <T>(finish: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener('abort', abort);
          this.#pending.delete(id);
          if (this.#pending.size === 0) this.#process.channel?.unref();
          finish(value);
        };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject), options });
      this.#process.channel?.ref();
      this.#send({ kind: 'call', id, method, input, turns });
      signal?.addEventListener('abort', abort, { once: true });
    });
    this.#answers.add(answer);
    const forget = () => this.#answers.delete(answer);
    answer.then(forget, forget);
    return answer as Promise<SlowMethods[Name]['output']>;
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = new UsageError('the engine was closed');
    await Promise.allSettled(this.#answers);
    await this.#perform('close', undefined, []);
    this.#process.disconnect();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #send(request: SlowRequest): void {
    this.#process.send(request);
  }

  #receive(reply: SlowReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    const { resolve, reject, options } = pending;
    try {
      if (reply.kind === 'value') resolve(reply.value);
      else if (reply.kind === 'error') reject(fromErrorRecord(reply.error));
      else if (reply.kind === 'progress') options.onProgress?.(reply.progress);
      else options.onCompletions?.(reply.request, reply.completions);
    } catch (error) {
      reject(error);
      this.#send({ kind: 'abort', id: reply.id });
    }
  }

  #end(how: string, cause?: unknown): void {
    this.#ended ??= new ConnectionError(`the engine's server ${how}`, {
      retryable: false,
      remedy: 'Start it again, and resume from the last checkpoint.',
      cause,
    });
    for (const { reject } of [...this.#pending.values()]) reject(this.#ended);
  }
}

interface Connection {
  readonly server: Server;
  readonly profile: EngineProfile;
}

class SlowModel implements Model {
  readonly facts: ModelFacts;
  readonly profile: EngineProfile;
  readonly connection: Connection;
  readonly source: ServedSource;
  readonly #handle: number;
  #turns = 0;

  constructor(connection: Connection, source: ServedSource, { handle, facts }: Opened) {
    this.connection = connection;
    this.profile = connection.profile;
    this.source = source;
    this.facts = facts;
    this.#handle = handle;
  }

  /** The next place in the order of the calls on this model. */
  turn(): Turn {
    return { handle: this.#handle, number: this.#turns++ };
  }

  /** A call that is aborted before it is made takes no place in the order. */
  protected call<Name extends SlowMethod>(
    method: Name,
    input: SlowMethods[Name]['input'],
    options: SampleOptions = {},
    also: readonly SlowModel[] = [],
  ): Promise<SlowMethods[Name]['output']> {
    try {
      checkOptions(options);
      if (options.signal?.aborted === true) throw new InterruptedError();
      structuredClone(input);
    } catch (error) {
      return Promise.reject(error);
    }
    const turns = [this.turn(), ...also.map((model) => model.turn())];
    return this.connection.server.call(method, input, turns, options);
  }

  async sample(requests: readonly SampleRequest[], options?: SampleOptions): Promise<Completion[][]> {
    checkRequestForm(requests);
    return this.call('sample', { requests }, options);
  }

  async logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<TokenLogProbs[]> {
    checkSequenceForm(sequences);
    return this.call('logProbs', { sequences }, options);
  }

  close(): Promise<void> {
    return this.call('closeModel', undefined);
  }
}

class SlowCopy extends SlowModel implements FrozenCopy {
  async saveState(directory: string): Promise<StateReference> {
    const path = await this.call('saveState', { hint: basename(directory), accumulation: undefined });
    return { kind: 'served', path };
  }

  async restoreState(state: StateReference): Promise<void> {
    return this.call('restoreState', { path: servedPath(state) });
  }
}

class SlowPolicy extends SlowModel implements Policy {
  readonly #ledger = new AccumulationLedger();

  async accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<TokenLogProbs[]> {
    checkWeightedForm(sequences);
    return this.#ledger.accumulate((accumulation) => this.call('accumulate', { sequences, accumulation }, options));
  }

  async step(settings: AdamSettings): Promise<StepResult> {
    checkAdam(settings);
    return this.call('step', { settings, ticket: this.#ledger.step() });
  }

  async freeze(): Promise<FrozenCopy> {
    return new SlowCopy(this.connection, this.source, await this.call('freeze', undefined));
  }

  async blendInto(reference: FrozenCopy, share: number): Promise<void> {
    checkShare(share);
    if (!(reference instanceof SlowCopy) || reference.connection !== this.connection)
      throw new InputError('the reference is not a copy that this engine made');
    await this.call('blendInto', { share }, {}, [reference]);
  }

  async save(directory: string): Promise<ModelSource> {
    checkDirectory('policy.save', directory);
    const name = await this.call('save', { hint: basename(directory) });
    return { kind: 'served', name, tokenizer: this.source.tokenizer };
  }

  async saveState(directory: string): Promise<StateReference> {
    checkDirectory('policy.saveState', directory);
    const { accumulation } = this.#ledger;
    return { kind: 'served', path: await this.call('saveState', { hint: basename(directory), accumulation }) };
  }

  async restoreState(state: StateReference): Promise<void> {
    const path = servedPath(state);
    this.#ledger.begin();
    await this.call('restoreState', { path });
  }
}

function servedPath(state: StateReference): string {
  checkState(state);
  if (state.kind === 'served') return state.path;
  throw new InputError(`the state in ${state.directory} is on this machine, not on the server`, {
    remedy: 'Restore it with the engine that saved it.',
  });
}
