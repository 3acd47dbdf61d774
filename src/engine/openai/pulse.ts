/**
 * Whether a server is still there while it says nothing: a completion may take an hour, and so may waiting for one from a
 * server that has hung or that nothing reaches any longer.
 */
import { Unreachable } from '../remote/http.js';
import type { Silence } from '../remote/silence.js';

export class Pulse {
  readonly #silence: Silence;
  readonly #times: { readonly pulseMs: number; readonly patienceMs: number };
  readonly #beat: () => Promise<void>;
  readonly #lost: (error: Unreachable) => void;
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #beating = false;

  /**
   * @param beat asks for something that a server answers at once; rejects with Unreachable where no answer comes
   * @param lost told that none came for `patienceMs`
   */
  constructor(
    silence: Silence,
    times: { readonly pulseMs: number; readonly patienceMs: number },
    beat: () => Promise<void>,
    lost: (error: Unreachable) => void,
  ) {
    this.#silence = silence;
    this.#times = times;
    this.#beat = beat;
    this.#lost = lost;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay++ === 0) {
      this.#timer = setInterval(() => void this.#look(), this.#times.pulseMs);
      this.#timer.unref();
    }
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) clearInterval(this.#timer);
    }
  }

  async #look(): Promise<void> {
    const { pulseMs, patienceMs } = this.#times;
    if (this.#beating || Date.now() - this.#silence.heardAt < pulseMs) return;
    this.#beating = true;
    try {
      await this.#beat();
      this.#silence.heard();
    } catch (error) {
      // The engine was closed meanwhile.
      if (!(error instanceof Unreachable)) return;
      this.#silence.unanswered(error.reason, patienceMs);
      const { since } = this.#silence;
      if (since !== undefined && Date.now() - since > patienceMs) this.#lost(error);
    } finally {
      this.#beating = false;
    }
  }
}
