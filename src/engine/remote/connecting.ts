/** Connecting to a server, which may be silent, while the work around can be told to stop. */
import { InterruptedError } from '../../errors.js';
import { stopSignal, throwIfInterrupted } from '../../stopping.js';
import type { Silence } from './silence.js';

/** What is connected to. */
export interface Connecting {
  readonly silence: Silence;
  /** The longest that a server is waited for which accepts connections and says nothing, in milliseconds. */
  readonly patienceMs: number;
  /** Ends all requests with this error. */
  end(error: Error): void;
}

/** How often it is looked whether the server is silent. */
const LOOK_MS = 1000;

/**
 * Tells of a server that is silent while `work` connects to it, and ends the work as soon as the work around is to stop.
 * @throws {InterruptedError} when it is to stop
 */
export async function whileConnecting<Result>(to: Connecting, work: () => Promise<Result>): Promise<Result> {
  const telling = setInterval(() => to.silence.overdue(to.patienceMs), Math.min(LOOK_MS, to.silence.untoldMs / 5));
  const signal = stopSignal();
  const stop = (): void => to.end(new InterruptedError());
  signal?.addEventListener('abort', stop);
  try {
    throwIfInterrupted(signal);
    return await work();
  } finally {
    clearInterval(telling);
    signal?.removeEventListener('abort', stop);
  }
}

/** How long a server that has fallen silent is waited for once the work around is to stop, in milliseconds. */
const FAREWELL_MS = 5000;

/**
 * Where work saves its state on the server before it stops: ends all requests if the server is silent then, so that the
 * stop does not wait for it. Returns what ends the watch.
 */
export function stopWhenSilent(host: string, { silence, end }: Omit<Connecting, 'patienceMs'>): () => void {
  const signal = stopSignal();
  let looking: NodeJS.Timeout | undefined;
  const look = (): void => {
    const stopped = Date.now();
    looking = setInterval(() => {
      const { since } = silence;
      if (since === undefined || Date.now() - Math.max(since, stopped) < FAREWELL_MS) return;
      clearInterval(looking);
      const remedy = `${host} gave no answer to save the state. Run the same command to resume from the last checkpoint.`;
      end(new InterruptedError(undefined, { remedy }));
    }, LOOK_MS);
    looking.unref();
  };
  if (signal?.aborted === true) look();
  else signal?.addEventListener('abort', look, { once: true });
  return () => {
    signal?.removeEventListener('abort', look);
    clearInterval(looking);
  };
}
