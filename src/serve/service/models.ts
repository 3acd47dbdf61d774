/** The models in training: made, asked in the order of their requests, saved, and brought back after a restart. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.js';
import type { FutureResult, Futures } from '../compute/futures.js';
import { Lane } from '../compute/lane.js';
import { Accumulation, type Learner, Trainer } from '../compute/trainer.js';
import type { Turns } from '../compute/turns.js';
import { Refusal } from '../refusal.js';
import type { ServeSettings } from '../settings.js';
import type { CheckpointRecord, LoraRecord, RunRecord } from '../store/records.js';
import { pathOf, type Store } from '../store/store.js';
import type { Base, Bases } from './bases.js';
import { loraSettings } from './lora.js';
import { openFromCheckpoint } from './opening.js';
import type { Sessions } from './sessions.js';

/** A body that says which request of which model it is. */
const NUMBERED = z.object({ model_id: z.string(), seq_id: z.int().min(0) });

/** What all parts of the service work with. */
export interface Shared {
  readonly settings: ServeSettings;
  readonly engine: Engine;
  readonly store: Store;
  readonly futures: Futures;
  readonly turns: Turns;
  readonly bases: Bases;
  readonly sessions: Sessions;
  readonly log: (text: string) => void;
}

/** Requests that were acknowledged and then lost with the server that was to compute them. */
interface Lost {
  readonly from: number;
  readonly to: number;
}

/** A model in training. */
export interface LiveModel {
  readonly base: Base;
  readonly lane: Lane;
  readonly accumulation: Accumulation;
  /** Undefined while it is not in memory. */
  trainer: Trainer | undefined;
  run: RunRecord;
  lost: Lost | undefined;
  /** The last request whose effect is in the weights, with no gradient left over. */
  settled: number;
  /** The last request that was computed. */
  last: number;
  requested: string;
}

/** A request to a model. */
export interface ModelCall {
  readonly seq: number | undefined;
  /** Of its body. */
  readonly hash: string;
  /** Whether it changes the weights or the gradient. */
  readonly changes: boolean;
  /** Whether its failure costs the step that is being accumulated. */
  readonly accumulates: boolean;
  readonly work: (
    trainer: Trainer,
    call: { arrival: number; signal: AbortSignal; seq: number },
  ) => Promise<FutureResult>;
}

export interface Acknowledgement {
  readonly request_id: string;
  readonly model_id: string;
}

export const STOPPED = 'stopped-';

export class Models {
  readonly #shared: Shared;
  readonly #live = new Map<string, LiveModel>();

  constructor(shared: Shared) {
    this.#shared = shared;
    for (const run of shared.store.runs.values()) if (run.state === 'open') this.#revive(run);
  }

  get all(): readonly LiveModel[] {
    return [...this.#live.values()];
  }

  /** A model of before the restart: it continues from its last state, and knows what was lost. */
  #revive(run: RunRecord): void {
    const { bases, store } = this.#shared;
    const base = bases.all.find(({ name }) => name === run.base_model);
    // Its checkpoints are still listed; a server that serves its base model again brings it back.
    if (base === undefined) return;
    const { highest, changing } = store.numbers.of(run.id);
    const saved = run.resume?.seq ?? 0;
    const model = this.#keep(run, base, Math.max(saved, highest) + 1);
    model.settled = saved;
    model.last = Math.max(saved, highest);
    if (changing > saved) model.lost = { from: saved + 1, to: highest };
  }

  #keep(run: RunRecord, base: Base, next: number): LiveModel {
    const { turns, settings } = this.#shared;
    const model: LiveModel = {
      base,
      lane: new Lane(run.id, turns, next, settings.times.gap),
      accumulation: new Accumulation(),
      trainer: undefined,
      run,
      lost: undefined,
      settled: next - 1,
      last: next - 1,
      requested: run.created,
    };
    this.#live.set(run.id, model);
    return model;
  }

  /** @throws {Refusal} when there is no such model, or it takes no more requests */
  open(id: string): LiveModel {
    const model = this.#live.get(id);
    if (model !== undefined) {
      this.#shared.sessions.open(model.run.session);
      return model;
    }
    const run = this.#shared.store.runs.get(id);
    if (run === undefined) throw new Refusal(404, `there is no model ${JSON.stringify(id)} on this server`);
    if (run.state === 'open')
      throw new Refusal(410, `the model ${id} was made from ${run.base_model}, which this server no longer has`);
    throw new Refusal(410, `the model ${id} was unloaded`);
  }

  /** Makes a model. Its id is that of its place in the session, so the request can be repeated. */
  async create(wish: {
    readonly session: string;
    readonly place: number;
    readonly base: Base;
    readonly lora: LoraRecord | null;
    readonly metadata: RunRecord['user_metadata'];
    readonly from: RunRecord['resume'];
    readonly hash: string;
    readonly result: (id: string) => Readonly<Record<string, unknown>>;
  }): Promise<Acknowledgement> {
    const { store, sessions, futures, turns, log } = this.#shared;
    sessions.open(wish.session);
    const id = `${wish.session}:train:${wish.place}`;
    const { future, isNew } = futures.take(`${id}:create`, wish.hash);
    const acknowledgement = { request_id: `${id}:create`, model_id: id };
    if (!isNew || future === undefined) return acknowledgement;
    if (store.runs.has(id)) {
      futures.drop(future.id);
      throw new Refusal(409, `the session ${wish.session} has a model ${wish.place} already`);
    }
    const run: RunRecord = {
      id,
      session: wish.session,
      base_model: wish.base.name,
      lora: wish.lora,
      created: new Date().toISOString(),
      user_metadata: wish.metadata,
      resume: wish.from,
      state: 'open',
    };
    const model = this.#keep(run, wish.base, 1);
    await store.writeRun(run);
    turns.push({
      kind: 'one',
      future,
      run: async () => {
        await this.load(model);
        log(`model ${id}: ${wish.base.name}, ${wish.lora === null ? 'all weights' : `LoRA of rank ${wish.lora.rank}`}`);
        return { kind: 'json', body: wish.result(id) };
      },
      failed: async () => {
        this.#live.delete(id);
        await store.writeRun({ ...run, state: 'closed' });
      },
    });
    return acknowledgement;
  }

  /** Takes a request for a model, in its place. */
  submit(id: string, call: ModelCall): Acknowledgement {
    const { futures, turns, settings, store } = this.#shared;
    const model = this.open(id);
    const { seq, hash } = call;
    const name = `${id}:${seq ?? randomUUID()}`;
    const acknowledgement = { request_id: name, model_id: id };
    const { future, isNew } = futures.take(name, hash);
    if (!isNew || future === undefined) return acknowledgement;
    try {
      this.#checkPlace(model, seq);
      const waiting = turns.waiting + this.all.reduce((total, { lane }) => total + lane.waiting, 0);
      // The one that the others wait for is always taken.
      if (waiting >= settings.limits.waiting && seq !== model.lane.next)
        throw new Refusal(429, `${settings.limits.waiting} requests wait already`);
      if (seq !== undefined) store.numbers.accept(id, seq, call.changes);
    } catch (error) {
      futures.drop(name);
      throw error;
    }
    model.requested = new Date().toISOString();
    const { arrival } = model.accumulation;
    if (call.accumulates) future.onFailureKnown = () => model.accumulation.learnt();
    model.lane.submit(seq, {
      kind: 'one',
      future,
      run: async (signal) => {
        const number = seq ?? model.last;
        const trainer = await this.load(model);
        const result = await call.work(trainer, { arrival, signal, seq: number });
        this.#computed(model, number);
        return result;
      },
      failed: async () => {
        if (call.accumulates) {
          model.accumulation.fail(arrival);
          await model.trainer?.discard();
        }
        this.#computed(model, seq ?? model.last);
      },
    });
    return acknowledgement;
  }

  /** A request with this body was refused for what it asks: those of its model that come later are computed without it. */
  refused(body: unknown): void {
    const { data } = NUMBERED.safeParse(body);
    if (data !== undefined) this.#live.get(data.model_id)?.lane.refuse(data.seq_id);
  }

  #computed(model: LiveModel, seq: number): void {
    model.last = Math.max(model.last, seq);
    if (model.trainer?.hasGradient !== true) model.settled = model.last;
  }

  #checkPlace(model: LiveModel, seq: number | undefined): void {
    const { run, lost, lane } = model;
    if (lost !== undefined) throw new Refusal(410, lostText(run, lost));
    if (seq !== undefined && seq < lane.next)
      throw new Refusal(410, `request ${seq} of ${run.id} was computed before, and its result is no longer kept`);
  }

  /** Why a request of this id has no result, as far as it is known. */
  missing(requestId: string): string {
    const at = requestId.lastIndexOf(':');
    const model = this.#live.get(requestId.slice(0, at));
    const seq = Number(requestId.slice(at + 1));
    if (model?.lost !== undefined && seq >= model.lost.from && seq <= model.lost.to)
      return lostText(model.run, model.lost);
    return `there is no result of request ${JSON.stringify(requestId)}: it is no longer kept, or the server was restarted`;
  }

  /** The model in memory; brought back from its last state where it is not. */
  async load(model: LiveModel): Promise<Trainer> {
    if (model.trainer !== undefined) return model.trainer;
    const { engine, store, settings } = this.#shared;
    await this.#makeRoom();
    const { run, base } = model;
    const learner: Learner =
      run.resume === null
        ? {
            kind: 'policy',
            model: await engine.train(base.source, run.lora === null ? {} : { lora: loraSettings(run.lora) }),
          }
        : await openFromCheckpoint(engine, store, base, run.lora, run.resume);
    model.trainer = new Trainer(learner, model.accumulation, settings.limits.requestTokens);
    return model.trainer;
  }

  /** Puts away the model that was not asked for longest; it comes back as it was when it is asked again. */
  async #makeRoom(): Promise<void> {
    const { limits } = this.#shared.settings;
    const loaded = this.all.filter(({ trainer }) => trainer !== undefined);
    if (loaded.length < limits.models) return;
    const [idle] = loaded
      .filter(({ trainer }) => trainer?.hasGradient !== true)
      .sort((a, b) => (a.requested < b.requested ? -1 : 1));
    if (idle === undefined) {
      throw new Refusal(
        429,
        `${limits.models} models are in memory, the most that this server takes, and each is in the middle of a step\n` +
          '  Unload one, finish a session, or start the server with a larger --max-models.',
      );
    }
    await this.putAway(idle);
  }

  #isSilent(session: string): boolean {
    const { sessions, settings } = this.#shared;
    return Date.now() - sessions.lastHeard(session) > settings.times.session * 1000;
  }

  /** Saves a model and frees its memory; the next request brings it back. What was accumulated is discarded. */
  async putAway(model: LiveModel): Promise<void> {
    const { trainer, run, settled } = model;
    if (trainer === undefined) return;
    if (trainer.hasGradient) {
      await trainer.discard();
      model.accumulation.fail(model.accumulation.arrival);
    }
    const { store } = this.#shared;
    const kept = run.resume !== null && run.resume.seq === settled && isThere(store, run.resume.path);
    const untouched = run.resume === null && settled === 0;
    if (!kept && !untouched) await this.saveState(model, trainer, { name: `${STOPPED}${settled}`, seq: settled });
    for (const old of store.checkpoints(run.id))
      if (old.name.startsWith(STOPPED) && pathOf(old) !== model.run.resume?.path) await store.deleteCheckpoint(old);
    await trainer.close();
    model.trainer = undefined;
  }

  /** Puts away the models of clients that were silent for long, or have finished. */
  async putAwaySilent(): Promise<void> {
    const { store } = this.#shared;
    for (const model of this.all) {
      const { session } = model.run;
      if (store.sessions.get(session)?.finished != null) await this.close(model);
      else if (model.trainer !== undefined && this.#isSilent(session)) await this.putAway(model);
    }
  }

  /** Writes a checkpoint with the state of the optimiser; the model continues from it after a restart. */
  async saveState(
    model: LiveModel,
    trainer: Trainer,
    given: Pick<CheckpointRecord, 'name' | 'seq'> & Partial<Pick<CheckpointRecord, 'expires_at' | 'user_metadata'>>,
  ): Promise<string> {
    const { store } = this.#shared;
    const { run } = model;
    const record = await store.writeCheckpoint(
      {
        run: run.id,
        kind: 'weights',
        base_model: run.base_model,
        lora: run.lora,
        ephemeral: false,
        expires_at: null,
        user_metadata: null,
        ...(trainer.isBlended && { blended: true as const }),
        ...given,
      },
      async (directory) => {
        await trainer.saveState(directory);
      },
    );
    await this.resumeFrom(model, { path: pathOf(record), optimizer: true, seq: given.seq });
    return pathOf(record);
  }

  async resumeFrom(model: LiveModel, resume: NonNullable<RunRecord['resume']>): Promise<void> {
    model.run = { ...model.run, resume };
    await this.#shared.store.writeRun(model.run);
  }

  /** Replaces the weights, and the optimiser's state where it is asked for. */
  async replace(model: LiveModel, checkpoint: CheckpointRecord, optimizer: boolean): Promise<void> {
    const { engine, store } = this.#shared;
    const resume = { path: pathOf(checkpoint), optimizer, seq: model.last };
    const learner = await openFromCheckpoint(engine, store, model.base, model.run.lora, resume);
    await model.trainer?.close();
    model.trainer = new Trainer(learner, model.accumulation, this.#shared.settings.limits.requestTokens);
  }

  /** Frees a model for good. */
  async close(model: LiveModel): Promise<void> {
    this.#live.delete(model.run.id);
    await model.lane.stop(new Refusal(410, `the model ${model.run.id} was unloaded`));
    await model.trainer?.close();
    model.trainer = undefined;
    this.#shared.store.numbers.release(model.run.id);
    await this.#shared.store.writeRun({ ...model.run, state: 'closed' });
  }

  /** Saves all models. */
  async stop(): Promise<void> {
    for (const model of this.all) await model.lane.stop();
    for (const model of this.all) await this.putAway(model);
  }
}

function isThere(store: Store, path: string): boolean {
  return store.checkpoints().some((one) => pathOf(one) === path);
}

const lostText = (run: RunRecord, { from, to }: Lost): string =>
  `the server was restarted, and requests ${from} to ${to} of ${run.id} are lost\n  ` +
  (run.resume === null
    ? 'Nothing of this model was saved: make another one.'
    : `Make a model from its last saved state, ${run.resume.path}, and continue after request ${run.resume.seq}.`);
