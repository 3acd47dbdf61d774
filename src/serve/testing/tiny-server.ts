/** A server with the tiny models, and engines on it over real sockets. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine, ServedSource } from '../../engine/engine.js';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import type { LocalSettings } from '../../engine/local/settings.js';
import type { Times } from '../../engine/tinker/client/times.js';
import { openTinkerEngine, type TinkerSettings } from '../../engine/tinker/tinker-engine.js';
import { type GoldenModel, goldenDirectory } from '../../testing/goldens.js';
import { type RunningServer, startServer } from '../server.js';
import { DEFAULT_LIMITS, DEFAULT_TIMES, type ServeSettings } from '../settings.js';

const BUNDLED = fileURLToPath(new URL('../../../models/base', import.meta.url));

/** Delays between attempts are short, so that tests with faults are. */
export const QUICK: Partial<Times> = { backoffMs: 2, mostBackoffMs: 20, handshakePatienceMs: 2000 };

/** A model as a server can serve it: the tiny ones have no tokenizer, so they get that of the bundled model. */
export async function servable(folder: string, model: GoldenModel): Promise<string> {
  const directory = join(folder, 'bases', model);
  await mkdir(directory, { recursive: true });
  for (const file of ['config.json', 'model.safetensors'])
    await cp(join(goldenDirectory(model), file), join(directory, file));
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) await cp(join(BUNDLED, file), join(directory, file));
  return directory;
}

export interface TinyServer extends RunningServer {
  readonly source: (model: GoldenModel) => ServedSource;
  readonly engine: (settings?: Partial<TinkerSettings>, times?: Partial<Times>) => Promise<Engine>;
}

export interface TinySettings {
  readonly serve?: Partial<ServeSettings>;
  readonly local?: Partial<LocalSettings>;
  readonly model?: GoldenModel;
}

export const tinkerSettings = (url: string, more: Partial<TinkerSettings> = {}): TinkerSettings => ({
  url,
  apiKeyVariable: 'RLT_TEST_NO_KEY',
  apiKeyFile: null,
  probe: true,
  probeModel: null,
  scoring: 'trainer',
  contextTokens: null,
  ...more,
});

/** Starts a server in a folder of its own, which is removed with it, or in `folder`. */
export async function tinyServer(
  { serve = {}, local = {}, model = 'smollm2' }: TinySettings = {},
  folder?: string,
): Promise<TinyServer> {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'rlt-tiny-server-')));
  const directory = await servable(own, model);
  const server = await startServer(
    {
      host: '127.0.0.1',
      port: 0,
      token: undefined,
      allowedHosts: [],
      directory: join(own, 'kept'),
      models: [{ name: `tiny/${model}`, source: { kind: 'directory', directory } }],
      limits: { ...DEFAULT_LIMITS, models: 64, snapshots: 64 },
      times: DEFAULT_TIMES,
      ...serve,
    },
    await openLocalEngine({ threads: 1, ...local }),
    { info: () => undefined, failure: (error) => console.error(error) },
  );
  return {
    url: server.url,
    source: (name) => ({ kind: 'served', name: `tiny/${name}`, tokenizer: directory }),
    engine: (settings = {}, times = {}) =>
      openTinkerEngine(tinkerSettings(server.url, settings), { ...QUICK, ...times }),
    async close() {
      await server.close();
      if (folder === undefined) await rm(own, { recursive: true, force: true });
    },
  };
}
