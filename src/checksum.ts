/**
 * SHA-256 of files and of text. Apart from storage.ts and the readers of data, so that a command which hashes nothing
 * does not load OpenSSL's bindings.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { refuseSpecialFile } from './storage.js';
import { storageError } from './system-errors.js';

/**
 * The SHA-256 of a file, in hexadecimal.
 * @throws {StorageError} when it cannot be read
 */
export async function checksumOf(path: string): Promise<string> {
  await refuseSpecialFile(path);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (cause) {
    throw storageError('read', path, cause);
  }
  return hash.digest('hex');
}

/**
 * The first `digits` hexadecimal digits of the SHA-256 of `parts`. Lengths are hashed too, so no two lists collide by
 * joining.
 */
export function contentHash(parts: readonly string[], digits = 16): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, digits);
}
