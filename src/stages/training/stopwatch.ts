/** Seconds of a step by phase, for events.jsonl. Measured times never enter a metric. */
export class Stopwatch {
  readonly #seconds = new Map<string, number>();

  /** Runs `work` and adds its time to the phase. */
  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + (performance.now() - began) / 1000);
    }
  }

  /** Seconds by phase, in the order in which the phases first occurred. */
  get phases(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#seconds);
  }
}
