/** The computing side of calls between threads. */
import { setImmediate } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { InterruptedError, toErrorRecord } from '../../../errors.js';
import type { CallProgress } from '../../engine.js';
import type { Handlers, InputOf, Methods, Reply, Request } from './methods.js';

/** How often, in milliseconds, a call reports its progress: each report costs the computing thread a little. */
const PROGRESS_INTERVAL = 50;

/** Passes on the first progress at once, then the latest of each interval; `flush` passes on what was held back. */
function paced(post: (progress: CallProgress) => void) {
  let held: CallProgress | undefined;
  let next = 0;
  return {
    report(progress: CallProgress): void {
      const now = performance.now();
      held = now < next ? progress : undefined;
      if (held !== undefined) return;
      next = now + PROGRESS_INTERVAL;
      post(progress);
    },
    flush(): void {
      if (held !== undefined) post(held);
      held = undefined;
    },
  };
}

/** Computes the calls that come through a port, one at a time in order of arrival, and answers each. */
export function answerCalls<M extends Methods>(port: MessagePort, handlers: Handlers<M>): void {
  /** Calls that run or wait their turn. */
  const unanswered = new Map<number, AbortController>();
  const post = (reply: Reply<M>) => port.postMessage(reply);
  // One type variable for name and input, so that they are known to belong together.
  const compute = <Name extends keyof M>(
    name: Name,
    input: InputOf<M, Name>,
    options: Parameters<Handlers<M>[Name]>[1],
  ) => handlers[name](input, options);

  async function answer(request: Request<M> & { readonly kind: 'call' }, signal: AbortSignal): Promise<void> {
    const { id, method, input, reportsCompletions, reportsTokens } = request;
    try {
      if (signal.aborted) throw new InterruptedError();
      const progress = paced((latest) => post({ id, kind: 'progress', progress: latest }));
      const value = await compute(method, input, {
        signal,
        onProgress: progress.report,
        ...(reportsCompletions && {
          onCompletions: (request, completions) => post({ id, kind: 'completions', request, completions }),
        }),
        ...(reportsTokens && {
          onToken: (request, sample, token) => post({ id, kind: 'token', request, sample, token }),
        }),
      });
      progress.flush();
      post({ id, kind: 'value', value });
    } catch (error) {
      post({ id, kind: 'error', error: toErrorRecord(error) });
    } finally {
      unanswered.delete(id);
    }
  }

  let queue: Promise<void> = Promise.resolve();
  port.on('message', (request: Request<M>) => {
    if (request.kind === 'abort') {
      unanswered.get(request.id)?.abort();
      return;
    }
    const controller = new AbortController();
    unanswered.set(request.id, controller);
    // A turn of the event loop in between lets messages arrive that abort this very call.
    queue = queue.then(() => setImmediate()).then(() => answer(request, controller.signal));
  });
}
