/** The process of the slow engine: the local engine behind delays, with names, an order and batches of its own. */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { InputError, InterruptedError, RltError, toErrorRecord, UnsupportedError, UsageError } from '../../errors.js';
import { asLogProbs } from '../../method/statistics.js';
import { RandomStream, randomKey } from '../../random.js';
import { concatIds } from '../../text/tokens.js';
import { AccumulationGuard } from '../accumulation.js';
import type {
  CallOptions,
  Completion,
  DirectorySource,
  Engine,
  EngineProfile,
  FrozenCopy,
  Model,
  Policy,
  SampleOptions,
  SampleRequest,
  ScoreRequest,
  TokenLogProbs,
} from '../engine.js';
import { openLocalEngine } from '../local/local-engine.js';
import type { Opened } from '../local/thread/protocol.js';
import type {
  SlowAbilities,
  SlowCall,
  SlowMethod,
  SlowMethods,
  SlowReply,
  SlowRequest,
  SlowServerSettings,
} from './slow-protocol.js';

/** Sequences that the server scores, or accumulates, at once. */
const CHUNK = 3;

const adapterConfig = z.looseObject({ base_model_name_or_path: z.string() });

/** What the server does for each method; the models that the call is about come last. */
type Handlers = {
  readonly [Name in SlowMethod]: (
    input: SlowMethods[Name]['input'],
    options: SampleOptions,
    models: readonly (Kept | undefined)[],
  ) => Promise<SlowMethods[Name]['output']>;
};

/** A model's calls in their order, however they arrive. */
class Queue {
  readonly #waiting = new Map<number, () => void>();
  #next = 0;

  /** Resolves when it is the turn of a call; the queue then waits for `leave`. */
  async enter(number: number): Promise<void> {
    if (number !== this.#next) await new Promise<void>((resolve) => this.#waiting.set(number, resolve));
  }

  leave(): void {
    this.#next += 1;
    const waiting = this.#waiting.get(this.#next);
    this.#waiting.delete(this.#next);
    waiting?.();
  }
}

interface Kept {
  readonly model: Model;
  readonly copy?: FrozenCopy;
  readonly policy?: Policy;
  readonly guard: AccumulationGuard;
  readonly queue: Queue;
}

class SlowServer {
  readonly #engine: Engine;
  readonly #settings: SlowServerSettings;
  readonly #random: RandomStream;
  readonly #models = new Map<number, Kept>();
  readonly #calls = new Map<number, AbortController>();
  #handles = 0;

  constructor(engine: Engine, settings: SlowServerSettings) {
    this.#engine = engine;
    this.#settings = settings;
    this.#random = new RandomStream(randomKey(settings.seed, 'delays'));
    for (const folder of ['models', 'states']) mkdirSync(join(settings.directory, folder), { recursive: true });
  }

  get profile(): EngineProfile {
    const { anyTemperature, sampledLogProbs, blending } = this.#settings.abilities;
    const { training } = this.#engine.profile;
    return {
      ...this.#engine.profile,
      name: 'slow',
      anyTemperature,
      sampledLogProbs,
      training: training && { ...training, blending },
      sources: ['served'],
      callsInFlight: 8,
    };
  }

  abort(id: number): void {
    this.#calls.get(id)?.abort();
  }

  /** Answers a call after delays, in the order of the calls on its models. */
  async answer(call: SlowCall): Promise<void> {
    const { id, turns } = call;
    const controller = new AbortController();
    this.#calls.set(id, controller);
    await this.#pause();
    const queues = turns.flatMap(({ handle, number }) => {
      const queue = this.#models.get(handle)?.queue;
      return queue === undefined ? [] : [{ queue, number }];
    });
    for (const { queue, number } of queues) await queue.enter(number);
    const reply = await this.#reply(call, controller.signal);
    for (const { queue } of queues) queue.leave();
    this.#calls.delete(id);
    await this.#pause();
    send(reply);
  }

  #pause(): Promise<void> {
    return delay(this.#random.uniform() * this.#settings.mostDelayMs);
  }

  async #reply(call: SlowCall, signal: AbortSignal): Promise<SlowReply> {
    const { id } = call;
    try {
      if (signal.aborted) throw new InterruptedError();
      const kept = call.turns.map(({ handle }) => this.#models.get(handle));
      const options: SampleOptions = {
        signal,
        onProgress: (progress) => send({ id, kind: 'progress', progress }),
        onCompletions: (request, completions) => send({ id, kind: 'completions', request, completions }),
      };
      const value = await this.#compute(call.method, call.input, options, kept);
      return { id, kind: 'value', value };
    } catch (error) {
      return { id, kind: 'error', error: toErrorRecord(error) };
    }
  }

  #compute<Name extends SlowMethod>(
    method: Name,
    input: SlowMethods[Name]['input'],
    options: SampleOptions,
    kept: readonly (Kept | undefined)[],
  ): Promise<SlowMethods[Name]['output']> {
    return this.#handlers[method](input, options, kept);
  }

  readonly #handlers: Handlers = {
    start: () => Promise.reject(new UsageError('the server has started')),
    open: async ({ name }) => this.#keep({ model: await this.#engine.open(this.#sourceOf(name)) }),
    train: async ({ name, lora }) => {
      const policy = await this.#engine.train(this.#sourceOf(name), lora === undefined ? {} : { lora });
      return this.#keep({ model: policy, policy });
    },
    sample: ({ requests }, options, [kept]) => this.#sample(present(kept).model, requests, options),
    logProbs: async ({ sequences }, options, [kept]) => {
      const { model } = present(kept);
      this.#checkTemperatures(sequences);
      return inChunks(sequences, options, (chunk, own) => model.logProbs(chunk, own));
    },
    accumulate: ({ sequences, accumulation }, options, [kept]) => {
      const { policy, guard } = trained(kept);
      return guard.accumulate(accumulation, async () => {
        this.#checkTemperatures(sequences);
        return inChunks(sequences, options, (chunk, own) => policy.accumulate(chunk, own));
      });
    },
    step: async ({ settings, ticket }, _, [kept]) => {
      const { policy, guard } = trained(kept);
      await guard.step(ticket);
      return policy.step(settings);
    },
    freeze: async (_, __, [kept]) => {
      const copy = await trained(kept).policy.freeze();
      return this.#keep({ model: copy, copy });
    },
    blendInto: async ({ share }, _, [kept, reference]) => {
      const { copy } = present(reference);
      if (!this.#settings.abilities.blending) throw new UnsupportedError('the slow engine cannot blend weights');
      if (copy === undefined) throw new InputError('the reference is not a frozen copy');
      await trained(kept).policy.blendInto(copy, share);
      return undefined;
    },
    save: async ({ hint }, _, [kept]) => {
      const name = this.#free('models', hint);
      await trained(kept).policy.save(this.#path('models', name));
      return name;
    },
    saveState: async ({ hint, accumulation }, _, [kept]) => {
      const { policy, copy, guard } = present(kept);
      if (accumulation !== undefined) await guard.enter(accumulation);
      const path = this.#free('states', hint);
      await (policy ?? copy)?.saveState(this.#path('states', path));
      return path;
    },
    restoreState: async ({ path }, _, [kept]) => {
      const { policy, copy } = present(kept);
      await (policy ?? copy)?.restoreState({ kind: 'directory', directory: this.#path('states', path) });
      return undefined;
    },
    closeModel: async (_, __, [kept]) => {
      await present(kept).model.close();
      return undefined;
    },
    close: async () => {
      await this.#engine.close();
      return undefined;
    },
  };

  /** Request by request, in another order than they were asked. */
  async #sample(model: Model, requests: readonly SampleRequest[], options: SampleOptions): Promise<Completion[][]> {
    if (requests.length === 0) return model.sample(requests);
    const completions: Completion[][] = requests.map(() => []);
    const callOptions = runningTotal(options);
    for (const index of this.#random.shuffle([...requests.keys()])) {
      const request = requests[index];
      if (request === undefined) continue;
      const [own = []] = await placed(index, () => model.sample([request], callOptions()));
      const given = await withLogProbs(this.#settings.abilities.sampledLogProbs, model, request, own);
      completions[index] = given;
      options.onCompletions?.(index, given);
    }
    return completions;
  }

  #checkTemperatures(sequences: readonly ScoreRequest[]): void {
    if (this.#settings.abilities.anyTemperature) return;
    sequences.forEach(({ temperature }, sample) => {
      if (temperature !== 1) throw new UnsupportedError(`log-probs at temperature ${temperature}`, { sample });
    });
  }

  #keep(kept: Omit<Kept, 'guard' | 'queue'>): Opened {
    const handle = this.#handles++;
    const guard = new AccumulationGuard(() => discardGradient(kept.policy));
    this.#models.set(handle, { ...kept, guard, queue: new Queue() });
    return { handle, facts: kept.model.facts };
  }

  #sourceOf(name: string): DirectorySource {
    const own = this.#path('models', name);
    const directory = this.#settings.models[name] ?? (existsSync(own) ? own : undefined);
    if (directory === undefined) {
      const known = [...Object.keys(this.#settings.models), ...readdirSync(this.#path('models'))];
      throw new InputError(`the server has no model named ${name}`, { remedy: `It has ${known.join(', ')}.` });
    }
    const config = join(directory, 'adapter_config.json');
    if (!existsSync(config)) return { kind: 'directory', directory };
    const { base_model_name_or_path: base } = adapterConfig.parse(JSON.parse(readFileSync(config, 'utf8')));
    return { kind: 'directory', directory: resolve(directory, base), adapter: directory };
  }

  #path(folder: 'models' | 'states', ...names: readonly string[]): string {
    return join(this.#settings.directory, folder, ...names);
  }

  /** A name in one of the server's folders that is not taken. */
  #free(folder: 'models' | 'states', hint: string): string {
    const taken = new Set(readdirSync(this.#path(folder)));
    for (let n = 1; ; n++) if (!taken.has(`${hint}-${n}`)) return `${hint}-${n}`;
  }
}

function present(kept: Kept | undefined): Kept {
  if (kept === undefined) throw new InputError('the server has no such model');
  return kept;
}

function trained(kept: Kept | undefined): { readonly policy: Policy; readonly guard: AccumulationGuard } {
  const { policy, guard } = present(kept);
  if (policy === undefined) throw new InputError('this model is frozen', { remedy: 'Open it with train.' });
  return { policy, guard };
}

/** An accumulate that fails discards what was accumulated before it. */
async function discardGradient(policy: Policy | undefined): Promise<void> {
  await policy?.accumulate([], { signal: AbortSignal.abort() }).catch(() => undefined);
}

/** Options for one part of a call after the other, whose progress is that of the whole call. */
function runningTotal({ signal, onProgress }: SampleOptions): () => CallOptions {
  let before = { tokens: 0, sequencesDone: 0 };
  let latest = before;
  return () => {
    before = latest;
    return {
      ...(signal && { signal }),
      onProgress({ tokens, sequencesDone }) {
        latest = { tokens: before.tokens + tokens, sequencesDone: before.sequencesDone + sequencesDone };
        onProgress?.(latest);
      },
    };
  };
}

/** Computes a few sequences after the others; an empty call is passed on, to be refused. */
async function inChunks<S extends ScoreRequest>(
  sequences: readonly S[],
  options: SampleOptions,
  compute: (chunk: readonly S[], options: CallOptions) => Promise<TokenLogProbs[]>,
): Promise<TokenLogProbs[]> {
  const callOptions = runningTotal(options);
  const logProbs: TokenLogProbs[] = [];
  for (let start = 0; start === 0 || start < sequences.length; start += CHUNK) {
    const chunk = sequences.slice(start, start + CHUNK);
    logProbs.push(...(await placed(start, () => compute(chunk, callOptions()))));
  }
  return logProbs;
}

/** Counts the sample that an error names in the whole call. */
async function placed<Result>(first: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RltError) || typeof error.facts.sample !== 'number') throw error;
    throw error.at({ sample: first + error.facts.sample });
  }
}

/** The completions with log-probs of the kind that the server reports. */
async function withLogProbs(
  of: SlowAbilities['sampledLogProbs'],
  model: Model,
  { prompt, settings }: SampleRequest,
  completions: readonly Completion[],
): Promise<Completion[]> {
  if (of === 'none') return completions.map((completion) => ({ ...completion, logProbs: { of } }));
  if (of === 'tempered' || settings.temperature === 0) return [...completions];
  const raw = await model.logProbs(
    completions.map(({ ids }) => {
      const positions = ids.map((_, i) => prompt.length + i);
      return { ids: concatIds(prompt, ids), positions, temperature: 1 };
    }),
  );
  return completions.map((completion, i) => ({
    ...completion,
    logProbs: { of, values: raw[i] ?? asLogProbs(new Float32Array()) },
  }));
}

function send(reply: SlowReply): void {
  process.send?.(reply);
}

let server: SlowServer | undefined;

process.on('message', async (request: SlowRequest) => {
  if (request.kind === 'abort') server?.abort(request.id);
  else if (server !== undefined) await server.answer(request);
  else await start(request);
});
process.on('disconnect', () => process.exit(0));

async function start({ id, input }: SlowCall): Promise<void> {
  try {
    if (input === undefined || !('models' in input)) throw new UsageError('the server has not started');
    server = new SlowServer(await openLocalEngine({ threads: 1 }), input);
    send({ id, kind: 'value', value: server.profile });
  } catch (error) {
    send({ id, kind: 'error', error: toErrorRecord(error) });
  }
}
