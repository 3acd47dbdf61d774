/**
 * Files to a model repository of the hub, in one commit. What the repository or its storage has already is not sent
 * again, so a repeated command resumes.
 *
 * Written on the hub's HTTP API (https://huggingface.co/docs/hub/api) instead of `@huggingface/hub`: docs/dependencies.md
 * says why.
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { checksumOf } from '../../../checksum.js';
import { UsageError } from '../../../errors.js';
import { storageError } from '../../../system-errors.js';
import { type Hub, type HubOptions, hubOf } from '../options.js';
import type { RequestBody } from '../proxy.js';
import { isHubModel } from '../source.js';
import { call, jsonBody, jsonOf } from './call.js';
import { type LargeFile, sendLargeFiles } from './large-files.js';
import { ensureRepository, type FileThere, filesThere } from './repository.js';

/** A file of a repository: one of this machine, or a text. */
export interface UploadFile {
  /** In the repository, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  readonly content: { readonly kind: 'file'; readonly file: string } | { readonly kind: 'text'; readonly text: string };
}

export interface UploadOptions {
  readonly isPrivate: boolean;
  /** Of the commit. */
  readonly message: string;
  readonly hub?: HubOptions;
  /** Told of what happens, for people. */
  readonly note?: (text: string) => void;
}

export interface Uploaded {
  /** The page of the repository. */
  readonly url: string;
  /** Absent where everything was there already. */
  readonly commit?: string;
  readonly sent: readonly string[];
  /** What the repository or its storage had already. */
  readonly alreadyThere: readonly string[];
}

/** Bytes by which the hub tells text from binary files. */
const SAMPLE_BYTES = 512;
const AT_ONCE = 256;

async function bytesOf({ content }: UploadFile): Promise<Uint8Array> {
  if (content.kind === 'text') return new TextEncoder().encode(content.text);
  try {
    return await readFile(content.file);
  } catch (cause) {
    throw storageError('read', content.file, cause);
  }
}

async function sampleOf(file: UploadFile): Promise<string> {
  if (file.content.kind === 'text') return Buffer.from(file.content.text).subarray(0, SAMPLE_BYTES).toString('base64');
  const handle = await open(file.content.file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString('base64');
  } finally {
    await handle.close();
  }
}

const hash = (algorithm: 'sha1' | 'sha256', ...parts: readonly (string | Uint8Array)[]): string => {
  const made = createHash(algorithm);
  for (const part of parts) made.update(part);
  return made.digest('hex');
};

const sha256Of = async (file: UploadFile): Promise<string> =>
  file.content.kind === 'file' ? checksumOf(file.content.file) : hash('sha256', await bytesOf(file));

/** Whether the repository holds these bytes under this path. */
async function isThere(file: UploadFile, there: FileThere | undefined): Promise<boolean> {
  if (there === undefined) return false;
  if (there.isLarge) return (await sha256Of(file)) === there.oid;
  const bytes = await bytesOf(file);
  return hash('sha1', `blob ${bytes.length}\0`, bytes) === there.oid;
}

const preuploadSchema = z.looseObject({
  files: z.array(
    z.looseObject({
      path: z.string(),
      uploadMode: z.enum(['lfs', 'regular']),
      shouldIgnore: z.boolean().optional(),
    }),
  ),
});

/** How the hub wants each file: with the commit, or through its storage. */
async function modesOf(hub: Hub, repository: string, files: readonly UploadFile[]) {
  const modes = new Map<string, 'lfs' | 'regular'>();
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const batch = files.slice(from, from + AT_ONCE);
    const what = `announcing ${batch.length} files`;
    const asked = await Promise.all(
      batch.map(async (file) => ({ path: file.path, size: file.bytes, sample: await sampleOf(file) })),
    );
    const response = await call(hub, {
      what,
      method: 'POST',
      url: `${hub.url}/api/models/${repository}/preupload/main`,
      headers: { 'content-type': 'application/json' },
      body: jsonBody({ files: asked }),
    });
    const answered = await jsonOf(what, response, preuploadSchema);
    for (const { path, uploadMode, shouldIgnore } of answered.files) {
      if (shouldIgnore === true)
        throw new UsageError(`the .gitignore of ${repository} excludes ${path}`, {
          remedy: 'Change that file on the page of the repository, or name another repository.',
        });
      modes.set(path, uploadMode);
    }
  }
  return modes;
}

function largeFile(file: UploadFile, sha256: string): LargeFile {
  const { path, bytes, content } = file;
  const body = (start: number, length: number, sent: (bytes: number) => void): RequestBody =>
    content.kind === 'text'
      ? new TextEncoder().encode(content.text).subarray(start, start + length)
      : { path: content.file, start, bytes: length, sent };
  return { path, bytes, sha256, body };
}

const commitSchema = z.looseObject({ commitOid: z.string() });

/**
 * Sends the files in one commit to the main branch, making the repository if it is not there.
 * @throws {UsageError} when the name or the token is missing or wrong, or a private repository is there for everybody
 * @throws {StorageError} when the hub refuses or cannot be reached; what was sent stays there
 */
export async function uploadModel(
  repository: string,
  files: readonly UploadFile[],
  { isPrivate, message, hub: options = {}, note = () => undefined }: UploadOptions,
): Promise<Uploaded> {
  if (!isHubModel(repository))
    throw new UsageError(`${repository} is not a name on the hub`, { remedy: 'Write hf:owner/name.' });
  const hub = hubOf(options);
  if (hub.token === undefined)
    throw new UsageError('there is no token for the hub', {
      remedy: `Make one with write access at ${hub.url}/settings/tokens, and set HF_TOKEN to it or run hf auth login.`,
    });
  await ensureRepository(hub, repository, isPrivate);
  const url = `${hub.url}/${repository}`;
  const there = await filesThere(hub, repository);
  const wanted: UploadFile[] = [];
  const alreadyThere: string[] = [];
  for (const file of files)
    if (await isThere(file, there.get(file.path))) alreadyThere.push(file.path);
    else wanted.push(file);
  if (wanted.length === 0) return { url, sent: [], alreadyThere };

  const modes = await modesOf(hub, repository, wanted);
  const large: LargeFile[] = [];
  for (const file of wanted) if (modes.get(file.path) === 'lfs') large.push(largeFile(file, await sha256Of(file)));
  const done = new Map<string, number>();
  const sentLarge = await sendLargeFiles(hub, repository, large, (path, bytes) => {
    const total = (done.get(path) ?? 0) + bytes;
    done.set(path, total);
    note(`${path}: ${total} of ${large.find((file) => file.path === path)?.bytes ?? 0} bytes sent`);
  });
  const lines: object[] = [{ key: 'header', value: { summary: message, description: '' } }];
  for (const file of wanted) {
    const { path } = file;
    const asLarge = large.find((one) => one.path === path);
    if (asLarge !== undefined)
      lines.push({ key: 'lfsFile', value: { path, algo: 'sha256', oid: asLarge.sha256, size: asLarge.bytes } });
    else {
      const content = Buffer.from(await bytesOf(file)).toString('base64');
      lines.push({ key: 'file', value: { path, content, encoding: 'base64' } });
    }
  }
  const what = `committing to ${repository}`;
  const response = await call(hub, {
    what,
    method: 'POST',
    url: `${hub.url}/api/models/${repository}/commit/main`,
    headers: { 'content-type': 'application/x-ndjson' },
    body: () => new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  });
  const { commitOid } = await jsonOf(what, response, commitSchema);
  const isSent = (path: string): boolean => modes.get(path) !== 'lfs' || sentLarge.includes(path);
  return {
    url,
    commit: commitOid,
    sent: wanted.map(({ path }) => path).filter(isSent),
    alreadyThere: [...alreadyThere, ...wanted.map(({ path }) => path).filter((path) => !isSent(path))],
  };
}
