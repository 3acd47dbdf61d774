/**
 * Checksums of large files, kept in the user's cache directory: hashing the weights of a model takes seconds to minutes,
 * and most commands do it. One is used again only for the same file with the same size and times.
 */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checksumOf } from '../checksum.js';
import { defaultCacheDirectory } from '../data/hub/options.js';
import { makeDirectory, readText, writeFileAtomically } from '../storage.js';
import { storageError } from '../system-errors.js';

/** Smaller files are hashed in a tenth of a second. */
const LEAST_BYTES = 32 * 2 ** 20;
/** From this size on, whoever waits is told why. */
const TOLD_BYTES = 2 ** 30;
/** A file that was written this shortly before may be written again without its times telling. */
const SETTLED_MS = 2000;

const record = z.object({ version: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * What changes whenever a file's content does. The time of the last change of the inode is part of it, since the time
 * of modification can be set back (`cp --preserve`, `rsync --times`).
 */
const versionOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');

async function statOf(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (cause) {
    throw storageError('read', path, cause);
  }
}

/**
 * As `checksumOf`; a large file that has not changed since it was last hashed is not read again.
 * @param note is told of a file that takes long
 * @throws {StorageError} when the file cannot be read
 */
export async function knownChecksumOf(path: string, note?: (text: string) => void): Promise<string> {
  const before = await statOf(path);
  if (before.size < LEAST_BYTES) return checksumOf(path);
  const version = versionOf(before);
  const folder = join(defaultCacheDirectory(), 'checksums');
  const file = join(folder, `${before.dev}-${before.ino}.json`);
  const known = await recorded(file);
  if (known?.version === version) return known.sha256;
  if (before.size >= TOLD_BYTES) {
    note?.(`hashing ${path}: ${(Number(before.size) / 1e9).toFixed(1)} GB, once unless it changes`);
  }
  const began = Date.now();
  const sha256 = await checksumOf(path);
  const isSettled = began - Number(before.ctimeNs / 1_000_000n) > SETTLED_MS;
  if (isSettled && versionOf(await statOf(path)) === version) await remember(folder, file, { version, sha256 });
  return sha256;
}

/** Undefined where there is none, or none that can be understood: the file is hashed again. */
async function recorded(file: string): Promise<z.infer<typeof record> | undefined> {
  const parsed = await readText(file).then(
    (text) => record.safeParse(parse(text)),
    () => undefined,
  );
  return parsed?.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Does nothing where the cache cannot be written, as in a home directory that is read-only: it only saves time. */
async function remember(folder: string, file: string, known: z.infer<typeof record>): Promise<void> {
  try {
    await makeDirectory(folder);
    await writeFileAtomically(file, `${JSON.stringify(known)}\n`);
  } catch {
    return;
  }
}
