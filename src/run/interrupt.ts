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

/**
 * A signal that Ctrl-C (SIGINT) or a termination request (SIGTERM) aborts with an InterruptedError, so that work can
 * stop at its next safe point and save. A second request exits with code 130 as soon as what is being computed natively
 * returns, and at once where a file is waited for; checkpoints survive that.
 * The handlers stay for the life of the process.
 */
export function interruptSignal(notify: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) exitAtOnce();
    if (interruptible?.() === true) return;
    notify(`\nstopping${saving > 0 ? ' and saving the state' : ''} (again to exit at once)\n`);
    controller.abort(new InterruptedError());
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return controller.signal;
}
