/** Which hub is asked, with which rights and limits, and where its files are kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';

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

/** The user's directory for fetched files, by the custom of the system. */
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
