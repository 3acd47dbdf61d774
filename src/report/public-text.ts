/** Text that leaves this machine: without its paths, the addresses of servers, and what is in the home directory. */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { stringify } from 'yaml';
import { isObject } from '../json.js';

/** A path from the root, perhaps behind a word with a colon (`served:`, `benchmark:`); not an address. */
const PATH = /^([a-z]+:)?((?:\/(?!\/)|~[\\/]|[A-Za-z]:[\\/]|\\\\)[^\n]*)$/;
const LEFT_OUT = '(left out)';

/** Settings whose values are addresses. */
const isAddress = (key: string): boolean => /^url$|Url$/.test(key);

/** Settings whose values are sentences, which may name paths. */
const isSentence = (key: string): boolean => key === 'whenMissing';

/** Home directories of this and of other machines. */
const HOMES = /(?:\/home|\/Users|[A-Za-z]:[\\/]Users)[\\/][^\s\\/]+/g;

/** The text with every mention of a home directory as `~`. */
export function withoutHome(text: string, home = homedir()): string {
  return (home.length > 1 ? text.replaceAll(home, '~') : text).replaceAll(HOMES, '~');
}

/** A path as its last part: `.../problems.jsonl`; any other text as it is. */
export function publicPath(text: string): string {
  const found = PATH.exec(text);
  if (found === null) return withoutHome(text);
  const [, prefix = '', path = ''] = found;
  return `${prefix}.../${basename(path.replaceAll('\\', '/'))}`;
}

const ADDRESSES = /\b[a-z][a-z0-9+.-]*:\/\/[^\s)'",;]+/gi;
/** Of two parts or more: `/proc` alone tells nothing. */
const PATHS = /(?<![\w.:/\\~])(?:~|[A-Za-z]:)?(?:[\\/][^\s\\/,;:'"()]+){2,}[\\/]?/g;

/** A sentence without addresses, with paths as their last part. */
export const publicText = (text: string): string =>
  withoutHome(
    text.replaceAll(ADDRESSES, LEFT_OUT).replaceAll(PATHS, (path) => `.../${basename(path.replaceAll('\\', '/'))}`),
  );

/** A recipe, or a part of one, for others. */
export function publicValue(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return isAddress(key) ? LEFT_OUT : isSentence(key) ? publicText(value) : publicPath(value);
  if (Array.isArray(value)) return value.map((item) => publicValue(item, key));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, publicValue(inner, name)]));
}

export const publicYaml = (value: unknown): string =>
  stringify(publicValue(value), { lineWidth: 120, aliasDuplicateObjects: false });
