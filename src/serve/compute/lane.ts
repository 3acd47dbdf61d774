/** The requests of one model in the order of their sequence numbers, however they arrive. */
import { Refusal } from '../refusal.js';
import type { OneJob, Turns } from './turns.js';

export class Lane {
  readonly #turns: Turns;
  readonly #gapMilliseconds: number;
  readonly #name: string;
  readonly #early = new Map<number, OneJob>();
  /** Numbers of requests that were refused, for which nobody need wait. */
  readonly #refused = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  /** The number that comes next. */
  next: number;

  constructor(name: string, turns: Turns, next: number, gapSeconds: number) {
    this.#name = name;
    this.#turns = turns;
    this.next = next;
    this.#gapMilliseconds = gapSeconds * 1000;
  }

  get waiting(): number {
    return this.#early.size;
  }

  /** A request without a number takes its place when it arrives. */
  submit(number: number | undefined, job: OneJob): void {
    if (number === undefined) {
      this.#turns.push(job);
      return;
    }
    this.#early.set(number, job);
    this.#release();
  }

  /** Takes note of a request that was refused. Until a later one has come, it may come again, corrected. */
  refuse(number: number): void {
    if (number < this.next) return;
    this.#refused.add(number);
    this.#release();
  }

  #release(): void {
    while (this.#early.size > 0) {
      const job = this.#early.get(this.next);
      if (job === undefined && !this.#refused.has(this.next)) break;
      this.#early.delete(this.next);
      this.#refused.delete(this.next);
      this.next += 1;
      if (job !== undefined) this.#turns.push(job);
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#early.size === 0) return;
    this.#timer = setTimeout(() => void this.#giveUp(), this.#gapMilliseconds).unref();
  }

  /** Fails the requests that waited for one that never came; the next ones are computed again. */
  async #giveUp(): Promise<void> {
    const missing = this.next;
    await this.#failAll(
      (number) =>
        new Refusal(
          400,
          `request ${number} of ${this.#name} waited for request ${missing}, which did not come: ` +
            'a model computes its requests in the order of their numbers, without gaps',
        ),
    );
  }

  /** Takes no more requests; with an error, it is that of those that wait for others. */
  async stop(error?: Refusal): Promise<void> {
    clearTimeout(this.#timer);
    if (error === undefined) this.#early.clear();
    else await this.#failAll(() => error);
  }

  async #failAll(error: (number: number) => Refusal): Promise<void> {
    const waiting = [...this.#early].sort(([a], [b]) => a - b);
    this.#early.clear();
    const [last] = waiting.at(-1) ?? [];
    if (last !== undefined) this.next = last + 1;
    for (const [number, job] of waiting) await this.#turns.fail(job, error(number));
  }
}
