import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionError, InputError, InterruptedError, NumericError, UsageError } from '../../../errors.js';
import { expiryOf, readKey } from '../../remote/credentials.js';
import { CALLS, FUTURE_CALLS } from '../protocol/endpoints.js';
import { type Answer, type ScriptedServer, type Seen, scriptedServer } from '../testing/scripted-server.js';
import { Budget } from './budget.js';
import { later } from './later.js';
import { ExpiredError, FailedError, fetchResult, outcomeOf } from './results.js';
import { Session } from './session.js';
import { TIMES, type Times } from './times.js';
import { Transport, verdictOf } from './transport.js';

const QUICK: Times = {
  ...TIMES,
  requestMs: 30_000,
  pollMs: 30_000,
  backoffMs: 1,
  mostBackoffMs: 5,
  patienceMs: 60_000,
  handshakePatienceMs: 10_000,
};
const KEYS = { apiKeyVariable: 'A_KEY', apiKeyFile: null };
let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
async function connect(answerTo: (path: string, before: number, seen: Seen) => Answer, times: Partial<Times> = {}) {
  server = await scriptedServer(answerTo);
  const settings = { url: server.url, keys: KEYS, key: 'tml-secret', agent: 'test', times: { ...QUICK, ...times } };
  return { transport: new Transport(settings), downloads: new Budget(1000), seen: server.seen };
}
const HANDSHAKE: Readonly<Record<string, Answer>> = {
  'client/config': { json: {} },
  get_server_capabilities: { json: { supported_models: [{ model_name: 'tiny' }] } },
  create_session: { json: { session_id: 's' } },
};
const health = (transport: Transport) => transport.call(CALLS.health, {});
const NONE = { kind: 'json', json: {} } as const;

describe('a request', () => {
  it('is repeated under one key until it is answered', async () => {
    const { transport, seen } = await connect(
      (_, before) =>
        [{ status: 500 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 408 }, { status: 409 }][
          before
        ] ?? { json: {} },
    );
    await transport.call(CALLS.clientConfig, {});
    expect(seen).toHaveLength(5);
    expect(new Set(seen.map(({ headers }) => headers['x-idempotency-key'])).size).toBe(1);
    await transport.call(CALLS.clientConfig, {});
    expect(new Set(seen.map(({ headers }) => headers['x-idempotency-key'])).size).toBe(2);
  });

  it('and a result that are put off for a while are told of, and that the server is back', async () => {
    const notes: string[] = [];
    let away = 0;
    const busy = (): Answer | undefined =>
      Date.now() < away ? { status: 503, json: { detail: 'loading' } } : undefined;
    server = await scriptedServer((path) => busy() ?? { json: path === 'optim_step' ? { request_id: 'r' } : {} });
    const times = { ...QUICK, untoldMs: 20 };
    const note = (text: string) => void notes.push(text);
    const transport = new Transport({ url: server.url, keys: KEYS, key: undefined, agent: 'test', times, note });
    const told = [
      expect.stringMatching(/^no answer from 127\.0\.0\.1:\d+ for \d+ s \(.*loading\): asking again, for 60 s at most/),
      expect.stringMatching(/^127\.0\.0\.1:\d+ answers again, after \d+ s$/),
    ];
    away = Date.now() + 150;
    await transport.call(CALLS.clientConfig, {});
    expect(notes).toEqual(told);
    away = Date.now() + 300;
    const pending = { requestId: 'r', kind: 'OptimStep', isMessage: false, read: () => 'done' };
    expect(await fetchResult(transport, new Budget(1000), pending)).toBe('done');
    expect(notes).toEqual([...told, ...told]);
  });

  it('that is refused is not repeated, and has the words of the server', async () => {
    const { transport, seen } = await connect(() => ({
      status: 422,
      json: { detail: [{ loc: ['body', 'x'], msg: 'no' }] },
    }));
    await expect(transport.call(CALLS.clientConfig, {})).rejects.toThrow(InputError);
    await expect(transport.call(CALLS.clientConfig, {})).rejects.toThrow(/client\/config: body\.x: no/);
    expect(seen).toHaveLength(2);
  });

  it('about something that the server has lost is for the run to resume, not a mistake in it', async () => {
    const detail =
      'the server was restarted, and requests 12 to 19 of m are lost\n  Make a model from its last saved state, tinker://x.';
    const gone = { status: 410, json: { detail } };
    const { transport, downloads } = await connect(() => gone);
    const body = { adam_params: {}, model_id: 'm', seq_id: 1 };
    const lost = await later({ transport, downloads }, FUTURE_CALLS.optimStep, body).catch((reason: unknown) => reason);
    expect(lost).toBeInstanceOf(ConnectionError);
    expect(lost).toMatchObject({
      message:
        'the server no longer has what optim_step is about: the server was restarted, and requests 12 to 19 of m are lost\n' +
        '  Resume from the last checkpoint, with the same command.',
      facts: { retryable: false },
    });
    const weights = transport.call(
      CALLS.weightsInfo,
      { tinker_path: 'tinker://x' },
      { missing: () => new InputError('no such weights') },
    );
    await expect(weights).rejects.toThrow('no such weights');
    await server?.close();
    const disagreeing = await connect(() => ({ status: 409, json: { detail: 'expected 3, got 2' } }));
    await expect(later(disagreeing, FUTURE_CALLS.optimStep, body)).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringMatching(/order of calls: expected 3, got 2\n {2}Resume/),
    });
    for (const status of [404, 410]) {
      await server?.close();
      const elsewhere = await connect(() => ({ status, json: { detail: 'Gone' } }));
      await expect(Session.open(elsewhere.transport, 'test')).rejects.toThrow(/not that of a Tinker service/);
    }
  });

  it('carries errors of ours with what they say', async () => {
    const { transport } = await connect(() => ({
      status: 400,
      json: {
        detail: 'x',
        rlt_error: { code: 'numeric', message: 'a weight', facts: { tensor: 'weights', sample: 3 } },
      },
    }));
    const error = await health(transport).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NumericError);
    expect(error).toMatchObject({ facts: { tensor: 'weights', sample: 3 } });
  });

  it('is given up after a while, and says whether it can be made again', async () => {
    const { transport } = await connect(() => ({ status: 503 }), { patienceMs: 50 });
    const error = await health(transport).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      retryable: false,
      message: expect.stringMatching(/answers healthz with nothing but .*503/),
    });
    const url = server?.url ?? '';
    await server?.close();
    const nobody = new Transport({
      url,
      keys: KEYS,
      key: undefined,
      agent: 'test',
      times: { ...QUICK, patienceMs: 50 },
    });
    await expect(health(nobody)).rejects.toMatchObject({
      retryable: true,
      message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)[\s\S]*Start the server/),
    });
  });

  it('that takes too long is tried again, and then named', async () => {
    const { transport } = await connect(() => ({ afterMs: 400 }), { requestMs: 30, patienceMs: 60 });
    await expect(health(transport)).rejects.toThrow(/TIMEOUT[\s\S]*did not answer in time/);
  });

  it('ends with its signal, and with the engine', async () => {
    const { transport } = await connect(() => ({ status: 503 }), { patienceMs: 60_000, mostBackoffMs: 1000 });
    const controller = new AbortController();
    const call = transport.call(CALLS.health, {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(call).rejects.toThrow(InterruptedError);
    const last = health(transport);
    setTimeout(() => transport.ending.end(new UsageError('the engine was closed')), 20);
    await expect(last).rejects.toThrow(UsageError);
    await expect(health(transport)).rejects.toThrow(UsageError);
  });

  it('does not follow a redirection, which would take the key with it', async () => {
    const { transport, seen } = await connect(() => ({ status: 307, headers: { location: '/elsewhere' } }));
    await expect(health(transport)).rejects.toThrow(
      /sends requests elsewhere \(status 307[^)]*\)[\s\S]*The key would go with them/,
    );
    expect(seen).toHaveLength(1);
  });

  it('without a key, or with a refused one, says what to do and shows no key', async () => {
    const { transport } = await connect(() => ({ status: 401, json: { detail: 'Unauthorized' } }));
    const refused = health(transport);
    await expect(refused).rejects.toThrow(/refuses the key: Unauthorized[\s\S]*A_KEY/);
    await expect(refused).rejects.not.toThrow(/tml-secret/);
    const without = new Transport({ url: server?.url ?? '', keys: KEYS, key: undefined, agent: 'test', times: QUICK });
    await expect(health(without)).rejects.toThrow(/asks for a key, and there is none/);
  });

  it('to something that is no server of the protocol says so', async () => {
    for (const answer of [{ text: '<html>' }, { json: [1] }, { status: 404, json: { detail: 'Not Found' } }]) {
      const { transport } = await connect(() => answer);
      await expect(Session.open(transport, 'test')).rejects.toThrow(ConnectionError);
      await server?.close();
    }
  });
});

describe('replies to a request', () => {
  const verdict = (status: number, body: Parameters<typeof verdictOf>[0]['body'] = NONE) => verdictOf({ status, body });
  it.each([
    [200, 'done'],
    [202, 'done'],
    [401, 'unauthorised'],
    [402, 'unpaid'],
    [404, 'refused'],
    [408, 'repeat'],
    [409, 'repeat briefly'],
    [410, 'repeat briefly'],
    [422, 'refused'],
    [429, 'repeat'],
    [500, 'repeat'],
    [504, 'repeat'],
  ])('%d', (status, expected) => expect(verdict(status)).toBe(expected));
  it('400 is meant when it comes with a sentence, and 200 when it comes with a body', () => {
    expect(verdict(400, { kind: 'json', json: { detail: 'no' } })).toBe('refused');
    expect(verdict(400, { kind: 'other', text: 'a proxy' })).toBe('repeat briefly');
    expect(verdict(200, { kind: 'other', text: '{"cut' })).toBe('repeat briefly');
  });
});

describe('a result', () => {
  const outcome = (status: number, json?: unknown) =>
    outcomeOf(
      {
        status,
        body: json === undefined ? { kind: 'other', text: '' } : { kind: 'json', json },
        retryAfterMs: undefined,
      },
      'X',
    );

  it('repeats no key, also where it is an error that comes as a result', async () => {
    await readKey({ apiKeyVariable: 'A_KEY', apiKeyFile: null }, { A_KEY: 'tml-top/secret' });
    for (const category of ['user', 'server'])
      expect(outcome(200, { error: 'upstream 401 for tml-top/secret', category })).toMatchObject({
        error: expect.objectContaining({ message: expect.stringMatching(/upstream 401 for \*\*\*/) }),
      });
  });

  it('is there, not yet, or an error of its kind', () => {
    expect(outcome(200, { metrics: {} })).toEqual({ kind: 'result' });
    expect(outcome(200, { type: 'try_again' })).toEqual({ kind: 'again' });
    expect(outcome(408)).toEqual({ kind: 'again' });
    expect(outcome(200, { status: 'complete_metadata', response_payload_size: 5 })).toEqual({
      kind: 'metadata',
      size: 5,
    });
    expect(outcome(503)).toEqual({ kind: 'unavailable' });
    expect(outcome(200, { error: 'bad', category: 'user' })).toMatchObject({
      kind: 'failed',
      error: expect.any(InputError),
    });
    expect(outcome(200, { error: 'bad', category: 'server' })).toMatchObject({ error: expect.any(FailedError) });
    // What an operation failed with, as SkyRL says it, is not asked for again.
    expect(outcome(400, { detail: 'Maximum number of LoRA adapters (4) reached' })).toMatchObject({
      kind: 'failed',
      error: expect.objectContaining({ message: expect.stringMatching(/LoRA adapters \(4\)/) }),
    });
    const gone = outcome(410, { detail: 'requests 8 to 9 are lost\n  Make a model.' });
    expect(gone).toMatchObject({ kind: 'doubtful', error: expect.any(ExpiredError) });
    expect(gone).toHaveProperty(
      'error.message',
      'the server no longer keeps the result of X: requests 8 to 9 are lost\n  Resume from the last checkpoint, with the same command.',
    );
  });

  const pending = (answers: readonly Answer[], times: Partial<Times> = {}) =>
    connect(
      (path, before) =>
        path === 'optim_step' ? { json: { request_id: 'r' } } : (answers[before] ?? answers.at(-1) ?? {}),
      times,
    );
  const step = async (connection: Awaited<ReturnType<typeof connect>>) =>
    (await later(connection, FUTURE_CALLS.optimStep, { adam_params: {}, model_id: 'm', seq_id: 1 })).result;

  it('is asked for until it is there, whatever happens on the way', async () => {
    const connection = await pending([
      { json: { type: 'try_again' } },
      { status: 408 },
      { status: 502 },
      { text: '{"metr' },
      { status: 410 },
      { status: 409 },
      { json: { status: 'complete_metadata', response_payload_size: 2000 } },
      { json: { metrics: { 'loss:sum': 2 } } },
    ]);
    expect(await step(connection)).toMatchObject({ metrics: { 'loss:sum': 2 } });
    const asked = connection.seen
      .filter(({ path }) => path === 'retrieve_future')
      .map(({ body }) => JSON.parse(body.toString()));
    expect(asked.map(({ allow_metadata_only }) => allow_metadata_only)).toEqual([...Array(7).fill(true), false]);
  });

  it('that is lost, or was never what was promised, is an error', async () => {
    await expect(step(await pending([{ status: 410 }]))).rejects.toThrow(ExpiredError);
    await server?.close();
    await expect(step(await pending([{ json: { metrics: 'many' } }]))).rejects.toThrow(/protocol does not have/);
    await server?.close();
    await expect(step(await pending([{ status: 404 }]))).rejects.toThrow(/restarted/);
  });

  it('is waited for longer than one request may take', async () => {
    const connection = await pending([{ afterMs: 60 }, { afterMs: 60 }, { json: { metrics: {} } }], {
      pollMs: 30,
      patienceMs: 40,
    });
    expect(await step(connection)).toMatchObject({ metrics: {} });
  });
});

/** A server in a thread of its own, which counts heartbeats in shared memory. */
const COUNTING = `
const { createServer } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const beats = new Int32Array(workerData.memory);
createServer((request, reply) => {
  const path = request.url.replace('/api/v1/', '');
  if (path === 'session_heartbeat') Atomics.add(beats, 0, 1);
  reply.writeHead(200, { 'content-type': 'application/json' });
  reply.end(JSON.stringify(workerData.answers[path] ?? {}));
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });`;

it('heartbeats go on while the thread of the caller is busy, and end with the session', async () => {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const answers = Object.fromEntries(Object.entries(HANDSHAKE).map(([path, { json }]) => [path, json]));
  const thread = new Worker(COUNTING, { eval: true, workerData: { memory: beats.buffer, answers } });
  const port = await new Promise<number>((resolve) => thread.once('message', resolve));
  const times = { ...QUICK, heartbeatMs: 50, requestMs: 10_000, handshakePatienceMs: 10_000 };
  const settings = { url: `http://127.0.0.1:${port}`, keys: KEYS, key: undefined, agent: 'test', times };
  const session = await Session.open(new Transport(settings), 'test');
  await until(() => Atomics.load(beats, 0) > 0);
  const before = Atomics.load(beats, 0);
  // Nothing of this thread runs meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
  expect(Atomics.load(beats, 0)).toBeGreaterThan(before + 2);
  await session.close('success');
  const last = Atomics.load(beats, 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(Atomics.load(beats, 0)).toBe(last);
  await thread.terminate();
});

/** Threads may take long to start on a busy machine. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('a session that the server has ended, or that hears nothing, ends every call', async () => {
  const connection = await connect(
    (path) => (path === 'session_heartbeat' ? { status: 410 } : (HANDSHAKE[path] ?? {})),
    {
      heartbeatMs: 10,
    },
  );
  const session = await Session.open(connection.transport, 'test');
  await until(() => connection.transport.ending.signal.aborted);
  await expect(health(connection.transport)).rejects.toThrow(/ended the session \(status 410\)/);
  await session.close('errored');
  await server?.close();
  const silent = await connect((path) => (path === 'session_heartbeat' ? { status: 500 } : (HANDSHAKE[path] ?? {})), {
    heartbeatMs: 10,
    silenceMs: 50,
  });
  const other = await Session.open(silent.transport, 'test');
  await until(() => silent.transport.ending.signal.aborted);
  await expect(health(silent.transport)).rejects.toThrow(/has not answered for/);
  await other.close('errored');
});

it('a token takes the place of the key where the server gives one', async () => {
  const jwt = `a.${Buffer.from(JSON.stringify({ exp: 4e9 })).toString('base64url')}.c`;
  expect(expiryOf(jwt)).toBe(4e12);
  expect(expiryOf('nonsense')).toBeUndefined();
  const connection = await connect((path) =>
    path === 'client/config'
      ? { json: { pjwt_auth_enabled: true } }
      : path === 'auth/token'
        ? { json: { jwt } }
        : (HANDSHAKE[path] ?? {}),
  );
  const session = await Session.open(connection.transport, 'test');
  const keys = new Map(connection.seen.map(({ path, headers }) => [path, headers['x-api-key']]));
  expect(keys.get('client/config')).toBe('tml-secret');
  expect(keys.get('create_session')).toBe(jwt);
  await session.close('success');
});

it('a key comes from the environment or a file, whole or not at all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rlt-key-'));
  const file = join(folder, 'key');
  await writeFile(file, 'tml-abc\n');
  expect(await readKey({ apiKeyVariable: 'K', apiKeyFile: null }, { K: ' tml-x ' })).toBe('tml-x');
  expect(await readKey({ apiKeyVariable: 'K', apiKeyFile: null }, {})).toBeUndefined();
  expect(await readKey({ apiKeyVariable: 'K', apiKeyFile: file }, { K: 'other' })).toBe('tml-abc');
  const secret = readKey({ apiKeyVariable: 'K', apiKeyFile: null }, { K: 'two\r\nlines' });
  await expect(secret).rejects.toThrow(UsageError);
  await expect(secret).rejects.not.toThrow(/two/);
  await writeFile(file, '');
  await expect(readKey({ apiKeyVariable: 'K', apiKeyFile: file })).rejects.toThrow(InputError);
  await expect(readKey({ apiKeyVariable: 'K', apiKeyFile: join(folder, 'none') })).rejects.toThrow(/none/);
  await rm(folder, { recursive: true });
});

it('a budget serves those who wait in their order, and one that asks for more than there is', async () => {
  const budget = new Budget(10);
  const order: string[] = [];
  const first = await budget.take(8);
  const waiting = [budget.take(20), budget.take(1)].map((taken, i) =>
    taken.then((release) => {
      order.push(`${i}`);
      release();
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(order).toEqual([]);
  first();
  first();
  await Promise.all(waiting);
  expect(order).toEqual(['0', '1']);
});

describe('a model', () => {
  const made = { rank: 8, alpha: 32, seed: 0, train_attn: true, train_mlp: true, train_unembed: false };
  // What SkyRL 0.4.0 answers to every create_model.
  const answers = async () => {
    const { transport, seen } = await connect((path, before) => {
      if (path === 'retrieve_future') return { json: { model_id: 'm', base_model: 'tiny', lora_config: made } };
      return HANDSHAKE[path] ?? { json: { request_id: `${path}-${before}` } };
    });
    return { session: await Session.open(transport, 'test'), seen };
  };
  const lora = { rank: 8, seed: 0, train_attn: true, train_mlp: true, train_unembed: false };

  it('is refused, and unloaded, where the server trains other layers than those that were asked for', async () => {
    const { session, seen } = await answers();
    await expect(session.createModel('tiny', { ...lora, train_mlp: false }, 32)).rejects.toThrow(
      /trains adapters of attention and the MLP, whatever is asked for/,
    );
    expect(seen.map(({ path }) => path)).toContain('unload_model');
    await expect(session.createModel('tiny', { ...lora, train_attn: false }, 32)).rejects.toThrow(/lora\.targets/);
    await session.close('success');
  });

  it('is refused where the server scales adapters otherwise, and taken where all is as asked', async () => {
    const { session } = await answers();
    await expect(session.createModel('tiny', lora, 16)).rejects.toThrow(/alpha of 32, not 16/);
    await expect(session.createModel('tiny', lora, 32)).resolves.toMatchObject({ id: 'm' });
    await session.close('success');
  });
});
