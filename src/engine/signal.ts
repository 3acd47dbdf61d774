/** The signal of a call, for callers without types. */
import { UsageError } from '../errors.js';

/** @throws {UsageError} when it is no AbortSignal, as where its controller was given */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new UsageError('the signal of a call: expected an AbortSignal', {
    field: 'signal',
    remedy: 'Pass that of an AbortController: { signal: controller.signal }.',
  });
}
