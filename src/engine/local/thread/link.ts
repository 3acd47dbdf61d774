/** Calls between threads: `Link` on the caller's side, `answerCalls` in the thread that computes. */
import { setImmediate } from 'node:timers/promises';
import { type MessagePort, Worker } from 'node:worker_threads';
import { type ErrorRecord, fromErrorRecord, InterruptedError, toErrorRecord, UsageError } from '../../../errors.js';
import type { CallOptions } from '../../engine.js';

type Progress = Parameters<NonNullable<CallOptions['onProgress']>>[0];

type Request<Call> =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  | { readonly kind: 'abort'; readonly id: number };

type Reply =
  | { readonly id: number; readonly kind: 'value'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: ErrorRecord }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: Progress };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: CallOptions['onProgress'];
}

/** Starts a thread, sends calls to it and matches its replies. `closing` is the last call. */
export class Link<Call> {
  readonly #worker: Worker;
  readonly #closing: Call;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  /** Settles when the last call has been answered. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended: Error | undefined;

  constructor(script: URL, workerData: unknown, closing: Call) {
    this.#closing = closing;
    // Flags of this process such as --input-type would keep the thread from loading its file.
    this.#worker = new Worker(script, { workerData, execArgv: [] });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the computing thread ended with code ${code}`)));
    this.#worker.unref();
  }

  /** Calls go over one at a time, in order: one that is aborted while it waits is never sent. */
  call(call: Call, options: CallOptions = {}): Promise<unknown> {
    const result = this.#turn.then(() => this.#perform(call, options));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #perform(call: Call, { signal, onProgress }: CallOptions): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted === true) return Promise.reject(new InterruptedError());
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      // First of all, since it throws where the caller's data cannot be sent.
      this.#send({ kind: 'call', id, call });
      const abort = () => this.#send({ kind: 'abort', id });
      const settle =
        <T>(finish: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener('abort', abort);
          this.#pending.delete(id);
          if (this.#pending.size === 0) this.#worker.unref();
          finish(value);
        };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject), onProgress });
      // A pending call keeps the process alive; an idle engine doesn't.
      this.#worker.ref();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    try {
      await this.call(this.#closing);
    } finally {
      this.#ended ??= new UsageError('the engine was closed');
      await this.#worker.terminate();
    }
  }

  #send(request: Request<Call>): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if (reply.kind === 'progress') pending.onProgress?.(reply.progress);
    else if (reply.kind === 'value') pending.resolve(reply.value);
    else pending.reject(fromErrorRecord(reply.error));
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const pending of [...this.#pending.values()]) pending.reject(this.#ended);
  }
}

/** How often, in milliseconds, a call says how far it is: it costs the thread that computes a little each time. */
const PROGRESS_INTERVAL = 50;

/** Passes on the first progress at once, then the latest of each interval; `flush` what was held back. */
function paced(post: (progress: Progress) => void) {
  let held: Progress | undefined;
  let next = 0;
  return {
    say(progress: Progress): void {
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

/** Performs the calls that come through a port, one at a time in order of arrival, and answers each. */
export function answerCalls<Call>(
  port: MessagePort,
  perform: (call: Call, options: CallOptions) => Promise<unknown>,
): void {
  /** Calls that run or wait their turn. */
  const unanswered = new Map<number, AbortController>();

  async function answer(id: number, call: Call, signal: AbortSignal): Promise<void> {
    const post = (reply: Reply) => port.postMessage(reply);
    try {
      if (signal.aborted) throw new InterruptedError();
      const progress = paced((latest) => post({ id, kind: 'progress', progress: latest }));
      const value = await perform(call, { signal, onProgress: progress.say });
      progress.flush();
      post({ id, kind: 'value', value });
    } catch (error) {
      post({ id, kind: 'error', error: toErrorRecord(error) });
    } finally {
      unanswered.delete(id);
    }
  }

  let queue: Promise<void> = Promise.resolve();
  port.on('message', (request: Request<Call>) => {
    if (request.kind === 'abort') {
      unanswered.get(request.id)?.abort();
      return;
    }
    const { id, call } = request;
    const controller = new AbortController();
    unanswered.set(id, controller);
    // A turn of the event loop in between lets what the caller said in the meantime arrive: an abort of this very call.
    queue = queue.then(() => setImmediate()).then(() => answer(id, call, controller.signal));
  });
}
