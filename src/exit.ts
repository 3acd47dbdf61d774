/**
 * Leaving the process. What must not be cut off in the middle registers here, so that a command without native code
 * loads nothing for it: `node:worker_threads` alone takes 5 ms.
 */

let mayLeave = (): boolean => true;

/** `wait` blocks until the process can be left; it returns false where that takes too long. */
export function waitBeforeExit(wait: () => boolean): void {
  mayLeave = wait;
}

/**
 * Ends the process with this code, at the latest after some seconds. A native call that takes longer leaves only the
 * system's own way, the signal of Ctrl-C, which shells report as 130.
 */
export function exitProcess(code: number): never {
  leave(code, mayLeave() ? undefined : 'SIGINT');
}

/**
 * Ends the process with 130, and does not wait for files or the names of hosts: a pipe that nobody writes to, a share that
 * does not answer. Node's own exit waits for the threads that ask for them, so the signal ends the process there.
 */
export function exitAtOnce(): never {
  const asks = process.getActiveResourcesInfo().some((name) => /^(?:FSReq|GetAddrInfoReq|GetNameInfoReq)/.test(name));
  leave(130, !asks && mayLeave() ? undefined : 'SIGINT');
}

/**
 * Ends a process whose terminal has gone as the hang-up itself would have, which shells report as 129. Node's own exit would
 * set the terminal back, and fails with a native crash where there is none any more.
 */
export function exitHungUp(): never {
  mayLeave();
  leave(HANG_UP_CODE, 'SIGHUP');
}

/** What shells report of a process that a hang-up ended. */
const HANG_UP_CODE = 129;

/** `by`: the signal that is to end the process, where Node's exit cannot. */
function leave(code: number, by?: 'SIGINT' | 'SIGHUP'): never {
  // Node's exit runs no handlers of signals, but would still swallow them: without these the next Ctrl-C always works.
  for (const signal of new Set(['SIGINT', 'SIGTERM', by ?? 'SIGINT'])) process.removeAllListeners(signal);
  // Windows knows no signals: there this would end the process with code 1.
  if (by !== undefined && process.platform !== 'win32') process.kill(process.pid, by);
  process.exit(code);
}
