/**
 * The figures of a run as trackers get them, read from its directory: the run itself is the buffer of what was not sent.
 * Only steps that are still to be sent are in memory, a bounded number of them.
 */
import { existsSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EvaluationResults, RESULTS_FILE } from '../evaluation/answers/results.js';
import { isObject } from '../json.js';
import { MANIFEST } from '../manifest.js';
import { IDENTITY_FILE } from '../run/begun-stages.js';
import { EVENTS_FILE } from '../run/directory.js';
import { METRICS_FILE } from '../run/metrics.js';
import { isAbsence } from '../system-errors.js';
import type { Cursor } from './cursor.js';
import type { Entry } from './tracker.js';

/** Entries of one delivery. */
const AT_ONCE = 200;
const CHUNK = 1 << 18;

/** The complete lines of a growing file of JSON objects, each once; a file that was cut is read again from its start. */
class GrowingLines {
  readonly #file: string;
  /** Where lines begin that are not JSON objects. */
  readonly #damaged = new Set<number>();
  #offset = 0;
  /** Whether the file ended within a line when it was last read. */
  #isCut = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** How many lines could not be read so far; `isFinal`: nobody writes the last one to its end. */
  damaged(isFinal: boolean): number {
    return this.#damaged.size + (isFinal && this.#isCut ? 1 : 0);
  }

  /** Calls `take` with each further line, until it returns false: then that line is the next. */
  async read(take: (line: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
    this.#offset = await this.#from(this.#offset, take);
  }

  /** As `read`, but the same lines are read again. */
  async peek(take: (line: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
    await this.#from(this.#offset, take);
  }

  /** Returns where the next line begins. */
  async #from(before: number, take: (line: Readonly<Record<string, unknown>>) => boolean): Promise<number> {
    let handle: FileHandle;
    try {
      handle = await open(this.#file);
    } catch (cause) {
      if (isAbsence(cause)) return 0;
      throw cause;
    }
    try {
      let offset = (await handle.stat()).size < before ? 0 : before;
      const first = offset;
      if (first === 0) this.#damaged.clear();
      let rest = Buffer.alloc(0);
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, offset + rest.length);
        if (bytesRead === 0) {
          this.#isCut = rest.length > 0;
          return offset;
        }
        const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        let start = 0;
        for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
          const line = parsed(bytes.subarray(start, end));
          // The file was cut and has grown beyond where we were, or the next line is damaged: reading it anew tells.
          if (line === undefined && offset === first && first > 0) return 0;
          if (line === undefined) this.#damaged.add(offset);
          else if (!take(line)) return offset;
          offset += end + 1 - start;
          start = end + 1;
        }
        rest = bytes.subarray(start);
      }
    } finally {
      await handle.close();
    }
  }
}

function parsed(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export interface StageOfRun {
  readonly folder: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly isDone: boolean;
}

/** The stages of a run that have begun, in order. */
export async function stagesOf(runDirectory: string): Promise<readonly StageOfRun[]> {
  const stages = join(runDirectory, 'stages');
  if (!existsSync(stages)) return [];
  const found: StageOfRun[] = [];
  for (const folder of (await readdir(stages)).sort()) {
    const file = join(stages, folder, IDENTITY_FILE);
    if (!existsSync(file)) continue;
    const identity = parsed(await readFile(file));
    if (identity === undefined) continue;
    const isDone = existsSync(join(stages, folder, MANIFEST));
    found.push({ folder, name: String(identity.name), fingerprint: String(identity.fingerprint), isDone });
  }
  return found;
}

/** Whether what was sent belongs to stages that are no longer those of the run: some were made again, differently. */
export const isOfOtherStages = ({ sent }: Pick<Cursor, 'sent'>, stages: readonly StageOfRun[]): boolean =>
  stages.some(({ folder, fingerprint }) => {
    const known = sent[folder];
    return known !== undefined && known.fingerprint !== fingerprint;
  });

export class RunSource {
  readonly #directory: string;
  readonly #events: GrowingLines;
  readonly #metrics = new Map<string, GrowingLines>();
  /** When each step was first done, by stage; only of steps that are still to be sent. */
  readonly #times = new Map<string, Map<number, number>>();
  #lastTime = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#events = new GrowingLines(join(directory, EVENTS_FILE));
  }

  /**
   * The next entries after those that were sent, all of one stage; undefined if there are none yet. A step is complete
   * once its event was written, which says when that was; `isFinal`: no more events will come.
   */
  async next(
    sent: Cursor['sent'],
    isFinal: boolean,
  ): Promise<{ readonly stage: StageOfRun; readonly entries: readonly Entry[] } | undefined> {
    await this.#readEvents(sent);
    for (const stage of await stagesOf(this.#directory)) {
      const from = sent[stage.folder]?.next ?? 0;
      const steps = await this.#steps(stage, from, isFinal || stage.isDone);
      if (steps.length > 0) return { stage, entries: steps };
      const results = from > 0 || !stage.isDone ? undefined : await this.#results(stage);
      if (results !== undefined) return { stage, entries: [results] };
    }
    return undefined;
  }

  /**
   * The files that hold lines that could not be read, as far as they were read: paths in the run directory, with the number of such
   * lines. `isFinal`: nobody works on the run.
   */
  damaged(isFinal: boolean): ReadonlyMap<string, number> {
    const files = [...this.#metrics].map(([folder, lines]) => [join('stages', folder, METRICS_FILE), lines] as const);
    const found = [[EVENTS_FILE, this.#events] as const, ...files];
    return new Map(
      found.flatMap(([file, lines]) => {
        const damaged = lines.damaged(isFinal);
        return damaged === 0 ? [] : [[file, damaged] as const];
      }),
    );
  }

  async #readEvents(sent: Cursor['sent']): Promise<void> {
    const next = new Map(Object.entries(sent).map(([folder, of]) => [folder.replace(/^\d+-/, ''), of.next]));
    await this.#events.read(({ time, event, stage, step }) => {
      const at = Date.parse(String(time));
      if (Number.isFinite(at)) this.#lastTime = at;
      if (event !== 'step' || typeof stage !== 'string' || typeof step !== 'number') return true;
      if (step < (next.get(stage) ?? 0)) return true;
      const times = this.#times.get(stage) ?? new Map<number, number>();
      this.#times.set(stage, times);
      // A step that was computed again after a kill keeps its first time, so that repeated deliveries are the same.
      if (!times.has(step)) times.set(step, this.#lastTime);
      return true;
    });
  }

  async #steps({ folder, name }: StageOfRun, from: number, takesAll: boolean): Promise<readonly Entry[]> {
    const file = join(this.#directory, 'stages', folder, METRICS_FILE);
    const lines = this.#metrics.get(folder) ?? new GrowingLines(file);
    this.#metrics.set(folder, lines);
    const times = this.#times.get(name);
    for (const step of times?.keys() ?? []) if (step < from) times?.delete(step);
    const entries: Entry[] = [];
    let after = from;
    await lines.read(({ step }) => typeof step !== 'number' || step < from);
    // What is not delivered is read again.
    await lines.peek(({ step, stage: _, ...rest }) => {
      if (typeof step !== 'number' || step < after) return true;
      if (entries.length === AT_ONCE) return false;
      const time = times?.get(step) ?? (takesAll ? this.#lastTime : undefined);
      if (time === undefined) return false;
      entries.push({ stage: name, step, time, values: prefixed(name, rest) });
      after = step + 1;
      return true;
    });
    return entries;
  }

  async #results({ folder, name }: StageOfRun): Promise<Entry | undefined> {
    const file = join(this.#directory, 'stages', folder, RESULTS_FILE);
    if (!existsSync(file)) return undefined;
    const { rows } = JSON.parse(await readFile(file, 'utf8')) as EvaluationResults;
    const values = Object.fromEntries(
      rows.flatMap(({ student, level, accuracy, interval: [low, high] }) => [
        [`accuracy/${student}/${level}`, accuracy],
        [`accuracy/${student}/${level}/low`, low],
        [`accuracy/${student}/${level}/high`, high],
      ]),
    );
    const { mtimeMs } = await stat(file);
    return { stage: name, step: 0, time: Math.round(mtimeMs), values: prefixed(name, values) };
  }
}

function prefixed(stage: string, values: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'number' ? [[`${stage}/${key.replace(/[^\w./-]/g, '_')}`, value] as const] : [],
    ),
  );
}
