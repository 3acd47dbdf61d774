/** The repository of a model on the hub: whether it is there, who sees it, and what it holds. */
import { z } from 'zod';
import { StorageError, UsageError } from '../../../errors.js';
import type { Hub } from '../options.js';
import { call, jsonBody, jsonOf } from './call.js';

const infoSchema = z.looseObject({ private: z.boolean() });

/**
 * Makes the repository unless it is there.
 * @throws {UsageError} when it is to be private and is there for everybody
 */
export async function ensureRepository(hub: Hub, repository: string, isPrivate: boolean): Promise<void> {
  const what = `looking for ${repository}`;
  const found = await call(hub, {
    what,
    method: 'GET',
    url: `${hub.url}/api/models/${repository}`,
    expected: [404],
  });
  if (found.ok) {
    const { private: isHidden } = await jsonOf(what, found, infoSchema);
    if (isPrivate && !isHidden)
      throw new UsageError(`${repository} is there already, and everybody can read it`, {
        remedy: 'Name another repository, make it private on its page, or leave out --private. Nothing was sent.',
      });
    return;
  }
  const [organization, name] = repository.split('/');
  await call(hub, {
    what: `making ${repository}`,
    method: 'POST',
    url: `${hub.url}/api/repos/create`,
    headers: { 'content-type': 'application/json' },
    body: jsonBody({ type: 'model', name, organization, private: isPrivate }),
    // Somebody else made it in between.
    expected: [409],
  });
}

/** A file that the repository holds: the SHA-256 of a large one, git's blob id of a small one. */
export interface FileThere {
  readonly oid: string;
  readonly isLarge: boolean;
}

const treeSchema = z.array(
  z.looseObject({
    type: z.string(),
    path: z.string(),
    oid: z.string().optional(),
    lfs: z.looseObject({ oid: z.string() }).nullish(),
  }),
);

const MOST_PAGES = 1000;

/** The files of the main branch by path; none where there is no such branch yet. */
export async function filesThere(hub: Hub, repository: string): Promise<ReadonlyMap<string, FileThere>> {
  const what = `listing the files of ${repository}`;
  const files = new Map<string, FileThere>();
  let url: string | undefined = `${hub.url}/api/models/${repository}/tree/main?recursive=true`;
  for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
    const response: Response = await call(hub, { what, method: 'GET', url, expected: [404] });
    if (response.status === 404) return files;
    for (const { type, path, oid, lfs } of await jsonOf(what, response, treeSchema)) {
      if (type !== 'file') continue;
      if (lfs !== undefined && lfs !== null) files.set(path, { oid: lfs.oid, isLarge: true });
      else if (oid !== undefined) files.set(path, { oid, isLarge: false });
    }
    const next: string | undefined = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    url = next === undefined ? undefined : new URL(next, hub.url).href;
    if (url !== undefined && new URL(url).origin !== new URL(hub.url).origin)
      throw new StorageError(`${what}: the hub names another server for the next page`, {
        remedy: 'Check the address of the hub (HF_ENDPOINT).',
      });
  }
  return files;
}
