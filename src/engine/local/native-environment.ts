/**
 * What native libraries read in the environment of the process. In the main thread `process.env` is that environment; in
 * any other it is a copy, and what is set there never reaches native code.
 */
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';
import { UnsupportedError } from '../../errors.js';

const MAIN_THREAD_WAIT_MS = 30_000;
const TF32 = 'NVIDIA_TF32_OVERRIDE';

/**
 * Switches off ONNX Runtime's own telemetry. Left alone, the library keeps a device id and a queue of events in the user's
 * cache directory, writes files to the temporary directory, and sends the events to its makers. To be awaited before ONNX
 * Runtime is loaded.
 * @throws {UnsupportedError} when this thread cannot reach the main thread
 */
export const disableTelemetry = (): Promise<void> =>
  setForProcess('ORT_DISABLE_TELEMETRY', '1', "ONNX Runtime's telemetry cannot be switched off");

/**
 * Has CUDA's libraries multiply float32 numbers as such. Left alone, ONNX Runtime lets them round the factors to 10 bits of
 * mantissa (TF32), with log-probs that are wrong by 1e-2. Whoever has set the variable is obeyed. To be awaited before the
 * provider is loaded.
 * @throws {UnsupportedError} when this thread cannot reach the main thread
 */
export async function keepFloat32(): Promise<void> {
  if (process.env[TF32] === undefined) await setForProcess(TF32, '0', 'CUDA cannot be kept from rounding to TF32');
}

/** Whether the environment asks that float32 products are computed as such. */
export const asksForFloat32 = (): boolean => process.env[TF32] === '0';

/** Sets a variable for the whole process and for threads that this one starts, whatever it was before. */
async function setForProcess(variable: string, value: string, otherwise: string): Promise<void> {
  // A thread that inherited the value was started by one that had seen to it, or by a process that was told so.
  if (!isMainThread && process.env[variable] !== value) await setInMainThread(variable, value, otherwise);
  process.env[variable] = value;
}

/** Through the inspector: Node has no other way from a thread to the environment of its process. */
async function setInMainThread(variable: string, value: string, otherwise: string): Promise<void> {
  const session = new Session();
  let timer: NodeJS.Timeout | undefined;
  try {
    session.connectToMainThread();
    await new Promise<void>((resolve, reject) => {
      // It also keeps this thread alive, which a pending answer of the inspector does not.
      timer = setTimeout(() => reject(new Error('the main thread does not answer')), MAIN_THREAD_WAIT_MS);
      session.post('Runtime.evaluate', { expression: `process.env.${variable} = '${value}'` }, (error, answer) => {
        if (error === null && answer.exceptionDetails === undefined) resolve();
        else reject(error ?? new Error(answer.exceptionDetails?.text));
      });
    });
  } catch (error) {
    throw new UnsupportedError(`${otherwise} from this worker thread`, {
      remedy: `Set ${variable}=${value} for the process, or open the engine in the main thread.`,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}
