import type { Place } from '../../errors.js';

/**
 * Items in an order, which may be made each time they are asked for: a million problems as objects, or as tokens, take
 * gigabytes. An array is a sequence as well.
 */
export interface Sequence<Item> extends Iterable<Item> {
  readonly length: number;
  at(index: number): Item | undefined;
  slice(start?: number, end?: number): Sequence<Item>;
  /** Makes an array, as the method of arrays does: see `mapped` for a sequence. */
  map<Made>(make: (item: Item, index: number) => Made): Made[];
}

/** Where an item stands in the file or list that it comes from. */
export interface ItemPlace {
  /** As people count: the first is 1. */
  readonly row: number;
  /** The line at which the row begins, where it is one of a text file: blank lines are no rows. */
  readonly line?: number;
  /** The file, where all of the items come from one. */
  readonly file?: string;
}

/** A sequence of so many items, each made by its index. */
export class Lazy<Item> implements Sequence<Item> {
  readonly length: number;
  readonly #itemAt: (index: number) => Item;
  readonly #placeAt: (index: number) => ItemPlace;

  /** `placeAt`: where an item comes from; absent: where it stands here. */
  constructor(
    length: number,
    itemAt: (index: number) => Item,
    placeAt: (index: number) => ItemPlace = (index) => ({ row: index + 1 }),
  ) {
    this.length = length;
    this.#itemAt = itemAt;
    this.#placeAt = placeAt;
  }

  /** See the constructor. */
  placeAt(index: number): ItemPlace {
    return this.#placeAt(index);
  }

  at(index: number): Item | undefined {
    const place = index < 0 ? this.length + index : index;
    return place >= 0 && place < this.length ? this.#itemAt(place) : undefined;
  }

  slice(start = 0, end = this.length): Sequence<Item> {
    const place = (index: number): number =>
      index < 0 ? Math.max(0, this.length + index) : Math.min(index, this.length);
    const from = place(start);
    return new Lazy(
      Math.max(0, place(end) - from),
      (index) => this.#itemAt(from + index),
      (index) => this.#placeAt(from + index),
    );
  }

  map<Made>(make: (item: Item, index: number) => Made): Made[] {
    return Array.from({ length: this.length }, (_, index) => make(this.#itemAt(index), index));
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let index = 0; index < this.length; index++) yield this.#itemAt(index);
  }
}

export const placeOf = <Item>(items: Sequence<Item>, index: number): ItemPlace =>
  items instanceof Lazy ? items.placeAt(index) : { row: index + 1 };

/** The same for messages: a row of a file that is no text stands for its line; of a text whose rows share lines it is a record. */
export function messagePlace(items: Sequence<unknown>, index: number): Place {
  const { file, row, line } = placeOf(items, index);
  if (file === undefined) return {};
  // Of text files, JSON lists alone have rows without lines.
  if (line === undefined && /\.json$/i.test(file)) return { file, record: row };
  return { file, line: line ?? row };
}

/** The first `limit` items, or all: then the very same sequence, so that what is known of it stays known. */
export const firstOf = <Item>(items: Sequence<Item>, limit: number | null): Sequence<Item> =>
  limit === null || limit >= items.length ? items : items.slice(0, limit);

/** What `make` makes of each item, each time that it is asked for. */
export const mapped = <Item, Made>(items: Sequence<Item>, make: (item: Item) => Made): Sequence<Made> =>
  new Lazy(
    items.length,
    (index) => make(items.at(index) as Item),
    (index) => placeOf(items, index),
  );

/** The items at these indices. */
export const picked = <Item>(items: Sequence<Item>, indices: ArrayLike<number>): Sequence<Item> =>
  new Lazy(
    indices.length,
    (index) => items.at(indices[index] as number) as Item,
    (index) => placeOf(items, indices[index] as number),
  );

/** The items that pass a test, which is made once of each. Of all others nothing is kept. */
export function filtered<Item>(items: Sequence<Item>, test: (item: Item) => boolean): Sequence<Item> {
  const passes = new Uint8Array(items.length);
  let index = 0;
  for (const item of items) passes[index++] = test(item) ? 1 : 0;
  return where(items, passes);
}

/** The items for which there is a 1: all of them are the very same sequence. */
export function where<Item>(items: Sequence<Item>, passes: Uint8Array): Sequence<Item> {
  const indices = new Uint32Array(passes.reduce((sum, passing) => sum + passing, 0));
  if (indices.length === items.length) return items;
  let kept = 0;
  for (const [index, passing] of passes.entries()) if (passing === 1) indices[kept++] = index;
  return picked(items, indices);
}
