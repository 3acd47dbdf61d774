/**
 * Leaving the process while other threads are inside native code. Node ends its threads on exit, and a native call that
 * returns to an ended thread aborts the whole process (SIGABRT), whatever the exit code. So threads count their native
 * calls in shared memory, and whoever exits lets the current ones return.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

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

/** Runs a native call of a thread. While the process is being left, the thread goes no further. */
export async function nativeCall<T>(work: () => Promise<T>): Promise<T> {
  Atomics.add(shared, RUNNING, 1);
  try {
    return await work();
  } finally {
    Atomics.sub(shared, RUNNING, 1);
    Atomics.notify(shared, RUNNING);
    if (Atomics.load(shared, LEAVING) === 1) Atomics.wait(shared, PARKED, 0);
  }
}

/**
 * Ends the process with this code, at the latest after some seconds. A native call that takes longer leaves only the
 * system's own way, the signal of Ctrl-C, which shells report as 130.
 */
export function exitProcess(code: number): never {
  Atomics.store(shared, LEAVING, 1);
  const deadline = performance.now() + MOST_MS;
  for (;;) {
    const running = Atomics.load(shared, RUNNING);
    const left = deadline - performance.now();
    if (running === 0) break;
    if (left <= 0) {
      // Windows knows no signals: there this would end the process with code 1.
      if (process.platform === 'win32') break;
      process.removeAllListeners('SIGINT');
      process.kill(process.pid, 'SIGINT');
      break;
    }
    Atomics.wait(shared, RUNNING, running, left);
  }
  process.exit(code);
}
