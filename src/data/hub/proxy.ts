/**
 * Requests through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name. The fetch of Node 20 does not read these
 * variables; that of Node 24 does when NODE_USE_ENV_PROXY is set.
 */
import { createReadStream } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { UsageError } from '../../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What a request carries: bytes, or a part of a file. */
export type RequestBody =
  | Uint8Array
  | { readonly path: string; readonly start: number; readonly bytes: number; readonly sent: (bytes: number) => void };

/** The value of a variable by which it is known in lower and upper case, as of curl. */
const variable = (environment: Environment, name: string): string | undefined =>
  environment[name.toLowerCase()] || environment[name] || undefined;

/** Whether NO_PROXY has the host: `*`, or a list of hosts, each also for its subdomains and with an optional port. */
function isExcluded(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, wanted] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry.replace(/^\*?\./, '')) ?? [];
      if (wanted !== undefined && wanted !== port) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}

/**
 * The proxy for a URL; undefined where it is reached directly.
 * @throws {UsageError} when the variable does not hold the URL of a proxy that can be used
 */
export function proxyFor(url: URL, environment: Environment = process.env): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const used = [name, 'ALL_PROXY'].find((candidate) => variable(environment, candidate) !== undefined);
  const value = used === undefined ? undefined : variable(environment, used)?.trim();
  if (!value || isExcluded(url, variable(environment, 'NO_PROXY') ?? '')) return undefined;
  const full = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(full) ? new URL(full) : undefined;
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol) || proxy.hostname === '') {
    // The value may hold a password.
    throw new UsageError(`${used} does not hold the URL of an HTTP proxy`, {
      remedy: 'Use a URL such as http://proxy.example:3128, or list the host of the hub in NO_PROXY.',
    });
  }
  return proxy;
}

/** Fetches a URL without following redirects, through the proxy of the environment if there is one. */
export async function fetchOnce(url: string, { headers, signal }: Request): Promise<Response> {
  const target = new URL(url);
  const proxy = proxyFor(target);
  if (proxy === undefined) return fetch(target, { redirect: 'manual', signal, headers });
  return responseOf(await answerOf(await through(proxy, target, { headers, signal })));
}

/**
 * Sends a body without following redirects, through the proxy of the environment if there is one. Storage takes no body
 * of unknown length, which is what fetch makes of a stream.
 */
export async function sendOnce(
  url: string,
  { body, headers, ...request }: Required<Request> & { readonly body: RequestBody },
): Promise<Response> {
  const target = new URL(url);
  const proxy = proxyFor(target);
  const length = body instanceof Uint8Array ? body.length : body.bytes;
  const sized = { ...request, headers: { ...headers, 'content-length': String(length) } };
  const call = proxy === undefined ? direct(target, sized) : await through(proxy, target, sized);
  return responseOf(await answerOf(call, body));
}

const through = (proxy: URL, target: URL, request: Request): ClientRequest | Promise<ClientRequest> =>
  target.protocol === 'https:' ? tunnelled(target, proxy, request) : forwarded(target, proxy, request);

function direct(target: URL, request: Request): ClientRequest {
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return send(target, { ...request, agent: false });
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A plain request that asks the proxy for the whole URL. */
function forwarded(target: URL, proxy: URL, { method = 'GET', headers, signal }: Request): ClientRequest {
  const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  return send({
    host: hostOf(proxy),
    port: portOf(proxy),
    method,
    path: target.href,
    headers: { ...headers, host: target.host, ...proxyHeaders(proxy) },
    agent: false,
    signal,
  });
}

/** A request over TLS through a tunnel, of which the proxy sees only the host. */
async function tunnelled(
  target: URL,
  proxy: URL,
  { method = 'GET', headers, signal }: Request,
): Promise<ClientRequest> {
  const authority = `${target.hostname}:${portOf(target)}`;
  const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  const opening = send({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyHeaders(proxy) },
    agent: false,
    signal,
  });
  const socket = await new Promise<Socket>((resolve, reject) => {
    opening.once('connect', (answer, found) => {
      if (answer.statusCode === 200) resolve(found);
      else {
        found.destroy();
        reject(new Error(`the proxy ${proxy.host} answered ${answer.statusCode} for ${authority}`));
      }
    });
    opening.once('response', (answer) => {
      answer.destroy();
      reject(new Error(`the proxy ${proxy.host} answered ${answer.statusCode} for ${authority}`));
    });
    opening.once('error', (cause) => reject(proxyFailure(proxy, cause)));
    opening.end();
  });
  const secure = await secured(socket, target, signal);
  // Without an agent, which would open a connection of its own.
  return httpRequest({
    method,
    path: `${target.pathname}${target.search}`,
    headers: { ...headers, host: target.host },
    createConnection: () => secure,
    signal,
  });
}

/** TLS over a tunnel, with the certificate of the target. */
function secured(socket: Socket, target: URL, signal: AbortSignal): Promise<TLSSocket> {
  const host = hostOf(target);
  const name = isIP(host) === 0 ? { servername: host } : { host };
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, ...name });
    const abort = (): void => void secure.destroy(new Error('aborted', { cause: signal.reason }));
    signal.addEventListener('abort', abort, { once: true });
    secure.once('error', reject);
    secure.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      secure.off('error', reject);
      resolve(secure);
    });
  });
}

const proxyFailure = (proxy: URL, cause: Error): Error =>
  new Error(`the proxy ${proxy.host}: ${cause.message}`, { cause });

function answerOf(call: ClientRequest, body?: RequestBody): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once('response', resolve);
    call.once('error', reject);
    if (body === undefined || body instanceof Uint8Array) call.end(body);
    else if (body.bytes === 0) call.end();
    else {
      const { path, start, bytes, sent } = body;
      const file = createReadStream(path, { start, end: start + bytes - 1, highWaterMark: 1 << 18 });
      file.on('data', (chunk) => sent(chunk.length));
      pipeline(file, call, (cause) => cause && reject(cause));
    }
  });
}

/** Answers with these status codes have no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status = 502, headers } = answer;
  const list = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((item): [string, string] => [name, item]),
  );
  if (WITHOUT_BODY.has(status)) {
    answer.resume();
    return new Response(null, { status, headers: list });
  }
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status, headers: list });
}
