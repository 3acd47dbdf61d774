/** Data sets and models of the hub, fetched into a cache. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { InputError, UsageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { fetchFile, type HubFile } from './file.js';
import { defaultCacheDirectory, type Hub, type HubOptions, hubOf } from './options.js';
import type { Repository } from './request.js';
import { directoryOf, HUB_NAME, isHubModel, isRevision, parseHubSource } from './source.js';

/**
 * Fetches the files of a hub source into the cache, each checked against the size and checksum that the hub states, and
 * returns where they are. A cached file is used without asking the hub, so a run can be repeated offline with the same
 * bytes; `refresh` fetches it again.
 * @throws {UsageError} when the source is invalid
 * @throws {StorageError} when the data set or file does not exist, access is denied (with the page at which to request
 * it), there is no connection, or the checksum is wrong
 * @throws {InputError} when a file exceeds the limit or the split is unknown
 */
export async function fetchDataset(source: string, options: HubOptions = {}): Promise<readonly HubFile[]> {
  const hub = hubOf(options);
  const { owner, name, revision = 'main', target } = parseHubSource(source);
  const repository: Repository = { kind: 'data set', owner, name };
  const root = join(hub.cache, 'hub', 'datasets', owner, name);
  if (target.kind === 'file') {
    const path = target.path.split('/').map(encodeURIComponent).join('/');
    const url = `${hub.url}/datasets/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${path}`;
    return [await fetchFile(hub, repository, url, join(root, directoryOf(revision), ...target.path.split('/')))];
  }
  const { config, urls } = chooseSplit(await splitFiles(hub, repository), source, target, hub.url);
  const files: HubFile[] = [];
  for (const [i, url] of urls.entries()) {
    files.push(
      await fetchFile(
        hub,
        repository,
        url,
        join(root, 'converted', directoryOf(config), directoryOf(target.split), `${i}.parquet`),
      ),
    );
  }
  return files;
}

/** The files that the local engine reads beside the weights. Nothing is unpickled. */
const MODEL_FILE =
  /^(?:config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja)$/;
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
/** Any name that an index may give to a shard; it is a file in the directory of the model. */
const SHARD = /^[A-Za-z0-9][\w.-]*\.safetensors$/;

/**
 * Fetches a model of the hub into the cache, as `fetchDataset` does, and returns its directory.
 * @throws {StorageError} as `fetchDataset`
 * @throws {InputError} when a file exceeds the limit or the repository has no safetensors
 */
export async function fetchModel(repository: string, revision = 'main', options: HubOptions = {}): Promise<string> {
  const hub = hubOf(options);
  const [owner = '', name = ''] = repository.split('/');
  if (!isHubModel(repository))
    throw new UsageError(`${repository} is not a model of the hub`, { remedy: 'Write owner/name.' });
  // It becomes a directory of the cache, which `..` would leave.
  if (!isRevision(revision)) {
    throw new UsageError(`${revision} is not the name of a branch, tag or commit`, {
      remedy: 'Write main, a commit, or refs/pr/NUMBER.',
    });
  }
  const source: Repository = { kind: 'model', owner, name };
  const root = join(modelCache(hub.cache), owner, name, directoryOf(revision));
  const at = encodeURIComponent(revision);
  const listUrl = `${hub.url}/api/models/${repository}/revision/${at}`;
  const list = await fetchFile(hub, source, listUrl, join(root, 'list.json'), (path) => modelFiles(path, listUrl));
  const { files, hasIndex } = await modelFiles(list.path, listUrl);
  const limits = { ...hub, options: { ...options, fileBytes: options.fileBytes ?? Number.MAX_SAFE_INTEGER } };
  const fetched = (file: string, check?: (path: string) => Promise<unknown>): Promise<HubFile> =>
    fetchFile(limits, source, `${hub.url}/${repository}/resolve/${at}/${file}`, join(root, MODEL_FILES, file), check);
  for (const file of files) await fetched(file);
  if (hasIndex) {
    const index = await fetched(INDEX, (path) => shardsIn(path, listUrl));
    for (const shard of await shardsIn(index.path, listUrl)) await fetched(shard);
  }
  return join(root, MODEL_FILES);
}

/**
 * Fetches what is needed to read and write as a model of the hub does: its tokenizer, chat template and configuration,
 * and no weights. Returns the directory that `fetchModel` uses.
 * @throws {StorageError} as `fetchDataset`
 * @throws {InputError} when the repository has no tokenizer.json
 */
export async function fetchTokenizer(repository: string, options: HubOptions = {}): Promise<string> {
  const hub = hubOf(options);
  if (!isHubModel(repository))
    throw new UsageError(`${repository} is not a model of the hub`, { remedy: 'Write owner/name.' });
  const [owner = '', name = ''] = repository.split('/');
  const source: Repository = { kind: 'model', owner, name };
  const root = join(modelCache(hub.cache), owner, name, directoryOf('main'));
  const listUrl = `${hub.url}/api/models/${repository}/revision/main`;
  const list = await fetchFile(hub, source, listUrl, join(root, 'list.json'), (path) => filesIn(path, listUrl));
  const files = (await filesIn(list.path, listUrl)).filter((file) => MODEL_FILE.test(file));
  if (!files.includes('tokenizer.json'))
    throw new InputError('the repository has no tokenizer.json', {
      file: listUrl,
      remedy: 'Give the folder of a tokenizer: source: served:NAME, tokenizer: FOLDER.',
    });
  const place = (file: string) => join(root, MODEL_FILES, file);
  for (const file of files) await fetchFile(hub, source, `${hub.url}/${repository}/resolve/main/${file}`, place(file));
  return join(root, MODEL_FILES);
}

const MODEL_FILES = 'files';
const modelCache = (cache: string): string => join(cache, 'hub', 'models');

export interface HubModel {
  /** `owner/name`. */
  readonly repository: string;
  readonly revision: string;
}

/** The hub's name of the model in this directory; undefined when `fetchModel` did not create the directory. */
export function hubModelAt(folder: string, { cache }: Pick<HubOptions, 'cache'> = {}): HubModel | undefined {
  const root = resolve(modelCache(cache ?? defaultCacheDirectory()));
  const [owner = '', name = '', revision = '', files, ...rest] = relative(root, resolve(folder)).split(sep);
  const named = revision.replaceAll('%2F', '/');
  const isOne = [owner, name].every((part) => HUB_NAME.test(part)) && isRevision(named) && files === MODEL_FILES;
  return isOne && rest.length === 0 ? { repository: `${owner}/${name}`, revision: named } : undefined;
}

async function parsedFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The names of all files of a repository. */
async function filesIn(path: string, url: string): Promise<readonly string[]> {
  const value = await parsedFile(path);
  if (!isObject(value) || !Array.isArray(value.siblings)) {
    throw new InputError('the list of files that the hub sent is invalid', {
      file: url,
      remedy: 'Run the same command again.',
    });
  }
  const listed = value.siblings.map((entry: unknown) => (isObject(entry) ? entry.rfilename : undefined));
  return listed.filter((name): name is string => typeof name === 'string');
}

/** The files to fetch first, and whether the weights are shards that an index names. */
async function modelFiles(path: string, url: string): Promise<{ files: readonly string[]; hasIndex: boolean }> {
  const names = await filesIn(path, url);
  // Like transformers, a single file is preferred to an index.
  const isWhole = names.includes(WEIGHTS);
  if (!isWhole && !names.includes(INDEX)) {
    throw new InputError('the repository has no safetensors weights', {
      file: url,
      remedy: `Choose a repository with ${WEIGHTS} or ${INDEX}.`,
    });
  }
  return { files: names.filter((name) => MODEL_FILE.test(name) || name === WEIGHTS), hasIndex: !isWhole };
}

/** The shards that an index names. */
async function shardsIn(path: string, url: string): Promise<readonly string[]> {
  const value = await parsedFile(path);
  const shards = isObject(value) && isObject(value.weight_map) ? [...new Set(Object.values(value.weight_map))] : [];
  const names = shards.filter((name): name is string => typeof name === 'string' && SHARD.test(name));
  if (names.length === 0 || names.length < shards.length) {
    throw new InputError(`${INDEX} does not name the shards of the weights`, {
      file: url,
      remedy: 'Choose another revision of the repository.',
    });
  }
  return names;
}

/** Configuration -> split -> URLs, of which only those of the chosen split are checked. */
type SplitList = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The hub's list of its Parquet conversion. Cached like a file. */
async function splitFiles(hub: Hub, repository: Repository): Promise<SplitList> {
  const { owner, name } = repository;
  const url = `${hub.url}/api/datasets/${owner}/${name}/parquet`;
  const read = (path: string) => readSplits(path, url);
  const cached = join(hub.cache, 'hub', 'datasets', owner, name, 'converted', 'list.json');
  return read((await fetchFile(hub, repository, url, cached, read)).path);
}

const invalidList = (url: string): InputError =>
  new InputError('the list of splits that the hub sent is invalid', {
    file: url,
    remedy: 'Run the same command again, or name a file of the data set instead of a split.',
  });

async function readSplits(path: string, url: string): Promise<SplitList> {
  const value = await parsedFile(path);
  if (!isObject(value)) throw invalidList(url);
  const configs: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [config, splits] of Object.entries(value)) {
    if (!isObject(splits)) throw invalidList(url);
    configs[config] = splits;
  }
  return configs;
}

const OFFICIAL = 'https://huggingface.co/';

/** The URLs of a split, at this hub: mirrors send the list of the official one. */
function urlsAt(hub: string, list: unknown): readonly string[] {
  if (!Array.isArray(list)) throw invalidList(hub);
  return list.map((url: unknown) => {
    // Only URLs of the hub itself: they receive the token, and a list must not redirect it elsewhere.
    if (typeof url === 'string' && url.startsWith(`${hub}/`)) return url;
    if (typeof url === 'string' && url.startsWith(OFFICIAL)) return `${hub}/${url.slice(OFFICIAL.length)}`;
    throw invalidList(hub);
  });
}

function chooseSplit(
  list: SplitList,
  source: string,
  target: { readonly config?: string; readonly split: string },
  hub: string,
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
  const urls = Object.hasOwn(splits, target.split) ? urlsAt(hub, splits[target.split]) : [];
  if (urls.length === 0) {
    throw new InputError(`${source} has no split ${target.split}`, {
      remedy: `Name one of ${Object.keys(splits).join(', ') || '(none)'}, or a file.`,
    });
  }
  return { config, urls };
}
