/** Tells of a server that gives no answer while its requests are repeated, and that it answers again. */

/** How long nothing is said of it, in milliseconds. */
export const UNTOLD_MS = 5000;
/** The same of one that was told of before, after the last of several times: some are busy again and again. */
const MOST_UNTOLD_MS = 60_000;

export class Silence {
  readonly #host: string;
  readonly #note: ((text: string) => void) | undefined;
  #untoldMs: number;
  #since: number | undefined;
  #told = false;
  #heardAt = Date.now();

  /** @param host where the server is, without credentials */
  constructor(host: string, note?: (text: string) => void, untoldMs = UNTOLD_MS) {
    this.#host = host;
    this.#note = note;
    this.#untoldMs = untoldMs;
  }

  /** How long nothing is said of it, in milliseconds. */
  get untoldMs(): number {
    return this.#untoldMs;
  }

  /** When the first attempt failed that no answer followed, by Date.now; undefined where none has. */
  get since(): number | undefined {
    return this.#since;
  }

  /** When the last answer came, or this began to wait for one. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** The server answered, whatever it said. */
  heard(): void {
    const now = Date.now();
    if (this.#told) this.#note?.(`${this.#host} answers again, after ${span(now - (this.#since ?? this.#heardAt))}`);
    this.#told = false;
    this.#since = undefined;
    this.#heardAt = now;
  }

  /** An attempt got no answer, or one that puts it off, and is made again, for `patienceMs` in all. */
  unanswered(why: string, patienceMs: number): void {
    this.#since ??= Date.now();
    const lasts = Date.now() - this.#since;
    if (lasts >= this.#untoldMs)
      this.#tell(
        `no answer from ${this.#host} for ${span(lasts)} (${why}): asking again, for ${span(patienceMs)} at most`,
      );
  }

  /** Tells of a server that should have answered by now and will be waited for so long, where no attempt has failed. */
  overdue(patienceMs: number): void {
    if (this.#since !== undefined) return;
    const lasts = Date.now() - this.#heardAt;
    if (lasts >= this.#untoldMs)
      this.#tell(
        `no answer from ${this.#host} for ${span(lasts)}: waiting for it, at most ${span(patienceMs)} if it stays silent`,
      );
  }

  #tell(text: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#untoldMs = Math.max(this.#untoldMs, Math.min(2 * this.#untoldMs, MOST_UNTOLD_MS));
    this.#note?.(`${text} (Ctrl-C stops)`);
  }
}

const span = (ms: number): string => (ms < 120_500 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);
