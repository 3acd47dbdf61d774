/** Listening on an address, and letting go of it. */
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { StorageError, UsageError } from './errors.js';
import { errorCode } from './system-errors.js';

export interface Listening {
  /** Where it is reached: `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Lets go of the address, and of all connections. */
  close(): Promise<void>;
}

/** What is said of an address that is taken. */
interface Taken {
  readonly address: string;
  readonly remedy: string;
}

/**
 * Answers on an address; port 0 takes any free one.
 * @throws {UsageError} when the address is taken
 */
export async function listen(
  app: Hono,
  { host, port }: { readonly host: string; readonly port: number },
  taken: Taken = { address: `the address ${host}:${port}`, remedy: 'Choose another one with --port.' },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const code = errorCode(cause);
      reject(
        code === 'EADDRINUSE'
          ? new UsageError(`${taken.address} is taken`, { remedy: taken.remedy, cause })
          : new StorageError(`cannot listen on ${host}:${port}: ${code ?? String(cause)}`, { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${own}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Requests that wait for results would keep the server.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
