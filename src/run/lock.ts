/**
 * The lock of a run directory: one process works in it at a time. A lock whose process is dead is taken over.
 *
 * Acquiring: the lock file appears with its content in one step (a hard link to a complete file), which fails if there
 * is one already; a file system without hard links gets a file made exclusively and then written. A stale lock is first
 * renamed to a name of our own; exactly one process succeeds in that, and checks that what it renamed is the file that
 * it judged stale. If it is not (another process took over in between), it is put back. Whoever acquires the lock looks
 * for displaced live locks before it proceeds.
 */
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { BusyError } from '../errors.js';
import { isProcessAlive } from '../storage.js';
import { errorCode, isAbsence, storageError } from '../system-errors.js';

export const LOCK_FILE = 'lock.json';
const DISPLACED_PREFIX = '.lock-displaced-';

const holderSchema = z.object({
  pid: z.int().min(1),
  host: z.string(),
  /** When the process began, as its system reports it, which tells a recycled pid apart; null where unknown. */
  began: z.string().nullable(),
  token: z.string(),
});
type Holder = z.output<typeof holderSchema>;

interface ProcessStatus {
  /** Ticks since boot at which the process began, with the boot's id. */
  readonly began: string;
  /** Whether it has ended and only waits for its parent to notice: a zombie. */
  readonly hasEnded: boolean;
}

/** Null off Linux, or when there is no such process. */
async function statusOf(pid: number): Promise<ProcessStatus | null> {
  try {
    const [status, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the command in parentheses and may hold spaces; the state is field 3, the start time field 22.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return { began: `${boot.trim()}/${fields[19]}`, hasEnded: ['Z', 'X', 'x'].includes(fields[0] ?? '') };
  } catch {
    return null;
  }
}

/** Whether the holder's process still runs; a process on another machine is assumed to. */
async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  if (!isProcessAlive(holder.pid)) return false;
  const status = await statusOf(holder.pid);
  if (status === null) return true;
  // In a container whose first process does not reap, a killed process stays a zombie for good.
  return !status.hasEnded && (holder.began === null || status.began === holder.began);
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

/** Whether a process works in a run directory, for those who only look. */
export async function isInUse(directory: string): Promise<boolean> {
  const holder = await readHolder(join(directory, LOCK_FILE));
  return holder === 'unreadable' || (holder !== 'absent' && (await isAlive(holder)));
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

/** What file systems without hard links answer to `link`: exFAT, many network and cloud mounts. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

type MakeLink = (from: string, to: string) => Promise<void>;

/** Makes `to` with the content of `from`, unless it exists: returns whether it did. */
async function linked(from: string, to: string, makeLink: MakeLink): Promise<boolean> {
  try {
    await makeLink(from, to);
    return true;
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'EEXIST') return false;
    if (code === undefined || !NO_LINKS.includes(code)) throw storageError('lock', to, cause);
  }
  try {
    // Only one process can make the file, but for a moment it is there without its content.
    await writeFile(to, await readFile(from), { flag: 'wx' });
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw storageError('lock', to, cause);
  }
}

const WAITS = 10;
const WAIT_MS = 20;

/** The holder of a lock; a lock that is still being written, on a file system without links, is waited for. */
async function holderOf(file: string): Promise<Holder | 'absent' | 'unreadable'> {
  for (let waits = 0; ; waits++) {
    const holder = await readHolder(file);
    if (holder !== 'unreadable' || waits === WAITS) return holder;
    await setTimeout(WAIT_MS);
  }
}

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock of an existing directory. `makeLink` makes a hard link, where the file system has them.
 * @throws {BusyError} when another process holds it, naming that process
 */
export async function acquireLock(directory: string, makeLink: MakeLink = link): Promise<Lock> {
  const file = join(directory, LOCK_FILE);
  const began = (await statusOf(process.pid))?.began ?? null;
  const own: Holder = { pid: process.pid, host: hostname(), began, token: randomUUID() };
  const prepared = join(directory, `.lock-${own.token}`);
  try {
    await writeFile(prepared, `${JSON.stringify(own)}\n`);
    await take(directory, file, prepared, own, makeLink);
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

async function take(directory: string, file: string, prepared: string, own: Holder, makeLink: MakeLink): Promise<void> {
  while (!(await linked(prepared, file, makeLink))) {
    const holder = await holderOf(file);
    if (holder === 'absent') continue;
    if (holder === 'unreadable' || (await isAlive(holder))) throw busy(file, holder);
    await displace(file, join(directory, DISPLACED_PREFIX + own.token), holder, makeLink);
  }
  for (const name of await readdir(directory)) {
    if (!name.startsWith(DISPLACED_PREFIX)) continue;
    const displaced = await readHolder(join(directory, name));
    // Our own is put back by whoever displaced it. Until then it keeps others from taking the place.
    if (typeof displaced === 'object' && displaced.token === own.token) continue;
    if (typeof displaced === 'object' && (await isAlive(displaced))) {
      await rm(file, { force: true });
      throw busy(file, displaced);
    }
    await rm(join(directory, name), { force: true });
  }
}

/** Moves a stale lock out of the way; puts it back if it turns out to be another process's new one. */
async function displace(file: string, aside: string, judged: Holder, makeLink: MakeLink): Promise<void> {
  try {
    await rename(file, aside);
  } catch (cause) {
    if (isAbsence(cause)) return;
    throw cause;
  }
  const moved = await readHolder(aside);
  if (typeof moved === 'object' && moved.token !== judged.token) {
    // Whoever took the place meanwhile sees the displaced lock and backs off; then the place is free.
    while (!(await linked(aside, file, makeLink))) {
      const other = await readHolder(file);
      if (typeof other === 'object' && other.token === moved.token) break;
    }
  }
  await rm(aside, { force: true });
}
