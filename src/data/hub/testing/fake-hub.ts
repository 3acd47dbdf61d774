/** A server that speaks the part of the hub's API that uploads use, and keeps what it is sent. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TOKEN = 'hf_write';

interface StoredFile {
  readonly oid: string;
  readonly bytes: Buffer;
  readonly isLarge: boolean;
}

/** What happens to a request instead of an answer. */
export type Fault = { readonly status: number; readonly error?: string } | 'cut' | undefined;

export class FakeHub {
  readonly repositories = new Map<string, { private: boolean; files: Map<string, StoredFile>; commits: string[] }>();
  /** `PUT /storage/…`, without what follows a `?`. */
  readonly requests: string[] = [];
  /** Requests that carried the token, other than to the API. */
  readonly leaks: string[] = [];
  /** Asked before each request. */
  fault: (request: string) => Fault = () => undefined;
  /** Files of at least so many bytes go through the storage, larger ones than two parts in parts. */
  largeBytes = 1000;
  partBytes = 4000;
  readonly #storage = new Map<string, Buffer>();
  readonly #parts = new Map<string, Map<number, Buffer>>();
  readonly #api: Server;
  readonly #store: Server;
  url = '';
  #storeUrl = '';

  constructor() {
    this.#api = createServer((request, response) => void this.#answer(request, response, this.#apiAnswer.bind(this)));
    this.#store = createServer((request, response) => {
      if (request.headers.authorization !== undefined) this.leaks.push(request.url ?? '');
      void this.#answer(request, response, this.#storeAnswer.bind(this));
    });
  }

  async open(): Promise<void> {
    const listen = (server: Server) =>
      new Promise<string>((resolve) =>
        server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
      );
    this.url = await listen(this.#api);
    this.#storeUrl = await listen(this.#store);
  }

  close(): void {
    for (const server of [this.#api, this.#store]) {
      server.closeAllConnections();
      server.close();
    }
  }

  text(repository: string, path: string): string | undefined {
    return this.repositories.get(repository)?.files.get(path)?.bytes.toString();
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (method: string, path: string, body: Buffer, request: IncomingMessage) => object | Buffer | Reply,
  ): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?');
    const name = `${request.method} ${path}`;
    this.requests.push(name);
    const fault = this.fault(name);
    if (fault === 'cut') {
      // In the middle of what is sent.
      request.once('data', () => request.socket.destroy());
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const found =
      fault === undefined
        ? answer.call(this, request.method ?? '', path, Buffer.concat(chunks), request)
        : new Reply(fault.status, { error: fault.error ?? 'as told' });
    const { status, value, headers } = found instanceof Reply ? found : new Reply(200, found);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  }

  #apiAnswer(method: string, path: string, body: Buffer, request: IncomingMessage): object {
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return new Reply(401, { error: `Invalid credentials in ${request.headers.authorization}` });
    const json = (): Record<string, unknown> => JSON.parse(body.toString());
    if (method === 'POST' && path === '/api/repos/create') {
      const { type, name, organization, private: isPrivate } = json();
      const id = `${String(organization)}/${String(name)}`;
      if (type !== 'model') return new Reply(400, { error: 'not a model' });
      if (organization === 'forbidden') return new Reply(403, { error: "You don't have the rights" });
      if (this.repositories.has(id)) return new Reply(409, { error: 'You already created this model repo' });
      this.repositories.set(id, { private: isPrivate === true, files: new Map(), commits: [] });
      return { url: `${this.url}/${id}` };
    }
    const [, id = '', rest = ''] = /^\/(?:api\/models\/)?([^/]+\/[^/.]+)(?:\.git)?(\/.*)?$/.exec(path) ?? [];
    const repository = this.repositories.get(id);
    if (repository === undefined) return new Reply(404, { error: 'Repository not found' });
    if (method === 'GET' && rest === '') return { id, private: repository.private };
    if (method === 'GET' && rest === '/tree/main') {
      const all = [...repository.files].map(([at, { oid, bytes, isLarge }]) => ({
        type: 'file',
        path: at,
        size: bytes.length,
        oid: isLarge ? 'f'.repeat(40) : oid,
        ...(isLarge ? { lfs: { oid, size: bytes.length, pointerSize: 130 } } : {}),
      }));
      // Pages of two.
      const from = Number(new URL(request.url ?? '', this.url).searchParams.get('cursor') ?? 0);
      const next = from + 2 < all.length ? { link: `<${this.url}${path}?cursor=${from + 2}>; rel="next"` } : {};
      return new Reply(200, all.slice(from, from + 2), next);
    }
    if (method === 'POST' && rest === '/preupload/main') {
      const files = json().files as { path: string; size: number; sample: string }[];
      return {
        files: files.map(({ path: at, size }) => ({
          path: at,
          uploadMode: size >= this.largeBytes ? 'lfs' : 'regular',
          shouldIgnore: at === 'ignored.json',
        })),
      };
    }
    if (method === 'POST' && rest === '/info/lfs/objects/batch') return this.#batch(json());
    if (method === 'POST' && rest === '/commit/main') return this.#commit(repository, body, request);
    return new Reply(404, { error: `nothing at ${path}` });
  }

  #batch(asked: Record<string, unknown>): object {
    const objects = asked.objects as { oid: string; size: number }[];
    return {
      transfer: 'basic',
      objects: objects.map(({ oid, size }) => {
        if (this.#storage.has(oid)) return { oid, size };
        const signed = '?X-Signature=secret-signature';
        const verify = { href: `${this.#storeUrl}/verify/${oid}${signed}` };
        if (size <= 2 * this.partBytes)
          return { oid, size, actions: { upload: { href: `${this.#storeUrl}/whole/${oid}${signed}` }, verify } };
        const count = Math.ceil(size / this.partBytes);
        const parts = Array.from({ length: count }, (_, i) => [
          String(i + 1).padStart(5, '0'),
          `${this.#storeUrl}/part/${oid}/${i + 1}${signed}`,
        ]);
        const header = { chunk_size: String(this.partBytes), ...Object.fromEntries(parts) };
        return { oid, size, actions: { upload: { href: `${this.#storeUrl}/complete/${oid}`, header }, verify } };
      }),
    };
  }

  #storeAnswer(method: string, path: string, body: Buffer): object {
    const [, kind, oid = '', part] = path.split('/');
    if (method === 'PUT' && kind === 'whole') return this.#keep(oid, body);
    if (method === 'PUT' && kind === 'part') {
      const parts = this.#parts.get(oid) ?? new Map<number, Buffer>();
      this.#parts.set(oid, parts.set(Number(part), body));
      return new Reply(200, {}, { etag: `"${part}"` });
    }
    if (method === 'POST' && kind === 'complete') {
      const { parts } = JSON.parse(body.toString()) as { parts: { partNumber: number; etag: string }[] };
      const kept = parts.map(({ partNumber, etag }) => {
        if (etag !== `"${partNumber}"`) throw new Error('another etag');
        return this.#parts.get(oid)?.get(partNumber) ?? Buffer.alloc(0);
      });
      return this.#keep(oid, Buffer.concat(kept));
    }
    if (method === 'POST' && kind === 'verify') return this.#storage.has(oid) ? {} : new Reply(404, {});
    return new Reply(404, {});
  }

  #keep(oid: string, bytes: Buffer): object {
    if (createHash('sha256').update(bytes).digest('hex') !== oid) return new Reply(400, {});
    this.#storage.set(oid, bytes);
    return {};
  }

  #commit(
    repository: { files: Map<string, StoredFile>; commits: string[] },
    body: Buffer,
    request: IncomingMessage,
  ): object {
    if (request.headers['content-type'] !== 'application/x-ndjson') return new Reply(400, { error: 'content type' });
    const lines = body.toString().trimEnd().split('\n');
    const [header, ...operations] = lines.map((line) => JSON.parse(line) as { key: string; value: Operation });
    if (header?.key !== 'header' || !header.value.summary) return new Reply(400, { error: 'no header' });
    for (const { key, value } of operations) {
      const bytes = key === 'lfsFile' ? this.#storage.get(value.oid ?? '') : Buffer.from(value.content ?? '', 'base64');
      if (bytes === undefined) return new Reply(400, { error: `${value.path} was not uploaded` });
      const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
      const isLarge = key === 'lfsFile';
      repository.files.set(value.path ?? '', { oid: isLarge ? (value.oid ?? '') : blob, bytes, isLarge });
    }
    repository.commits.push(header.value.summary);
    return { success: true, commitOid: String(repository.commits.length), commitUrl: 'x', hookOutput: '' };
  }
}

interface Operation {
  readonly summary?: string;
  readonly path?: string;
  readonly oid?: string;
  readonly content?: string;
}

class Reply {
  readonly status: number;
  readonly value: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, value: object, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.value = value;
    this.headers = headers;
  }
}
