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
  // Windows knows no signals: there this would end the process with code 1.
  if (!mayLeave() && process.platform !== 'win32') {
    process.removeAllListeners('SIGINT');
    process.kill(process.pid, 'SIGINT');
  }
  process.exit(code);
}
