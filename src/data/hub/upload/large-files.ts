/** Large files by the protocol of Git LFS, as the hub speaks it: whole, or in parts that its storage asks for. */
import { z } from 'zod';
import { StorageError } from '../../../errors.js';
import type { Hub } from '../options.js';
import type { RequestBody } from '../proxy.js';
import { call, jsonBody, jsonOf } from './call.js';

export interface LargeFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** A part of it, from `start` on. */
  body(start: number, bytes: number, sent: (bytes: number) => void): RequestBody;
}

const LFS = 'application/vnd.git-lfs+json';
const AT_ONCE = 100;

const actionSchema = z.looseObject({
  href: z.url({ protocol: /^https?$/ }),
  header: z.record(z.string(), z.string()).optional(),
});
const batchSchema = z.looseObject({
  objects: z.array(
    z.looseObject({
      oid: z.string(),
      error: z.looseObject({ message: z.string() }).optional(),
      actions: z.looseObject({ upload: actionSchema.optional(), verify: actionSchema.optional() }).optional(),
    }),
  ),
});
type Action = z.output<typeof actionSchema>;

/** Sends the files that the storage of the hub does not have. Returns the paths that were sent. */
export async function sendLargeFiles(
  hub: Hub,
  repository: string,
  files: readonly LargeFile[],
  progress: (path: string, bytes: number) => void,
): Promise<readonly string[]> {
  const sent: string[] = [];
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const batch = files.slice(from, from + AT_ONCE);
    const what = `asking where to send ${batch.length === 1 ? batch[0]?.path : `${batch.length} files`}`;
    const response = await call(hub, {
      what,
      method: 'POST',
      url: `${hub.url}/${repository}.git/info/lfs/objects/batch`,
      headers: { accept: LFS, 'content-type': LFS },
      body: jsonBody({
        operation: 'upload',
        transfers: ['basic', 'multipart'],
        hash_algo: 'sha_256',
        ref: { name: 'main' },
        objects: [...new Map(batch.map(({ sha256, bytes }) => [sha256, { oid: sha256, size: bytes }])).values()],
      }),
    });
    const { objects } = await jsonOf(what, response, batchSchema);
    for (const { oid, error, actions } of objects) {
      const file = batch.find(({ sha256 }) => sha256 === oid);
      if (file === undefined) continue;
      if (error !== undefined)
        throw new StorageError(`the hub does not take ${file.path}: ${error.message.slice(0, 300)}`, {
          remedy: 'See the storage limits of your account.',
        });
      // Without an action, the storage has these bytes: of an earlier attempt, or of any other repository.
      if (actions?.upload === undefined) continue;
      await sendFile(hub, file, actions.upload, (bytes) => progress(file.path, bytes));
      if (actions.verify !== undefined) await verify(hub, file, actions.verify);
      sent.push(file.path);
    }
    const answered = new Set(objects.map(({ oid }) => oid));
    const missing = batch.find(({ sha256 }) => !answered.has(sha256));
    if (missing !== undefined)
      throw new StorageError(`the hub does not say where to send ${missing.path}`, {
        remedy: 'Run the same command again.',
      });
  }
  return sent;
}

/** @throws {StorageError} when a hub with encryption names storage without */
function requireEncryption(hub: Hub, path: string, href: string): void {
  if (hub.url.startsWith('https:') && !href.startsWith('https:'))
    throw new StorageError(`the hub asks to send ${path} without encryption`, {
      remedy: 'Check the address of the hub (HF_ENDPOINT).',
    });
}

async function sendFile(hub: Hub, file: LargeFile, upload: Action, progress: (bytes: number) => void): Promise<void> {
  const { chunk_size: partSize, ...header } = upload.header ?? {};
  const put = async (url: string, start: number, bytes: number, headers: Readonly<Record<string, string>>) => {
    requireEncryption(hub, file.path, url);
    const response = await call(hub, {
      what: `sending ${file.path}`,
      method: 'PUT',
      url,
      headers,
      body: (restart) => file.body(start, bytes, restart),
    });
    progress(bytes);
    return response;
  };
  if (partSize === undefined) {
    await put(upload.href, 0, file.bytes, header);
    return;
  }
  // The addresses of the parts stand among the headers, under their numbers.
  const size = Number(partSize);
  const numbered = Object.entries(header)
    .filter(([name]) => /^\d+$/.test(name))
    .map(([name, url]) => ({ partNumber: Number(name), url }))
    .sort((a, b) => a.partNumber - b.partNumber);
  if (!(size > 0) || numbered.length !== Math.ceil(file.bytes / size))
    throw new StorageError(`the hub names ${numbered.length} places for the parts of ${file.path}`, {
      remedy: 'Run the same command again.',
    });
  const parts: { partNumber: number; etag: string }[] = [];
  for (const [index, { partNumber, url }] of numbered.entries()) {
    const response = await put(url, index * size, Math.min(size, file.bytes - index * size), {});
    const etag = response.headers.get('etag');
    if (etag === null)
      throw new StorageError(`the storage of the hub does not confirm part ${partNumber} of ${file.path}`, {
        remedy: 'Run the same command again.',
      });
    parts.push({ partNumber, etag });
  }
  requireEncryption(hub, file.path, upload.href);
  await call(hub, {
    what: `completing ${file.path}`,
    method: 'POST',
    url: upload.href,
    headers: { accept: LFS, 'content-type': LFS },
    body: jsonBody({ oid: file.sha256, parts }),
  });
}

async function verify(hub: Hub, { path, sha256, bytes }: LargeFile, { href, header }: Action): Promise<void> {
  requireEncryption(hub, path, href);
  await call(hub, {
    what: `confirming ${path}`,
    method: 'POST',
    url: href,
    headers: { accept: LFS, 'content-type': LFS, ...header },
    body: jsonBody({ oid: sha256, size: bytes }),
  });
}
