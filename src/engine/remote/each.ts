/** Calls that a server answers in many requests. */
import { InterruptedError, RltError } from '../../errors.js';
import type { RandomKey } from '../../random.js';

/** Seeds that every server takes. Sample i has seed + i, which stays below 2^31. */
export const seedOf = ({ low }: RandomKey): number => low & 0x3fffffff;

/**
 * The results of all items, in order. The first failure ends the work on the others, and names its item.
 * @throws {InterruptedError} when the signal is aborted
 */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  const results: Result[] = [];
  await Promise.all(
    items.map(async (item, index) => {
      try {
        results[index] = await work(item, index, either);
      } catch (error) {
        const isOwn = error instanceof RltError && error.code !== 'interrupted';
        failures.push(isOwn ? error.at({ sample: index }) : error);
        stop.abort();
      }
    }),
  );
  if (signal?.aborted === true) throw new InterruptedError();
  if (failures.length > 0) throw failures[0];
  return results;
}
