import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checksumOf } from './checksum.js';
import { readUnswapped, recoverDirectory, writeDirectoryAtomically } from './directory-swap.js';
import { InputError, StorageError } from './errors.js';
import {
  freeBytes,
  makeDirectory,
  readBytes,
  requireWritable,
  syncDirectory,
  writeFileAtomically,
  writeSynced,
} from './storage.js';
import { storageError } from './system-errors.js';

let scratch = '';
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'rlt-storage-'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

describe('a file', () => {
  test('is replaced whole, and missing parents are made', async () => {
    const path = join(scratch, 'a', 'b', 'file.txt');
    await writeFileAtomically(path, 'old');
    await writeFileAtomically(path, async (handle) => {
      await handle.write('new, ');
      // Before the end, a reader still sees the old one.
      expect(readFileSync(path, 'utf8')).toBe('old');
      await handle.write('whole');
    });
    expect(readFileSync(path, 'utf8')).toBe('new, whole');
    expect(readdirSync(join(scratch, 'a', 'b'))).toEqual(['file.txt']);
  });

  test('stays as it was when the write fails; errors of ours pass through', async () => {
    const path = join(scratch, 'file.txt');
    await writeFileAtomically(path, 'old');
    const failure = new InputError('stop');
    const failing = writeFileAtomically(path, async (handle) => {
      await handle.write('half');
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(scratch)).toEqual(['file.txt']);
  });

  test('that cannot be written is a StorageError with file and remedy', async () => {
    writeFileSync(join(scratch, 'plain'), '');
    const writing = writeFileAtomically(join(scratch, 'plain', 'file.txt'), '');
    await expect(writing).rejects.toBeInstanceOf(StorageError);
    await expect(writing).rejects.toThrow(
      /cannot write: a part of the path is not a directory \(ENOTDIR\).*file\.txt.*\n.*(path)/,
    );
  });

  test('a full disk says what to do', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(storageError('write', 'x', full).message).toMatch(
      /cannot write: no space is left on the disk \(ENOSPC\) \(x\)\n {2}Free space/,
    );
  });

  test.skipIf(!existsSync('/dev/full'))('a device that is full', async () => {
    await expect(writeSynced('/dev/full', 'text')).rejects.toThrow(/ENOSPC.*\n.*Free space/);
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a forbidden directory', async () => {
    chmodSync(scratch, 0o500);
    await expect(writeFileAtomically(join(scratch, 'file.txt'), '')).rejects.toThrow(/EACCES.*\n.*permissions/);
    chmodSync(scratch, 0o700);
  });
});

test.skipIf(process.platform === 'win32')('a pipe is neither opened to read it nor replaced by a file', async () => {
  const pipe = join(scratch, 'pipe');
  spawnSync('mkfifo', [pipe]);
  await expect(readBytes(pipe)).rejects.toThrow(`this is a pipe, not a file (${pipe})\n  Write what comes out of it`);
  await expect(checksumOf(pipe)).rejects.toThrow(StorageError);
  await expect(writeFileAtomically(pipe, 'text')).rejects.toThrow(
    `this is a pipe, not a file (${pipe})\n  Name a file to write to, which need not exist.`,
  );
  expect(readdirSync(scratch, { withFileTypes: true }).map((entry) => entry.isFIFO())).toEqual([true]);
});

describe('making directories', () => {
  test('makes what is missing, and leaves what is there', async () => {
    await makeDirectory(join(scratch, 'a', 'b', 'c'));
    writeFileSync(join(scratch, 'a', 'b', 'c', 'file.txt'), '');
    await Promise.all(['c', 'd', 'd', 'd'].map((name) => makeDirectory(join(scratch, 'a', 'b', name, 'e'))));
    expect(readdirSync(join(scratch, 'a', 'b'))).toEqual(['c', 'd']);
    expect(readdirSync(join(scratch, 'a', 'b', 'c'))).toEqual(['e', 'file.txt']);
  });

  test('says what stands in the way, before and when it is made', async () => {
    writeFileSync(join(scratch, 'plain'), '');
    symlinkSync('circle', join(scratch, 'circle'));
    for (const [below, reason] of [
      ['plain', 'a part of the path is not a directory (ENOTDIR)'],
      ['circle', 'symbolic links lead in a circle (ELOOP)'],
    ] as const) {
      const path = join(scratch, below, 'run');
      await expect(makeDirectory(path, 'make the run')).rejects.toThrow(`cannot make the run: ${reason} (${path})`);
      await expect(requireWritable(path, 'make the run')).rejects.toThrow(`cannot make the run: ${reason} (${path})`);
    }
    await requireWritable(join(scratch, 'new', 'run'), 'make the run');
    expect(existsSync(join(scratch, 'new'))).toBe(false);
  });

  // In Node 20 a recursive mkdir there never returns.
  test.skipIf(!existsSync('/proc/self'))('ends where a file system takes no directories', async () => {
    const refusal = /^cannot (write|make the directory): (\/proc takes no new entries|permission denied)/;
    await expect(makeDirectory('/proc/rlt/run')).rejects.toThrow(refusal);
    await expect(writeFileAtomically('/proc/rlt/file.txt', '')).rejects.toThrow(refusal);
    await expect(writeDirectoryAtomically('/proc/rlt', async () => undefined)).rejects.toThrow(StorageError);
  });
});

describe('a directory', () => {
  const fill = (text: string) => async (partial: string) => writeSynced(join(partial, 'file.txt'), text);

  test('is replaced whole; what it held and the new one lacks is gone', async () => {
    const path = join(scratch, 'model');
    mkdirSync(path);
    writeFileSync(join(path, 'older.txt'), '');
    await writeDirectoryAtomically(path, async (partial) => {
      await fill('new')(partial);
      expect(readdirSync(path)).toEqual(['older.txt']);
    });
    expect(readdirSync(path)).toEqual(['file.txt']);
    expect(readdirSync(scratch)).toEqual(['model']);
  });

  test('stays as it was when filling fails', async () => {
    const path = join(scratch, 'model');
    await writeDirectoryAtomically(path, fill('old'));
    const failing = writeDirectoryAtomically(path, async (partial) => {
      await fill('half')(partial);
      throw new InputError('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(readFileSync(join(path, 'file.txt'), 'utf8')).toBe('old');
    expect(readdirSync(scratch)).toEqual(['model']);
  });

  test('a swap that was cut between its renames is ended by the next reader', async () => {
    const path = join(scratch, 'model');
    await writeDirectoryAtomically(path, fill('old'));
    renameSync(path, join(scratch, '.replaced-model'));
    await recoverDirectory(path);
    expect(readFileSync(join(path, 'file.txt'), 'utf8')).toBe('old');
    // Cut after the second rename: the new one stays.
    mkdirSync(join(scratch, '.replaced-model'));
    await recoverDirectory(path);
    expect(readdirSync(scratch)).toEqual(['model']);
    expect(readFileSync(join(path, 'file.txt'), 'utf8')).toBe('old');
    await recoverDirectory(join(scratch, 'never-there'));
  });

  test('what is read while it is swapped is read again, of one of the two', async () => {
    const path = join(scratch, 'model');
    await writeDirectoryAtomically(path, fill('old'));
    const discarded: string[] = [];
    let readings = 0;
    const read = async () => {
      const first = readFileSync(join(path, 'file.txt'), 'utf8');
      if (readings++ === 0) await writeDirectoryAtomically(path, fill('new'));
      return `${first} ${readFileSync(join(path, 'file.txt'), 'utf8')}`;
    };
    const found = await readUnswapped(path, read, async (mixed) => {
      discarded.push(mixed);
    });
    expect([found, discarded]).toEqual(['new new', ['old new']]);
    // Of what does not change, an error is an error at once.
    const failing = readUnswapped(
      path,
      () => Promise.reject(new InputError('bad')),
      async () => undefined,
    );
    await expect(failing).rejects.toThrow('bad');
  });

  test('another process that wrote there meanwhile is named', async () => {
    const path = join(scratch, 'model');
    await writeDirectoryAtomically(path, fill('old'));
    const late = writeDirectoryAtomically(path, fill('new'), async () => {
      // Between the renames somebody else's is put there.
      mkdirSync(join(scratch, '.replaced-model', 'theirs'), { recursive: true });
    });
    await expect(late).rejects.toThrow(/another process wrote to this place meanwhile/);
    expect(readFileSync(join(path, 'file.txt'), 'utf8')).toBe('old');
  });

  test('a process killed while it writes harms nothing, and the next write clears what it left', async () => {
    const path = join(scratch, 'model');
    await writeDirectoryAtomically(path, fill('old'));
    const urlOf = (module: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, module)).href);
    const script = `
      const { writeDirectoryAtomically } = await import(${urlOf('directory-swap.js')});
      const { writeSynced } = await import(${urlOf('storage.js')});
      await writeDirectoryAtomically(${JSON.stringify(path)}, async (partial) => {
        await writeSynced(partial + '/file.txt', 'half');
        process.kill(process.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 60000));
      });`;
    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(killed.signal).toBe('SIGKILL');
    expect(readdirSync(scratch)).toHaveLength(2);
    expect(readFileSync(join(path, 'file.txt'), 'utf8')).toBe('old');
    await writeDirectoryAtomically(path, fill('new'));
    expect(readdirSync(scratch)).toEqual(['model']);
    expect(readFileSync(join(path, 'file.txt'), 'utf8')).toBe('new');
  });
});

test.runIf(process.platform !== 'win32')(
  'a file system that cannot sync directories is written to all the same',
  async () => {
    const answering = (code: string) => async () => ({
      sync: () => Promise.reject(Object.assign(new Error(code), { code })),
      close: async () => undefined,
    });
    for (const code of ['EINVAL', 'ENOTSUP', 'ENOSYS']) await syncDirectory(tmpdir(), answering(code));
    await expect(syncDirectory(tmpdir(), answering('EIO'))).rejects.toThrow('EIO');
  },
);

test('free space is that of the nearest directory that is there; what holds no files has none to tell', async () => {
  const free = await freeBytes(join(tmpdir(), 'not', 'there'));
  expect(free).toBeGreaterThan(0);
  if (process.platform === 'linux') expect(await freeBytes('/proc/none')).toBeUndefined();
});
