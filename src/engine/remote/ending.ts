/** How requests to a server end before they are answered: with their engine, or by the signal of their call. */
import { ConnectionError, InterruptedError } from '../../errors.js';

export class Ending {
  readonly #controller = new AbortController();

  /** Ends all requests, those that wait and those to come, with this error. */
  end(error: Error): void {
    if (!this.signal.aborted) this.#controller.abort(error);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What ends a request with this signal of its own. */
  orBy(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.signal : AbortSignal.any([signal, this.signal]);
  }

  /** The error of a request that was so ended. */
  errorOf(signal: AbortSignal | undefined): Error {
    if (signal?.aborted === true) return new InterruptedError();
    const { reason } = this.signal;
    return reason instanceof Error ? reason : new ConnectionError('the engine was closed');
  }
}

/** How long to wait after so many attempts, in milliseconds: twice as long after each. */
export const pauseAfter = (
  { backoffMs, mostBackoffMs }: { readonly backoffMs: number; readonly mostBackoffMs: number },
  attempts: number,
): number => Math.min(backoffMs * 2 ** Math.min(attempts, 16), mostBackoffMs);
