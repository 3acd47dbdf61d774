/** Sampling sessions, and the requests for samples that they take. */
import { randomUUID } from 'node:crypto';
import type { DirectorySource, FrozenCopy, Model } from '../../engine/engine.js';
import type { SampleBody } from '../../engine/tinker/protocol/sampling.js';
import type { PromptTargets } from '../compute/extensions.js';
import type { Samplers } from '../compute/samplers.js';
import { computeSamples, prepareSample } from '../compute/samples.js';
import type { SampleJob } from '../compute/turns.js';
import { Refusal } from '../refusal.js';
import type { CheckpointRecord, SamplerRecord } from '../store/records.js';
import { pathOf } from '../store/store.js';
import type { Shared } from './models.js';

/** Snapshots without a name that are kept of each model, those used last: a policy takes one for each step. */
const MOST_EPHEMERAL = 16;
/** Clones of a sampling session number their requests in blocks of this size. */
const CLONE_BLOCK = 1_000_000_000;

interface Completed {
  readonly cursor: number;
  readonly id: string;
  readonly clone: number;
}

/** What `retrieve_futures` asks. */
interface CompletionsQuery {
  readonly session: string;
  readonly clone: number;
  readonly after: number;
  readonly retrieved: readonly string[];
  readonly milliseconds: number;
}

export class Sampling {
  readonly #shared: Shared;
  readonly #samplers: Samplers;
  /** Requests of each sampling session that are done, in the order in which they were. */
  readonly #completed = new Map<string, Completed[]>();
  readonly #clones = new Map<string, number>();
  /** When weights were last asked for, by their path. */
  readonly #used = new Map<string, number>();
  #waiters: (() => void)[] = [];
  #cursor = 0;

  constructor(shared: Shared, samplers: Samplers) {
    this.#shared = shared;
    this.#samplers = samplers;
  }

  /**
   * Makes a sampling session of a session; the same place with the same weights is the same one.
   * @throws {Refusal} when there are no such weights
   */
  async create(
    session: string,
    place: number,
    wish: { readonly base_model?: string | null | undefined; readonly model_path?: string | null | undefined },
  ): Promise<SamplerRecord> {
    const { sessions, store } = this.#shared;
    const record = sessions.open(session);
    const { base, path } = this.#weights(wish);
    const sampler: SamplerRecord = { id: `${session}:sample:${place}`, base_model: base, model_path: path };
    const known = record.samplers.find(({ id }) => id === sampler.id);
    if (known !== undefined) {
      if (known.model_path === path && known.base_model === base) return known;
      throw new Refusal(409, `the session ${session} has a sampling session ${place} already`);
    }
    await store.writeSession({ ...record, samplers: [...record.samplers, sampler] });
    return sampler;
  }

  #weights(wish: { readonly base_model?: string | null | undefined; readonly model_path?: string | null | undefined }) {
    const { store, bases } = this.#shared;
    if (wish.model_path != null) {
      const checkpoint = store.checkpointAt(wish.model_path);
      const base = bases.named(checkpoint.base_model).name;
      if (checkpoint.kind === 'sampler_weights') return { base, path: pathOf(checkpoint) };
      throw new Refusal(
        400,
        `${wish.model_path} is a state of training\n  Sample from one of save_weights_for_sampler.`,
      );
    }
    if (wish.base_model == null) throw new Refusal(400, 'a base_model or a model_path is needed to sample from');
    return { base: bases.named(wish.base_model).name, path: null };
  }

  /** @throws {Refusal} when there is no such sampling session */
  known(id: string): SamplerRecord {
    const session = this.#shared.store.sessions.get(id.slice(0, id.lastIndexOf(':sample:')));
    const sampler = session?.samplers.find((one) => one.id === id);
    if (sampler === undefined)
      throw new Refusal(404, `there is no sampling session ${JSON.stringify(id)} on this server`);
    return sampler;
  }

  /** A number of its own for another client of a sampling session. */
  join(id: string): number {
    const number = (this.#clones.get(this.known(id).id) ?? 0) + 1;
    this.#clones.set(id, number);
    return number;
  }

  /** Takes a request for samples. */
  sample(body: SampleBody, targets: PromptTargets, hash: string): object {
    const { futures, turns, settings, bases, sessions } = this.#shared;
    const sampler = body.sampling_session_id == null ? this.#passing(body) : this.known(body.sampling_session_id);
    if (body.sampling_session_id != null) sessions.open(sampler.id.slice(0, sampler.id.lastIndexOf(':sample:')));
    const base = bases.named(sampler.base_model);
    if (sampler.model_path !== null) {
      this.#checkpoint(sampler.model_path);
      this.#used.set(sampler.model_path, Date.now());
    }
    const sample = prepareSample(body, targets, {
      facts: base.facts,
      tokenizer: base.tokenizer,
      requestTokens: settings.limits.requestTokens,
      samples: settings.limits.samples,
    });
    const id = `${sampler.id}:${body.seq_id ?? randomUUID()}`;
    const acknowledgement = {
      request_id: id,
      sample_sequence_ids: Array.from({ length: body.num_samples }, (_, i) => `${id}:${i}`),
    };
    const { future, isNew } = futures.take(id, hash);
    if (!isNew || future === undefined) return acknowledgement;
    if (turns.waiting >= settings.limits.waiting) {
      futures.drop(id);
      throw new Refusal(429, `${settings.limits.waiting} requests wait already`);
    }
    const clone = Math.floor((body.seq_id ?? 0) / CLONE_BLOCK);
    void future.done.then(() => this.#note(sampler.id, id, clone));
    turns.push({
      kind: 'sample',
      future,
      sampler: sampler.model_path ?? `base:${sampler.base_model}`,
      sample,
      batch: body.rlt_batch ?? undefined,
    });
    return acknowledgement;
  }

  /** Weights that a request names itself. */
  #passing(body: SampleBody): SamplerRecord {
    const { base, path } = this.#weights(body);
    return { id: `sample:${path ?? base}`, base_model: base, model_path: path };
  }

  #checkpoint(path: string): CheckpointRecord {
    try {
      return this.#shared.store.checkpointAt(path);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(
        400,
        `the weights of this sampling session are gone: ${path}\n  Of snapshots without a name, the last ${MOST_EPHEMERAL} of a model are kept; give names to those that are to stay.`,
      );
    }
  }

  /** Computes requests for samples of the same weights. */
  async compute(sampler: string, jobs: readonly SampleJob[]): Promise<void> {
    const model = await this.#open(sampler);
    const { turns } = this.#shared;
    const all = AbortSignal.any([turns.stopping, allOf(jobs.map(({ future }) => future.signal))]);
    await computeSamples(
      model,
      jobs.map(({ sample }) => sample),
      all,
      (index, bytes) => jobs[index]?.future.settle({ kind: 'message', bytes }),
    );
  }

  #open(sampler: string): Promise<Model> {
    const { bases, store } = this.#shared;
    if (sampler.startsWith('base:')) {
      const base = bases.named(sampler.slice('base:'.length));
      return this.#samplers.base(base.name, base.source);
    }
    return this.#samplers.snapshot(sampler, (): DirectorySource => {
      const checkpoint = this.#checkpoint(sampler);
      const directory = store.weightsOf(checkpoint);
      if (checkpoint.lora === null) return { kind: 'directory', directory };
      return { ...bases.named(checkpoint.base_model).source, adapter: directory };
    });
  }

  /** A snapshot that was just taken, already in memory. */
  keep(path: string, copy: FrozenCopy): Promise<void> {
    this.#used.set(path, Date.now());
    return this.#samplers.keep(path, copy);
  }

  /** A snapshot whose checkpoint was deleted. */
  drop(path: string): Promise<void> {
    this.#used.delete(path);
    return this.#samplers.drop(path);
  }

  /** Deletes the snapshots without a name of a model that were not used for longest. */
  async forgetOldSnapshots(run: string): Promise<void> {
    const { store } = this.#shared;
    const usedAt = (record: CheckpointRecord): number => this.#used.get(pathOf(record)) ?? Date.parse(record.time);
    const all = store.checkpoints(run).filter(({ ephemeral }) => ephemeral);
    for (const old of all.sort((a, b) => usedAt(b) - usedAt(a)).slice(MOST_EPHEMERAL)) {
      await this.drop(pathOf(old));
      await store.deleteCheckpoint(old);
    }
  }

  #note(session: string, id: string, clone: number): void {
    const list = this.#completed.get(session) ?? [];
    this.#completed.set(session, list);
    this.#cursor += 1;
    list.push({ cursor: this.#cursor, id, clone });
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** The requests of a sampling session that became done after a place; waits for one where there is none. */
  async completions(query: CompletionsQuery, signal: AbortSignal): Promise<object> {
    const { futures } = this.#shared;
    this.known(query.session);
    for (const id of query.retrieved) if (id.startsWith(`${query.session}:`)) futures.release(id);
    const found = (): readonly Completed[] => {
      const list = (this.#completed.get(query.session) ?? []).filter(({ cursor }) => cursor > query.after);
      this.#completed.set(query.session, list);
      return list.filter(({ clone }) => clone === query.clone);
    };
    const end = Date.now() + query.milliseconds;
    while (found().length === 0 && Date.now() < end && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, end - Date.now()));
        const wake = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#waiters.push(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    const done = found();
    return {
      completions: done.map(({ id }) => {
        const future = futures.get(id);
        return future?.result === undefined || future.result.kind === 'failed'
          ? { state: 'failed', request_id: id }
          : { state: 'finished', request_id: id, response_payload_uncompressed_size: future.bytes };
      }),
      cursor: done.at(-1)?.cursor ?? query.after,
    };
  }
}

/** Aborted once all of them are. */
function allOf(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const check = (): void => {
    if (signals.every(({ aborted }) => aborted)) controller.abort();
  };
  for (const signal of signals) signal.addEventListener('abort', check, { once: true });
  check();
  return controller.signal;
}
