import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import { InputError, UsageError } from '../errors.js';
import { RandomStream, randomKey } from '../random.js';

/** The position of a cursor: all that a checkpoint needs to resume with the same items. */
export interface CursorState {
  readonly seed: number;
  /** Number of items. A state saved for another number is refused. */
  readonly count: number;
  /** Completed passes over the data. */
  readonly epoch: number;
  /** Items of the current pass that were already returned; less than `count`. */
  readonly position: number;
}

/**
 * The last batch of a pass when the batch size does not divide the number of items. `keep`: the items that are left,
 * fewer than asked for; `fill`: completed with the first items of the next pass, so an item may occur twice in it.
 */
export type LastBatch = 'keep' | 'fill';

const ARGUMENTS = {
  items: z.custom(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Number.isSafeInteger(Reflect.get(value, 'length')) &&
      'at' in value,
    { error: 'expected a list' },
  ),
  options: z.strictObject({
    seed: z.int(),
    lastBatch: z.enum(['keep', 'fill']).optional(),
    // What is in it is checked against the items.
    state: z.looseObject({}).optional(),
  }),
};

/** The order of pass `epoch` over `count` items: a permutation of 0 … count-1 that depends only on seed and epoch. */
export function epochOrder(seed: number, count: number, epoch: number): number[] {
  return new RandomStream(randomKey(seed, 'data/cursor', epoch)).shuffle(Array.from({ length: count }, (_, i) => i));
}

/**
 * Iterates over a data set without end, each pass in its own order drawn from the seed. A new cursor that is given the
 * `state` after any batch continues exactly there.
 */
export class Cursor<T> {
  readonly #items: Pick<readonly T[], 'length' | 'at'>;
  readonly #seed: number;
  readonly #lastBatch: LastBatch;
  #epoch: number;
  #position: number;
  #order: readonly number[];

  /** @throws {InputError} when there are no items, or the state belongs to other data or another seed */
  constructor(
    items: Pick<readonly T[], 'length' | 'at'>,
    options: { readonly seed: number; readonly lastBatch?: LastBatch; readonly state?: CursorState },
  ) {
    checkArguments('new Cursor(problems, { seed: 1 })', { items, options }, ARGUMENTS);
    if (items.length === 0) {
      throw new InputError('there are no items to iterate over', { remedy: 'Check the data file and its filters.' });
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

  /** The next `size` items; at the end of a pass, what `lastBatch` says. Never an empty batch. */
  next(size: number): T[] {
    if (!(Number.isSafeInteger(size) && size >= 1))
      throw new UsageError(`the batch size is ${size}; expected a whole number from 1`, {
        field: 'size',
        remedy: 'Call it as cursor.next(8).',
      });
    const left = this.#items.length - this.#position;
    const batch: T[] = [];
    const wanted = this.#lastBatch === 'keep' ? Math.min(size, left) : size;
    while (batch.length < wanted) {
      const index = this.#order[this.#position] as number;
      batch.push(this.#items.at(index) as T);
      this.#position++;
      // A finished pass is closed at once, so position stays below count and equal positions have equal states.
      if (this.#position === this.#items.length) this.#nextPass();
    }
    return batch;
  }

  #nextPass(): void {
    this.#epoch++;
    this.#position = 0;
    this.#order = epochOrder(this.#seed, this.#items.length, this.#epoch);
  }
}

function checkState(state: CursorState, seed: number, count: number): void {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!whole(state.epoch) || !whole(state.position) || state.position >= state.count) {
    throw new InputError('the state of the data cursor is invalid', { field: 'position' });
  }
  const remedy = 'Start a new run, or resume with the data and the seed of this one.';
  if (state.seed !== seed)
    throw new InputError(`the data cursor was saved with seed ${state.seed}, not ${seed}`, { field: 'seed', remedy });
  if (state.count !== count) {
    throw new InputError(`the data cursor was saved over ${state.count} items, but there are ${count}`, {
      field: 'count',
      remedy,
    });
  }
}
