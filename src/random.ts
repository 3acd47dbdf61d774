/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011). A number is a pure function of key and counter, so it depends neither on batching nor on the order of
 * work.
 */

import { UsageError } from './errors.js';

/** A 64-bit key. Every use of randomness derives its own from the seed of the run and the names of its purpose. */
export interface RandomKey {
  readonly low: number;
  readonly high: number;
}

const isWord = (value: unknown): boolean => typeof value === 'number' && value >>> 0 === value;

/** Whether a value is a key, as `randomKey` gives it. */
export const isRandomKey = (value: unknown): value is RandomKey =>
  typeof value === 'object' &&
  value !== null &&
  isWord(Reflect.get(value, 'low')) &&
  isWord(Reflect.get(value, 'high'));

/** The high 32 bits of a 32 x 32-bit product, from 16-bit halves because doubles have only 53 bits. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** The four 32-bit words of Philox4x32-10 at `counter` under `key`. */
export function philox(
  key: RandomKey,
  counter: readonly [number, number, number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let k0 = key.low;
  let k1 = key.high;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(0xd2511f53, c0 >>> 0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = mulHigh(0xcd9e8d57, c2 >>> 0);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

const ZERO_KEY: RandomKey = { low: 0, high: 0 };

/**
 * The key for one use of randomness: `randomKey(seed, 'teach/sample', step, prompt)`. Parts are absorbed in order
 * through Philox, with their length and type, so ('ab', 'c') and ('a', 'bc'), or 1 and '1', give different keys.
 * @throws {RangeError} when a number is not a safe integer
 * @throws {UsageError} when the seed is no number, or a part neither a string nor a number
 */
export function randomKey(seed: number, ...parts: readonly (string | number)[]): RandomKey {
  const odd = typeof seed === 'number' ? parts.findIndex((part) => !['string', 'number'].includes(typeof part)) : -2;
  if (odd !== -1) {
    const what = odd < 0 ? 'seed: expected a number' : `part ${odd}: expected a string or a number`;
    throw new UsageError(`randomKey: ${what}`, {
      field: odd < 0 ? 'seed' : `parts.${odd}`,
      remedy: "Call it as randomKey(1, 'mine').",
    });
  }
  let key = absorb(ZERO_KEY, seed);
  for (const part of parts) key = absorb(key, part);
  return key;
}

function absorb(key: RandomKey, part: string | number): RandomKey {
  if (typeof part === 'number') {
    if (!Number.isSafeInteger(part))
      throw new RangeError(`a seed or part of a random key is ${part}; expected a whole number`);
    const word = philox(key, [part >>> 0, Math.floor(part / 0x100000000) >>> 0, 1, 0]);
    return { low: word[0], high: word[1] };
  }
  const bytes = new TextEncoder().encode(part);
  let state = philox(key, [bytes.length, 0, 2, 0]);
  for (let i = 0; i < bytes.length; i += 8) {
    let low = 0;
    let high = 0;
    for (let j = 0; j < 4; j++) {
      low |= (bytes[i + j] ?? 0) << (8 * j);
      high |= (bytes[i + 4 + j] ?? 0) << (8 * j);
    }
    state = philox({ low: state[0], high: state[1] }, [low >>> 0, high >>> 0, 3, i]);
  }
  return { low: state[0], high: state[1] };
}

/** A uniform double in [0, 1) with 53 random bits, at position (a, b) of the key's table. */
export function uniformAt(key: RandomKey, a: number, b = 0): number {
  if (typeof key?.low !== 'number' || typeof key.high !== 'number')
    throw new UsageError('uniformAt: key: expected a random key', {
      field: 'key',
      remedy: "Call it as uniformAt(randomKey(1, 'mine'), 0).",
    });
  const word = philox(key, [a >>> 0, b >>> 0, Math.floor(a / 0x100000000) >>> 0, Math.floor(b / 0x100000000) >>> 0]);
  return ((word[0] >>> 5) * 0x4000000 + (word[1] >>> 6)) / 0x20000000000000;
}

/** Reads the numbers of one key in sequence, for generators and shuffles. */
export class RandomStream {
  readonly #key: RandomKey;
  #position = 0;

  /** @throws {UsageError} when it is no key */
  constructor(key: RandomKey) {
    if (!isRandomKey(key))
      throw new UsageError('new RandomStream: key: expected a random key', {
        field: 'key',
        remedy: "Call it as new RandomStream(randomKey(1, 'mine')).",
      });
    this.#key = key;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return uniformAt(this.#key, this.#position++);
  }

  /** Uniform integer in [low, high], both included. @throws {RangeError} when there is none */
  integer(low: number, high: number): number {
    if (!(Number.isSafeInteger(low) && Number.isSafeInteger(high) && low <= high)) {
      throw new RangeError(`the range is ${low} to ${high}; expected two safe integers in order`);
    }
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** One of the items, uniformly. @throws {RangeError} when there are none */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    return item as T;
  }

  /** One of the items by their weights, which need not sum to 1. @throws {RangeError} when none is above 0 */
  pickWeighted<T>(items: readonly T[], weightOf: (item: T) => number): T {
    let left = this.uniform() * items.reduce((sum, item) => sum + weightOf(item), 0);
    let picked: { readonly item: T } | undefined;
    for (const item of items) {
      if (!(weightOf(item) > 0)) continue;
      // Rounding can leave a remainder above the last weight; that item is then taken.
      picked = { item };
      left -= weightOf(item);
      if (left < 0) break;
    }
    if (picked === undefined) throw new RangeError('no item has a weight above 0');
    return picked.item;
  }

  /** Standard normal (Box-Muller; one value per call, from two uniforms). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}
