/** One attempt of a request over HTTP, and what its failure means. */
import { ConnectionError, type ErrorFacts, InputError } from '../../errors.js';
import { type KeySource, keyRemedy, withoutKeys } from './credentials.js';

export interface Attempt {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly timeoutMs: number;
  /** The longest reply that is read. */
  readonly mostBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A reply that arrived whole. */
export interface Reply {
  readonly status: number;
  readonly body: ReplyBody;
  /** How long the server asks to wait before the next attempt. */
  readonly retryAfterMs: number | undefined;
}
export type ReplyBody =
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'protobuf'; readonly bytes: Uint8Array }
  | { readonly kind: 'other'; readonly text: string };

/** Largest reply that is read. Results of 64 completions of 32,768 tokens take 17 MiB. */
const MOST_REPLY_BYTES = 512 * 2 ** 20;
/** The same of replies that are no results: what a server is and has. */
export const MOST_NEWS_BYTES = 16 * 2 ** 20;

/** No reply, or not a whole one. */
export class Unreachable extends Error {
  /** A code of Node's, as ECONNREFUSED; TIMEOUT where the server did not answer in time. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** @throws {Unreachable} when there is no whole reply; the signal's reason when it is aborted */
export async function attempt({ method, url, headers, body, timeoutMs, mostBytes, signal }: Attempt): Promise<Reply> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    // Redirects are not followed: the key would go with them.
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      ...(body !== undefined && { body }),
    });
    const { headers: told } = response;
    const [type, retryAfter] = [told.get('content-type'), told.get('retry-after')];
    return await readReply({ status: response.status, type, retryAfter }, response.body ?? [], url, mostBytes);
  } catch (error) {
    throw failureOf(error, timeout, signal);
  }
}

/** What to throw when an attempt ended with this error. */
export function failureOf(error: unknown, timeout: AbortSignal, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof InputError) return error;
  return new Unreachable(timeout.aborted ? 'TIMEOUT' : reasonOf(error), error);
}

/** What stands at the head of a reply. */
interface Head {
  readonly status: number;
  readonly type: string | null | undefined;
  readonly retryAfter: string | null | undefined;
}

/** @throws {InputError} when the body of a reply from this address is too long */
export async function readReply(
  { status, type, retryAfter }: Head,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  url: string,
  mostBytes = MOST_REPLY_BYTES,
): Promise<Reply> {
  const seconds = Number(retryAfter ?? Number.NaN);
  return {
    status,
    body: readBody(status, type ?? '', await bounded(body, mostBytes, url)),
    retryAfterMs: seconds >= 0 && seconds <= 600 ? seconds * 1000 : undefined,
  };
}

async function bounded(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  mostBytes: number,
  url: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > mostBytes) {
      const { host, pathname } = new URL(url);
      throw new InputError(`the server at ${host} answers ${pathname} with more than ${mostBytes} bytes`);
    }
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, length);
}

/** What is no answer is quoted in messages, so it loses what is secret. Answers are texts of models, and stay as they are. */
function readBody(status: number, type: string, bytes: Uint8Array): ReplyBody {
  if (type.startsWith('application/x-protobuf')) return { kind: 'protobuf', bytes };
  const text = new TextDecoder().decode(bytes);
  const other = (): ReplyBody => ({ kind: 'other', text: withoutKeys(text) });
  if (!type.startsWith('application/json')) return other();
  try {
    const json: unknown = JSON.parse(text);
    const isAnswer = status >= 200 && status < 300;
    // Written anew, since the server may have escaped what need not be.
    return { kind: 'json', json: isAnswer ? json : JSON.parse(withoutKeys(JSON.stringify(json))) };
  } catch {
    return other();
  }
}

/** Of a server that does not speak TLS. */
const NO_TLS = 'ERR_SSL_WRONG_VERSION_NUMBER';

/** The code of the innermost cause that has one. */
function reasonOf(error: unknown): string {
  let reason = 'no reply';
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // Its code may be that of any failure of the protocol.
    if (/wrong version number|packet length too long/i.test(cause.message)) return NO_TLS;
    if ('code' in cause && typeof cause.code === 'string') reason = cause.code;
  }
  return reason;
}

const CERTIFICATE = /CERT|SIGNATURE|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/;
const PLAIN = new RegExp(NO_TLS);
/** The server, or what stands before it, ended the connection. */
const CLOSED = /ECONNRESET|EPIPE|UND_ERR_SOCKET/;
/** Whether another attempt would end in the same way. */
export const isPermanent = ({ reason }: Unreachable): boolean =>
  CERTIFICATE.test(reason) || reason === 'ENOTFOUND' || reason === 'ERR_INVALID_URL';

/** The error of a server that answers, but keeps saying that it is busy or fails. `words`: what it says. */
export const busyServer = (host: string, what: string, words: string, facts: ErrorFacts = {}): ConnectionError =>
  new ConnectionError(`the server at ${host} answers ${what} with nothing but ${words}`, {
    remedy: 'See what its log says, or try again later.',
    ...facts,
  });

/** The error of a server that wants a key, or another one. `key`: the one that was sent. */
export const unauthorised = (
  host: string,
  key: string | undefined,
  keys: KeySource,
  words: string,
): ConnectionError => {
  const problem = key === undefined ? 'asks for a key, and there is none' : 'refuses the key';
  return new ConnectionError(`the server at ${host} ${problem}: ${words}`, {
    retryable: false,
    remedy: keyRemedy(keys),
  });
};

/** The error of a reply that sends elsewhere. */
export const redirected = (host: string, words: string): ConnectionError =>
  new ConnectionError(`the server at ${host} sends requests elsewhere (${words}), which is not followed`, {
    retryable: false,
    remedy: 'The key would go with them. Set url to the address that answers itself.',
  });

export const isRedirect = ({ status }: Pick<Reply, 'status'>): boolean => status >= 300 && status < 400;

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [PLAIN, 'Write http:// in place of https://, or the port on which it speaks TLS.'],
  [CERTIFICATE, 'If its certificate is your own, name the file of its authority in NODE_EXTRA_CA_CERTS.'],
  [/ENOTFOUND|EAI_AGAIN/, 'Check the host in the address.'],
  [/ECONNREFUSED/, 'Start the server, or check the port in the address.'],
  [CLOSED, 'See what its log says, and whether the address is that of another program.'],
  [/TIMEOUT|ETIMEDOUT/, 'The server did not answer in time: see whether it is busy or stopped.'],
];

const WAYS: readonly (readonly [RegExp, string])[] = [
  [PLAIN, 'it does not speak TLS'],
  [CERTIFICATE, 'its certificate is not accepted'],
  [CLOSED, 'it closes connections without an answer'],
];

/** The error of a server that gave no reply. `host` is where it is, without credentials. */
export function unreachable(host: string, error: Unreachable, facts: ErrorFacts = {}): ConnectionError {
  const how = WAYS.find(([pattern]) => pattern.test(error.reason))?.[1] ?? 'it cannot be reached';
  const remedy = ADVICE.find(([pattern]) => pattern.test(error.reason))?.[1];
  return new ConnectionError(`no connection to ${host}: ${how} (${error.reason})`, {
    ...(remedy !== undefined && { remedy }),
    cause: error,
    ...facts,
  });
}
