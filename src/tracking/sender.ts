/** Sends what a tracker has not got yet, and remembers what it has. */
import { rm } from 'node:fs/promises';
import { type Cursor, cursorFile, newCursor, readCursor, writeCursor } from './cursor.js';
import { isOfOtherStages, RunSource, stagesOf } from './source.js';
import type { RunState, TrackedRun, Tracker } from './tracker.js';

export class Sender {
  readonly tracker: Tracker;
  readonly #run: TrackedRun;
  readonly #directory: string;
  readonly #file: string;
  readonly #source: RunSource;
  #cursor: Cursor | undefined;
  /** Steps that this process delivered. */
  #delivered = 0;

  constructor(tracker: Tracker, kind: string, runDirectory: string, run: TrackedRun) {
    this.tracker = tracker;
    this.#run = run;
    this.#directory = runDirectory;
    this.#file = cursorFile(runDirectory, kind, tracker.destination);
    this.#source = new RunSource(runDirectory);
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** Lines of the run's files that could not be read, so that their steps are not sent. `isFinal`: nobody works on the run. */
  damaged(isFinal: boolean): ReadonlyMap<string, number> {
    return this.#source.damaged(isFinal);
  }

  /**
   * Delivers everything that is there and was not delivered before, in batches. `state`: what has become of the run;
   * absent while it works.
   * @throws {TrackerError} when the tracker took nothing more
   */
  async send(signal: AbortSignal, state?: RunState): Promise<void> {
    let cursor = await this.#current();
    for (;;) {
      const next = await this.#source.next(cursor.sent, state !== undefined);
      if (next === undefined) break;
      const { stage, entries } = next;
      const sending = { run: this.#run, entries, id: cursor.id, memory: cursor.memory, signal };
      const isRepeat = cursor.isOpen;
      // Written first, so that a process that is killed leaves word of what may have arrived.
      if (!cursor.isOpen) cursor = await this.#keep({ ...cursor, isOpen: true, state: 'working' });
      const memory = await this.tracker.send({ ...sending, isRepeat });
      const last = entries.at(-1)?.step ?? -1;
      const sent = { ...cursor.sent, [stage.folder]: { fingerprint: stage.fingerprint, next: last + 1 } };
      cursor = await this.#keep({ ...cursor, memory, sent, isOpen: false });
      this.#delivered += entries.length;
    }
    if (state === undefined || cursor.state === state || Object.keys(cursor.sent).length === 0) return;
    const { id, memory } = cursor;
    const left = await this.tracker.end({ run: this.#run, id, memory, signal, state });
    await this.#keep({ ...cursor, memory: left, state });
  }

  async #current(): Promise<Cursor> {
    const known = this.#cursor ?? (await readCursor(this.#file, this.tracker.destination));
    // Stages that were made again with other settings are another run.
    const isOld = isOfOtherStages(known, await stagesOf(this.#directory));
    if (isOld) await rm(this.#file, { force: true });
    this.#cursor = isOld ? newCursor(this.tracker.destination) : known;
    return this.#cursor;
  }

  async #keep(cursor: Cursor): Promise<Cursor> {
    await writeCursor(this.#file, cursor);
    this.#cursor = cursor;
    return cursor;
  }
}
