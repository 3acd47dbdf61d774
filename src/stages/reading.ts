/** Reads a whole data set when a stage begins: a million rows take minutes, in which the run can be stopped. */
import { type Sequence, where } from '../data/sequences/sequence.js';
import { SHOWN_MS, Turns, throwIfInterrupted } from '../stopping.js';
import { withSharedLimit } from '../text/time-limit.js';
import type { StageContext } from './definition/stage.js';

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
  const turns = new Turns();
  let index = 0;
  while (index < items.length) {
    throwIfInterrupted(signal);
    withSharedLimit(() => {
      do {
        passes[index] = test(items.at(index) as Item) ? 1 : 0;
        index++;
      } while (index < items.length && !turns.isDue);
    });
    if (performance.now() - began > SHOWN_MS) progress.report({ unit: 'reading row', done: index, of: items.length });
    await turns.give();
  }
  return where(items, passes);
}
