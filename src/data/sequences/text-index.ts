/**
 * Finds texts by their hash: a map from texts to numbers that does not hold the texts. Whoever asks compares the texts
 * themselves, so that two with one hash are never taken for the same.
 */
import { NumberList } from './record-store.js';

/** FNV-1a over units of UTF-16, with a last step that spreads the bits. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const NONE = 0xffffffff;
const FIRST_BUCKETS = 1 << 10;

export class TextIndex {
  /** The latest entry of each bucket, and the one before it of each entry. */
  #latest = new Uint32Array(FIRST_BUCKETS).fill(NONE);
  readonly #before = new NumberList();
  readonly #hashes = new NumberList();

  /** Number of entries. */
  get length(): number {
    return this.#hashes.length;
  }

  /** Adds an entry for a text, and returns its number: entries count from 0. */
  add(text: string): number {
    const hash = textHash(text);
    const entry = this.length;
    if (entry === this.#latest.length) this.#grow();
    this.#hashes.push(hash);
    this.#before.push(NONE);
    this.#link(entry, hash);
    return entry;
  }

  /** The entry of a text: that with its hash of which `isSame` says so. Undefined where there is none. */
  find(text: string, isSame: (entry: number) => boolean): number | undefined {
    const hash = textHash(text);
    let entry = this.#latest[hash & (this.#latest.length - 1)] as number;
    for (; entry !== NONE; entry = this.#before.at(entry))
      if (this.#hashes.at(entry) === hash && isSame(entry)) return entry;
    return undefined;
  }

  #link(entry: number, hash: number): void {
    const bucket = hash & (this.#latest.length - 1);
    this.#before.set(entry, this.#latest[bucket] as number);
    this.#latest[bucket] = entry;
  }

  #grow(): void {
    this.#latest = new Uint32Array(2 * this.#latest.length).fill(NONE);
    for (let entry = 0; entry < this.length; entry++) this.#link(entry, this.#hashes.at(entry));
  }
}
