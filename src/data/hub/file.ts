/** A file of the hub in the cache, checked against the size and checksum that the hub states. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { InputError, RltError, StorageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { makeDirectory } from '../../storage.js';
import { DEFAULT_READ_LIMITS } from '../files/record.js';
import { checkContent } from './content.js';
import type { Hub } from './options.js';
import { type Clock, failure, type Repository, request, requireWanted, type Stated } from './request.js';

/** A fetched file and where it came from. */
export interface HubFile {
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The commit that the hub reports. Use it as the revision to always get the same bytes. */
  readonly commit?: string;
}

/**
 * The cached file, or the fetched one. What does not have the stated size and checksum, or where none is stated cannot be
 * the file, is refused before it gets into the cache, as is what `check` refuses. The metadata file is written last;
 * without it, the cached file is ignored.
 */
export async function fetchFile(
  hub: Hub,
  repository: Repository,
  url: string,
  path: string,
  check?: (path: string) => Promise<unknown>,
): Promise<HubFile> {
  const facts = `${path}.facts.json`;
  if (hub.options.refresh !== true) {
    const cached = await cachedFile(path, facts);
    if (cached !== undefined) return cached;
  }
  const { response, stated, clock } = await request(hub, repository, url);
  const beside = `${path}.${process.pid}.partial`;
  try {
    await makeDirectory(dirname(path), 'make the directory of the cache');
    const { bytes, sha256 } = await download(hub, response, clock, beside, url);
    await verify(beside, bytes, sha256, stated, url);
    if (stated.etag === undefined)
      await checkContent(beside, basename(path), url, response.headers.get('content-type'));
    await check?.(beside);
    const file: HubFile = {
      path,
      url,
      bytes,
      sha256,
      ...(stated.commit === undefined ? {} : { commit: stated.commit }),
    };
    await rename(beside, path);
    await writeFile(`${facts}.partial`, `${JSON.stringify({ ...file, path: undefined })}\n`);
    await rename(`${facts}.partial`, facts);
    return file;
  } catch (cause) {
    await rm(beside, { force: true });
    requireWanted(hub, url);
    if (cause instanceof RltError) throw cause;
    throw failure(`${url} could not be fetched`, cause, 'Check the connection and the space of the cache directory.');
  } finally {
    clock.stop();
  }
}

async function cachedFile(path: string, facts: string): Promise<HubFile | undefined> {
  try {
    const known: unknown = JSON.parse(await readFile(facts, 'utf8'));
    if (!isObject(known)) return undefined;
    const { url, bytes, sha256, commit } = known;
    const { size } = await stat(path);
    if (typeof url !== 'string' || size !== bytes || (await hashFile(path, 'sha256')) !== sha256) return undefined;
    return { path, url, bytes, sha256, ...(typeof commit === 'string' ? { commit } : {}) };
  } catch {
    // Missing or incomplete, so it is fetched.
  }
  return undefined;
}

async function hashFile(path: string, algorithm: 'sha256' | 'sha1', prefix = ''): Promise<string> {
  const hash = createHash(algorithm).update(prefix);
  const chunks: AsyncIterable<Buffer> = createReadStream(path);
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function download(
  hub: Hub,
  response: Response,
  clock: Clock,
  path: string,
  url: string,
): Promise<{ bytes: number; sha256: string }> {
  const most = hub.options.fileBytes ?? DEFAULT_READ_LIMITS.fileBytes;
  const hash = createHash('sha256');
  const handle = await open(path, 'w');
  let bytes = 0;
  try {
    const body: AsyncIterable<Uint8Array> | readonly never[] = response.body ?? [];
    for await (const chunk of body) {
      clock.restart();
      bytes += chunk.length;
      if (bytes > most) {
        throw new InputError(`${url} has more than ${most} bytes`, {
          remedy: 'Use a smaller file, or raise the limit fileBytes.',
        });
      }
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function verify(path: string, bytes: number, sha256: string, stated: Stated, url: string): Promise<void> {
  const remedy = 'Fetch it again. If this repeats, something between here and the hub changes the file.';
  if (stated.size !== undefined && stated.size !== bytes) {
    throw new StorageError(`${url} has ${bytes} bytes instead of ${stated.size}`, { remedy });
  }
  if (stated.etag === undefined) return;
  const found = stated.etag.length === 64 ? sha256 : await hashFile(path, 'sha1', `blob ${bytes}\0`);
  if (found !== stated.etag) throw new StorageError(`${url} has another checksum than the hub states`, { remedy });
}
