import { expect, onTestFinished, test } from 'vitest';
import { ConnectionError, InterruptedError } from '../../errors.js';
import { withStopSignal } from '../../stopping.js';
import { type Answer, scriptedServer } from './testing/scripted-server.js';
import { openTinkerEngine } from './tinker-engine.js';

const LATE = 600_000;

async function connecting(answerTo: (path: string) => Answer, times = {}) {
  const server = await scriptedServer(answerTo);
  onTestFinished(() => server.close());
  const notes: string[] = [];
  const settings = {
    url: server.url,
    apiKeyVariable: 'NO_SUCH_KEY',
    apiKeyFile: null,
    probe: true,
    probeModel: null,
    scoring: 'trainer',
    contextTokens: null,
  } as const;
  const open = () => openTinkerEngine(settings, { untoldMs: 20, ...times }, { note: (text) => void notes.push(text) });
  return { open, notes };
}

test('a server that does not answer is told of once, and a stop ends the waiting', async () => {
  const { open, notes } = await connecting(() => ({ afterMs: LATE }));
  const stop = new AbortController();
  const ended = withStopSignal(stop.signal, open).catch((error: unknown) => error);
  while (notes.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  expect(await ended).toBeInstanceOf(InterruptedError);
  expect(notes).toEqual([
    expect.stringMatching(
      /^no answer from 127\.0\.0\.1:\d+ for \d+ s: waiting for it, at most 60 s if it stays silent/,
    ),
  ]);
});

test('one that falls silent while it is measured leaves nothing to resume', async () => {
  const answers: Readonly<Record<string, Answer>> = {
    'client/config': { json: {} },
    get_server_capabilities: { json: { supported_models: [{ model_name: 'tiny' }] } },
    create_session: { json: { session_id: 's' } },
  };
  const { open } = await connecting((path) => answers[path] ?? { afterMs: LATE }, { heartbeatMs: 5, silenceMs: 30 });
  const error = await open().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as ConnectionError).message).toMatch(
    /has not answered for .*\n {2}Nothing was begun\. Run it again when the server answers\./s,
  );
});
