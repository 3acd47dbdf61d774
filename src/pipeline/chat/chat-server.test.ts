import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { InputError } from '../../errors.js';
import type { Chat, Question } from './chat.js';
import { serveChat } from './chat-server.js';

const REPLY = { text: 'a b', answer: undefined, isTagged: undefined, tokens: 2, ended: 'stop' } as const;

async function served(reply: Question['reply']) {
  const failures: unknown[] = [];
  const chat: Chat = {
    about: '',
    prepare: () => ({ promptTokens: 1, hasParts: false, reply }),
    close: async () => undefined,
  };
  const address = { host: '127.0.0.1', port: 0, token: undefined, allowedHosts: [] };
  const server = await serveChat(chat, { ...address, name: 'fake', report: (error) => failures.push(error) });
  onTestFinished(() => server.close());
  const ask = (more: object, signal?: AbortSignal) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'q' }], ...more }),
      ...(signal && { signal }),
    });
  return { url: server.url, ask, failures };
}

test.each([true, false])('the reply to a client that goes away is stopped (stream: %s)', async (stream) => {
  const events = new EventEmitter();
  const [begun, stopped] = [once(events, 'begun'), once(events, 'stopped')];
  const { ask, failures } = await served(async (onText, signal) => {
    onText('a', 'whole');
    events.emit('begun');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    events.emit('stopped');
    return { ...REPLY, ended: 'interrupted' };
  });
  const gone = new AbortController();
  const asking = ask({ stream }, gone.signal).then((response) => response.text());
  await begun;
  gone.abort();
  await expect(asking).rejects.toThrow();
  await stopped;
  expect(failures).toEqual([]);
});

test('a client that goes away within its request is no failure', async () => {
  const { url, ask, failures } = await served(async () => REPLY);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  socket.write(`${head}Content-Length: 500\r\n\r\n{"mess`);
  await once(socket, 'ready');
  socket.destroy();
  expect((await ask({})).status).toBe(200);
  expect(failures).toEqual([]);
});

test('a failure is told to the client and, where it is no fault of the client, to the operator', async () => {
  let error: Error = new InputError('too long');
  const { ask, failures } = await served(async () => {
    throw error;
  });
  expect((await ask({})).status).toBe(400);
  expect(await (await ask({ stream: true })).text()).toMatch(/data: {"error":{"message":"too long"/);
  expect(failures).toEqual([]);
  error = new Error('a bug');
  const response = await ask({});
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('a bug');
  expect(failures).toEqual([error]);
});
