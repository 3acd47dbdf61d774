import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import type { RunningServer } from '../server.js';
import { checkSettings, isLoopback } from '../settings.js';
import { testServer, testSettings } from '../testing/server.js';
import { isOwnHost, showsToken } from './guards.js';

const TOKEN = 'tml-0123456789abcdef0123';

let folder: string;
let server: RunningServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-guards-'));
  server = await testServer(join(folder, 'main'), { token: TOKEN });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The status of a request with these headers; fetch does not let us choose the Host. */
function status(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{}' : undefined);
  });
}

const ROUTES = [
  ['GET', '/api/v1/healthz'],
  ['POST', '/api/v1/client/config'],
  ['GET', '/api/v1/get_server_capabilities'],
  ['POST', '/api/v1/create_session'],
  ['POST', '/api/v1/forward_backward'],
  ['POST', '/api/v1/retrieve_future'],
  ['GET', '/api/v1/checkpoints'],
  ['DELETE', '/api/v1/training_runs/a/checkpoints/weights/b'],
  ['GET', '/'],
  ['GET', '/nothing'],
] as const;

describe('the token', () => {
  it.each(ROUTES)('is asked for by %s %s', async (method, path) => {
    for (const key of [{}, { 'x-api-key': 'tml-wrong' }, { authorization: `Bearer ${TOKEN}x` }, { 'x-api-key': '' }])
      expect(await status(method, path, key)).toBe(401);
    expect(await status(method, path, { 'x-api-key': TOKEN })).not.toBe(401);
    expect(await status(method, path, { authorization: `bearer ${TOKEN}` })).not.toBe(401);
  });

  it('is compared whole', () => {
    expect(showsToken(TOKEN, TOKEN)).toBe(true);
    for (const given of [undefined, '', TOKEN.slice(0, -1), `${TOKEN} `, TOKEN.toUpperCase()])
      expect(showsToken(given, TOKEN)).toBe(false);
  });

  it('is needed off this machine, and must be long', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'gpu.example'])
      expect(() => checkSettings(testSettings(folder, { host }))).toThrow(/can be reached from other machines/);
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(isLoopback(host)).toBe(true);
      checkSettings(testSettings(folder, { host }));
    }
    for (const token of ['', 'secret', 'tml-short', `key-${'x'.repeat(40)}`, `tml-${'ü'.repeat(40)}`])
      expect(() => checkSettings(testSettings(folder, { host: '0.0.0.0', token }))).toThrow(UsageError);
    checkSettings(testSettings(folder, { host: '0.0.0.0', token: TOKEN }));
  });
});

describe('web pages', () => {
  it('are refused by their Origin, and by the name that they made point here', async () => {
    const path = '/api/v1/healthz';
    const key = { 'x-api-key': TOKEN };
    const port = new URL(server.url).port;
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: server.url },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-origin' },
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { host: '127.0.0.1.evil.example' },
      { host: '192.168.0.9' },
    ])
      expect(await status('GET', path, { ...key, ...headers }), JSON.stringify(headers)).toBe(403);
    expect(await status('GET', path, { ...key, host: `127.0.0.1@evil.example:${port}` })).toBe(400);
    for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, '[::1]'])
      expect(await status('GET', path, { ...key, host })).toBe(200);
  });

  it('the names of a server that others reach', () => {
    const open = { host: '0.0.0.0', allowedHosts: ['Gpu.Example'] };
    for (const host of ['10.0.0.3:8765', 'gpu.example', '[fe80::1]:8765', 'localhost'])
      expect(isOwnHost(host, open), host).toBe(true);
    for (const host of ['evil.example', 'gpu.example.evil', undefined, '']) expect(isOwnHost(host, open)).toBe(false);
  });
});

it('an address that is taken is said to be', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(testServer(join(folder, 'taken'), { port })).rejects.toThrow(/is taken\n.*--port/);
  other.close();
});
