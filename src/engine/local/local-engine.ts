/** The engine in this process: ONNX Runtime in a thread of its own. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { fromErrorRecord, InputError, InterruptedError, UsageError } from '../../errors.js';
import type {
  AdamSettings,
  CallOptions,
  Completion,
  Engine,
  EngineProfile,
  FrozenCopy,
  LoraSettings,
  Model,
  ModelFacts,
  ModelSource,
  Policy,
  SampleRequest,
  ScoreRequest,
  StepResult,
  WeightedSequence,
} from '../engine.js';
import type { Call, Opened, Reply, Request } from './protocol.js';
import type { LocalSettings } from './runtime.js';
import { PROVIDERS } from './session.js';

export type LocalEngineSettings = Partial<LocalSettings>;

/** What the local engine can do; known without starting it. */
export const LOCAL_PROFILE: EngineProfile = {
  name: 'local',
  anyTemperature: true,
  fullFineTuning: true,
  lora: true,
  blending: true,
  frozenCopies: true,
  training: true,
  deterministic: true,
  providers: PROVIDERS,
};

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: CallOptions['onProgress'];
}

/** Sends calls to the computing thread and matches its replies. */
export class Link {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  /** Settles when the last call has been answered. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended: Error | undefined;

  constructor(settings: LocalSettings, script = new URL('./worker.js', import.meta.url)) {
    // Flags of this process such as --input-type would keep the thread from loading its file.
    this.#worker = new Worker(script, { workerData: settings, execArgv: [] });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the computing thread ended with code ${code}`)));
    this.#worker.unref();
  }

  /** Calls go over one at a time, in order: one that is aborted while it waits is never sent. */
  call(call: Call, options: CallOptions = {}): Promise<unknown> {
    const result = this.#turn.then(() => this.#perform(call, options));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #perform(call: Call, { signal, onProgress }: CallOptions): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted === true) return Promise.reject(new InterruptedError());
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      // First of all, since it throws where the caller's data cannot be sent.
      this.#send({ kind: 'call', id, call });
      const abort = () => this.#send({ kind: 'abort', id });
      const settle =
        <T>(finish: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener('abort', abort);
          this.#pending.delete(id);
          if (this.#pending.size === 0) this.#worker.unref();
          finish(value);
        };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject), onProgress });
      // A pending call keeps the process alive; an idle engine doesn't.
      this.#worker.ref();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    try {
      await this.call({ method: 'closeEngine' });
    } finally {
      this.#ended ??= new UsageError('the engine was closed');
      await this.#worker.terminate();
    }
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if (reply.kind === 'progress') pending.onProgress?.(reply.progress);
    else if (reply.kind === 'value') pending.resolve(reply.value);
    else pending.reject(fromErrorRecord(reply.error));
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const pending of [...this.#pending.values()]) pending.reject(this.#ended);
  }
}

class RemoteModel implements Model {
  readonly facts: ModelFacts;
  readonly handle: number;
  readonly link: Link;

  constructor(link: Link, { handle, facts }: Opened) {
    this.link = link;
    this.handle = handle;
    this.facts = facts;
  }

  sample(requests: readonly SampleRequest[], options?: CallOptions): Promise<Completion[][]> {
    return this.link.call({ method: 'sample', handle: this.handle, requests }, options) as Promise<Completion[][]>;
  }

  logProbs(sequences: readonly ScoreRequest[], options?: CallOptions): Promise<Float32Array[]> {
    return this.link.call({ method: 'logProbs', handle: this.handle, sequences }, options) as Promise<Float32Array[]>;
  }

  async close(): Promise<void> {
    await this.link.call({ method: 'closeModel', handle: this.handle });
  }
}

class RemoteCopy extends RemoteModel implements FrozenCopy {
  async saveState(directory: string): Promise<void> {
    await this.link.call({ method: 'saveState', handle: this.handle, directory });
  }

  async restoreState(directory: string): Promise<void> {
    await this.link.call({ method: 'restoreState', handle: this.handle, directory });
  }
}

class RemotePolicy extends RemoteCopy implements Policy {
  accumulate(sequences: readonly WeightedSequence[], options?: CallOptions): Promise<Float32Array[]> {
    return this.link.call({ method: 'accumulate', handle: this.handle, sequences }, options) as Promise<Float32Array[]>;
  }

  step(settings: AdamSettings): Promise<StepResult> {
    return this.link.call({ method: 'step', handle: this.handle, settings }) as Promise<StepResult>;
  }

  async freeze(): Promise<FrozenCopy> {
    return new RemoteCopy(this.link, (await this.link.call({ method: 'freeze', handle: this.handle })) as Opened);
  }

  async blendInto(reference: FrozenCopy, share: number): Promise<void> {
    if (!(reference instanceof RemoteModel) || reference.link !== this.link)
      throw new InputError('the reference is no model of this engine');
    await this.link.call({ method: 'blendInto', handle: this.handle, reference: reference.handle, share });
  }

  async save(directory: string): Promise<void> {
    await this.link.call({ method: 'save', handle: this.handle, directory });
  }
}

/** Settings with their defaults: the CPU with all its cores, and memory shares that suit a laptop. */
export function localSettings(settings: LocalEngineSettings = {}): LocalSettings {
  const {
    provider = 'cpu',
    threads = availableParallelism(),
    activationBytes = 2 ** 28,
    cacheBytes = 2 ** 29,
  } = settings;
  if (!PROVIDERS.some((known) => known === provider)) {
    throw new UsageError(`no provider is named ${provider}`, { remedy: `Choose among ${PROVIDERS.join(', ')}.` });
  }
  for (const [name, value] of Object.entries({ threads, activationBytes, cacheBytes })) {
    if (!(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} is ${value}`, { remedy: 'Use a whole number from 1.' });
  }
  return { provider, threads, activationBytes, cacheBytes };
}

/** Starts the local engine. Models that it opens live until they or the engine are closed. */
export function createLocalEngine(settings: LocalEngineSettings = {}): Engine {
  const link = new Link(localSettings(settings));
  return {
    profile: LOCAL_PROFILE,
    async open(source: ModelSource): Promise<Model> {
      return new RemoteModel(link, (await link.call({ method: 'open', source })) as Opened);
    },
    async train(source: ModelSource, options: { readonly lora?: LoraSettings } = {}): Promise<Policy> {
      return new RemotePolicy(link, (await link.call({ method: 'train', source, lora: options.lora })) as Opened);
    },
    close: () => link.close(),
  };
}
