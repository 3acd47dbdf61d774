/** The caller's side of a thread that computes. */
import { Worker } from 'node:worker_threads';
import { fromErrorRecord, InterruptedError, UsageError } from '../../../errors.js';
import { awaitNativeCallsOnExit } from '../../../native-calls.js';
import { checkOptions } from '../../call-options.js';
import type { SampleOptions } from '../../engine.js';
import type { InputOf, Methods, OutputOf, Reply, Request } from './methods.js';

interface Pending<M extends Methods> {
  readonly resolve: (value: OutputOf<M, keyof M>) => void;
  readonly reject: (error: unknown) => void;
  readonly options: SampleOptions;
  /** What listeners that are asynchronous have not done yet. */
  readonly listening: Promise<void>[];
}

/**
 * Starts a thread, sends calls to it and matches its replies. The thread computes the calls in the order in which they
 * were made, whether or not earlier ones were awaited.
 */
export class Link<M extends Methods> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending<M>>();
  #calls = 0;
  #ended: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(script: URL, workerData: unknown) {
    awaitNativeCallsOnExit();
    // Flags of this process such as --input-type would keep the thread from loading its file.
    this.#worker = new Worker(script, { workerData, execArgv: [] });
    this.#worker.on('message', (reply: Reply<M>) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the computing thread ended with code ${code}`)));
    this.#worker.unref();
  }

  /**
   * One that is aborted before it is made never reaches the thread.
   * @param transfer memory that the thread gets as it is, and this one has no longer
   */
  call<Name extends keyof M>(
    method: Name,
    input: InputOf<M, Name>,
    options: SampleOptions = {},
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<OutputOf<M, Name>> {
    return new Promise<OutputOf<M, keyof M>>((resolve, reject) => {
      checkOptions(options);
      const { signal, onCompletions, onToken } = options;
      if (this.#ended !== undefined) throw this.#ended;
      if (signal?.aborted === true) throw new InterruptedError();
      const id = this.#calls++;
      // First of all, since it throws where the caller's data cannot be sent.
      const listens = { reportsCompletions: onCompletions !== undefined, reportsTokens: onToken !== undefined };
      this.#send({ kind: 'call', id, method, input, ...listens }, transfer);
      const abort = () => this.#send({ kind: 'abort', id });
      const settle =
        <T>(finish: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener('abort', abort);
          this.#pending.delete(id);
          if (this.#pending.size === 0) this.#worker.unref();
          finish(value);
        };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject), options, listening: [] });
      // A pending call keeps the process alive; an idle engine doesn't.
      this.#worker.ref();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Whether somebody closed it. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Lets the thread finish what it was asked for, and ends it. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const closing = this.call('close', undefined);
    this.#ended = new UsageError('the engine was closed');
    try {
      await closing;
    } finally {
      await this.#worker.terminate();
    }
  }

  #send(request: Request<M>, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #receive(reply: Reply<M>): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    const { resolve, reject, options, listening } = pending;
    // Thrown by a listener of this call: the call fails with it, and need not be computed further.
    const fail = (error: unknown): void => {
      reject(error);
      this.#send({ kind: 'abort', id: reply.id });
    };
    const tell = (listener: () => unknown): void => {
      try {
        const done = listener();
        if (done instanceof Promise) listening.push(done.then(() => undefined, fail));
      } catch (error) {
        fail(error);
      }
    };
    if (reply.kind === 'error') reject(fromErrorRecord(reply.error));
    else if (reply.kind === 'progress') tell(() => options.onProgress?.(reply.progress));
    else if (reply.kind === 'completions') tell(() => options.onCompletions?.(reply.request, reply.completions));
    else if (reply.kind === 'token') tell(() => options.onToken?.(reply.request, reply.sample, reply.token));
    else if (listening.length === 0) resolve(reply.value);
    else void Promise.all(listening).then(() => resolve(reply.value));
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of [...this.#pending.values()]) reject(this.#ended);
  }
}
