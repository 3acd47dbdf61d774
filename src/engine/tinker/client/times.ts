/** How long the client waits for what, in milliseconds. */
import { UNTOLD_MS } from '../../remote/silence.js';

export interface Times {
  /** Of one attempt of a request that is answered at once. */
  readonly requestMs: number;
  /** Of one attempt to fetch a result. Servers hold such requests open until the result is there. */
  readonly pollMs: number;
  /** Between attempts: doubled after each, up to `mostBackoffMs`. */
  readonly backoffMs: number;
  readonly mostBackoffMs: number;
  /** All attempts of one request together. */
  readonly patienceMs: number;
  /** The same for the handshake: a wrong address should not take minutes. */
  readonly handshakePatienceMs: number;
  readonly heartbeatMs: number;
  /** How long nothing is said of a server that does not answer. */
  readonly untoldMs: number;
  /** The longest that heartbeats may fail before the session counts as lost. */
  readonly silenceMs: number;
}

/** Those of the official client, but for the handshake, and for silence, which it bears for two minutes. */
export const TIMES: Times = {
  requestMs: 60_000,
  pollMs: 45_000,
  backoffMs: 500,
  mostBackoffMs: 30_000,
  patienceMs: 300_000,
  handshakePatienceMs: 15_000,
  heartbeatMs: 10_000,
  untoldMs: UNTOLD_MS,
  silenceMs: 300_000,
};
