/**
 * The lock of a run directory: one process works in it at a time. A lock whose process is dead is taken over.
 *
 * Acquiring: the lock file appears with its content in one step (a hard link to a complete file), which fails if there
 * is one already. A stale lock is first renamed to a name of our own; exactly one process succeeds in that, and checks
 * that what it renamed is the file that it judged stale. If it is not (another process took over in between), it is put
 * back. Whoever acquires the lock looks for displaced live locks before it proceeds.
 */
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { BusyError } from '../errors.js';
import { errorCode, isAbsence, isProcessAlive, storageError } from '../storage.js';

const LOCK_FILE = 'lock.json';
const DISPLACED_PREFIX = '.lock-displaced-';

const holderSchema = z.object({
  pid: z.int().min(1),
  host: z.string(),
  /** When the process began, as its system reports it, which tells a recycled pid apart; null where unknown. */
  began: z.string().nullable(),
  token: z.string(),
});
type Holder = z.output<typeof holderSchema>;

/** Ticks since boot at which a process began, with the boot's id; null off Linux, or when there is no such process. */
async function beganAt(pid: number): Promise<string | null> {
  try {
    const [status, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the command in parentheses and may hold spaces; the start time is field 22.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return `${boot.trim()}/${fields[19]}`;
  } catch {
    return null;
  }
}

/** Whether the holder's process still runs; a process on another machine is assumed to. */
async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (!isProcessAlive(holder.pid)) return false;
  const began = await beganAt(holder.pid);
  return holder.began === null || began === null || began === holder.began;
}

async function readHolder(file: string): Promise<Holder | 'absent' | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (isAbsence(cause)) return 'absent';
    throw storageError('read the lock', file, cause);
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}

function busy(file: string, holder: Holder | 'unreadable'): BusyError {
  if (holder === 'unreadable') {
    return new BusyError('the run directory is locked, and the lock does not say by whom', {
      file,
      remedy: 'If no other process is working on this run, delete the file.',
    });
  }
  const elsewhere = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return new BusyError(`the run directory is in use by process ${holder.pid}${elsewhere}`, {
    file,
    remedy:
      elsewhere === ''
        ? 'Wait for it to end, or stop it; or choose another directory with --out.'
        : 'If that process has ended, delete the file; or choose another directory with --out.',
  });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw storageError('lock', to, cause);
  }
}

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock of an existing directory.
 * @throws {BusyError} when another process holds it, naming that process
 */
export async function acquireLock(directory: string): Promise<Lock> {
  const file = join(directory, LOCK_FILE);
  const own: Holder = { pid: process.pid, host: hostname(), began: await beganAt(process.pid), token: randomUUID() };
  const prepared = join(directory, `.lock-${own.token}`);
  try {
    await writeFile(prepared, `${JSON.stringify(own)}\n`);
    await take(directory, file, prepared, own);
  } catch (cause) {
    throw storageError('lock', file, cause);
  } finally {
    await rm(prepared, { force: true });
  }
  return {
    release: async () => {
      const holder = await readHolder(file);
      if (typeof holder === 'object' && holder.token === own.token) await rm(file, { force: true });
    },
  };
}

async function take(directory: string, file: string, prepared: string, own: Holder): Promise<void> {
  while (!(await linked(prepared, file))) {
    const holder = await readHolder(file);
    if (holder === 'absent') continue;
    if (holder === 'unreadable' || (await isAlive(holder))) throw busy(file, holder);
    await displace(file, join(directory, DISPLACED_PREFIX + own.token), holder);
  }
  for (const name of await readdir(directory)) {
    if (!name.startsWith(DISPLACED_PREFIX)) continue;
    const displaced = await readHolder(join(directory, name));
    if (typeof displaced === 'object' && displaced.token !== own.token && (await isAlive(displaced))) {
      await rm(file, { force: true });
      throw busy(file, displaced);
    }
    await rm(join(directory, name), { force: true });
  }
}

/** Moves a stale lock out of the way; puts it back if it turns out to be another process's new one. */
async function displace(file: string, aside: string, judged: Holder): Promise<void> {
  try {
    await rename(file, aside);
  } catch (cause) {
    if (isAbsence(cause)) return;
    throw cause;
  }
  const moved = await readHolder(aside);
  if (typeof moved === 'object' && moved.token !== judged.token) {
    // Whoever took the place meanwhile sees the displaced lock and backs off; then the place is free.
    while (!(await linked(aside, file))) {
      const other = await readHolder(file);
      if (typeof other === 'object' && other.token === moved.token) break;
    }
  }
  await rm(aside, { force: true });
}
