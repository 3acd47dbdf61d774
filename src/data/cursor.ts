import { InputError } from '../errors.js';
import { RandomStream, randomKey } from '../random.js';

/** Where a cursor stands: all that a checkpoint needs to go on with the same items. */
export interface CursorState {
  readonly seed: number;
  /** Number of items; a state of another data set is refused. */
  readonly count: number;
  /** Passes over the data that are complete. */
  readonly epoch: number;
  /** Items of the present pass already given, below `count`. */
  readonly position: number;
}

/**
 * The last batch of a pass when the batch size does not divide the number of items. `keep`: the items that are left,
 * fewer than asked for; `fill`: completed with the first items of the next pass, so an item may occur twice in it.
 */
export type LastBatch = 'keep' | 'fill';

/** The order of pass `epoch` over `count` items: a permutation of 0 … count-1 that depends on seed and epoch only. */
export function epochOrder(seed: number, count: number, epoch: number): number[] {
  return new RandomStream(randomKey(seed, 'data/cursor', epoch)).shuffle(Array.from({ length: count }, (_, i) => i));
}

/**
 * Goes over a data set again and again, each pass in an order of its own drawn from the seed. `state` after any batch,
 * given back to a new cursor, continues as if nothing had happened.
 */
export class Cursor<T> {
  readonly #items: readonly T[];
  readonly #seed: number;
  readonly #lastBatch: LastBatch;
  #epoch: number;
  #position: number;
  #order: readonly number[];

  /** @throws InputError for no items, or a state of other data or another seed. */
  constructor(
    items: readonly T[],
    options: { readonly seed: number; readonly lastBatch?: LastBatch; readonly state?: CursorState },
  ) {
    if (items.length === 0) {
      throw new InputError('there are no items to go over', { remedy: 'Check the data file and its filters.' });
    }
    const { seed, lastBatch = 'keep', state } = options;
    if (state !== undefined) checkState(state, seed, items.length);
    this.#items = items;
    this.#seed = seed;
    this.#lastBatch = lastBatch;
    this.#epoch = state?.epoch ?? 0;
    this.#position = state?.position ?? 0;
    this.#order = epochOrder(seed, items.length, this.#epoch);
  }

  get state(): CursorState {
    return { seed: this.#seed, count: this.#items.length, epoch: this.#epoch, position: this.#position };
  }

  /** The next `size` items, or those that `lastBatch` says at the end of a pass; never an empty batch. */
  next(size: number): T[] {
    if (!(Number.isSafeInteger(size) && size >= 1)) throw new RangeError(`no batch of ${size} items`);
    const left = this.#items.length - this.#position;
    const batch: T[] = [];
    const wanted = this.#lastBatch === 'keep' ? Math.min(size, left) : size;
    while (batch.length < wanted) {
      const index = this.#order[this.#position] as number;
      batch.push(this.#items[index] as T);
      this.#position++;
      // A full pass is turned at once: position stays below count, and equal places have equal states.
      if (this.#position === this.#items.length) this.#turn();
    }
    return batch;
  }

  #turn(): void {
    this.#epoch++;
    this.#position = 0;
    this.#order = epochOrder(this.#seed, this.#items.length, this.#epoch);
  }
}

function checkState(state: CursorState, seed: number, count: number): void {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!whole(state.epoch) || !whole(state.position) || state.position >= state.count) {
    throw new InputError('the state of the data cursor is not one that a cursor wrote', { field: 'position' });
  }
  const remedy = 'Start a new run, or go on with the data and the seed of this one.';
  if (state.seed !== seed)
    throw new InputError(`the data cursor was saved with seed ${state.seed}, not ${seed}`, { field: 'seed', remedy });
  if (state.count !== count) {
    throw new InputError(`the data cursor was saved over ${state.count} items, but there are ${count}`, {
      field: 'count',
      remedy,
    });
  }
}
