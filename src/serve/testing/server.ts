/** A server with the bundled model, for tests. */
import { fileURLToPath } from 'node:url';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { type RunningServer, startServer } from '../server.js';
import { DEFAULT_LIMITS, DEFAULT_TIMES, type ServeSettings } from '../settings.js';

export const BUNDLED = fileURLToPath(new URL('../../../models/base', import.meta.url));

export const testSettings = (directory: string, more: Partial<ServeSettings> = {}): ServeSettings => ({
  host: '127.0.0.1',
  port: 0,
  token: undefined,
  allowedHosts: [],
  directory,
  models: [{ name: 'base', source: { kind: 'directory', directory: BUNDLED } }],
  limits: DEFAULT_LIMITS,
  times: DEFAULT_TIMES,
  ...more,
});

export async function testServer(directory: string, more: Partial<ServeSettings> = {}): Promise<RunningServer> {
  const failures = {
    info: () => undefined,
    failure: (error: unknown) => {
      console.error(error);
    },
  };
  return startServer(testSettings(directory, more), await openLocalEngine({ threads: 1 }), failures);
}
