/** One attempt of a request that may take long: `fetch` gives up when no header has come for five minutes. */
import http from 'node:http';
import https from 'node:https';
import { type Attempt, failureOf, type Reply, readReply } from '../remote/http.js';

/** Connections to one server, kept open between requests. */
export class Connections {
  readonly #agent: http.Agent;
  readonly #secure: boolean;

  constructor(url: string, most: number) {
    this.#secure = url.startsWith('https:');
    this.#agent = new (this.#secure ? https.Agent : http.Agent)({ keepAlive: true, maxSockets: most });
  }

  /** @throws {Unreachable} when there is no whole reply; the signal's reason when it is aborted */
  async exchange({ method, url, headers, body, timeoutMs, mostBytes, signal }: Attempt): Promise<Reply> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    try {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const options = { method, headers, signal: either, agent: this.#agent };
        const request = (this.#secure ? https : http).request(url, options, resolve);
        request.on('error', reject);
        request.end(body);
      });
      const { 'content-type': type, 'retry-after': retryAfter } = response.headers;
      return await readReply({ status: response.statusCode ?? 0, type, retryAfter }, response, url, mostBytes);
    } catch (error) {
      throw failureOf(error, timeout, signal);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}
