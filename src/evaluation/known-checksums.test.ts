import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { knownChecksumOf } from './known-checksums.js';

let root: string;
const before = process.env.RLT_CACHE;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rlt-checksums-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
  if (before === undefined) delete process.env.RLT_CACHE;
  else process.env.RLT_CACHE = before;
});

const SIZE = 33 * 2 ** 20;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const entries = (cache: string) => readdirSync(join(cache, 'checksums'));

/** A file that was last changed some time ago, and what it holds. */
async function settled(fill: number): Promise<{ file: string; cache: string; expected: string }> {
  const cache = join(root, 'cache');
  process.env.RLT_CACHE = cache;
  const bytes = Buffer.alloc(SIZE, fill);
  const file = join(root, 'model.safetensors');
  writeFileSync(file, bytes);
  await setTimeout(2100);
  return { file, cache, expected: sha256(bytes) };
}

test('a large file is hashed once, and again whenever it may have changed', async () => {
  const { file, cache, expected } = await settled(1);
  expect(await knownChecksumOf(file)).toBe(expected);
  const [name = ''] = entries(cache);
  const record = join(cache, 'checksums', name);
  // Told apart from a hash of the file by what the cache says.
  const planted = JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), sha256: 'a'.repeat(64) });
  writeFileSync(record, planted);
  expect(await knownChecksumOf(file)).toBe('a'.repeat(64));

  // Another content of the same size, with the old times put back.
  const { atime, mtime } = statSync(file);
  const other = Buffer.alloc(SIZE, 2);
  writeFileSync(file, other);
  utimesSync(file, atime, mtime);
  expect(await knownChecksumOf(file)).toBe(sha256(other));
  // It has only just been written, so nothing is kept of it.
  expect(readFileSync(record, 'utf8')).toBe(planted);

  // Another file moved over it.
  const third = Buffer.alloc(SIZE, 3);
  writeFileSync(`${file}.new`, third);
  renameSync(`${file}.new`, file);
  expect(await knownChecksumOf(file)).toBe(sha256(third));
});

test('a cache that is damaged or cannot be written costs time and nothing else', async () => {
  const { file, cache, expected } = await settled(4);
  expect(await knownChecksumOf(file)).toBe(expected);
  for (const text of ['', '{', '{"version":1}', '[]']) {
    for (const name of entries(cache)) writeFileSync(join(cache, 'checksums', name), text);
    expect(await knownChecksumOf(file)).toBe(expected);
  }
  const blocked = join(cache, 'blocked');
  writeFileSync(blocked, '');
  process.env.RLT_CACHE = blocked;
  expect(await knownChecksumOf(file)).toBe(expected);
  const readOnly = join(cache, 'read-only');
  mkdirSync(readOnly);
  chmodSync(readOnly, 0o500);
  process.env.RLT_CACHE = readOnly;
  expect(await knownChecksumOf(file)).toBe(expected);
});

test('small files leave nothing in the cache', async () => {
  const cache = join(root, 'cache');
  process.env.RLT_CACHE = cache;
  const file = join(root, 'config.json');
  writeFileSync(file, '{}');
  expect(await knownChecksumOf(file)).toBe(sha256(Buffer.from('{}')));
  expect(() => entries(cache)).toThrow();
});
