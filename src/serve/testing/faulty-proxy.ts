/**
 * A proxy between a client and a server that does what networks and gateways do: it drops requests and replies, delays,
 * sends twice, cuts replies off, and answers in the server's place. What it does follows from a seed and the order of
 * requests.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RandomStream, randomKey } from '../../random.js';

const FAULTS = [
  'drop the request',
  'drop the reply',
  'delay',
  'send twice',
  'cut the reply off',
  'cut the body short',
  408,
  409,
  410,
  429,
  500,
  502,
  503,
  504,
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyProxy {
  readonly url: string;
  /** How many requests there were, and how often each fault. */
  readonly requests: () => number;
  readonly faults: ReadonlyMap<Fault, number>;
  close(): Promise<void>;
}

interface Whole {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** `share` of the requests meet a fault. Those of `spared` paths do not. */
export async function faultyProxy(
  target: string,
  seed: number,
  share: number,
  spared = /\/nothing$/,
): Promise<FaultyProxy> {
  const random = new RandomStream(randomKey(seed, 'faults'));
  const faults = new Map<Fault, number>();
  let requests = 0;
  const forward = (incoming: IncomingMessage, body: Buffer): Promise<Whole> =>
    new Promise((resolve, reject) => {
      const { host: _, connection: __, ...headers } = incoming.headers;
      const url = new URL(incoming.url ?? '/', target);
      const outgoing = httpRequest(
        url,
        { method: incoming.method, headers: { ...headers, host: url.host } },
        (reply) => {
          bodyOf(reply).then(
            (whole) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: whole }),
            reject,
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    requests += 1;
    const fault = random.uniform() < share && !spared.test(incoming.url ?? '') ? random.pick(FAULTS) : undefined;
    const waitMs = random.uniform() * 30;
    if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    const body = await bodyOf(incoming);
    if (fault === 'drop the request') return incoming.socket.destroy();
    if (typeof fault === 'number') {
      outgoing.writeHead(fault, { 'content-type': 'text/html' });
      return outgoing.end('<html>a gateway</html>');
    }
    if (fault === 'send twice') forward(incoming, body).catch(() => undefined);
    if (fault === 'delay') await delay(waitMs);
    const reply = await forward(incoming, body);
    if (fault === 'drop the reply') return incoming.socket.destroy();
    const { 'transfer-encoding': _, connection: __, 'content-length': ___, ...headers } = reply.headers;
    if (fault === 'cut the reply off' && reply.body.length > 1) {
      outgoing.writeHead(reply.status, { ...headers, 'content-length': reply.body.length });
      outgoing.write(reply.body.subarray(0, reply.body.length >> 1), () => incoming.socket.destroy());
      return;
    }
    const whole = fault === 'cut the body short' ? reply.body.subarray(0, reply.body.length >> 1) : reply.body;
    outgoing.writeHead(reply.status, { ...headers, 'content-length': whole.length });
    outgoing.end(whole);
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
