/** Servers of the completions API for a file of tests: each test's servers and engines are closed after it. */
import { afterEach } from 'vitest';
import type { Engine, ServedSource } from '../engine.js';
import { type FakeServer, type FakeSettings, fakeCompletions } from './fake-completions.js';

/** What a call is rejected with; undefined where it is not. */
export const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (reason: unknown) => reason,
  );

/** `directory` has the model `tiny`; it is asked for once tests run. */
export function servedCompletions(directory: () => string) {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return {
    ends,
    async serve(settings: Partial<FakeSettings> = {}): Promise<FakeServer> {
      const server = await fakeCompletions({ models: { tiny: directory() }, ...settings });
      ends.push(() => server.close());
      return server;
    },
    async connect(server: FakeServer, more: Parameters<FakeServer['engine']>[0] = {}): Promise<Engine> {
      const engine = await server.engine(more);
      ends.push(() => engine.close());
      return engine;
    },
    tiny: (): ServedSource => ({ kind: 'served', name: 'tiny', tokenizer: directory() }),
  };
}
