/** Data sets and models of the hub, fetched into a cache. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { InputError, UsageError } from '../../errors.js';
import { isObject } from '../../json.js';
import { fetchFile, type HubFile } from './file.js';
import { defaultCacheDirectory, type Hub, type HubOptions, hubOf } from './options.js';
import type { Repository } from './request.js';
import { HUB_NAME, isHubModel, parseHubSource } from './source.js';

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

/**
 * The files that the local engine reads: configuration, tokenizer, chat template and safetensors. Nothing is unpickled.
 */
const MODEL_FILE =
  /^(?:config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja|model(?:-\d{5}-of-\d{5})?\.safetensors|model\.safetensors\.index\.json)$/;

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
  if (!HUB_NAME.test(revision)) {
    throw new UsageError(`${revision} is not the name of a branch, tag or commit`, {
      remedy: 'Write main, or a commit.',
    });
  }
  const source: Repository = { kind: 'model', owner, name };
  const root = join(modelCache(hub.cache), owner, name, revision);
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
    await fetchFile(limits, source, `${hub.url}/${repository}/resolve/${at}/${file}`, join(root, MODEL_FILES, file));
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
  const isOne = [owner, name, revision].every((part) => HUB_NAME.test(part)) && files === MODEL_FILES;
  return isOne && rest.length === 0 ? { repository: `${owner}/${name}`, revision } : undefined;
}

function modelFiles(text: string, url: string): readonly string[] {
  let names: readonly unknown[] = [];
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && Array.isArray(value.siblings))
      names = value.siblings.map((entry) => (isObject(entry) ? entry.rfilename : undefined));
  } catch (cause) {
    throw new InputError('the list of files that the hub sent is invalid', { file: url, cause });
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

/** The hub's list of its Parquet conversion: configuration -> split -> URLs. Cached like a file. */
async function splitFiles(hub: Hub, repository: Repository): Promise<SplitList> {
  const { owner, name } = repository;
  const list = await fetchFile(
    hub,
    repository,
    `${hub.url}/api/datasets/${owner}/${name}/parquet`,
    join(hub.cache, 'hub', 'datasets', owner, name, 'converted', 'list.json'),
  );
  const wrong = (cause?: unknown) =>
    new InputError('the list of splits that the hub sent is invalid', {
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
  const isNamed = (entry: unknown): entry is Readonly<Record<string, unknown>> =>
    isObject(entry) && Object.keys(entry).every((key) => HUB_NAME.test(key));
  const isList = (entry: unknown): entry is readonly string[] =>
    // Only URLs of the hub itself: they receive the token, and a list must not redirect it elsewhere.
    Array.isArray(entry) && entry.every((url) => typeof url === 'string' && url.startsWith(`${hub.url}/`));
  const isSplits = (entry: unknown): entry is SplitList[string] => isNamed(entry) && Object.values(entry).every(isList);
  const isSplitList = (entry: unknown): entry is SplitList => isNamed(entry) && Object.values(entry).every(isSplits);
  if (!isSplitList(value)) throw wrong();
  return value;
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
