import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError, RltError, StorageError, UsageError } from '../../errors.js';
import { writeParquet } from '../files/parquet-writer.js';
import { readProblems } from '../problem-file.js';
import { fetchDataset, fetchModel, fetchTokenizer } from './hub.js';
import type { HubOptions } from './options.js';
import { parseHubSource } from './source.js';

const CONTENT = '{"question":"q","solution":"s"}\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const gitBlob = (text: string) =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A server on a free local port that records what it was asked. */
async function serve(answer: RequestListener): Promise<{ url: string; seen: Seen[]; server: Server }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

let directory: string;
let cache: string;
let serial = 0;
const servers: Server[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlt-hub-'));
});
beforeEach(() => {
  cache = join(directory, `cache${serial++}`);
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function hub(answer: RequestListener): Promise<{ url: string; seen: Seen[]; options: HubOptions }> {
  const { url, seen, server } = await serve(answer);
  servers.push(server);
  return { url, seen, options: { url, cache, token: 'secret' } };
}

async function refusal(source: string, options: HubOptions): Promise<RltError> {
  const thrown: unknown = await fetchDataset(source, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(RltError);
  return thrown as RltError;
}

const FILE = 'hf:owner/name/data/train.jsonl';

describe('parseHubSource', () => {
  it('takes files, splits, configurations and revisions apart', () => {
    expect(parseHubSource('hf:a/b@v1.0/x/y.jsonl')).toEqual({
      owner: 'a',
      name: 'b',
      revision: 'v1.0',
      target: { kind: 'file', path: 'x/y.jsonl' },
    });
    expect(parseHubSource('hf:a/b/train').target).toEqual({ kind: 'split', split: 'train' });
    expect(parseHubSource('hf:a/b/main/test').target).toEqual({ kind: 'split', config: 'main', split: 'test' });
  });

  it.each([
    'hf:a',
    'hf:a/b',
    'hf:a/b/',
    'hf:a/b/../x.jsonl',
    'hf:../b/x.jsonl',
    'hf:a/b/x.zip',
    'hf:a/b@v/train',
    'hf:a/b/x?y.jsonl',
    'a/b/c.jsonl',
    'hf:a/b/..\\x.jsonl',
  ])('refuses %s', (source) => {
    expect(() => parseHubSource(source)).toThrow(UsageError);
  });
});

describe('fetchDataset', () => {
  it('fetches a file once, with the token, and then reads the cache without the hub', async () => {
    const { seen, options } = await hub((_request, response) => {
      response.setHeader('etag', `"${gitBlob(CONTENT)}"`);
      response.setHeader('x-repo-commit', 'c0ffee');
      response.end(CONTENT);
    });
    const [file] = await fetchDataset(FILE, options);
    expect(file).toMatchObject({ bytes: CONTENT.length, sha256: sha256(CONTENT), commit: 'c0ffee' });
    expect(seen).toEqual([
      { url: '/datasets/owner/name/resolve/main/data/train.jsonl', authorization: 'Bearer secret' },
    ]);
    expect(await fetchDataset(FILE, options)).toEqual([file]);
    expect(seen).toHaveLength(1);
    await fetchDataset(FILE, { ...options, refresh: true });
    expect(seen).toHaveLength(2);
    expect(await readProblems(FILE, { hub: options })).toMatchObject([{ question: 'q', solution: 's' }]);
  });

  it('fetches anew what was damaged in the cache', async () => {
    const { seen, options } = await hub((_request, response) => response.end(CONTENT));
    const [file] = await fetchDataset(FILE, options);
    await writeFile(file?.path ?? '', CONTENT.replace('q', 'x'));
    await fetchDataset(FILE, options);
    expect(seen).toHaveLength(2);
    expect(await readFile(file?.path ?? '', 'utf8')).toBe(CONTENT);
  });

  it('follows to a storage host without taking the token there, and checks what the hub stated', async () => {
    const storage = await hub((_request, response) => {
      response.setHeader('etag', '"something else"');
      response.end(CONTENT);
    });
    const { options } = await hub((_request, response) => {
      response.writeHead(302, {
        location: `${storage.url}/blob`,
        'x-linked-etag': `"${sha256(CONTENT)}"`,
        'x-linked-size': String(CONTENT.length),
      });
      response.end();
    });
    expect(await fetchDataset(FILE, options)).toMatchObject([{ sha256: sha256(CONTENT) }]);
    expect(storage.seen).toEqual([{ url: '/blob', authorization: undefined }]);
  });

  it.each([
    ['x-linked-etag', `"${sha256('other')}"`, /another checksum/],
    ['x-linked-etag', `"${gitBlob('other')}"`, /another checksum/],
    ['x-linked-size', '7', /instead of 7/],
  ])('refuses bytes that differ from the stated %s, and keeps nothing of them', async (name, value, message) => {
    const { options } = await hub((_request, response) => {
      response.setHeader(name, value);
      response.end(CONTENT);
    });
    const error = await refusal(FILE, options);
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(message);
    const left = await readdir(cache, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  it('refuses a file above the limit and one that breaks off', async () => {
    const { options } = await hub((_request, response) => response.end(CONTENT));
    expect(await refusal(FILE, { ...options, fileBytes: 10 })).toBeInstanceOf(InputError);
    const broken = await hub((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{');
      response.socket?.end();
    });
    expect(await refusal(FILE, broken.options)).toBeInstanceOf(StorageError);
  });

  it('says where to ask for access to a gated set', async () => {
    const { url, options } = await hub((_request, response) => {
      response.writeHead(401, { 'x-error-code': 'GatedRepo' });
      response.end();
    });
    vi.stubEnv('HF_TOKEN', '');
    vi.stubEnv('HF_HOME', cache);
    const without = await refusal(FILE, { url, cache });
    vi.unstubAllEnvs();
    expect(without).toBeInstanceOf(StorageError);
    expect(without.message).toMatch(/gated and no token is set/);
    expect(without.facts.remedy).toContain(`${url}/datasets/owner/name`);
    expect(without.facts.remedy).toContain('HF_TOKEN');
    expect((await refusal(FILE, options)).message).toMatch(/token has no access/);
  });

  it.each([
    [401, /does not exist or is private/],
    [404, /has nothing at/],
    [429, /answered 429/],
    [503, /answered 503/],
  ])('turns status %d into a message with a remedy', async (status, message) => {
    const { options } = await hub((_request, response) => {
      response.writeHead(status);
      response.end();
    });
    const error = await refusal(FILE, options);
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(message);
    expect(error.facts.remedy).toBeDefined();
  });

  it('ends a circle of redirects, a silent hub and a closed port', async () => {
    const circle = await hub((request, response) => {
      response.writeHead(302, { location: request.url ?? '/' });
      response.end();
    });
    expect((await refusal(FILE, circle.options)).message).toMatch(/redirects more than 5 times/);
    const silent = await hub(() => undefined);
    expect((await refusal(FILE, { ...silent.options, timeoutMs: 100 })).message).toMatch(/could not be reached/);
    const { url, server } = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect(await refusal(FILE, { url, cache })).toBeInstanceOf(StorageError);
  });

  it('reads a split through the list of Parquet files', async () => {
    const parquet = join(directory, 'split.parquet');
    const columns = [
      { name: 'question', type: 'text' },
      { name: 'answer', type: 'text' },
    ] as const;
    await writeParquet(parquet, columns, [{ question: 'q', answer: 'So <<1+1=2>>2.\n#### 2' }]);
    const bytes = await readFile(parquet);
    let url = '';
    const served = await hub((request, response) => {
      const base = `${url}/api/datasets/owner/name/parquet`;
      if (request.url === '/api/datasets/owner/name/parquet') {
        response.end(JSON.stringify({ main: { train: [`${base}/main/train/0.parquet`], test: [] }, socratic: {} }));
      } else response.end(bytes);
    });
    url = served.url;
    expect(await readProblems('hf:owner/name/main/train', { hub: served.options })).toMatchObject([
      { solution: 'So 2.\n#### 2', answer: '2' },
    ]);
    expect((await refusal('hf:owner/name/train', served.options)).facts.remedy).toMatch(/main, socratic/);
    expect((await refusal('hf:owner/name/main/dev', served.options)).facts.remedy).toMatch(/train, test/);
    expect(await refusal('hf:owner/name/none/train', served.options)).toBeInstanceOf(InputError);
  });

  it('does not follow a list to another host', async () => {
    const { options } = await hub((_request, response) => {
      response.end(JSON.stringify({ default: { train: ['http://elsewhere.invalid/0.parquet'] } }));
    });
    expect((await refusal('hf:owner/name/train', options)).message).toMatch(
      /list of splits that the hub sent is invalid/,
    );
  });
});

describe('fetchModel', () => {
  const WEIGHTS = 'weights';

  it('fetches what the engine reads, and nothing else of the repository', async () => {
    const { seen, options } = await hub((request, response) => {
      const files = ['config.json', 'model.safetensors', 'pytorch_model.bin', '../escape/config.json', 'README.md'];
      const isList = request.url?.startsWith('/api/') === true;
      const body = isList ? JSON.stringify({ siblings: files.map((rfilename) => ({ rfilename })) }) : WEIGHTS;
      response.setHeader('etag', `"${gitBlob(body)}"`);
      response.end(body);
    });
    const folder = await fetchModel('owner/name', 'main', options);
    expect(await readFile(join(folder, 'model.safetensors'), 'utf8')).toBe(WEIGHTS);
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/models/owner/name/revision/main',
      '/owner/name/resolve/main/config.json',
      '/owner/name/resolve/main/model.safetensors',
    ]);
  });

  it('fetches the tokenizer alone, into the place of the whole model', async () => {
    const { seen, options } = await hub((request, response) => {
      const files = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json', 'README.md'];
      const isList = request.url?.startsWith('/api/') === true;
      const body = isList ? JSON.stringify({ siblings: files.map((rfilename) => ({ rfilename })) }) : WEIGHTS;
      response.setHeader('etag', `"${gitBlob(body)}"`);
      response.end(body);
    });
    const folder = await fetchTokenizer('owner/name', options);
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/models/owner/name/revision/main',
      '/owner/name/resolve/main/config.json',
      '/owner/name/resolve/main/tokenizer.json',
      '/owner/name/resolve/main/tokenizer_config.json',
    ]);
    expect(await fetchModel('owner/name', 'main', options)).toBe(folder);
    expect(seen.at(-1)?.url).toBe('/owner/name/resolve/main/model.safetensors');
    await expect(fetchTokenizer('name', options)).rejects.toThrow(UsageError);
  });

  it('says that a repository has no tokenizer to write with', async () => {
    const { options } = await hub((_request, response) => {
      const body = JSON.stringify({ siblings: [{ rfilename: 'config.json' }] });
      response.setHeader('etag', `"${gitBlob(body)}"`);
      response.end(body);
    });
    await expect(fetchTokenizer('owner/name', options)).rejects.toThrow(/no tokenizer\.json/);
  });

  it('says where to ask for access to a gated model', async () => {
    const { url, options } = await hub((_request, response) => {
      response.writeHead(403, { 'x-error-code': 'GatedRepo' });
      response.end();
    });
    const error: unknown = await fetchModel('owner/name', 'main', options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageError);
    expect((error as StorageError).facts.remedy).toContain(`${url}/owner/name,`);
  });

  it.each([
    ['owner/name', '../../../escaped'],
    ['owner/name', ''],
    ['owner/name/more', 'main'],
    ['../name', 'main'],
  ])('refuses %j at %j without asking the hub', async (repository, revision) => {
    const { seen, options } = await hub((_request, response) => response.end('{}'));
    await expect(fetchModel(repository, revision, options)).rejects.toThrow(UsageError);
    expect(seen).toEqual([]);
  });
});
