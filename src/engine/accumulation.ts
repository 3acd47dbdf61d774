/**
 * What makes a failed `accumulate` cost its whole step, however many calls were in flight. A step must know whether
 * every accumulate that was issued before it succeeded. The side that issues the calls counts them; the side that
 * computes them compares. Accumulations are numbered: one ends with its step, or where the caller learns of a failure,
 * and calls that were issued before the caller knew carry the old number.
 */
import { InputError } from '../errors.js';

/** What a step was issued with. */
export interface StepTicket {
  readonly accumulation: number;
  /** How many accumulates were issued in it. */
  readonly issued: number;
}

/** Of a policy, on the side that issues calls. */
export class AccumulationLedger {
  #accumulation = 0;
  #issued = 0;

  /** The number that a call carries which is neither accumulate nor step. */
  get accumulation(): number {
    return this.#accumulation;
  }

  /** Issues an accumulate. The caller learns of its failure only after the next accumulation has begun. */
  async accumulate<Result>(send: (accumulation: number) => Promise<Result>): Promise<Result> {
    const accumulation = this.#accumulation;
    this.#issued += 1;
    try {
      return await send(accumulation);
    } catch (error) {
      if (this.#accumulation === accumulation) this.begin();
      throw error;
    }
  }

  /** Ends the accumulation with a step. */
  step(): StepTicket {
    const ticket = { accumulation: this.#accumulation, issued: this.#issued };
    this.begin();
    return ticket;
  }

  /** Begins another accumulation: what was issued so far is discarded. */
  begin(): void {
    this.#accumulation += 1;
    this.#issued = 0;
  }
}

/** Of a policy, on the side that computes: one call after the other, in the order in which they were issued. */
export class AccumulationGuard {
  readonly #discard: () => void | Promise<void>;
  #accumulation = 0;
  #done = 0;
  #failed = false;

  /** `discard` forgets the accumulated gradient. */
  constructor(discard: () => void | Promise<void>) {
    this.#discard = discard;
  }

  /** Discards what belongs to an earlier accumulation. */
  async enter(accumulation: number): Promise<void> {
    if (accumulation === this.#accumulation) return;
    this.#accumulation = accumulation;
    this.#done = 0;
    this.#failed = false;
    await this.#discard();
  }

  /** @throws {InputError} when another accumulate of this accumulation failed; else what `work` throws */
  async accumulate<Result>(accumulation: number, work: () => Promise<Result>): Promise<Result> {
    await this.enter(accumulation);
    if (this.#failed) throw incomplete('an accumulate');
    try {
      const result = await work();
      this.#done += 1;
      return result;
    } catch (error) {
      this.#failed = true;
      await this.#discard();
      throw error;
    }
  }

  /** Learns that an accumulate failed whose work had seemed done, as where results come later than they are promised. */
  async fail(accumulation: number): Promise<void> {
    if (accumulation !== this.#accumulation || this.#failed) return;
    this.#failed = true;
    await this.#discard();
  }

  /** Lets a step pass that has all its gradients. @throws {InputError} when it has none, or not all that were issued */
  async step({ accumulation, issued }: StepTicket): Promise<void> {
    await this.enter(accumulation);
    const complete = !this.#failed && this.#done === issued;
    this.#done = 0;
    this.#failed = false;
    if (complete && issued > 0) return;
    await this.#discard();
    if (issued > 0) throw incomplete('a step');
    throw new InputError('a step without an accumulated gradient', { remedy: 'Call accumulate first.' });
  }
}

const incomplete = (call: string): InputError =>
  new InputError(`${call} after an accumulate that failed or was aborted: the gradient of this step is incomplete`, {
    remedy: 'Accumulate the whole batch again; the weights were not changed.',
  });
