/**
 * The sequence numbers that were accepted for each run, on disk: a server that was killed so knows which requests it had
 * acknowledged and lost. Written without a sync: the numbers must survive the process, and cost microseconds.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isAbsence, storageError } from '../../system-errors.js';

const DIGITS = 16;

export interface Accepted {
  /** The highest number. */
  readonly highest: number;
  /** The highest number of a request that changes the model or its gradient. */
  readonly changing: number;
}

const NONE: Accepted = { highest: 0, changing: 0 };

export class Numbers {
  readonly #fileOf: (run: string) => string;
  readonly #open = new Map<string, number>();
  readonly #accepted = new Map<string, Accepted>();

  constructor(fileOf: (run: string) => string) {
    this.#fileOf = fileOf;
  }

  async read(run: string): Promise<void> {
    try {
      const [highest, changing] = (await readFile(this.#fileOf(run), 'utf8')).split(' ').map(Number);
      if (Number.isSafeInteger(highest) && Number.isSafeInteger(changing))
        this.#accepted.set(run, { highest: highest ?? 0, changing: changing ?? 0 });
    } catch (cause) {
      if (!isAbsence(cause)) throw storageError('read', this.#fileOf(run), cause);
    }
  }

  of(run: string): Accepted {
    return this.#accepted.get(run) ?? NONE;
  }

  accept(run: string, number: number, changes: boolean): void {
    const before = this.of(run);
    const after: Accepted = {
      highest: Math.max(before.highest, number),
      changing: changes ? Math.max(before.changing, number) : before.changing,
    };
    this.#accepted.set(run, after);
    const file = this.#fileOf(run);
    try {
      let handle = this.#open.get(run);
      if (handle === undefined) {
        mkdirSync(dirname(file), { recursive: true });
        handle = openSync(file, 'w');
        this.#open.set(run, handle);
      }
      const [highest, changing] = [after.highest, after.changing].map((one) => String(one).padStart(DIGITS, '0'));
      writeSync(handle, `${highest} ${changing}`, 0);
    } catch (cause) {
      throw storageError('write', file, cause);
    }
  }

  /** Closes the file of a run that takes no more requests. */
  release(run: string): void {
    const handle = this.#open.get(run);
    if (handle !== undefined) closeSync(handle);
    this.#open.delete(run);
  }

  close(): void {
    for (const run of [...this.#open.keys()]) this.release(run);
  }
}
