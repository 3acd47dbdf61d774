/** `rlt studio`: a page that shows runs, for this machine and whoever has the address with its token. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { StorageError, UsageError } from '../errors.js';
import { errorCode } from '../system-errors.js';
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
  const server = createAdaptorServer({ fetch: app.fetch, hostname: HOST });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, port)));
    server.listen(port, HOST, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    // After the # so that neither logs nor other pages get to see it.
    url: `http://${HOST}:${taken}/#token=${token}`,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listenError(cause: unknown, port: number): Error {
  const code = errorCode(cause);
  if (code === 'EADDRINUSE')
    return new UsageError(`the port ${port} is taken`, {
      remedy: 'Choose another one with --port, or 0 for any.',
      cause,
    });
  return new StorageError(`cannot listen on ${HOST}:${port}: ${code ?? String(cause)}`, { cause });
}
