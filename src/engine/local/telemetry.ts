/**
 * ONNX Runtime's own telemetry, switched off. Left alone, the library keeps a device id and a queue of events in the
 * user's cache directory, writes files to the temporary directory, and sends the events to its makers.
 *
 * It obeys ORT_DISABLE_TELEMETRY in the environment of the process. In the main thread `process.env` is that
 * environment; in any other it is a copy, and what is set there never reaches native code.
 */
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';
import { UnsupportedError } from '../../errors.js';

const VARIABLE = 'ORT_DISABLE_TELEMETRY';
const MAIN_THREAD_WAIT_MS = 30_000;

/**
 * Sets the variable for the whole process and for threads that this one starts, whatever it was before. To be awaited
 * before ONNX Runtime is loaded.
 * @throws {UnsupportedError} when this thread cannot reach the main thread
 */
export async function disableTelemetry(): Promise<void> {
  // A thread that inherited the value was started by one that had seen to it, or by a process that was told so.
  if (!isMainThread && process.env[VARIABLE] !== '1') await setInMainThread();
  process.env[VARIABLE] = '1';
}

/** Through the inspector: Node has no other way from a thread to the environment of its process. */
async function setInMainThread(): Promise<void> {
  const session = new Session();
  let timer: NodeJS.Timeout | undefined;
  try {
    session.connectToMainThread();
    await new Promise<void>((resolve, reject) => {
      // It also keeps this thread alive, which a pending answer of the inspector does not.
      timer = setTimeout(() => reject(new Error('the main thread does not answer')), MAIN_THREAD_WAIT_MS);
      session.post('Runtime.evaluate', { expression: `process.env.${VARIABLE} = '1'` }, (error, answer) => {
        if (error === null && answer.exceptionDetails === undefined) resolve();
        else reject(error ?? new Error(answer.exceptionDetails?.text));
      });
    });
  } catch (error) {
    throw new UnsupportedError("ONNX Runtime's telemetry cannot be switched off from this worker thread", {
      remedy: `Set ${VARIABLE}=1 for the process, or open the engine in the main thread.`,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}
