/** Keeps what was made of files for as long as they stay the same, and no more of them than a limit. */
import { stat } from 'node:fs/promises';
import { isAbsence, storageError } from '../system-errors.js';

interface Kept<Value> {
  readonly stamp: string;
  readonly value: Promise<Value>;
}

/** What tells two states of a file apart; undefined where there is none. */
export async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino}/${size}/${mtimeMs}`;
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    throw storageError('read', file, cause);
  }
}

export class Recent<Value> {
  readonly #read: (file: string) => Promise<Value>;
  readonly #most: number;
  readonly #kept = new Map<string, Kept<Value>>();

  constructor(most: number, read: (file: string) => Promise<Value>) {
    this.#most = most;
    this.#read = read;
  }

  /** What the file holds now; undefined where there is none. */
  async of(file: string): Promise<Value | undefined> {
    const stamp = await stampOf(file);
    if (stamp === undefined) return undefined;
    const known = this.#kept.get(file);
    this.#kept.delete(file);
    const kept = known?.stamp === stamp ? known : { stamp, value: this.#read(file) };
    this.#kept.set(file, kept);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    try {
      return await kept.value;
    } catch (error) {
      if (this.#kept.get(file) === kept) this.#kept.delete(file);
      throw error;
    }
  }
}
