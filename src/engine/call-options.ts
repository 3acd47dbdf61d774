/** The options of a call, and its signal. */
import { setImmediate } from 'node:timers/promises';
import { InterruptedError, UsageError } from '../errors.js';
import type { SampleOptions } from './engine.js';

const LISTENERS = ['onProgress', 'onCompletions', 'onToken'] as const satisfies readonly (keyof SampleOptions)[];
const OPTIONS: readonly string[] = ['signal', ...LISTENERS];

/** @throws {UsageError} when a caller without types gave what is none of them, such as its controller as the signal */
export function checkOptions(options: SampleOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new UsageError('the options of a call: expected an object', {
      remedy: 'Leave them out, or pass { signal }.',
    });
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`a call has no option ${JSON.stringify(unknown)}`, {
      field: unknown,
      remedy: `Its options are ${OPTIONS.join(', ')}.`,
    });
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new UsageError('the signal of a call: expected an AbortSignal', {
      field: 'signal',
      remedy: 'Pass that of an AbortController: { signal: controller.signal }.',
    });
  const odd = LISTENERS.find((name) => options[name] !== undefined && typeof options[name] !== 'function');
  if (odd !== undefined)
    throw new UsageError(`${odd} of a call: expected a function`, {
      field: odd,
      remedy: 'Pass a function, or nothing.',
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
