/**
 * The thread that keeps a session alive: servers unload the models of a session that has been silent for minutes, and
 * the caller's thread may be busy for as long.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { attempt, Unreachable } from '../../remote/http.js';

/** What the thread is started with. */
export interface HeartbeatSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly everyMs: number;
  readonly silenceMs: number;
}
/** What it tells: that a beat was answered or not, that the session is over, or that nothing was heard for too long. */
export type HeartbeatNews =
  | { readonly kind: 'alive' }
  | { readonly kind: 'missed'; readonly reason: string }
  | { readonly kind: 'over'; readonly status: number }
  | { readonly kind: 'silent'; readonly reason: string };
/** What it is told: other headers, where credentials were renewed. */
export type HeartbeatOrder = Readonly<Record<string, string>>;

if (parentPort !== null) {
  const port = parentPort;
  const { url, headers: first, body, everyMs, silenceMs } = workerData as HeartbeatSettings;
  let headers = first;
  port.on('message', (order: HeartbeatOrder) => {
    headers = order;
  });
  let heard = Date.now();
  const tell = (news: HeartbeatNews) => port.postMessage(news);
  for (;;) {
    await delay(everyMs);
    const began = Date.now();
    let reason = '';
    try {
      const { status } = await attempt({ method: 'POST', url, headers, body, timeoutMs: everyMs });
      if (status >= 200 && status < 300) heard = Date.now();
      // Said again at the next beat, it is meant: a proxy may say it once.
      else if (status === 404 || status === 410) {
        await delay(Math.min(everyMs, 1000));
        const again = await attempt({ method: 'POST', url, headers, body, timeoutMs: everyMs });
        if (again.status === status) tell({ kind: 'over', status });
        else if (again.status < 300) heard = Date.now();
      }
      reason = `status ${status}`;
    } catch (error) {
      reason = error instanceof Unreachable ? error.reason : String(error);
    }
    if (heard >= began) tell({ kind: 'alive' });
    else tell({ kind: Date.now() - heard > silenceMs ? 'silent' : 'missed', reason });
  }
}
