/**
 * Leaving the process while other threads are inside native code. Node ends its threads on exit, and a native call that
 * returns to an ended thread aborts the whole process (SIGABRT), whatever the exit code. So threads count their native
 * calls in shared memory, and whoever exits lets the current ones return.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { waitBeforeExit } from './exit.js';

const KEY = 'rlt native calls';
const RUNNING = 0;
const LEAVING = 1;
/** Never notified: threads that find the process leaving wait here for its end. */
const PARKED = 2;

/** Longest time that an exit waits. Training steps of large models take longer. */
const MOST_MS = 3000;

/** Inherited by every thread that this one starts. */
const shared = ((): Int32Array => {
  const inherited = getEnvironmentData(KEY);
  if (inherited instanceof Int32Array) return inherited;
  const made = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(KEY, made);
  return made;
})();

/** To be called before a thread is started that makes native calls: exits of this one then wait for them. */
export function awaitNativeCallsOnExit(): void {
  waitBeforeExit(nativeCallsHaveReturned);
}

function nativeCallsHaveReturned(): boolean {
  Atomics.store(shared, LEAVING, 1);
  const deadline = performance.now() + MOST_MS;
  for (;;) {
    const running = Atomics.load(shared, RUNNING);
    const left = deadline - performance.now();
    if (running === 0) return true;
    if (left <= 0) return false;
    Atomics.wait(shared, RUNNING, running, left);
  }
}

/** Runs a native call of a thread. While the process is being left, the thread neither starts one nor goes on after it. */
export async function nativeCall<T>(work: () => Promise<T>): Promise<T> {
  // Counted before it asks, while whoever leaves says so before it counts: one of the two sees the other.
  Atomics.add(shared, RUNNING, 1);
  if (leaving()) end();
  try {
    return await work();
  } finally {
    end();
  }
}

const leaving = (): boolean => Atomics.load(shared, LEAVING) === 1;

function end(): void {
  Atomics.sub(shared, RUNNING, 1);
  Atomics.notify(shared, RUNNING);
  if (leaving()) Atomics.wait(shared, PARKED, 0);
}
