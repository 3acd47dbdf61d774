/**
 * Stopping long work that computes without waiting: reading a file of a million rows, checking and grading it. Signals of
 * the system are seen, and a line on the terminal is drawn, only when such work gives the process a turn.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from './errors.js';

interface Stoppable {
  readonly signal: AbortSignal;
  /** Shows how far work is that takes seconds. */
  readonly show?: ((text: string) => void) | undefined;
  readonly began: number;
}

/** Files are read deep inside functions that know nothing of commands. */
const current = new AsyncLocalStorage<Stoppable>();

/** Runs `work`: reading, checking and downloads in it end with an InterruptedError when the signal is aborted. */
export function withStopSignal<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  show: Stoppable['show'] = current.getStore()?.show,
): Promise<T> {
  return current.run({ signal, show, began: current.getStore()?.began ?? performance.now() }, work);
}

/** The signal of the `withStopSignal` around this. */
export const stopSignal = (): AbortSignal | undefined => current.getStore()?.signal;

/**
 * To be called between steps.
 * @throws {InterruptedError} when the signal is aborted
 */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof InterruptedError) throw signal.reason;
  throw new InterruptedError(undefined, { cause: signal.reason });
}

/** How long is worked until events are seen to. */
const SLICE_MS = 50;
/** Progress is shown of what takes longer. */
export const SHOWN_MS = 2000;

/** The turns that a loop gives the process: `if (turns.isDue) await turns.give(...)` costs next to nothing. */
export class Turns {
  #until = performance.now() + SLICE_MS;

  get isDue(): boolean {
    return performance.now() >= this.#until;
  }

  /**
   * Lets events be seen to. `doing`: what is being done, to show: `reading data.jsonl: row 1200`.
   * @throws {InterruptedError} when the work around is to stop
   */
  async give(doing?: () => string): Promise<void> {
    await setImmediate();
    const around = current.getStore();
    throwIfInterrupted(around?.signal);
    if (doing !== undefined && around?.show !== undefined && performance.now() - around.began > SHOWN_MS)
      around.show(doing());
    this.#until = performance.now() + SLICE_MS;
  }
}

/**
 * Does `work` on each item in order, and gives turns in between. `doing`: what that is, to show: `checking the answers`.
 * @throws {InterruptedError} when the work around is to stop
 */
export async function eachInTurns<Item>(
  items: Iterable<Item>,
  doing: string,
  work: (item: Item, index: number) => void,
): Promise<void> {
  const turns = new Turns();
  let index = 0;
  for (const item of items) {
    if (turns.isDue) await turns.give(() => `${doing}: ${index}`);
    work(item, index++);
  }
}
