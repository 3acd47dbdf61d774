/** Which hub is used, with which token and limits, and where its files are cached. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { limitArgument } from '../../call-arguments.js';
import { UsageError } from '../../errors.js';
import { stopSignal } from '../../stopping.js';
import { hubToken } from './token.js';

/** How the hub is reached, and where its files are cached. */
export interface HubOptions {
  /** URL of the hub. Default: RLT_HUB_URL or HF_ENDPOINT of the environment, else https://huggingface.co. */
  readonly url?: string;
  /** Access token. Default: HF_TOKEN of the environment, else that of a login. Sent to the hub itself only. */
  readonly token?: string;
  /** Directory of fetched files. Default: RLT_CACHE of the environment, else the user's cache directory. */
  readonly cache?: string;
  /** Fetch files again that are already cached: branches move. */
  readonly refresh?: boolean;
  /** Largest file that is fetched. Default 4 GiB. */
  readonly fileBytes?: number;
  /** Longest time without any data from the server. Default 60 seconds. */
  readonly timeoutMs?: number;
  /** Time before a failed call of an upload is repeated, doubled each time. Default half a second. */
  readonly retryDelayMs?: number;
  /** Ends the download when it is aborted. Default: the signal of the `withStopSignal` around it. */
  readonly signal?: AbortSignal;
}

/** The same, for calls without types. */
export const hubOptionsSchema = z.strictObject({
  url: z.string().optional(),
  token: z.string().optional(),
  cache: z.string().optional(),
  refresh: z.boolean().optional(),
  fileBytes: limitArgument.optional(),
  timeoutMs: limitArgument.optional(),
  retryDelayMs: limitArgument.optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

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
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw new UsageError('the URL of the hub holds a user name or password', {
      remedy: 'Give the URL alone, and the token in HF_TOKEN.',
    });
  }
  const signal = options.signal ?? stopSignal();
  return {
    url: url.replace(/\/+$/, ''),
    token: hubToken(options.token),
    cache: options.cache ?? defaultCacheDirectory(),
    options: signal === undefined ? options : { ...options, signal },
  };
}
