import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StorageError } from './errors.js';
import { asStorageError, systemReason } from './system-errors.js';

test('reasons are words with the code behind them; those without a code, or unknown ones, stay as they are', () => {
  const thrown = (message: string, code?: string) => Object.assign(new Error(message), { code });
  expect(systemReason(thrown("EACCES: permission denied, open '/x'", 'EACCES'))).toBe('permission denied (EACCES)');
  expect(systemReason(thrown("EXDEV: cross-device link not permitted, rename '/x' -> '/y'", 'EXDEV'))).toBe(
    'cross-device link not permitted (EXDEV)',
  );
  expect(systemReason(thrown('out of range'))).toBe('out of range');
  expect(systemReason('text')).toBe('text');
});

test('errors of the system become errors that name the file and a remedy, others stay as they are', async () => {
  const missing = await open(join(tmpdir(), 'rlt-nowhere', 'x')).catch((error: unknown) => error);
  expect(asStorageError(missing)).toBeInstanceOf(StorageError);
  expect(String(asStorageError(missing))).toMatch(
    /no such file or directory \(ENOENT\) .*rlt-nowhere.*Check the path/s,
  );
  const files = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  expect(String(asStorageError(files))).toMatch(/too many files are open \(EMFILE\).*ulimit -n 256/s);
  const bug = new TypeError('x');
  expect(asStorageError(bug)).toBe(bug);
});
