/** All that the server does, without HTTP. */
import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import type { Engine } from '../../engine/engine.js';
import { Futures } from '../compute/futures.js';
import { Samplers } from '../compute/samplers.js';
import { type ComputeSamples, Turns } from '../compute/turns.js';
import { Refusal } from '../refusal.js';
import type { ServeSettings } from '../settings.js';
import { pathOf, Store } from '../store/store.js';
import { Bases } from './bases.js';
import { Models, type Shared } from './models.js';
import { Sampling } from './sampling.js';
import { Sessions } from './sessions.js';
import { expiryOf, Training } from './training.js';

/** How often silent clients and old results are looked for, in milliseconds. */
const SWEEP_MS = 5000;

export class Service {
  readonly settings: ServeSettings;
  readonly store: Store;
  readonly bases: Bases;
  readonly sessions: Sessions;
  readonly futures: Futures;
  readonly models: Models;
  readonly sampling: Sampling;
  readonly training: Training;
  readonly #turns: Turns;
  readonly #report: (error: unknown) => void;
  readonly #sweeper: NodeJS.Timeout;

  private constructor(
    shared: Shared,
    samplers: Samplers,
    compute: (with_: ComputeSamples) => void,
    report: (error: unknown) => void,
  ) {
    this.settings = shared.settings;
    this.store = shared.store;
    this.bases = shared.bases;
    this.sessions = shared.sessions;
    this.futures = shared.futures;
    this.#turns = shared.turns;
    this.#report = report;
    this.models = new Models(shared);
    this.sampling = new Sampling(shared, samplers);
    this.training = new Training(shared, this.models, this.sampling);
    compute((sampler, jobs) => this.sampling.compute(sampler, jobs));
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /**
   * Opens the base models and the directory, and brings back what a server before this one left in it.
   * @throws {RltError} when a model cannot be served, or the directory not be used
   */
  static async open(
    settings: ServeSettings,
    engine: Engine,
    log: (text: string) => void,
    report: (error: unknown) => void,
  ): Promise<Service> {
    const store = await Store.open(settings.directory);
    try {
      const samplers = new Samplers(engine, settings.limits.snapshots);
      const bases = await Bases.open(settings.models, samplers);
      const futures = new Futures(settings.times.result, settings.limits.resultBytes);
      futures.restore(await store.takeResults());
      let compute: ComputeSamples = () => Promise.reject(new Error('not started'));
      const turns = new Turns((sampler, jobs) => compute(sampler, jobs), report);
      const sessions = new Sessions(store, settings.limits.sessions);
      const shared: Shared = { settings, engine, store, bases, futures, turns, sessions, log };
      return new Service(
        shared,
        samplers,
        (with_) => {
          compute = with_;
        },
        report,
      );
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Forgets what is old, and puts away the models of clients that are gone; in turn with what is computed. */
  sweep(): void {
    this.futures.sweep();
    this.#turns.push({
      kind: 'chore',
      run: async () => {
        await this.models.putAwaySilent();
        await this.store.deleteExpired();
      },
    });
  }

  /** Copies weights into a place of their own, as a training run that takes no requests. */
  async copyWeights(wish: {
    /** A place of a session; undefined: a place of its own, as there is but one project. */
    readonly place: { readonly session: string; readonly number: number } | undefined;
    readonly path: string;
    readonly seconds: number | null | undefined;
  }): Promise<string> {
    const { session, number } = wish.place ?? { session: `copy-${randomBytes(8).toString('hex')}`, number: 0 };
    if (wish.place !== undefined) this.sessions.open(session);
    const source = this.store.checkpointAt(wish.path);
    const id = `${session}:train:${number}`;
    const copy = { ...source, run: id, expires_at: expiryOf(wish.seconds), ephemeral: false };
    if (this.store.runs.has(id)) {
      if (this.store.has(copy)) return pathOf(copy);
      throw new Refusal(409, `the session ${session} has a model ${number} already`);
    }
    await this.store.writeRun({
      id,
      session,
      base_model: source.base_model,
      lora: source.lora,
      created: new Date().toISOString(),
      user_metadata: null,
      resume: null,
      state: 'closed',
    });
    const record = await this.store.writeCheckpoint(copy, (directory) =>
      cp(this.store.weightsOf(source), directory, { recursive: true, errorOnExist: false }),
    );
    return pathOf(record);
  }

  async deleteCheckpoint(path: string): Promise<void> {
    const record = this.store.checkpointAt(path);
    await this.store.deleteCheckpoint(record);
    // In its turn: a model in use must not be closed.
    this.#turns.push({ kind: 'chore', run: () => this.sampling.drop(path) });
  }

  /** Finishes what is being computed, saves all models, and keeps the results that wait to be fetched. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    try {
      await this.#turns.stop();
      await this.models.stop();
      await this.store.writeResults(this.futures.kept());
    } catch (error) {
      this.#report(error);
      throw error;
    } finally {
      await this.store.close();
    }
  }
}
