/** Tells when runs change. Files are looked at once a second: watching them fails on many mounted file systems. */
import type { ChangeEvent } from '../views/api.js';
import { runStamp } from '../views/run-view.js';
import { findRuns } from './discovery.js';

const INTERVAL_MS = 1000;

type Listener = (event: ChangeEvent) => void;

/** Looks at the runs while somebody listens. */
export class RunWatcher {
  readonly #folders: readonly string[];
  readonly #listeners = new Set<Listener>();
  #stamps: ReadonlyMap<string, string> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /**
   * Calls the listener at every change from here on, until the function that is returned is called. Resolves once it is
   * known what there is: whoever reads after that misses nothing.
   */
  async listen(listener: Listener): Promise<() => void> {
    this.#listeners.add(listener);
    if (this.#timer === undefined) this.#wait();
    if (this.#stamps === undefined) await this.#look();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#stamps = undefined;
    };
  }

  #wait(): void {
    const timer = setTimeout(async () => {
      await this.#look();
      // The last listener may have left in between, and another may have come.
      if (this.#timer === timer) this.#wait();
    }, INTERVAL_MS);
    this.#timer = timer;
  }

  async #look(): Promise<void> {
    try {
      const before = this.#stamps;
      const now = new Map<string, string>();
      for (const [id, directory] of await findRuns(this.#folders)) now.set(id, await runStamp(directory));
      this.#stamps = now;
      if (before !== undefined) this.#tell(before, now);
    } catch {
      // A folder may vanish while it is looked at; the next look finds what is there then.
    }
  }

  #tell(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): void {
    const changed = [...now].filter(([id, stamp]) => before.get(id) !== stamp).map(([id]) => id);
    const list = now.size !== before.size || changed.some((id) => !before.has(id));
    if (changed.length === 0 && !list) return;
    for (const listener of this.#listeners) listener({ changed, list });
  }
}
