import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InterruptedError, type RltError, StorageError, UsageError } from '../../../errors.js';
import { FakeHub, TOKEN } from '../testing/fake-hub.js';
import { type UploadFile, type UploadOptions, uploadModel } from './upload.js';

let hub: FakeHub;
let folder: string;
beforeEach(async () => {
  hub = new FakeHub();
  await hub.open();
  folder = mkdtempSync(join(tmpdir(), 'rlt-upload-'));
});
afterEach(() => {
  hub.close();
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
  // Whatever a test did: the token went to the API only.
  expect(hub.leaks).toEqual([]);
});

const file = (path: string, text: string): UploadFile => {
  writeFileSync(join(folder, path), text);
  return { path, bytes: text.length, content: { kind: 'file', file: join(folder, path) } };
};
const card = (text: string): UploadFile => ({ path: 'README.md', bytes: text.length, content: { kind: 'text', text } });

/** A small file, one that is sent whole, and one in three parts. */
const model = (): UploadFile[] => [
  card('# m'),
  file('config.json', '{}'),
  file('tokenizer.json', 'a'.repeat(2500)),
  file('model.safetensors', 'abcde'.repeat(2000)),
];

const upload = (files: readonly UploadFile[], options: Partial<UploadOptions> = {}, name = 'me/model') =>
  uploadModel(name, files, {
    isPrivate: false,
    message: 'first',
    hub: { url: hub.url, token: TOKEN, retryDelayMs: 1 },
    ...options,
  });

const refusal = async (work: Promise<unknown>): Promise<RltError> =>
  (await work.then(
    () => undefined,
    (error: unknown) => error,
  )) as RltError;

const sentTo = (start: string): string[] => hub.requests.filter((request) => request.startsWith(start));

describe('an upload', () => {
  it('makes the repository, sends small files with the commit and large ones before it, whole or in parts', async () => {
    const notes: string[] = [];
    const done = await upload(model(), { isPrivate: true, note: (text) => notes.push(text) });
    expect(done).toEqual({
      url: `${hub.url}/me/model`,
      commit: '1',
      sent: ['README.md', 'config.json', 'tokenizer.json', 'model.safetensors'],
      alreadyThere: [],
    });
    const made = hub.repositories.get('me/model');
    expect([made?.private, made?.commits]).toEqual([true, ['first']]);
    expect(hub.text('me/model', 'README.md')).toBe('# m');
    expect(hub.text('me/model', 'model.safetensors')).toBe('abcde'.repeat(2000));
    expect(sentTo('PUT /part/')).toHaveLength(3);
    expect(sentTo('PUT /whole/')).toHaveLength(1);
    expect(notes.at(-1)).toBe('model.safetensors: 10000 of 10000 bytes sent');
  });

  it('sends nothing that is there, and no empty commit', async () => {
    await upload(model());
    hub.requests.length = 0;
    expect(await upload(model())).toMatchObject({ sent: [], alreadyThere: expect.arrayContaining(['README.md']) });
    expect(hub.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    const changed = await upload([...model().slice(1), card('# n')]);
    expect(changed.sent).toEqual(['README.md']);
    expect(hub.text('me/model', 'README.md')).toBe('# n');
    expect(sentTo('PUT ')).toEqual([]);
  });

  it('retries what the network or the server loses', async () => {
    const seen = new Map<string, number>();
    hub.fault = (request) => {
      const count = (seen.get(request) ?? 0) + 1;
      seen.set(request, count);
      if (count > 2) return undefined;
      return request.startsWith('PUT ') ? 'cut' : { status: 503 };
    };
    expect((await upload(model())).commit).toBe('1');
    expect(hub.text('me/model', 'model.safetensors')).toBe('abcde'.repeat(2000));
  });

  it('resumes after a failure in the middle: what the storage has is not sent again', async () => {
    hub.fault = (request) => (/^PUT \/part\/.*\/2$/.test(request) ? 'cut' : undefined);
    const error = await refusal(upload(model()));
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toContain('sending model.safetensors failed');
    expect(error.message).toContain('run the same command to resume');
    expect(error.message).not.toMatch(/secret-signature|hf_write|storage\//);
    expect(hub.repositories.get('me/model')?.commits).toEqual([]);
    hub.fault = () => undefined;
    hub.requests.length = 0;
    const done = await upload(model());
    expect(done.alreadyThere).toEqual(['tokenizer.json']);
    expect(sentTo('PUT /whole/')).toEqual([]);
    expect(hub.text('me/model', 'tokenizer.json')).toBe('a'.repeat(2500));
  });

  it('an interrupted one says so, and resumes too', async () => {
    const control = new AbortController();
    hub.fault = (request) => {
      if (request.startsWith('PUT /part/')) control.abort();
      return undefined;
    };
    const options = { hub: { url: hub.url, token: TOKEN, signal: control.signal } };
    expect(await refusal(upload(model(), options))).toBeInstanceOf(InterruptedError);
    hub.fault = () => undefined;
    expect((await upload(model())).alreadyThere).toEqual(['tokenizer.json']);
  });

  it('a public repository is not taken for a private one', async () => {
    hub.repositories.set('me/model', { private: false, files: new Map(), commits: [] });
    const error = await refusal(upload(model(), { isPrivate: true }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain('everybody can read it');
    expect(hub.requests).toEqual(['GET /api/models/me/model']);
  });

  it.each([
    ['a wrong token', { token: 'hf_other', name: 'me/model' }, /status 401.*\(token\)/, /Set HF_TOKEN/],
    ['no rights', { token: TOKEN, name: 'forbidden/model' }, /making forbidden\/model.*403.*rights/, /write access/],
  ])('%s: what the hub says, without the token', async (_, { token, name }, message, remedy) => {
    const error = await refusal(upload(model(), { hub: { url: hub.url, token, retryDelayMs: 1 } }, name));
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(remedy);
    expect(error.message).not.toContain(token);
  });

  it('no token: nothing is asked', async () => {
    vi.stubEnv('HF_TOKEN', '');
    vi.stubEnv('HUGGING_FACE_HUB_TOKEN', '');
    vi.stubEnv('HF_TOKEN_PATH', join(folder, 'none'));
    const error = await refusal(upload(model(), { hub: { url: hub.url } }));
    expect(error).toBeInstanceOf(UsageError);
    expect(hub.requests).toEqual([]);
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
    vi.stubEnv('HF_TOKEN_PATH', join(folder, 'token'));
    vi.stubEnv('HF_ENDPOINT', hub.url);
    expect((await upload(model(), { hub: {} })).commit).toBe('1');
  });

  it('files that the repository ignores, and empty files', async () => {
    expect((await refusal(upload([file('ignored.json', '{}')]))).message).toContain('.gitignore');
    hub.largeBytes = 0;
    expect((await upload([file('empty.txt', '')])).sent).toEqual(['empty.txt']);
    expect(hub.text('me/model', 'empty.txt')).toBe('');
  });

  it('goes through the proxy of the environment', async () => {
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      const target = new URL(request.url ?? '');
      through.push(request.method ?? '');
      const socket = connect(Number(target.port), target.hostname, () => {
        const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(
          `${request.method} ${target.pathname}${target.search} HTTP/1.1\r\n${headers.join('')}connection: close\r\n\r\n`,
        );
        request.pipe(socket);
        if (response.socket !== null) socket.pipe(response.socket);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('http_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    vi.stubEnv('no_proxy', '');
    try {
      expect((await upload(model())).commit).toBe('1');
      expect(new Set(through)).toEqual(new Set(['GET', 'POST', 'PUT']));
      expect(hub.text('me/model', 'model.safetensors')).toBe('abcde'.repeat(2000));
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
