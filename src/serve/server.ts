/** `rlt serve`: the local engine behind the Tinker protocol. */
import type { Engine } from '../engine/engine.js';
import { listen } from '../listen.js';
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
  const listening = await listen(appOf(service, log.failure), settings).catch(async (error: unknown) => {
    await service.stop();
    throw error;
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    try {
      // The results of requests that wait are kept for when the server is back.
      await listening.close();
      await service.stop();
    } finally {
      await engine.close();
    }
  };
  return {
    url: listening.url,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
