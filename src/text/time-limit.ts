/**
 * Work on untrusted patterns and templates, ended when it takes too long. A regular expression that backtracks, or a
 * comparison of two long texts, is one call: no count of steps ends it, but V8's termination of a script does.
 */
import { createContext, Script } from 'node:vm';

/** What the work is allowed: far above what any real template or pattern takes, even on a loaded machine. */
const BASE_MS = 2000;
const MS_PER_CHARACTER = 0.002;

const scope: { work: () => unknown } = { work: () => undefined };
let script: Script | undefined;
/** Whether the work is within that of `withSharedLimit`, whose clock runs for it. */
let isShared = false;

/**
 * The result of `work`, a synchronous function, which is ended after some seconds: more for more `characters`.
 * It takes 0.1 ms of processor time more than calling `work`, for a thread that watches the clock, and milliseconds
 * until that thread has run where the cores are busy.
 * @throws what `tooLong` makes when the time is over; what `work` throws
 */
export function withTimeLimit<T>(characters: number, work: () => T, tooLong: (seconds: number) => Error): T {
  if (isShared) return work();
  if (script === undefined) {
    createContext(scope);
    script = new Script('work()');
  }
  const timeout = Math.ceil(BASE_MS + characters * MS_PER_CHARACTER);
  const results: T[] = [];
  const before = scope.work;
  // The clock runs on while the process is stopped or waits for a processor; then it may try again.
  for (let trial = 0; trial < 2; trial++) {
    const cpu = process.cpuUsage();
    scope.work = () => results.push(work());
    try {
      script.runInContext(scope, { timeout });
      for (const result of results) return result;
    } catch (cause) {
      if (!isTimeout(cause)) throw cause;
      const { user, system } = process.cpuUsage(cpu);
      if (user + system > 500 * timeout) break;
    } finally {
      scope.work = before;
    }
  }
  throw tooLong(timeout / 1000);
}

/**
 * Does work that would set many limits, such as reading many rows, under a single one. Where that ends the work, `work`
 * is called again, and each limit counts by itself: so it must go on where it was ended, and its own time should be
 * well below a second.
 */
export function withSharedLimit(work: () => void): void {
  const over = new Error('the work took longer than its shared limit');
  try {
    withTimeLimit(
      0,
      () => {
        isShared = true;
        work();
      },
      () => over,
    );
  } catch (cause) {
    if (cause !== over) throw cause;
    isShared = false;
    work();
  } finally {
    isShared = false;
  }
}

function isTimeout(cause: unknown): boolean {
  return (
    typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
