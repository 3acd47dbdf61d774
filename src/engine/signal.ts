/** The signal of a call. */
import { setImmediate } from 'node:timers/promises';
import { InterruptedError, UsageError } from '../errors.js';

/** @throws {UsageError} when it is no AbortSignal, as where a caller without types gave its controller */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new UsageError('the signal of a call: expected an AbortSignal', {
    field: 'signal',
    remedy: 'Pass that of an AbortController: { signal: controller.signal }.',
  });
}

/**
 * What asks for the end of a call is a message, which comes in a turn of the event loop; without one a micro-batch, which
 * takes seconds of a large model, would be computed in vain.
 * @throws {InterruptedError} when the call is to be aborted
 */
export async function stopIfAborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return;
  await setImmediate();
  if (signal.aborted) throw new InterruptedError();
}
