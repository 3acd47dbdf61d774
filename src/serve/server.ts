/** `rlt serve`: the local engine behind the Tinker protocol. */
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Engine } from '../engine/engine.js';
import { StorageError, UsageError } from '../errors.js';
import { errorCode } from '../system-errors.js';
import { appOf } from './http/app.js';
import { Service } from './service/service.js';
import { checkSettings, type ServeSettings } from './settings.js';

export interface RunningServer {
  /** Where it is reached: `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Finishes what is being computed, saves all models, and ends. */
  close(): Promise<void>;
}

/** What the server tells its operator. */
export interface ServerLog {
  readonly info: (text: string) => void;
  /** A failure that no client caused. */
  readonly failure: (error: unknown) => void;
}

const quiet: ServerLog = { info: () => undefined, failure: () => undefined };

/**
 * Serves an engine that works on this machine; it is closed with the server.
 * @throws {UsageError} when the settings leave the server open to others, or the address is taken
 * @throws {RltError} when a model cannot be served, or the directory not be used
 */
export async function startServer(
  settings: ServeSettings,
  engine: Engine,
  log: ServerLog = quiet,
): Promise<RunningServer> {
  checkSettings(settings);
  const service = await Service.open(settings, engine, log.info, log.failure);
  const app = appOf(service, log.failure);
  const server = createAdaptorServer({ fetch: app.fetch, hostname: settings.host });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(settings.port, settings.host, resolve);
    });
  } catch (cause) {
    await service.stop();
    throw listenError(cause, settings);
  }
  const { port } = server.address() as AddressInfo;
  const shown = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Requests that wait for results would keep the server; their results are kept for when it is back.
    for (const socket of sockets) socket.destroy();
    try {
      await closed;
      await service.stop();
    } finally {
      await engine.close();
    }
  };
  return {
    url: `http://${shown}:${port}`,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function listenError(cause: unknown, { host, port }: ServeSettings): Error {
  const code = errorCode(cause);
  if (code === 'EADDRINUSE')
    return new UsageError(`the address ${host}:${port} is taken`, { remedy: 'Choose another one with --port.', cause });
  return new StorageError(`cannot listen on ${host}:${port}: ${code ?? String(cause)}`, { cause });
}
