/** The files of the page, as `npm run build` made them (scripts/build-studio.mjs). */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from '../errors.js';
import { readBytes } from '../storage.js';

const FOLDER = fileURLToPath(new URL('page/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

export interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All files of the page by name, read once. */
export async function pageAssets(): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  const names = await readdir(FOLDER).catch(() => []);
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type !== undefined) assets.set(name, { type, bytes: new Uint8Array(await readBytes(join(FOLDER, name))) });
  }
  if (assets.has('index.html')) return assets;
  throw new StorageError('the page of rlt studio is missing', { file: FOLDER, remedy: 'Run npm run build.' });
}
