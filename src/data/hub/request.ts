/** One request to the hub: redirects, the facts it states about a file, and what its refusals mean. */
import { InterruptedError, RltError, StorageError } from '../../errors.js';
import type { Hub } from './options.js';
import { fetchOnce } from './proxy.js';

/** The repository that a file belongs to, for messages about access. */
export interface Repository {
  readonly kind: 'data set' | 'model';
  readonly owner: string;
  readonly name: string;
}

export function failure(message: string, cause: unknown, remedy: string): StorageError {
  const deep = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = deep instanceof Error ? deep.message : String(deep);
  return new StorageError(`${message}: ${reason}`, { remedy, cause });
}

/** What the hub states about a file in its headers. */
export interface Stated {
  readonly size?: number;
  /** 64 hexadecimal digits: SHA-256 of the content (large files); 40: git's blob id. */
  readonly etag?: string;
  readonly commit?: string;
}

/** Aborts a fetch when the caller's signal does, or when no data has arrived for the time limit. */
export interface Clock {
  readonly signal: AbortSignal;
  restart(): void;
  stop(): void;
}

export function clockOf(timeoutMs: number, outer?: AbortSignal): Clock {
  const controller = new AbortController();
  const expire = () => controller.abort(new Error(`no data arrived for ${timeoutMs / 1000} seconds`));
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
 * Requests `url` and follows redirects itself: the hub states size and checksum on the redirect, and the token must not
 * reach the storage host that it points to.
 */
export async function request(
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
      const response = await fetchOnce(next, {
        signal: clock.signal,
        headers: {
          'user-agent': 'rlt',
          // Stated sizes and checksums are those of the uncompressed bytes.
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
          throw new StorageError(`${url} redirects to a URL without encryption`, {
            remedy: 'Download the file yourself, and name the local copy.',
          });
        }
        continue;
      }
      if (response.ok) return { response, stated, clock };
      await response.body?.cancel();
      throw refusal(hub, repository, url, response);
    }
    throw new StorageError(`${url} redirects more than ${MOST_REDIRECTS} times`, {
      remedy: 'Check the URL of the hub.',
    });
  } catch (cause) {
    clock.stop();
    requireWanted(hub, url);
    if (cause instanceof RltError) throw cause;
    throw failure(`${url} could not be reached`, cause, 'Check the connection, or read a local file instead.');
  }
}

/**
 * To be called where a download has failed: an aborted one says so, whatever the network said.
 * @throws {InterruptedError} when the caller's signal is aborted
 */
export function requireWanted(hub: Hub, url: string): void {
  const { signal } = hub.options;
  if (signal?.aborted !== true) return;
  throw new InterruptedError(`interrupted while fetching ${url}`, {
    remedy: 'Nothing half-fetched is kept; run the same command again.',
    cause: signal.reason,
  });
}

/** Facts stated by the hub itself; the ETag of a storage host means something else. */
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
      hub.token === undefined ? `${what} is gated and no token is set` : `the token has no access to ${what}`,
      { remedy: `Request access at ${page}, create a token at ${hub.url}/settings/tokens and set HF_TOKEN to it.` },
    );
  }
  if (status === 401) {
    // The hub gives the same answer for private and for missing data sets.
    return new StorageError(`${what} does not exist or is private`, {
      remedy: `Check ${page}. For a private repository, set HF_TOKEN to a token that may read it.`,
    });
  }
  if (status === 404) {
    return new StorageError(`the hub has nothing at ${url}`, {
      remedy: `See ${page} for its files, splits and revisions.`,
    });
  }
  const remedy =
    status === 429 || status >= 500
      ? 'Try again in a few minutes. A token in HF_TOKEN raises the limits.'
      : `See ${page}.`;
  return new StorageError(`the hub answered ${status} for ${url}`, { remedy });
}
