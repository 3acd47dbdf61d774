/** Listening on an address, and letting go of it. */
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { StorageError, UsageError } from '../../errors.js';
import { errorCode } from '../../system-errors.js';
import type { Address } from '../settings.js';

export interface Listening {
  /** Where it is reached: `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Lets go of the address, and of all connections. */
  close(): Promise<void>;
}

/** @throws {UsageError} when the address is taken */
export async function listen(app: Hono, { host, port }: Pick<Address, 'host' | 'port'>): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${taken}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Requests that wait for results would keep the server.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listenError(cause: unknown, host: string, port: number): Error {
  const code = errorCode(cause);
  if (code === 'EADDRINUSE')
    return new UsageError(`the address ${host}:${port} is taken`, { remedy: 'Choose another one with --port.', cause });
  return new StorageError(`cannot listen on ${host}:${port}: ${code ?? String(cause)}`, { cause });
}
