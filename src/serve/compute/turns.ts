/**
 * The order of work on the one engine: jobs are computed one after the other, in the order in which they became ready.
 * Requests for samples of the same weights that wait at the same time are computed in one call.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SampleBatch } from '../../engine/tinker/protocol/sampling.js';
import { InterruptedError } from '../../errors.js';
import { categoryOf, Refusal } from '../refusal.js';
import { type Future, type FutureResult, failure } from './futures.js';
import type { PreparedSample } from './samples.js';

/** A request for samples. */
export interface SampleJob {
  readonly kind: 'sample';
  readonly future: Future;
  /** The weights: those of a base model, or those at a path. */
  readonly sampler: string;
  readonly sample: PreparedSample;
  /** The requests that are computed together with it, where its client says so. */
  readonly batch: SampleBatch | undefined;
}

/** Any other request. */
export interface OneJob {
  readonly kind: 'one';
  readonly future: Future;
  readonly run: (signal: AbortSignal) => Promise<FutureResult>;
  /** Called when it fails, or is not run at all. */
  readonly failed?: () => void | Promise<void>;
}

/** Work of the server's own, which must not meet a request that is being computed. */
interface Chore {
  readonly kind: 'chore';
  readonly run: () => Promise<void>;
}
export type Job = SampleJob | OneJob | Chore;

/** Computes requests for samples of the same weights, and settles each when it is done. */
export type ComputeSamples = (sampler: string, jobs: readonly SampleJob[]) => Promise<void>;

/** Most requests of one call, and tokens: what waits behind them waits as long. */
const MOST_TOGETHER = 512;
const MOST_TOKENS = 2 ** 20;
/** Requests that are sent at the same time arrive within this time of one another, in milliseconds. */
const GATHERING_MS = 2;
const LONGEST_GATHERING_MS = 20;
/** How long the first request of a batch waits for the others: one that was repeated may be late, or never come. */
const LONGEST_BATCH_MS = 1000;

export class Turns {
  readonly #computeSamples: ComputeSamples;
  readonly #report: (error: unknown) => void;
  readonly #ready: Job[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;
  /** Aborted when the server stops, for what can be computed again. */
  readonly #stopping = new AbortController();

  constructor(computeSamples: ComputeSamples, report: (error: unknown) => void) {
    this.#computeSamples = computeSamples;
    this.#report = report;
  }

  get waiting(): number {
    return this.#ready.length;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  push(job: Job): void {
    if (this.#stopped) return;
    this.#ready.push(job);
    this.#running ??= this.#run();
  }

  /**
   * Finishes what is being computed, but for samples, which can be drawn again. What waits is left without a result:
   * after a restart its client learns that it is lost.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    this.#ready.length = 0;
    await this.#running;
  }

  async fail(job: Job, error: unknown): Promise<void> {
    if (job.kind === 'chore') return;
    if (categoryOf(error) === 'server' && !(error instanceof Refusal)) this.#report(error);
    if (job.kind === 'one') await job.failed?.();
    job.future.settle(failure(error));
  }

  async #run(): Promise<void> {
    try {
      for (let job = this.#ready.shift(); job !== undefined; job = this.#ready.shift()) {
        if (job.kind === 'one') await this.#runOne(job);
        else if (job.kind === 'chore') await job.run().catch(this.#report);
        else await this.#runSamples(job);
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #runOne(job: OneJob): Promise<void> {
    const { signal } = job.future;
    try {
      if (signal.aborted) throw new InterruptedError('the request was cancelled');
      job.future.settle(await job.run(signal));
    } catch (error) {
      await this.fail(job, error);
    }
  }

  async #runSamples(first: SampleJob): Promise<void> {
    const together = first.batch === undefined ? await this.#gather(first) : await this.#wholeBatch(first, first.batch);
    const wanted: SampleJob[] = [];
    for (const job of together) {
      if (job.future.signal.aborted) await this.fail(job, new InterruptedError('the request was cancelled'));
      else wanted.push(job);
    }
    if (wanted.length === 0) return;
    try {
      await this.#computeSamples(first.sampler, wanted);
    } catch (error) {
      for (const job of wanted) {
        if (this.#stopped) return;
        if (job.future.result !== undefined) continue;
        if (wanted.length === 1 || error instanceof InterruptedError) await this.fail(job, error);
        else await this.#runAlone(job);
      }
    }
  }

  /** A request of a call that failed: only what is wrong with itself fails it. */
  async #runAlone(job: SampleJob): Promise<void> {
    try {
      await this.#computeSamples(job.sampler, [job]);
    } catch (error) {
      if (!this.#stopped) await this.fail(job, error);
    }
  }

  /** The request and those of no batch that wait for the same weights. */
  async #gather(first: SampleJob): Promise<SampleJob[]> {
    for (let waited = 0, seen = -1; waited < LONGEST_GATHERING_MS && seen !== this.#ready.length; ) {
      seen = this.#ready.length;
      await delay(GATHERING_MS);
      waited += GATHERING_MS;
    }
    let tokens = first.sample.tokens;
    return [
      first,
      ...this.#take((job, taken) => {
        const fits =
          job.batch === undefined &&
          job.sampler === first.sampler &&
          taken + 1 < MOST_TOGETHER &&
          tokens + job.sample.tokens <= MOST_TOKENS;
        if (fits) tokens += job.sample.tokens;
        return fits;
      }),
    ];
  }

  /** The requests of a batch in their order: what is computed together does not depend on when they arrived. */
  async #wholeBatch(first: SampleJob, { id, size }: SampleBatch): Promise<SampleJob[]> {
    const isOne = (job: Job) => job.kind === 'sample' && job.batch?.id === id && job.sampler === first.sampler;
    const end = Date.now() + LONGEST_BATCH_MS;
    while (!this.#stopped && this.#ready.filter(isOne).length + 1 < size && Date.now() < end) await delay(GATHERING_MS);
    return [first, ...this.#take(isOne)].sort((a, b) => (a.batch?.place ?? 0) - (b.batch?.place ?? 0));
  }

  /** Takes requests out of those that wait; the others keep their order. */
  #take(wanted: (job: SampleJob, taken: number) => boolean): SampleJob[] {
    const taken: SampleJob[] = [];
    for (const job of this.#ready.splice(0)) {
      if (job.kind === 'sample' && wanted(job, taken.length)) taken.push(job);
      else this.#ready.push(job);
    }
    return taken;
  }
}
