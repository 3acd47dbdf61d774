/** A server that answers as a test tells it, for what a whole one never does. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly afterMs?: number;
}
export interface ScriptedServer {
  readonly url: string;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

/** `answerTo` gets the path below /api/v1/ and how often it was asked before. */
export async function scriptedServer(
  answerTo: (path: string, before: number, seen: Seen) => Answer,
): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const path = (incoming.url ?? '').replace('/api/v1/', '');
    const one = { path, headers: incoming.headers, body: Buffer.concat(parts) };
    seen.push(one);
    const before = counts.get(path) ?? 0;
    counts.set(path, before + 1);
    const { status = 200, json, bytes, text, headers = {}, afterMs = 0 } = answerTo(path, before, one);
    if (afterMs > 0) await delay(afterMs);
    const type =
      bytes !== undefined ? 'application/x-protobuf' : text !== undefined ? 'text/plain' : 'application/json';
    outgoing.writeHead(status, { 'content-type': type, ...headers });
    outgoing.end(bytes ?? text ?? JSON.stringify(json ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
