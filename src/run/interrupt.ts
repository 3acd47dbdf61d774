import { InterruptedError } from '../errors.js';
import { exitAtOnce } from '../exit.js';

/** Takes an interruption in place of the process; false where it has nothing to stop. */
type Interruptible = () => boolean;
let interruptible: Interruptible | undefined;

/**
 * Lets `stop` take interruptions first: a conversation stops its reply and goes on. What it does not take stops the
 * process as ever. Returns what ends that.
 */
export function interruptFirst(stop: Interruptible): () => void {
  interruptible = stop;
  return () => {
    if (interruptible === stop) interruptible = undefined;
  };
}

let saving = 0;

/** Says that what works now saves its state when it is interrupted, so that this can be told. Returns what ends that. */
export function savesWhenInterrupted(): () => void {
  let isSaving = true;
  saving += 1;
  return () => {
    if (isSaving) saving -= 1;
    isSaving = false;
  };
}

/** The streams of a process, as far as it matters whether a terminal is behind them. */
type Streams = Readonly<Record<'stdin' | 'stdout' | 'stderr', { readonly isTTY?: boolean }>>;

/**
 * Whether a hang-up (SIGHUP) is meant for this process: one of its streams is the terminal that has gone. Where none is, as
 * under nohup, cron or a service, the work goes on. nohup asks for that by having SIGHUP ignored, which cannot be seen: Node
 * takes ignored signals back to their defaults before anything of ours runs, and by default a hang-up kills it.
 */
export const isOnTerminal = ({ stdin, stdout, stderr }: Streams): boolean =>
  [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true);

let hasHungUp = false;

/** Whether the terminal has gone, and the process is ending for it: nothing that is written reaches anybody. */
export const hungUp = (): boolean => hasHungUp;

/**
 * A signal that Ctrl-C (SIGINT) or a termination request (SIGTERM) aborts with an InterruptedError, so that work can
 * stop at its next safe point and save. A second request exits with code 130 as soon as what is being computed natively
 * returns, and at once where a file is waited for; checkpoints survive that. The loss of the terminal is such a request, too,
 * but for what is heard of it more than once: the system and the shell both send it.
 * The handlers stay for the life of the process.
 */
export function interruptSignal(notify: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) exitAtOnce();
    // Ctrl-C alone is meant for what is under way; a termination request is for the process.
    if (name === 'SIGINT' && interruptible?.() === true) return;
    notify(`\nstopping${saving > 0 ? ' and saving the state' : ''} (again to exit at once)\n`);
    controller.abort(new InterruptedError());
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  const hangUp = (): void => {
    if (controller.signal.aborted) return;
    hasHungUp = true;
    notify(`\nthe terminal has gone: stopping${saving > 0 ? ' and saving the state' : ''}\n`);
    controller.abort(new InterruptedError());
  };
  // Without a handler it would kill the process.
  process.on('SIGHUP', isOnTerminal(process) ? hangUp : () => undefined);
  return controller.signal;
}
