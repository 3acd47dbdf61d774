/** Which hub is used, with which token and limits, and where its files are cached. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';

/** How the hub is reached, and where its files are cached. */
export interface HubOptions {
  /** URL of the hub. Default: RLT_HUB_URL or HF_ENDPOINT of the environment, else https://huggingface.co. */
  readonly url?: string;
  /** Access token. Default: HF_TOKEN of the environment. Sent to the hub itself only. */
  readonly token?: string;
  /** Directory of fetched files. Default: RLT_CACHE of the environment, else the user's cache directory. */
  readonly cache?: string;
  /** Fetch files again that are already cached: branches move. */
  readonly refresh?: boolean;
  /** Largest file that is fetched. Default 4 GiB. */
  readonly fileBytes?: number;
  /** Longest time without any data from the server. Default 60 seconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The user's cache directory, by the convention of the operating system. */
export function defaultCacheDirectory(): string {
  const { RLT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (RLT_CACHE) return RLT_CACHE;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'rlt');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'rlt', 'cache');
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'rlt') : join(homedir(), '.cache', 'rlt');
}

/** A hub with its defaults filled in. */
export interface Hub {
  readonly url: string;
  readonly token: string | undefined;
  readonly cache: string;
  readonly options: HubOptions;
}

export function hubOf(options: HubOptions): Hub {
  const url = options.url ?? (process.env.RLT_HUB_URL || process.env.HF_ENDPOINT || 'https://huggingface.co');
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new UsageError(`${url} is not the URL of a hub`, {
      remedy: 'Use a URL such as https://huggingface.co.',
    });
  }
  return {
    url: url.replace(/\/+$/, ''),
    token: options.token ?? (process.env.HF_TOKEN || undefined),
    cache: options.cache ?? defaultCacheDirectory(),
    options,
  };
}
