/** What a user can get wrong about a server of the completions API, and servers that are not what was promised. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConnectionError, InputError, InterruptedError, UnsupportedError } from '../../errors.js';
import { withStopSignal } from '../../stopping.js';
import { hasOpenssl, ownCertificate } from '../../testing/own-certificate.js';
import { tokenIds } from '../../text/tokens.js';
import { request, sequence } from '../testing/bench.js';
import { scratchFolder, withTokenizer } from '../testing/completions-models.js';
import { completionsSettings } from '../testing/fake-completions.js';
import { reasonOf, servedCompletions } from '../testing/served-completions.js';
import { openCompletionsEngine } from './completions-engine.js';

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let directory: string;
beforeAll(async () => {
  folder = await scratchFolder();
  directory = await withTokenizer(folder.path, 'smollm2');
});
afterAll(() => folder.remove());

const { serve, connect, tiny } = servedCompletions(() => directory);

it('a model that the server lacks is refused with those that it has', async () => {
  const engine = await connect(await serve());
  const error = await reasonOf(engine.open({ ...tiny(), name: 'large' }));
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ message: expect.stringMatching(/no model named large.*It has tiny\./s) });
  await expect(engine.train(tiny())).rejects.toThrow(/cannot train/);
});

it('another tokenizer is found by what it makes of texts', async () => {
  const other = join(folder.path, 'other');
  await cp(directory, other, { recursive: true });
  const file = join(other, 'tokenizer.json');
  const { model, ...rest } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...rest, model: { ...model, merges: model.merges.slice(0, 2) } }));
  const engine = await connect(await serve());
  const error = await reasonOf(engine.open({ ...tiny(), tokenizer: other }));
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ message: expect.stringMatching(/tokenizer of tiny on the server is another one/) });
});

it('keys come from the environment and stand in no message', async () => {
  const server = await serve({ key: 'sk-right' });
  const variable = 'RLT_TEST_COMPLETIONS_KEY';
  const open = () => server.engine({ apiKeyVariable: variable });
  try {
    expect(await reasonOf(open())).toMatchObject({
      message: expect.stringMatching(/asks for a key, and there is none.*RLT_TEST_COMPLETIONS_KEY/s),
    });
    process.env[variable] = 'sk-wrong';
    const error = await reasonOf(open());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: expect.stringMatching(/refuses the key/) });
    expect(String(error)).not.toContain('sk-wrong');
    process.env[variable] = 'sk-right';
    const engine = await open();
    expect(await (await engine.open(tiny())).logProbs([sequence()])).toHaveLength(1);
    await engine.close();
  } finally {
    delete process.env[variable];
  }
});

it('an address where nothing, or something else, answers', async () => {
  const server = await serve({
    before: (path) =>
      path === '/v1/models'
        ? { status: 200, json: { object: 'list', data: [{ id: 'x', owned_by: 'nobody' }] } }
        : undefined,
  });
  await expect(server.engine()).rejects.toThrow(/says that it is nobody.*knows vLLM/s);
  const html = await serve({ before: () => ({ status: 200, json: '<html>' }) });
  await expect(html.engine()).rejects.toThrow(/answers \/v1\/models with something unexpected/);
  const times = { backoffMs: 2, handshakePatienceMs: 20 };
  const error = await reasonOf(openCompletionsEngine(completionsSettings('http://127.0.0.1:1'), times));
  expect(error).toMatchObject({ message: expect.stringMatching(/ECONNREFUSED.*Start the server/s) });
});

it.skipIf(!hasOpenssl)('a certificate that is not accepted is said to be, with what to do, at once', async () => {
  const secure = createServer(await ownCertificate(), (_, reply) => reply.end());
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  const { port } = secure.address() as AddressInfo;
  const began = Date.now();
  const error = await reasonOf(openCompletionsEngine(completionsSettings(`https://127.0.0.1:${port}`)));
  await new Promise((resolve) => secure.close(resolve));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/certificate is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/s),
  });
  expect(Date.now() - began).toBeLessThan(10_000);
});

it('an address with https of a server that does not speak it is said to be that', async () => {
  const plain = createPlainServer((_, reply) => reply.end());
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const { port } = plain.address() as AddressInfo;
  const error = await reasonOf(openCompletionsEngine(completionsSettings(`https://127.0.0.1:${port}`)));
  await new Promise((resolve) => plain.close(resolve));
  expect(error).toMatchObject({ message: expect.stringMatching(/it does not speak TLS.*Write http:\/\//s) });
});

it('a server that does not answer in time is not waited for any longer', async () => {
  const silent = createPlainServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const times = { requestMs: 50, backoffMs: 2, handshakePatienceMs: 200 };
  const error = await reasonOf(openCompletionsEngine(completionsSettings(`http://127.0.0.1:${port}`), times));
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/cannot be reached \(TIMEOUT\).*did not answer in time/s),
  });
});

it('a server that accepts requests and answers none is told of while it is connected, and a stop ends that at once', async () => {
  const silent = createPlainServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const notes: string[] = [];
  const stop = new AbortController();
  const note = (text: string) => {
    notes.push(text);
    stop.abort();
  };
  const open = () => openCompletionsEngine(completionsSettings(`http://127.0.0.1:${port}`), { untoldMs: 20 }, { note });
  const error = await reasonOf(withStopSignal(stop.signal, open));
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  expect(error).toBeInstanceOf(InterruptedError);
  expect(notes).toEqual([
    expect.stringMatching(/^no answer from 127\.0\.0\.1:\d+ for \d+ s: waiting for it, at most 60 s/),
  ]);
});

it('a server that hangs while it computes is told of, and is not waited for an hour', async () => {
  let hangs = false;
  const server = await serve();
  const proxy = createPlainServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    if (hangs) return;
    const body = incoming.method === 'POST' ? { body: Buffer.concat(parts) } : {};
    const reply = await fetch(`${server.url}${incoming.url}`, { method: incoming.method ?? 'GET', ...body });
    outgoing.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? 'application/json' });
    outgoing.end(await reply.text());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const notes: string[] = [];
  const times = { untoldMs: 100, pulseMs: 100, patienceMs: 1000 };
  const note = (text: string) => void notes.push(text);
  const engine = await openCompletionsEngine(completionsSettings(`http://127.0.0.1:${port}`), times, { note });
  const model = await engine.open(tiny());
  notes.length = 0;
  hangs = true;
  const error = await reasonOf(model.logProbs([sequence({ ids: tokenIds([1, 2, 3]), positions: [1, 2] })]));
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await engine.close();
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ message: expect.stringMatching(/cannot be reached \(TIMEOUT\)/) });
  expect(notes).toEqual([
    expect.stringMatching(/^no answer from 127\.0\.0\.1:\d+ for \d+ s \(TIMEOUT\): asking again, for 1 s at most/),
  ]);
});

it('a page in place of an answer is asked for again, and shown when it stays', async () => {
  let pages = 0;
  const before = (path: string) =>
    path === '/v1/completions' && pages-- > 0 ? { status: 200, json: '<html>please wait</html>' } : undefined;
  const server = await serve({ before });
  const model = await (await connect(server)).open(tiny());
  const score = () => model.logProbs([sequence({ ids: tokenIds([1, 2, 3]), positions: [1, 2] })]);
  pages = 1;
  expect((await score())[0]).toHaveLength(2);
  pages = 100;
  expect(await reasonOf(score())).toMatchObject({
    message: expect.stringMatching(
      /answers \/v1\/completions with something unexpected: status 200: <html>please wait/,
    ),
  });
});

it('a server that fails is not taken for a mistake in the request; a redirection is not followed', async () => {
  let status = 500;
  const before = (path: string) =>
    path === '/v1/completions' ? { status, json: { error: { message: 'boom' } } } : undefined;
  const server = await serve({ before });
  const failed = await reasonOf(server.engine());
  expect(failed).toBeInstanceOf(ConnectionError);
  expect(failed).toMatchObject({
    message: expect.stringMatching(/fails at \/v1\/completions: boom\n {2}See what its log says, then resume/),
    facts: { retryable: true },
  });
  status = 302;
  expect(await reasonOf(server.engine())).toMatchObject({
    message: expect.stringMatching(/sends requests elsewhere \(boom\), which is not followed.*Set url/s),
  });
});

it('a server that is away for a while is told of, and that it is back', async () => {
  let away = 0;
  const server = await serve({
    before: () => (Date.now() < away ? { status: 503, json: { error: { message: 'loading' } } } : undefined),
  });
  const notes: string[] = [];
  const times = { untoldMs: 20, backoffMs: 2, mostBackoffMs: 10 };
  const note = (text: string) => void notes.push(text);
  const engine = await openCompletionsEngine(completionsSettings(server.url), times, { note });
  const model = await engine.open(tiny());
  // On a busy machine a connection may take as long.
  notes.length = 0;
  away = Date.now() + 200;
  const [scored] = await model.logProbs([sequence({ ids: tokenIds([1, 2, 3]), positions: [1, 2] })]);
  await engine.close();
  expect(scored).toHaveLength(2);
  expect(notes).toEqual([
    expect.stringMatching(/^no answer from 127\.0\.0\.1:\d+ for \d+ s \(.*loading\): asking again, for 5 min at most/),
    expect.stringMatching(/^127\.0\.0\.1:\d+ answers again, after \d+ s$/),
  ]);
});

it('what does not fit the context of the server is refused with its length, and nothing is sent', async () => {
  const server = await serve({ contextTokens: 24 });
  const model = await (await connect(server)).open(tiny());
  expect(model.facts.contextTokens).toBe(23);
  server.seen.length = 0;
  const long = tokenIds(Array.from({ length: 24 }, (_, i) => i % 40));
  const calls = [model.sample([request({ prompt: long })]), model.logProbs([sequence({ ids: long, positions: [1] })])];
  const messages = [/leaves no room in the context of 23/, /exceeds the context of 23/];
  for (const [i, call] of calls.entries()) {
    const error = await reasonOf(call);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message: expect.stringMatching(messages[i] ?? /$^/) });
  }
  expect(server.seen.filter(({ call }) => call === 'POST /v1/completions')).toEqual([]);
  await expect(model.logProbs([sequence({ temperature: 0.7 })])).rejects.toThrow(UnsupportedError);
});

it('finds out whether adapters are enabled: the call is there either way', async () => {
  const without = await connect(await serve({ lora: false }));
  expect(without.profile.sources).toEqual(['served', 'directory']);
  await expect(without.open({ kind: 'directory', directory, adapter: directory })).rejects.toThrow(
    /does not load adapters while it runs.*--enable-lora/s,
  );
  const gone = { before: (path: string) => (/rpc/.test(path) ? { status: 404, json: {} } : undefined) };
  const neither = await connect(await serve({ lora: false, ...gone }));
  expect(neither.profile.sources).toEqual(['served']);
});

it('a server that cannot change weights says so', async () => {
  const engine = await connect(await serve({ weights: false }));
  expect(engine.profile.sources).toEqual(['served']);
  await expect(engine.open({ kind: 'directory', directory })).rejects.toThrow(/VLLM_SERVER_DEV_MODE/);
  await expect(engine.open({ kind: 'directory', directory, adapter: directory })).rejects.toThrow(/--enable-lora/);
});

it.each([
  ['no ids', { token_ids: null }, /no token ids/],
  ['an id outside the vocabulary', { token_ids: [1, 2, 400] }, /the id 400 in a vocabulary of 49/],
  ['too many tokens', { token_ids: [1, 2, 3, 4] }, /4 tokens where 3 were asked for/],
  ['a stop without a stop id', { token_ids: [1], finish_reason: 'stop' }, /ends without a stop id/],
  ['too few tokens', { token_ids: [1, 2] }, /2 tokens and no stop id/],
  ['an end of another kind', { token_ids: [1, 2, 3], finish_reason: 'abort' }, /ended by abort/],
  ['other log-probs', { token_ids: [1, 2, 3], logprobs: { token_logprobs: [-1] } }, /1 log-probs of 3 tokens/],
  ['log-probs that are none', { token_ids: [1, 2, 3], logprobs: { token_logprobs: [-1, null, -1] } }, /not finite/],
])('a completion that is not what was asked for: %s', async (_, choice, message) => {
  let broken = false;
  const server = await serve({
    before: (path) =>
      broken && path === '/v1/completions'
        ? { status: 200, json: { choices: [{ finish_reason: 'length', logprobs: null, ...choice }] } }
        : undefined,
  });
  const model = await (await connect(server)).open(tiny());
  broken = true;
  const error = await reasonOf(model.sample([request()]));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
});
