/** The forms in which hubs, mirrors, logins and networks are found, beside the plain ones of hub.test.ts. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { RltError, StorageError, UsageError } from '../../errors.js';
import { writeParquet } from '../files/parquet-writer.js';
import { readProblems } from '../problem-file.js';
import { fetchDataset, fetchModel, hubModelAt } from './hub.js';
import { type HubOptions, hubOf } from './options.js';
import { proxyFor } from './proxy.js';
import { parseHubSource } from './source.js';
import { hubToken } from './token.js';

interface Served {
  readonly url: string;
  readonly options: HubOptions;
  /** Method, URL and authorization of each request. */
  readonly seen: (readonly [string, string, string | undefined])[];
  readonly server: Server;
}

let directory: string;
let cache: string;
let serial = 0;
const servers: Server[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-hub-forms-'));
});
beforeEach(() => {
  cache = join(directory, `cache${serial++}`);
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'])
    for (const known of [name, name.toLowerCase()]) vi.stubEnv(known, '');
  vi.stubEnv('HF_HOME', join(directory, 'nobody'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function serve(answer: RequestListener): Promise<Served> {
  const seen: Served['seen'] = [];
  const server = createServer((request, response) => {
    seen.push([request.method ?? '', request.url ?? '', request.headers.authorization]);
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, server, options: { url, cache } };
}

async function failureOf(work: Promise<unknown>): Promise<RltError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof RltError)) throw new Error(`it was not refused: ${thrown}`);
  return thrown;
}

async function parquetBytes(): Promise<Buffer> {
  const file = join(directory, 'problems.parquet');
  const columns = [
    { name: 'question', type: 'text' },
    { name: 'solution', type: 'text' },
  ] as const;
  await writeParquet(file, columns, [{ question: 'q', solution: 's' }]);
  return readFile(file);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** A safetensors file of one tensor with two bytes. */
function safetensors(): Buffer {
  const header = Buffer.from(JSON.stringify({ t: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from([0, 0])]);
}

describe('the token', () => {
  it('is trimmed, and refused without being repeated', () => {
    expect(hubToken(' hf_a\n')).toBe('hf_a');
    expect(hubToken(undefined, { HF_TOKEN: 'hf_a\n', HF_HOME: '/nowhere' })).toBe('hf_a');
    expect(hubToken(undefined, { HF_TOKEN: ' \n', HF_HOME: '/nowhere' })).toBeUndefined();
    for (const token of ['hf_SECRET\nsecond', 'hf_SECRET second', 'hf_SECR\u00c9T', 'hf_SECRET\u0000']) {
      let error: unknown;
      try {
        hubToken(undefined, { HF_TOKEN: token });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toMatch(/HF_TOKEN holds a character that a token cannot have/);
      expect(String(error)).not.toMatch(/SECR|second/);
    }
    const withPassword = () => hubOf({ url: 'http://user:SECRET@hub.example' });
    expect(withPassword).toThrow(/holds a user name or password/);
    expect(withPassword).not.toThrow(/SECRET/);
  });

  it('of a login is sent', async () => {
    const home = join(directory, 'home');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'token'), 'hf_login\n');
    vi.stubEnv('HF_HOME', home);
    const { seen, options } = await serve((_request, response) => response.end('{"question":"q","solution":"s"}\n'));
    await fetchDataset('hf:o/n/t.jsonl', options);
    vi.stubEnv('HF_TOKEN', 'hf_environment');
    await fetchDataset('hf:o/n/t.jsonl', { ...options, refresh: true });
    await fetchDataset('hf:o/n/t.jsonl', { ...options, refresh: true, token: 'hf_option' });
    expect(seen.map(([, , authorization]) => authorization)).toEqual([
      'Bearer hf_login',
      'Bearer hf_environment',
      'Bearer hf_option',
    ]);
    expect(hubToken(undefined, { HF_TOKEN_PATH: join(home, 'token') })).toBe('hf_login');
    expect(hubToken(undefined, { XDG_CACHE_HOME: directory })).toBeUndefined();
  });
});

describe('data sets', () => {
  it('are read at the revision of a pull request', async () => {
    expect(parseHubSource('hf:o/pr@refs/pr/3/data/x.parquet')).toMatchObject({
      revision: 'refs/pr/3',
      target: { kind: 'file', path: 'data/x.parquet' },
    });
    expect(parseHubSource('hf:o/pr@feature%2Fnew/x.jsonl')).toMatchObject({ revision: 'feature/new' });
    for (const source of ['hf:o/pr@refs/../x/y.jsonl', 'hf:o/pr@refs/pr', 'hf:o/pr@..%2F..%2Fx/y.jsonl'])
      expect(() => parseHubSource(source)).toThrow(UsageError);
    const bytes = await parquetBytes();
    const { seen, options } = await serve((_request, response) => response.end(bytes));
    const [file] = await fetchDataset('hf:o/pr@refs/pr/3/data.parquet', options);
    expect(seen.map(([, url]) => url)).toEqual(['/datasets/o/pr/resolve/refs%2Fpr%2F3/data.parquet']);
    expect(file?.path.startsWith(join(cache, 'hub', 'datasets', 'o', 'pr'))).toBe(true);
  });

  it('are read whatever their other configurations are called, and from a mirror with the links of the official hub', async () => {
    const bytes = await parquetBytes();
    const { seen, options } = await serve((request, response) => {
      if (!request.url?.endsWith('/parquet')) response.end(bytes);
      else {
        const at = 'https://huggingface.co/api/datasets/o/names/parquet';
        response.end(
          JSON.stringify({
            default: { train: [`${at}/default/train/0.parquet`] },
            'random_10k [2m]': { train: [`${at}/random/train/0.parquet`], 'strange split': 'not a list' },
            '..': { train: [`${at}/dots/train/0.parquet`] },
          }),
        );
      }
    });
    for (const source of ['hf:o/names/default/train', 'hf:o/names/train', 'hf:o/names/random_10k [2m]/train'])
      expect(await readProblems(source, { hub: options })).toMatchObject([{ question: 'q', solution: 's' }]);
    expect(seen.map(([, url]) => url)).toEqual([
      '/api/datasets/o/names/parquet',
      '/api/datasets/o/names/parquet/default/train/0.parquet',
      '/api/datasets/o/names/parquet/random/train/0.parquet',
    ]);
    expect((await failureOf(fetchDataset('hf:o/names/random_10k [2m]/strange split', options))).message).toMatch(
      /list of splits that the hub sent is invalid/,
    );
    const names = await readdir(join(cache, 'hub', 'datasets', 'o', 'names', 'converted'));
    expect(names.toSorted()).toEqual(['default', 'list.json', 'list.json.facts.json', 'random_10k%20%5B2m%5D']);
  });
});

describe('models', () => {
  it.each([
    'model-00001-of-000001.safetensors',
    'model.safetensors-00001-of-00001.safetensors',
    'model-00001-of-00001.safetensors',
    'weights.safetensors',
  ])('with the shard %s are fetched by their index', async (shard) => {
    const { seen, options } = await serve((request, response) => {
      const url = request.url ?? '';
      if (url.startsWith('/api/')) {
        const names = ['config.json', 'model.safetensors.index.json', shard, 'consolidated.safetensors', 'README.md'];
        response.end(JSON.stringify({ siblings: names.map((rfilename) => ({ rfilename })) }));
      } else if (url.endsWith('.index.json')) response.end(JSON.stringify({ weight_map: { a: shard, b: shard } }));
      else response.end(url.endsWith('.safetensors') ? safetensors() : '{}');
    });
    const folder = await fetchModel('o/six', 'refs/pr/7', options);
    expect((await readdir(folder)).filter((name) => !name.endsWith('.facts.json')).toSorted()).toEqual(
      ['config.json', 'model.safetensors.index.json', shard].toSorted(),
    );
    expect(seen[0]?.[1]).toBe('/api/models/o/six/revision/refs%2Fpr%2F7');
    expect(seen.at(-1)?.[1]).toBe(`/o/six/resolve/refs%2Fpr%2F7/${shard}`);
    expect(hubModelAt(folder, { cache })).toEqual({ repository: 'o/six', revision: 'refs/pr/7' });
  });

  it('whose index leads elsewhere are refused', async () => {
    const { options } = await serve((request, response) => {
      const siblings = [{ rfilename: 'model.safetensors.index.json' }];
      const isList = request.url?.startsWith('/api/') === true;
      response.end(JSON.stringify(isList ? { siblings } : { weight_map: { a: '../../escaped.safetensors' } }));
    });
    expect((await failureOf(fetchModel('o/six', 'main', options))).message).toMatch(/does not name the shards/);
  });
});

describe('a bad answer', () => {
  const page = '<!DOCTYPE html>\n<html><body>Log in to the network</body></html>';
  const line = '{"question":"q","solution":"s"}\n';
  const whole: Readonly<Record<string, string | Buffer>> = {
    'hf:o/n/t.jsonl': line,
    'hf:o/n/t.json': `[${line}]`,
    'hf:o/n/t.csv': 'question,solution\nq,s\n',
  };

  it.each([
    ['hf:o/n/t.jsonl', page, /was answered by a web page/],
    ['hf:o/n/t.csv', page, /was answered by a web page/],
    ['hf:o/n/t.jsonl', `${line}{"question":"q","solu`, /ends in the middle of a line/],
    ['hf:o/n/t.jsonl', '', /is empty/],
    ['hf:o/n/t.json', '[{"question":"q",', /is not whole JSON/],
  ])('for %s is not kept: %j', async (source, bad, message) => {
    let answers = 0;
    const { options } = await serve((_request, response) => response.end(answers++ === 0 ? bad : whole[source]));
    const error = await failureOf(fetchDataset(source, options));
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(message);
    expect(await filesIn(cache)).toEqual([]);
    expect(await readProblems(source, { hub: options })).toMatchObject([{ question: 'q', solution: 's' }]);
  });

  it('in place of a list, Parquet file, configuration or weights is not kept either', async () => {
    const bytes = await parquetBytes();
    let isBad = true;
    const { url, options } = await serve((request, response) => {
      const asked = request.url ?? '';
      if (asked.endsWith('/parquet')) response.end(JSON.stringify({ default: { train: [`${url}/0.parquet`] } }));
      else if (asked.startsWith('/api/')) {
        const names = ['config.json', 'model.safetensors'];
        response.end(
          isBad ? '{"error":"soon"}' : JSON.stringify({ siblings: names.map((rfilename) => ({ rfilename })) }),
        );
      } else if (asked.endsWith('0.parquet')) response.end(isBad ? bytes.subarray(0, bytes.length - 9) : bytes);
      else if (asked.endsWith('config.json')) response.end(isBad ? '{"hidden' : '{}');
      else response.end(isBad ? safetensors().subarray(0, 70) : safetensors());
    });
    expect((await failureOf(fetchDataset('hf:o/n/train', options))).message).toMatch(/is not a whole Parquet file/);
    expect((await failureOf(fetchModel('o/n', 'main', options))).message).toMatch(/list of files .* invalid/);
    isBad = false;
    expect(await fetchDataset('hf:o/n/train', options)).toHaveLength(1);
    const folder = await fetchModel('o/n', 'main', options);
    isBad = true;
    const again = await fetchModel('o/n', 'main', options);
    expect(again).toBe(folder);
    const refresh = { ...options, cache: join(cache, 'other') };
    isBad = false;
    await fetchModel('o/n', 'main', refresh);
    await rm(join(refresh.cache, 'hub', 'models', 'o', 'n', 'main', 'files'), { recursive: true });
    isBad = true;
    expect((await failureOf(fetchModel('o/n', 'main', refresh))).message).toMatch(/config\.json is not whole JSON/);
    const left = await filesIn(join(refresh.cache, 'hub', 'models', 'o', 'n', 'main'));
    expect(left.filter((name) => !name.startsWith('list.json'))).toEqual([]);
  });

  it('in place of the list of splits is not kept', async () => {
    let answers = 0;
    const bytes = await parquetBytes();
    const served = await serve((request, response) => {
      if (!request.url?.endsWith('/parquet')) response.end(bytes);
      else response.end(answers++ === 0 ? page : JSON.stringify({ default: { train: [`${served.url}/0.parquet`] } }));
    });
    expect((await failureOf(fetchDataset('hf:o/n/train', served.options))).message).toMatch(/web page/);
    expect(await fetchDataset('hf:o/n/train', served.options)).toHaveLength(1);
  });
});

describe('a proxy', () => {
  test.each([
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://hub.example/x', { https_proxy: 'p:1', HTTPS_PROXY: 'http://q:2' }, 'http://p:1/'],
    ['http://hub.example/x', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['http://hub.example/x', { HTTP_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['http://hub.example/x', { ALL_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'other, example' }, undefined],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.example' }, undefined],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*.example' }, undefined],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', no_proxy: 'HUB.example:443' }, undefined],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'hub.example:8443' }, 'http://p:1/'],
    ['https://hub.example/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'ub.example' }, 'http://p:1/'],
    ['http://127.0.0.1:5/x', { HTTP_PROXY: 'http://p:1', NO_PROXY: '127.0.0.1,localhost' }, undefined],
    ['http://[::1]:5/x', { HTTP_PROXY: 'http://p:1', NO_PROXY: '[::1]' }, undefined],
  ])('for %s with %j is %s', (url, environment, expected) => {
    expect(proxyFor(new URL(url), environment)?.href).toBe(expected);
  });

  it('of another kind is refused without repeating its password', () => {
    for (const value of ['socks5://user:SECRET@p:1', 'http://', '://SECRET']) {
      const work = () => proxyFor(new URL('https://hub.example'), { HTTPS_PROXY: value });
      expect(work).toThrow(/HTTPS_PROXY does not hold the URL of an HTTP proxy/);
      expect(work).not.toThrow(/SECRET/);
    }
  });

  it('carries requests to a hub without encryption, with its password and not that of the hub', async () => {
    const line = '{"question":"q","solution":"s"}\n';
    const passwords: (string | undefined)[] = [];
    const proxy = await serve((request, response) => {
      passwords.push(request.headers['proxy-authorization']);
      response.setHeader('etag', `"${createHash('sha1').update(`blob ${line.length}\0${line}`).digest('hex')}"`);
      response.end(line);
    });
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('http://', 'http://user:pass@'));
    const options = { url: 'http://hub.invalid', cache, token: 'hf_a' };
    expect(await readProblems('hf:o/n/t.jsonl', { hub: options })).toMatchObject([{ question: 'q' }]);
    expect(proxy.seen).toEqual([['GET', 'http://hub.invalid/datasets/o/n/resolve/main/t.jsonl', 'Bearer hf_a']]);
    expect(passwords).toEqual([`Basic ${Buffer.from('user:pass').toString('base64')}`]);
  });

  it('is asked for a tunnel to a hub with encryption, and its refusal is reported', async () => {
    const proxy = await serve((_request, response) => response.end());
    const asked: unknown[] = [];
    proxy.server.on('connect', (request, socket) => {
      asked.push([request.url, request.headers.authorization]);
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    vi.stubEnv('HTTPS_PROXY', proxy.url.replace('http://', 'http://user:SECRET@'));
    const error = await failureOf(fetchDataset('hf:o/n/t.jsonl', { url: 'https://hub.invalid', cache, token: 'hf_a' }));
    expect(error.message).toMatch(/could not be reached: the proxy 127\.0\.0\.1:\d+ answered 407 for hub\.invalid:443/);
    expect(error.message).not.toMatch(/SECRET/);
    expect(asked).toEqual([['hub.invalid:443', undefined]]);
  });

  const certificate = spawnSync('openssl', ['version']).status === 0;
  if (!certificate) console.log('skipped: a tunnel to a hub with encryption, because there is no openssl');

  it.skipIf(!certificate)('carries requests to a hub with encryption through a tunnel', async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=hub.invalid'];
    expect(spawnSync('openssl', [...made, '-keyout', key, '-out', cert]).status).toBe(0);
    const asked: unknown[] = [];
    const hub = createTlsServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
      asked.push([request.url, request.headers.host, request.headers.authorization]);
      response.end('{"question":"q","solution":"s"}\n');
    });
    servers.push(hub);
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const proxy = await serve((_request, response) => response.end());
    proxy.server.on('connect', (request, socket) => {
      asked.push(request.url);
      const behind = connect((hub.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        behind.pipe(socket).pipe(behind);
      });
      for (const end of [behind, socket]) end.on('error', () => undefined);
    });
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const options = { url: 'https://hub.invalid', cache, token: 'hf_a' };
    expect((await failureOf(fetchDataset('hf:o/n/t.jsonl', options))).message).toMatch(
      /could not be reached: self-signed certificate/,
    );
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect(await readProblems('hf:o/n/t.jsonl', { hub: options })).toMatchObject([{ question: 'q', solution: 's' }]);
    expect(asked).toEqual([
      'hub.invalid:443',
      'hub.invalid:443',
      ['/datasets/o/n/resolve/main/t.jsonl', 'hub.invalid', 'Bearer hf_a'],
    ]);
  });
});
