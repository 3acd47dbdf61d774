/** Where the time of a step goes: seconds by phase, for events.jsonl. What a clock says never enters a metric. */
export class Stopwatch {
  readonly #seconds = new Map<string, number>();

  /** Adds the time that `work` takes to its phase. */
  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + (performance.now() - began) / 1000);
    }
  }

  /** Seconds by phase, in the order in which the phases were first met. */
  get phases(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seconds);
  }
}
