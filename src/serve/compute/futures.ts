/** Requests whose results come later: kept until they were fetched, then for a while, within a budget of bytes. */

import { categoryOf, detailOf, type FailureCategory, type OwnError, ownError, Refusal } from '../refusal.js';
import type { KeptResult } from '../store/records.js';

export type FutureResult =
  | { readonly kind: 'json'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'message'; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly category: FailureCategory;
      /** The error of ours, for clients of ours. */
      readonly own: OwnError;
    };

/** The result of a request that failed. */
export const failure = (error: unknown): FutureResult => ({
  kind: 'failed',
  error: detailOf(error),
  category: categoryOf(error),
  own: ownError(error),
});

/** The bytes of a result, to reserve memory for. */
export const sizeOfResult = (result: FutureResult): number =>
  result.kind === 'message' ? result.bytes.length : JSON.stringify(result).length;

export class Future {
  readonly id: string;
  /** Of the body that it was made by. */
  readonly hash: string;
  readonly #controller = new AbortController();
  #result: FutureResult | undefined;
  #settled: (() => void) | undefined;
  readonly #done: Promise<void>;
  settledAt = Number.POSITIVE_INFINITY;
  bytes = 0;
  fetched = false;
  /** Called once, when a client has learnt of its failure. */
  onFailureKnown: (() => void) | undefined;

  constructor(id: string, hash: string) {
    this.id = id;
    this.hash = hash;
    this.#done = new Promise((resolve) => {
      this.#settled = resolve;
    });
  }

  /** Resolves when the result is there. */
  get done(): Promise<void> {
    return this.#done;
  }

  get result(): FutureResult | undefined {
    return this.#result;
  }

  /** Aborted when a client cancels the request. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(): void {
    this.#controller.abort();
  }

  settle(result: FutureResult): void {
    if (this.#result !== undefined) return;
    this.#result = result;
    this.bytes = sizeOfResult(result);
    this.settledAt = Date.now();
    this.#settled?.();
  }

  /** Resolves when the result is there, or the time is over, or `signal` aborts. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#result !== undefined || signal.aborted) return;
    let stop = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener('abort', () => resolve(), { once: true });
      stop = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    await Promise.race([this.#done, over]);
    stop();
  }
}

export class Futures {
  readonly #futures = new Map<string, Future>();
  /** Bodies of requests whose results are gone, by their ids; the newest. */
  readonly #past = new Map<string, string>();
  readonly #keepMilliseconds: number;
  readonly #budget: number;

  constructor(keepSeconds: number, budget: number) {
    this.#keepMilliseconds = keepSeconds * 1000;
    this.#budget = budget;
  }

  /**
   * The request of this id, made when it is new. The same id with the same body is the same request, whether or not its
   * result is still kept.
   * @throws {Refusal} when the body is another
   */
  take(id: string, hash: string): { readonly future: Future | undefined; readonly isNew: boolean } {
    const known = this.#futures.get(id);
    const before = known?.hash ?? this.#past.get(id);
    if (before !== undefined && before !== hash)
      throw new Refusal(409, `request ${id} was sent before with another body`);
    if (before !== undefined) return { future: known, isNew: false };
    const future = new Future(id, hash);
    this.#futures.set(id, future);
    return { future, isNew: true };
  }

  get(id: string): Future | undefined {
    return this.#futures.get(id);
  }

  /** Forgets results that were kept long enough, and the oldest where they are too many; fetched ones first. */
  sweep(now = Date.now()): void {
    const settled = [...this.#futures.values()].filter(({ result }) => result !== undefined);
    for (const future of settled) if (now - future.settledAt > this.#keepMilliseconds) this.#forget(future);
    let bytes = [...this.#futures.values()].reduce((total, future) => total + future.bytes, 0);
    if (bytes <= this.#budget) return;
    const order = (future: Future): number => future.settledAt + (future.fetched ? 0 : 1e15);
    for (const future of settled.sort((a, b) => order(a) - order(b))) {
      if (bytes <= this.#budget) return;
      bytes -= future.bytes;
      this.#forget(future);
    }
  }

  /** Forgets a result that its client has. */
  release(id: string): void {
    const future = this.#futures.get(id);
    if (future?.result !== undefined) this.#forget(future);
  }

  /** Takes back a request that was refused: its id can be used again. */
  drop(id: string): void {
    this.#futures.delete(id);
  }

  #forget({ id, hash }: Future): void {
    this.#futures.delete(id);
    this.#past.set(id, hash);
    if (this.#past.size > MOST_PAST)
      for (const [oldest] of this.#past) {
        this.#past.delete(oldest);
        break;
      }
  }

  /** What can be handed out after a restart. */
  kept(): readonly KeptResult[] {
    return [...this.#futures.values()].flatMap(({ id, hash, result }): KeptResult[] => {
      if (result === undefined) return [];
      if (result.kind !== 'message') return [{ id, hash, result }];
      return [{ id, hash, result: { kind: 'message', base64: Buffer.from(result.bytes).toString('base64') } }];
    });
  }

  restore(results: readonly KeptResult[]): void {
    for (const { id, hash, result } of results) {
      const future = new Future(id, hash);
      if (result.kind === 'message')
        future.settle({ kind: 'message', bytes: new Uint8Array(Buffer.from(result.base64, 'base64')) });
      else future.settle(result);
      this.#futures.set(id, future);
    }
  }
}

const MOST_PAST = 100_000;
