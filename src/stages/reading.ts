/** Reads a whole data set when a stage begins: a million rows take minutes, in which the run can be stopped. */
import { setImmediate } from 'node:timers/promises';
import { type Sequence, where } from '../data/sequence.js';
import { throwIfInterrupted } from '../stopping.js';
import { withSharedLimit } from '../text/time-limit.js';
import type { StageContext } from './stage.js';

/** How long rows are read until events are seen to. */
const SLICE_MS = 50;
/** Progress is shown of what takes longer. */
const SHOWN_MS = 2000;

/**
 * The items that pass a test, which is made once of each, in order. Of all others nothing is kept.
 * @throws {InterruptedError} when the run is stopped; what the test throws
 */
export async function readThrough<Item>(
  { progress, signal }: Pick<StageContext, 'progress' | 'signal'>,
  items: Sequence<Item>,
  test: (item: Item) => boolean,
): Promise<Sequence<Item>> {
  const passes = new Uint8Array(items.length);
  const began = performance.now();
  let index = 0;
  while (index < items.length) {
    throwIfInterrupted(signal);
    const until = performance.now() + SLICE_MS;
    withSharedLimit(() => {
      do {
        passes[index] = test(items.at(index) as Item) ? 1 : 0;
        index++;
      } while (index < items.length && performance.now() < until);
    });
    if (performance.now() - began > SHOWN_MS) progress.report({ unit: 'reading row', done: index, of: items.length });
    await setImmediate();
  }
  return where(items, passes);
}
