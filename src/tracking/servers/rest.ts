/** Requests to the servers of trackers. */
import { attempt, type Reply, Unreachable } from '../../engine/remote/http.js';
import { isObject } from '../../json.js';
import { TrackerError } from '../tracker.js';

const TIMEOUT_MS = 20_000;

/** Longest part of a server's own words in a message. */
const LONGEST = 200;

export interface Rest {
  /** Host and port, for messages. */
  readonly host: string;
  /**
   * The JSON object that the server answers with.
   * @throws {TrackerError} when there is no answer, or it is a refusal
   */
  call(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** `secrets` never stand in a message, even where a server repeats them. */
export function rest(url: string, headers: Readonly<Record<string, string>>, secrets: readonly string[]): Rest {
  const base = url.replace(/\/+$/, '');
  const { host } = new URL(url);
  const clean = (text: string): string => secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  return {
    host,
    async call(method, path, body, signal) {
      const reply = await attempt({
        method,
        url: `${base}${path}`,
        headers: {
          ...headers,
          accept: 'application/json',
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        },
        ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
        timeoutMs: TIMEOUT_MS,
        signal,
      }).catch((error: unknown) => {
        if (error instanceof Unreachable)
          throw new TrackerError(`it cannot be reached (${error.reason})`, { cause: error });
        throw new TrackerError('the request was stopped', { cause: error });
      });
      if (reply.status >= 200 && reply.status < 300)
        return reply.body.kind === 'json' && isObject(reply.body.json) ? reply.body.json : {};
      throw new RefusedRequest(reply.status, clean(wordsOf(reply)));
    },
  };
}

/** What a server refused, by its status. */
export class RefusedRequest extends TrackerError {
  readonly status: number;

  constructor(status: number, words: string) {
    // Whoever repeats these sends the same to the same place; 408 and 429 ask for another attempt.
    const isFinal = status >= 300 && status < 500 && status !== 408 && status !== 429;
    super(`it answers ${status}${words === '' ? '' : `: ${words}`}`, { isFinal });
    this.status = status;
  }
}

function wordsOf({ body }: Reply): string {
  if (body.kind === 'protobuf') return '';
  const told = body.kind === 'json' && isObject(body.json) ? (body.json.message ?? body.json.error) : undefined;
  const text = typeof told === 'string' ? told : body.kind === 'other' && !body.text.startsWith('<') ? body.text : '';
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
