/** The KV cache: keys and values of sequences while they are sampled. */

import type { Architecture } from '../../files/architecture.js';
import { giveBack } from '../../graph/given-back.js';

/** Bytes of keys and values of one token. */
export const cacheTokenBytes = (a: Architecture): number => 2 * 4 * a.layers * a.keyValueHeads * a.headSize;

/** Bytes of what one completion of so many tokens needs: their keys and values or, where it is more, two rows of probabilities. */
export const completionBytes = (a: Architecture, tokens: number): number =>
  Math.max(cacheTokenBytes(a) * tokens, 2 * 4 * a.vocabularySize);

/** Keys at 0 and values at 1 of each layer. */
export const SIDES = ['Key', 'Value'] as const;

/** Does something with the keys and the values of each layer. */
export function eachSide(
  layers: number,
  act: (layer: number, side: number, kind: (typeof SIDES)[number]) => void,
): void {
  for (let layer = 0; layer < layers; layer++) for (const [side, kind] of SIDES.entries()) act(layer, side, kind);
}

/** Which of a sequence's new tokens go into the cache: the first `count`, from column `column` on. */
export interface Placement {
  readonly column: number;
  readonly count: number;
}

/**
 * For each layer, keys and values of [rows, columns, width]. Each lies in one piece of memory with room for the most
 * columns, in which rows move as columns are added and rows leave; of the memory only what was reached is ever touched.
 * Places that were not written hold zeros or what lay there before.
 */
export class KvCache {
  readonly #width: number;
  readonly #arrays: readonly (readonly [Float32Array, Float32Array])[];
  #rows: number;
  #columns = 0;

  constructor(layers: number, rows: number, mostColumns: number, width: number) {
    this.#width = width;
    this.#rows = rows;
    this.#arrays = Array.from({ length: layers }, () => [
      new Float32Array(rows * mostColumns * width),
      new Float32Array(rows * mostColumns * width),
    ]);
  }

  get columns(): number {
    return this.#columns;
  }

  /** [rows, columns, width] of a layer, side 0 or 1, of all rows or the first; what is written to it is written to the cache. */
  view(layer: number, side: number, rows = this.#rows): Float32Array {
    const array = this.#arrays[layer]?.[side as 0 | 1];
    if (array === undefined) throw new RangeError(`the cache has no layer ${layer} with a side ${side}`);
    return array.subarray(0, rows * this.#columns * this.#width);
  }

  /** More columns behind those that are there. */
  widen(columns: number): void {
    const [from, to] = [this.#columns * this.#width, columns * this.#width];
    if (from > 0) {
      for (const array of this.#arrays.flat()) {
        for (let row = this.#rows - 1; row > 0; row--) array.copyWithin(row * to, row * from, (row + 1) * from);
      }
    }
    this.#columns = columns;
  }

  /** Puts the first tokens of each row of `fresh` [rows, tokens, width] where `placements` says, by row, of the first rows. */
  place(layer: number, side: number, fresh: Float32Array, tokens: number, placements: readonly Placement[]): void {
    const kept = this.view(layer, side);
    const [columns, width] = [this.#columns, this.#width];
    placements.forEach(({ column, count }, row) => {
      const end = (row * tokens + count) * width;
      let to = (row * columns + column) * width;
      // An element loop: for rows this short it is faster than making a view of each.
      for (let from = row * tokens * width; from < end; from++) kept[to++] = fresh[from] as number;
    });
  }

  /** Row i becomes what row sources[i] was, where one is given; sources rise, and none is below its i. */
  keep(sources: readonly (number | undefined)[]): void {
    const size = this.#columns * this.#width;
    for (const array of this.#arrays.flat()) {
      sources.forEach((from, to) => {
        if (from !== undefined && from !== to) array.copyWithin(to * size, from * size, (from + 1) * size);
      });
    }
    this.#rows = sources.length;
  }

  /** Gives its memory back; nothing may be placed or read then. */
  close(): void {
    giveBack(this.#arrays.flat());
  }
}
