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
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InputError, StorageError } from './errors.js';
import {
  asStorageError,
  recoverDirectory,
  storageError,
  syncDirectory,
  writeDirectoryAtomically,
  writeFileAtomically,
  writeSynced,
} from './storage.js';

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
    await expect(writing).rejects.toThrow(/cannot write: E(NOTDIR|EXIST).*file\.txt.*\n.*(path)/);
  });

  test('a full disk says what to do', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(storageError('write', 'x', full).message).toMatch(/cannot write: ENOSPC \(x\)\n {2}Free space/);
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

  test('a process killed while it writes harms nothing, and the next write clears what it left', async () => {
    const path = join(scratch, 'model');
    await writeDirectoryAtomically(path, fill('old'));
    const module = pathToFileURL(join(import.meta.dirname, 'storage.js')).href;
    const script = `
      const { writeDirectoryAtomically, writeSynced } = await import(${JSON.stringify(module)});
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

test('errors of the system become errors that name the file and a remedy, others stay as they are', async () => {
  const missing = await open(join(tmpdir(), 'rlt-nowhere', 'x')).catch((error: unknown) => error);
  expect(asStorageError(missing)).toBeInstanceOf(StorageError);
  expect(String(asStorageError(missing))).toMatch(/ENOENT .*rlt-nowhere.*Check the path/s);
  const files = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  expect(String(asStorageError(files))).toMatch(/EMFILE.*ulimit -n 256/s);
  const bug = new TypeError('x');
  expect(asStorageError(bug)).toBe(bug);
});
