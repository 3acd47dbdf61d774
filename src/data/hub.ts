import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { InputError, RltError, StorageError, UsageError } from '../errors.js';
import { DEFAULT_READ_LIMITS, isObject } from './record.js';
import { RECORD_FILE_ENDINGS } from './records.js';

/** A data set on the hub: `hf:owner/name[@revision]/path/to/file.jsonl`, or `…/[config/]split`. */
export interface HubSource {
  readonly owner: string;
  readonly name: string;
  /** Branch, tag or commit; without one, `main`. */
  readonly revision?: string;
  readonly target:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'split'; readonly config?: string; readonly split: string };
}

export interface HubOptions {
  /** Address of the hub; default the environment's RLT_HUB_URL or HF_ENDPOINT, else https://huggingface.co. */
  readonly url?: string;
  /** Access token; default the environment's HF_TOKEN. Sent to the hub's own address only. */
  readonly token?: string;
  /** Directory of fetched files; default the environment's RLT_CACHE, else the user's cache directory. */
  readonly cache?: string;
  /** Fetch again what is already there: branches move. */
  readonly refresh?: boolean;
  /** Largest file that is fetched. Default 4 GiB. */
  readonly fileBytes?: number;
  /** The connection must answer, and keep sending, within this time. Default 60 seconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A fetched file and where it came from. */
export interface HubFile {
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The commit that the hub says it is from. Name it as the revision to get the same bytes for ever. */
  readonly commit?: string;
}

const SCHEME = 'hf:';
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const FORM =
  'Write hf:owner/name/path/to/file.jsonl, hf:owner/name/split or hf:owner/name@revision/path/to/file.parquet.';

export function isHubSource(source: string): boolean {
  return source.startsWith(SCHEME);
}

/** The parts of a hub source. @throws UsageError for one that cannot be meant. */
export function parseHubSource(source: string): HubSource {
  const refuse = (why: string) => new UsageError(`${source} is not a data set of the hub: ${why}`, { remedy: FORM });
  if (!isHubSource(source)) throw refuse(`it does not begin with ${SCHEME}`);
  const [owner = '', repository = '', ...rest] = source.slice(SCHEME.length).split('/');
  const at = repository.indexOf('@');
  const name = at === -1 ? repository : repository.slice(0, at);
  const revision = at === -1 ? undefined : repository.slice(at + 1);
  if (!PART.test(owner) || !PART.test(name))
    throw refuse('owner and name are letters, digits, dots, dashes and underscores');
  if (revision !== undefined && !PART.test(revision))
    throw refuse('the revision is not the name of a branch, tag or commit');
  if (
    rest.length === 0 ||
    rest.some((part) => part === '' || part === '.' || part === '..' || /[\\:?#\0]/.test(part))
  ) {
    throw refuse('it names no file and no split');
  }
  const base = { owner, name, ...(revision === undefined ? {} : { revision }) };
  const last = rest[rest.length - 1] as string;
  if (RECORD_FILE_ENDINGS.some((ending) => last.toLowerCase().endsWith(ending))) {
    return { ...base, target: { kind: 'file', path: rest.join('/') } };
  }
  if (last.includes('.')) throw refuse(`a file must end in ${RECORD_FILE_ENDINGS.join(', ')}`);
  if (rest.length > 2) throw refuse('a split is named by at most a configuration and a split');
  if (revision !== undefined)
    throw refuse('a split is read from the newest conversion to Parquet; with a revision, name a file');
  const [config] = rest.length === 2 ? rest : [undefined];
  return { ...base, target: { kind: 'split', ...(config === undefined ? {} : { config }), split: last } };
}

/** The user's directory for fetched files, by the custom of the system. */
export function defaultCacheDirectory(): string {
  const { RLT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (RLT_CACHE) return RLT_CACHE;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'rlt');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'rlt', 'cache');
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'rlt') : join(homedir(), '.cache', 'rlt');
}

/** Whose file is asked for, to say where access is given. */
interface Repository {
  readonly kind: 'data set' | 'model';
  readonly owner: string;
  readonly name: string;
}

interface Hub {
  readonly url: string;
  readonly token: string | undefined;
  readonly cache: string;
  readonly options: HubOptions;
}

function hubOf(options: HubOptions): Hub {
  const url = options.url ?? (process.env.RLT_HUB_URL || process.env.HF_ENDPOINT || 'https://huggingface.co');
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new UsageError(`${url} is not the address of a hub`, {
      remedy: 'Give an address such as https://huggingface.co.',
    });
  }
  return {
    url: url.replace(/\/+$/, ''),
    token: options.token ?? (process.env.HF_TOKEN || undefined),
    cache: options.cache ?? defaultCacheDirectory(),
    options,
  };
}

/**
 * Fetches the files of a hub source into the cache, each checked against the size and checksum that the hub states, and
 * returns where they are. A file that is in the cache is used without asking the hub, so that a run can be repeated offline
 * and reads the same bytes; `refresh` fetches anew.
 * @throws UsageError for a source that cannot be meant; StorageError: no such data set or file, no access (with the page
 * at which to ask for it), no connection, wrong checksum; InputError: a file above the limit, an unknown split.
 */
export async function fetchDataset(source: string, options: HubOptions = {}): Promise<readonly HubFile[]> {
  const hub = hubOf(options);
  const { owner, name, revision = 'main', target } = parseHubSource(source);
  const repository: Repository = { kind: 'data set', owner, name };
  const root = join(hub.cache, 'hub', 'datasets', owner, name);
  if (target.kind === 'file') {
    const path = target.path.split('/').map(encodeURIComponent).join('/');
    const url = `${hub.url}/datasets/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${path}`;
    return [await fetchFile(hub, repository, url, join(root, revision, ...target.path.split('/')))];
  }
  const list = await splitFiles(hub, repository);
  const { config, urls } = chooseSplit(list, source, target);
  const files: HubFile[] = [];
  for (const [i, url] of urls.entries()) {
    files.push(await fetchFile(hub, repository, url, join(root, 'converted', config, target.split, `${i}.parquet`)));
  }
  return files;
}

/** What the local engine reads of a model: configuration, tokenizer, chat template and safetensors; nothing is unpickled. */
const MODEL_FILE =
  /^(?:config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja|model(?:-\d{5}-of-\d{5})?\.safetensors|model\.safetensors\.index\.json)$/;

/**
 * Fetches a model of the hub into the cache, as `fetchDataset` does, and returns its folder.
 * @throws StorageError and InputError as `fetchDataset`; InputError for a repository without safetensors
 */
export async function fetchModel(repository: string, revision = 'main', options: HubOptions = {}): Promise<string> {
  const hub = hubOf(options);
  const [owner = '', name = '', ...rest] = repository.split('/');
  if (!PART.test(owner) || !PART.test(name) || rest.length > 0)
    throw new UsageError(`${repository} is not a model of the hub`, { remedy: 'Write owner/name.' });
  // It becomes a folder of the cache, which `..` would leave.
  if (!PART.test(revision)) {
    throw new UsageError(`${revision} is not the name of a branch, tag or commit`, {
      remedy: 'Write main, or a commit.',
    });
  }
  const source: Repository = { kind: 'model', owner, name };
  const root = join(hub.cache, 'hub', 'models', owner, name, revision);
  const at = encodeURIComponent(revision);
  const list = await fetchFile(
    hub,
    source,
    `${hub.url}/api/models/${repository}/revision/${at}`,
    join(root, 'list.json'),
  );
  const files = modelFiles(await readFile(list.path, 'utf8'), list.url);
  const limits = { ...hub, options: { ...options, fileBytes: options.fileBytes ?? Number.MAX_SAFE_INTEGER } };
  for (const file of files)
    await fetchFile(limits, source, `${hub.url}/${repository}/resolve/${at}/${file}`, join(root, 'files', file));
  return join(root, 'files');
}

function modelFiles(text: string, url: string): readonly string[] {
  let names: readonly unknown[] = [];
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && Array.isArray(value.siblings))
      names = value.siblings.map((entry) => (isObject(entry) ? entry.rfilename : undefined));
  } catch (cause) {
    throw new InputError('the hub answered with something else than its list of files', { file: url, cause });
  }
  const files = names.filter((name): name is string => typeof name === 'string' && MODEL_FILE.test(name));
  if (!files.some((name) => name.endsWith('.safetensors'))) {
    throw new InputError('the repository has no safetensors weights', {
      file: url,
      remedy: 'Choose a repository with model.safetensors.',
    });
  }
  return files;
}

type SplitList = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The hub's list of its Parquet conversion: configuration -> split -> addresses. Kept in the cache like a file. */
async function splitFiles(hub: Hub, repository: Repository): Promise<SplitList> {
  const { owner, name } = repository;
  const list = await fetchFile(
    hub,
    repository,
    `${hub.url}/api/datasets/${owner}/${name}/parquet`,
    join(hub.cache, 'hub', 'datasets', owner, name, 'converted', 'list.json'),
  );
  const wrong = (cause?: unknown) =>
    new InputError('the hub answered with something else than its list of splits', {
      file: list.url,
      remedy: 'Name a file of the data set instead of a split.',
      ...(cause === undefined ? {} : { cause }),
    });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(list.path, 'utf8'));
  } catch (cause) {
    throw wrong(cause);
  }
  const isNamed = (entry: unknown): entry is Record<string, unknown> =>
    typeof entry === 'object' &&
    entry !== null &&
    !Array.isArray(entry) &&
    Object.keys(entry).every((key) => PART.test(key));
  const isList = (entry: unknown): entry is readonly string[] =>
    // Only the hub's own addresses: the token goes there, and a list cannot send us elsewhere.
    Array.isArray(entry) && entry.every((url) => typeof url === 'string' && url.startsWith(`${hub.url}/`));
  if (!isNamed(value)) throw wrong();
  for (const splits of Object.values(value)) {
    if (!isNamed(splits) || !Object.values(splits).every(isList)) throw wrong();
  }
  return value as SplitList;
}

function chooseSplit(
  list: SplitList,
  source: string,
  target: { readonly config?: string; readonly split: string },
): { config: string; urls: readonly string[] } {
  const configs = Object.keys(list);
  const config = target.config ?? (configs.length === 1 ? configs[0] : configs.find((name) => name === 'default'));
  if (config === undefined || !Object.hasOwn(list, config)) {
    throw new InputError(
      config === undefined ? `${source} has several configurations` : `${source} has no configuration ${config}`,
      { remedy: `Name one of ${configs.join(', ') || '(none)'} before the split.` },
    );
  }
  const splits = list[config] ?? {};
  const urls = Object.hasOwn(splits, target.split) ? splits[target.split] : undefined;
  if (urls === undefined || urls.length === 0) {
    throw new InputError(`${source} has no split ${target.split}`, {
      remedy: `Name one of ${Object.keys(splits).join(', ') || '(none)'}, or a file.`,
    });
  }
  return { config, urls };
}

/** The cached file, or the fetched one. Its facts stand beside it and are written last: without them it does not count. */
async function fetchFile(hub: Hub, repository: Repository, url: string, path: string): Promise<HubFile> {
  const facts = `${path}.facts.json`;
  if (hub.options.refresh !== true) {
    const cached = await cachedFile(path, facts);
    if (cached !== undefined) return cached;
  }
  const { response, stated, clock } = await request(hub, repository, url);
  const beside = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const { bytes, sha256 } = await download(hub, response, clock, beside, url);
    await verify(beside, bytes, sha256, stated, url);
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
    if (cause instanceof RltError) throw cause;
    throw failure(`${url} could not be fetched`, cause, 'Check the connection and the space of the cache directory.');
  } finally {
    clock.stop();
  }
}

async function cachedFile(path: string, facts: string): Promise<HubFile | undefined> {
  try {
    const known = JSON.parse(await readFile(facts, 'utf8')) as Omit<HubFile, 'path'>;
    const { size } = await stat(path);
    if (size === known.bytes && (await hashFile(path, 'sha256')) === known.sha256) return { ...known, path };
  } catch {
    // Not there, or not whole: it is fetched.
  }
  return undefined;
}

async function hashFile(path: string, algorithm: 'sha256' | 'sha1', prefix = ''): Promise<string> {
  const hash = createHash(algorithm).update(prefix);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

function failure(message: string, cause: unknown, remedy: string): StorageError {
  const deep = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = deep instanceof Error ? deep.message : String(deep);
  return new StorageError(`${message}: ${reason}`, { remedy, cause });
}

/** What the hub says of a file ahead of its bytes. */
interface Stated {
  readonly size?: number;
  /** 64 hexadecimal digits: SHA-256 of the content (large files); 40: git's blob id. */
  readonly etag?: string;
  readonly commit?: string;
}

/** Aborts a fetch when the caller's signal does, or when nothing has come for the time limit. */
interface Clock {
  readonly signal: AbortSignal;
  restart(): void;
  stop(): void;
}

function clockOf(timeoutMs: number, outer?: AbortSignal): Clock {
  const controller = new AbortController();
  const expire = () => controller.abort(new Error(`nothing came for ${timeoutMs / 1000} seconds`));
  let timer = setTimeout(expire, timeoutMs);
  return {
    signal: outer === undefined ? controller.signal : AbortSignal.any([controller.signal, outer]),
    restart() {
      clearTimeout(timer);
      timer = setTimeout(expire, timeoutMs);
    },
    stop: () => clearTimeout(timer),
  };
}

const MOST_REDIRECTS = 5;

/**
 * Asks for `url` and follows redirects by hand: the hub states size and checksum on the redirect itself, and the token
 * must not travel to the storage host that it leads to.
 */
async function request(
  hub: Hub,
  repository: Repository,
  url: string,
): Promise<{ response: Response; stated: Stated; clock: Clock }> {
  const clock = clockOf(hub.options.timeoutMs ?? 60_000, hub.options.signal);
  let stated: Stated = {};
  let next = url;
  try {
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const isHub = new URL(next).origin === new URL(hub.url).origin;
      const response = await fetch(next, {
        redirect: 'manual',
        signal: clock.signal,
        headers: {
          'user-agent': 'rlt',
          // Sizes and checksums are those of the plain bytes.
          'accept-encoding': 'identity',
          ...(isHub && hub.token !== undefined ? { authorization: `Bearer ${hub.token}` } : {}),
        },
      });
      stated = { ...statedBy(response, isHub), ...stated };
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        next = new URL(location, next).href;
        if (!next.startsWith('https:') && url.startsWith('https:')) {
          throw new StorageError(`${url} leads to an address without encryption`, {
            remedy: 'Fetch the file by hand.',
          });
        }
        continue;
      }
      if (response.ok) return { response, stated, clock };
      await response.body?.cancel();
      throw refusal(hub, repository, url, response);
    }
    throw new StorageError(`${url} leads on more than ${MOST_REDIRECTS} times`, {
      remedy: 'Check the address of the hub.',
    });
  } catch (cause) {
    clock.stop();
    if (cause instanceof RltError) throw cause;
    throw failure(`${url} could not be reached`, cause, 'Check the connection, or read a local file instead.');
  }
}

/** Facts stated by the hub itself; a storage host's own etag means something else. */
function statedBy(response: Response, isHub: boolean): Stated {
  if (!isHub) return {};
  const isRedirect = response.status >= 300 && response.status < 400;
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const linkedSize = header('x-linked-size');
  const size = linkedSize ?? (isRedirect ? undefined : header('content-length'));
  const etag = header('x-linked-etag') ?? (isRedirect ? undefined : header('etag'));
  const digits = etag === undefined ? undefined : /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(etag)?.[1];
  const commit = header('x-repo-commit');
  return {
    ...(size === undefined || !/^\d+$/.test(size) ? {} : { size: Number(size) }),
    ...(digits === undefined ? {} : { etag: digits }),
    ...(commit === undefined ? {} : { commit }),
  };
}

function refusal(hub: Hub, repository: Repository, url: string, response: Response): StorageError {
  const { kind, owner, name } = repository;
  const page = kind === 'model' ? `${hub.url}/${owner}/${name}` : `${hub.url}/datasets/${owner}/${name}`;
  const what = `the ${kind} ${owner}/${name}`;
  const code = response.headers.get('x-error-code') ?? '';
  const { status } = response;
  if (code === 'GatedRepo' || status === 403) {
    return new StorageError(
      hub.token === undefined ? `${what} is gated and no token is set` : `the token gives no access to ${what}`,
      { remedy: `Ask for access at ${page}, make a token at ${hub.url}/settings/tokens and set it as HF_TOKEN.` },
    );
  }
  if (status === 401) {
    // The hub answers so for private and for missing data sets alike.
    return new StorageError(`${what} does not exist, or is private`, {
      remedy: `Look at ${page}; for a private one, set HF_TOKEN to a token that may read it.`,
    });
  }
  if (status === 404) {
    return new StorageError(`the hub has nothing at ${url}`, {
      remedy: `Look up files, splits and revisions at ${page}.`,
    });
  }
  const remedy =
    status === 429 || status >= 500
      ? 'Try again in a few minutes; a token in HF_TOKEN raises the limits.'
      : `Look at ${page}.`;
  return new StorageError(`the hub answered ${status} for ${url}`, { remedy });
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
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      clock.restart();
      bytes += chunk.length;
      if (bytes > most) {
        throw new InputError(`${url} has more than ${most} bytes`, {
          remedy: 'Name a smaller file, or raise the limit fileBytes.',
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
  const remedy = 'Fetch it again; if it happens again, something between here and the hub changes the file.';
  if (stated.size !== undefined && stated.size !== bytes) {
    throw new StorageError(`${url} came with ${bytes} bytes instead of ${stated.size}`, { remedy });
  }
  if (stated.etag === undefined) return;
  const found = stated.etag.length === 64 ? sha256 : await hashFile(path, 'sha1', `blob ${bytes}\0`);
  if (found !== stated.etag)
    throw new StorageError(`${url} came with another checksum than the hub states`, { remedy });
}
