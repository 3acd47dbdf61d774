/**
 * The server's directory: `sessions/ID.json`, `runs/RUN/run.json` and `runs/RUN/KIND/NAME/` with the checkpoints. All is
 * read once, at the start; what clients name is looked up in memory and never becomes a path.
 */
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { recoverDirectory } from '../../directory-swap.js';
import { isWeightsName, KINDS_OF_WEIGHTS, readWeightsPath, weightsPath } from '../../engine/tinker/protocol/storage.js';
import { BusyError, InputError } from '../../errors.js';
import { acquireLock, type Lock } from '../../run/lock.js';
import { isUnfinished, makeDirectory, readText, writeFileAtomically } from '../../storage.js';
import { isAbsence, storageError } from '../../system-errors.js';
import { Refusal } from '../refusal.js';
import { Numbers } from './numbers.js';
import {
  type CheckpointRecord,
  checkpointRecord,
  type KeptResult,
  keptResults,
  type RunRecord,
  runRecord,
  type SessionRecord,
  sessionRecord,
} from './records.js';

/** The weights of a checkpoint lie in this folder beside its record, which is written last: it makes the checkpoint. */
const WEIGHTS = 'state';
const CHECKPOINT_FILE = 'checkpoint.json';
const RUN_FILE = 'run.json';
const RESULTS_FILE = 'results.json';

/** Ids have colons, which some file systems do not take. */
const folderOf = (run: string): string => run.replaceAll(':', '.');

/** What identifies a checkpoint. */
export type CheckpointPlace = Pick<CheckpointRecord, 'run' | 'kind' | 'name'>;
export const pathOf = ({ run, kind, name }: CheckpointPlace): string => weightsPath({ run, kind, name });

export class Store {
  readonly directory: string;
  readonly sessions = new Map<string, SessionRecord>();
  readonly runs = new Map<string, RunRecord>();
  readonly numbers: Numbers;
  readonly #checkpoints = new Map<string, CheckpointRecord>();
  readonly #lock: Lock;
  /** Records are written one after the other, so that of two writes of one file the later one stays. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string, lock: Lock) {
    this.directory = directory;
    this.#lock = lock;
    this.numbers = new Numbers((run) => join(this.#runFolder(run), 'accepted'));
  }

  /**
   * @throws {BusyError} when another server works in the directory
   * @throws {StorageError | InputError} when it cannot be read, or a record in it is not one of ours
   */
  static async open(directory: string): Promise<Store> {
    await makeDirectory(directory);
    const lock = await acquireLock(directory).catch((error: unknown) => {
      if (!(error instanceof BusyError)) throw error;
      throw new BusyError('another server works in this directory', {
        file: directory,
        remedy: 'Stop it, or choose another directory with --dir.',
        cause: error,
      });
    });
    const store = new Store(directory, lock);
    try {
      await store.#read();
    } catch (error) {
      await lock.release();
      throw error;
    }
    return store;
  }

  async close(): Promise<void> {
    this.numbers.close();
    await this.#lock.release();
  }

  async #read(): Promise<void> {
    for (const name of await namesIn(join(this.directory, 'sessions'))) {
      const session = await readRecord(join(this.directory, 'sessions', name), sessionRecord);
      this.sessions.set(session.id, session);
    }
    for (const folder of await namesIn(join(this.directory, 'runs'))) {
      const file = join(this.directory, 'runs', folder, RUN_FILE);
      const run = await readRecord(file, runRecord).catch((error: unknown) => {
        // A run whose record was never written has nothing else either.
        if (error instanceof Error && isAbsence(error.cause)) return undefined;
        throw error;
      });
      if (run === undefined) continue;
      this.runs.set(run.id, run);
      await this.numbers.read(run.id);
      for (const kind of KINDS_OF_WEIGHTS) await this.#readCheckpoints(join(this.directory, 'runs', folder, kind));
    }
  }

  async #readCheckpoints(folder: string): Promise<void> {
    for (const name of await namesIn(folder)) {
      const directory = join(folder, name);
      await recoverDirectory(join(directory, WEIGHTS));
      if (!(await namesIn(directory)).includes(CHECKPOINT_FILE)) {
        await rm(directory, { recursive: true, force: true });
        continue;
      }
      const record = await readRecord(join(directory, CHECKPOINT_FILE), checkpointRecord);
      this.#checkpoints.set(pathOf(record), record);
    }
  }

  async writeSession(session: SessionRecord): Promise<void> {
    this.sessions.set(session.id, session);
    await this.#write(join(this.directory, 'sessions', `${session.id}.json`), session);
  }

  async writeRun(run: RunRecord): Promise<void> {
    const file = join(this.#runFolder(run.id), RUN_FILE);
    this.runs.set(run.id, run);
    await this.#write(file, run);
  }

  /** All checkpoints that have not expired, of a run or of every run; the newest first. */
  checkpoints(run?: string): CheckpointRecord[] {
    return [...this.#checkpoints.values()]
      .filter((one) => (run === undefined || one.run === run) && !hasExpired(one))
      .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.seq - a.seq));
  }

  /** @throws {Refusal} when there is no such checkpoint, or it has expired */
  checkpointAt(path: string): CheckpointRecord {
    const { run, kind, name } = readWeightsPath(path);
    const kinds = kind === undefined ? [...KINDS_OF_WEIGHTS].reverse() : [kind];
    for (const one of kinds) {
      const found = this.#checkpoints.get(weightsPath({ run, kind: one, name }));
      if (found !== undefined && !hasExpired(found)) return found;
    }
    throw new Refusal(404, `there are no weights at ${path} on this server`);
  }

  has(place: CheckpointPlace): boolean {
    const found = this.#checkpoints.get(pathOf(place));
    return found !== undefined && !hasExpired(found);
  }

  /** Where the weights of a checkpoint lie. @throws {InputError} when its name could leave the folder of its run */
  weightsOf(place: CheckpointPlace): string {
    return join(this.#checkpointFolder(place), WEIGHTS);
  }

  /** Makes a checkpoint: `write` puts the weights in their place, whole; then it is listed. */
  async writeCheckpoint(
    record: Omit<CheckpointRecord, 'size_bytes' | 'time'>,
    write: (directory: string) => Promise<void>,
  ): Promise<CheckpointRecord> {
    const folder = this.#checkpointFolder(record);
    await mkdir(folder, { recursive: true });
    await write(join(folder, WEIGHTS));
    const size = await sizeOf(join(folder, WEIGHTS));
    return this.updateCheckpoint({ ...record, size_bytes: size, time: new Date().toISOString() });
  }

  /** Writes the record of a checkpoint again. */
  async updateCheckpoint(record: CheckpointRecord): Promise<CheckpointRecord> {
    await this.#write(join(this.#checkpointFolder(record), CHECKPOINT_FILE), record);
    this.#checkpoints.set(pathOf(record), record);
    return record;
  }

  async deleteCheckpoint(place: CheckpointPlace): Promise<void> {
    this.#checkpoints.delete(pathOf(place));
    const folder = this.#checkpointFolder(place);
    // Without its record it is none, whatever else is still there.
    await rm(join(folder, CHECKPOINT_FILE), { force: true });
    await rm(folder, { recursive: true, force: true });
  }

  /** Deletes checkpoints whose time is over. */
  async deleteExpired(): Promise<void> {
    for (const record of [...this.#checkpoints.values()]) if (hasExpired(record)) await this.deleteCheckpoint(record);
  }

  async writeResults(results: readonly KeptResult[]): Promise<void> {
    await writeFileAtomically(join(this.directory, RESULTS_FILE), `${JSON.stringify({ results })}\n`);
  }

  /** The results of before the last stop. They are handed out once: a server that is killed has lost what it computed. */
  async takeResults(): Promise<readonly KeptResult[]> {
    const file = join(this.directory, RESULTS_FILE);
    if (!(await namesIn(this.directory)).includes(RESULTS_FILE)) return [];
    const { results } = await readRecord(file, keptResults);
    await rm(file, { force: true });
    return results;
  }

  #write(file: string, record: object): Promise<void> {
    const text = `${JSON.stringify(record, null, 2)}\n`;
    const written = this.#writing.then(() => writeFileAtomically(file, text));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #runFolder(run: string): string {
    const folder = folderOf(run);
    if (!isWeightsName(folder)) throw new InputError(`${JSON.stringify(run)} is not the id of a training run`);
    return join(this.directory, 'runs', folder);
  }

  #checkpointFolder({ run, kind, name }: CheckpointPlace): string {
    if (!isWeightsName(name)) throw invalidName(name);
    return join(this.#runFolder(run), kind, name);
  }
}

/** @throws {InputError} when a name cannot be one of a checkpoint */
export function checkName(name: string): void {
  if (!isWeightsName(name)) throw invalidName(name);
}

const invalidName = (name: string): InputError =>
  new InputError(`${JSON.stringify(name)} cannot name a checkpoint`, {
    remedy: 'Use letters, digits and . _ : + = @ - (at most 200), beginning with a letter or a digit.',
  });

const hasExpired = ({ expires_at }: CheckpointRecord): boolean =>
  expires_at !== null && Date.parse(expires_at) <= Date.now();

async function readRecord<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  const text = await readText(file);
  try {
    return await schema.parseAsync(JSON.parse(text));
  } catch (cause) {
    throw new InputError('the file is not a record of this server', {
      file,
      remedy: 'Restore it, or move it away: what it describes is then unknown to the server.',
      cause,
    });
  }
}

/** Whole entries of a folder; none where there is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !isUnfinished(name) && !name.startsWith('.')).sort();
  } catch (cause) {
    if (isAbsence(cause)) return [];
    throw storageError('read', folder, cause);
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const handle = await open(join(entry.parentPath, entry.name), 'r');
    bytes += (await handle.stat()).size;
    await handle.close();
  }
  return bytes;
}
