/** Calls that may share a server, and calls that must have it to themselves, in the order in which they are made. */
export class Turnstile {
  /** Resolves when the last call that must be alone has ended. */
  #alone: Promise<unknown> = Promise.resolve();
  /** Calls made after it that share and have not ended. */
  #sharing = new Set<Promise<unknown>>();

  shared<Result>(work: () => Promise<Result>): Promise<Result> {
    const call = this.#alone.then(work);
    const ended = call.catch(() => undefined);
    const sharing = this.#sharing;
    sharing.add(ended);
    ended.then(() => sharing.delete(ended));
    return call;
  }

  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = Promise.all([this.#alone, ...this.#sharing]);
    this.#sharing = new Set();
    const call = before.then(work);
    this.#alone = call.catch(() => undefined);
    return call;
  }
}
