/** Which files of a saved model may leave this machine: those of the model, and what is asked for by name. */
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { UploadFile } from '../data/hub/upload/upload.js';
import { requireWholeWeights } from '../engine/model-files.js';
import { InputError, UsageError } from '../errors.js';
import { verifyModel } from '../evaluation/model-hash.js';
import { isObject } from '../json.js';
import { modelIn } from '../pipeline/inputs/models.js';
import { storageError } from '../system-errors.js';
import { publicPath } from './public-text.js';

export const CARD = 'README.md';
const ADAPTER = 'adapter_config.json';

/** Files that a model consists of. Anything else may be data, and is sent only when named. */
const OF_A_MODEL =
  /^(?:(?:config|generation_config|adapter_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|rlt)\.json|merges\.txt|vocab\.txt|tokenizer\.model|chat_template\.jinja|[\w.-]+\.safetensors|[\w.-]+\.safetensors\.index\.json|[\w.-]+\.gguf|(?:LICENSE|NOTICE)(?:\.\w+)?|README\.md)$/;

/** Configurations in which transformers and peft leave paths of the machine that they ran on. */
const CONFIGURATION = /^(?:config|generation_config|adapter_config|tokenizer_config|special_tokens_map)\.json$/;

/** Names that begin with a dot are left out: caches, and what file managers leave. */
async function walk(
  directory: string,
  root: string,
  below = '',
): Promise<{ path: string; file: string; bytes: number }[]> {
  const found: { path: string; file: string; bytes: number }[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const file = await realpath(join(directory, entry.name));
    if (entry.isSymbolicLink() && (relative(root, file).startsWith('..') || isAbsolute(relative(root, file))))
      throw new UsageError('the symbolic link leads out of the directory', {
        file: join(directory, entry.name),
        remedy: 'Copy what it leads to in its place: cp -rL makes such a copy of the whole directory.',
      });
    const { size, ...kind } = await lstat(file).then((stats) => ({
      size: stats.size,
      isDirectory: stats.isDirectory(),
      isFile: stats.isFile(),
    }));
    if (kind.isDirectory && entry.isSymbolicLink())
      throw new UsageError('a symbolic link to a directory is not followed', {
        file: join(directory, entry.name),
        remedy: 'Copy the directory in its place.',
      });
    if (kind.isDirectory) found.push(...(await walk(file, root, path)));
    else if (kind.isFile) found.push({ path, file, bytes: size });
    else throw new UsageError('it is neither a file nor a directory', { file: join(directory, entry.name) });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A configuration without settings that are paths of this machine; undefined where it has none. */
function withoutPaths(text: string, file: string, baseModel: string | undefined): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError('the file is not valid JSON', { file, cause });
  }
  if (!isObject(value)) return undefined;
  let isChanged = false;
  const kept = Object.entries(value).flatMap(([key, setting]) => {
    if (key === 'base_model_name_or_path' && baseModel !== undefined && setting !== baseModel) {
      isChanged = true;
      return [[key, baseModel] as const];
    }
    if (typeof setting !== 'string' || publicPath(setting) === setting) return [[key, setting] as const];
    isChanged = true;
    return [];
  });
  return isChanged ? `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n` : undefined;
}

const isOnTheHub = (name: unknown): name is string =>
  typeof name === 'string' && /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name);

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Where the base of the adapter in this directory lies on this machine, if it does. */
export async function localBase(directory: string): Promise<string | undefined> {
  const config = await readJson(join(directory, ADAPTER));
  if (!isObject(config) || typeof config.base_model_name_or_path !== 'string') return undefined;
  const base = resolve(await realpath(directory), config.base_model_name_or_path);
  return existsSync(base) ? base : undefined;
}

/**
 * The hub's name of the base of the adapter in this directory; undefined where it holds a whole model.
 * @throws {UsageError} when the adapter names its base by a path, and no name is given
 */
export async function adapterBase(directory: string, given: string | undefined): Promise<string | undefined> {
  const config = await readJson(join(directory, ADAPTER));
  if (!isObject(config)) return undefined;
  const named = given ?? config.base_model_name_or_path;
  if (isOnTheHub(named)) return named;
  throw new UsageError('the adapter names its base model by a path, which nobody else has', {
    file: join(directory, ADAPTER),
    remedy:
      'Give the name of the base on the hub with --base-model owner/name; push the base first if it is not there.',
  });
}

/**
 * What is published of a model's directory, without its card.
 * @throws {UsageError} when it holds files that are not of a model and not in `include`, or links that leave it
 * @throws {StorageError} when there is no model, a shard of it is missing, or a file is not as its stage left it
 * @throws {InputError} when its weights are damaged or were cut short
 */
export async function publishedFiles(
  directory: string,
  { include, baseModel }: { readonly include: readonly string[]; readonly baseModel: string | undefined },
): Promise<readonly UploadFile[]> {
  const root = await realpath(resolve(directory)).catch((cause: unknown) => {
    throw storageError('read', directory, cause);
  });
  const found = await walk(root, root);
  const has = (name: string): boolean => found.some(({ path }) => path === name);
  // It says what is missing, and where the models of a run are.
  if (!has('config.json') && !has(ADAPTER)) await modelIn(directory);
  await verifyModel({ kind: 'directory', directory });
  const missing = include.find((name) => !has(name.split(sep).join('/')));
  if (missing !== undefined) {
    const isOutside = relative(root, resolve(root, missing)).startsWith('..');
    const isHidden = missing.split(/[/\\]/).some((part) => /^\.[^.]/.test(part));
    throw new UsageError(
      isOutside
        ? 'a file outside the directory cannot be included'
        : isHidden
          ? 'files whose names begin with a dot are never sent'
          : 'there is no such file to include',
      { file: isOutside ? missing : join(directory, missing) },
    );
  }
  const others = found.filter(({ path }) => !OF_A_MODEL.test(path) && !include.includes(path));
  if (others.length > 0) {
    const names = others.slice(0, 10).map(({ path }) => path);
    const more = others.length > names.length ? ` and ${others.length - names.length} more` : '';
    throw new UsageError(`the directory holds files that are not of a model: ${names.join(', ')}${more}`, {
      file: directory,
      remedy: 'They may be data. Move them away, or send them too with --include NAME...',
    });
  }
  await requireWholeWeights(found);
  const files: UploadFile[] = [];
  for (const { path, file, bytes } of found) {
    if (path === CARD) continue;
    const text = CONFIGURATION.test(path)
      ? withoutPaths(await readFile(file, 'utf8'), join(directory, path), baseModel)
      : undefined;
    files.push(
      text === undefined
        ? { path, bytes, content: { kind: 'file', file } }
        : { path, bytes: Buffer.byteLength(text), content: { kind: 'text', text } },
    );
  }
  return files;
}
