/** `rlt studio`: a page that shows runs, for this machine and whoever has the address with its token. */
import { randomBytes } from 'node:crypto';
import { listen } from '../listen.js';
import { studioApp } from './app.js';
import { pageAssets } from './assets.js';
import { RunWatcher } from './watcher.js';

const HOST = '127.0.0.1';

export interface StudioSettings {
  /** Run directories, and folders that hold some. */
  readonly folders: readonly string[];
  /** 0: any free port. */
  readonly port: number;
}

export interface RunningStudio {
  /** With the token: `http://127.0.0.1:8766/#token=…`. */
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

/**
 * Serves the page on the loopback address. It opens no file for writing.
 * @throws {UsageError} when the port is taken
 * @throws {StorageError} when the page was not built
 */
export async function startStudio(
  { folders, port }: StudioSettings,
  report: (error: unknown) => void = () => undefined,
): Promise<RunningStudio> {
  const token = randomBytes(24).toString('base64url');
  const app = studioApp({ folders, token, assets: await pageAssets(), watcher: new RunWatcher(folders), report });
  const { url, close } = await listen(
    app,
    { host: HOST, port },
    { address: `the port ${port}`, remedy: 'Choose another one with --port, or 0 for any.' },
  );
  // After the # so that neither logs nor other pages get to see it.
  return { url: `${url}/#token=${token}`, token, close };
}
