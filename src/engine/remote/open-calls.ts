/** Calls that have begun and not ended, so that what they use can be closed behind them. */
export class OpenCalls {
  readonly #calls = new Set<Promise<void>>();

  /** Follows a call until it ends; returns it. */
  add<Result>(call: Promise<Result>): Promise<Result> {
    const ended = call.then(
      () => undefined,
      () => undefined,
    );
    this.#calls.add(ended);
    ended.then(() => this.#calls.delete(ended));
    return call;
  }

  /** Resolves when all calls that have begun by now have ended, however they did. */
  async ended(): Promise<void> {
    await Promise.all(this.#calls);
  }
}
