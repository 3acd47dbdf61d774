/** One call of an upload, repeated where the network or the server fails. Messages name files, never where they went. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { InterruptedError, RltError, StorageError } from '../../../errors.js';
import { isObject } from '../../../json.js';
import { printableName } from '../../../printable.js';
import type { Hub } from '../options.js';
import { type RequestBody, sendOnce } from '../proxy.js';
import { clockOf, failure } from '../request.js';

export interface Call {
  /** For messages: `sending model.safetensors`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called for each attempt. `restart`: data has moved. */
  readonly body?: (restart: () => void) => RequestBody;
  /** Statuses besides 2xx that the caller reads itself. */
  readonly expected?: readonly number[];
}

const RETRIES = 4;
const FIRST_DELAY_MS = 500;
const TIMEOUT_MS = 120_000;

const isTransient = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/**
 * Makes a call. The token goes to the hub itself only: storage has signed addresses, which say enough.
 * @throws {StorageError} when it is refused, or fails several times
 * @throws {InterruptedError} when the caller's signal is aborted
 */
export async function call(hub: Hub, given: Call): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    let problem: StorageError;
    try {
      const response = await callOnce(hub, given);
      if (response.ok || given.expected?.includes(response.status) === true) return response;
      problem = await refusal(hub, given, response);
      if (!isTransient(response.status)) throw problem;
    } catch (cause) {
      if (hub.options.signal?.aborted === true)
        throw new InterruptedError(`interrupted while ${given.what}`, {
          remedy: 'What was sent stays there; run the same command to resume.',
          cause: hub.options.signal.reason,
        });
      if (cause instanceof RltError) throw cause;
      problem = failure(`${given.what} failed`, cause, 'Check the connection, and run the same command to resume.');
    }
    if (attempt === RETRIES) throw problem;
    await sleep((hub.options.retryDelayMs ?? FIRST_DELAY_MS) * 2 ** attempt, undefined, {
      ...(hub.options.signal === undefined ? {} : { signal: hub.options.signal }),
    }).catch(() => undefined);
  }
}

async function callOnce(hub: Hub, { method, url, headers = {}, body }: Call): Promise<Response> {
  const clock = clockOf(hub.options.timeoutMs ?? TIMEOUT_MS, hub.options.signal);
  try {
    const isHub = new URL(url).origin === new URL(hub.url).origin;
    const response = await sendOnce(url, {
      method,
      signal: clock.signal,
      headers: {
        'user-agent': 'rlt',
        ...(isHub && hub.token !== undefined ? { authorization: `Bearer ${hub.token}` } : {}),
        ...headers,
      },
      body: body?.(clock.restart) ?? new Uint8Array(0),
    });
    // Answers are small; a connection that breaks within one is a failure of this attempt.
    const bytes = await response.arrayBuffer();
    return new Response(bytes.byteLength === 0 ? null : bytes, {
      status: response.status,
      headers: response.headers,
    });
  } finally {
    clock.stop();
  }
}

/** What the hub says of a refusal, on one line, and without the token should it repeat it. */
async function reasonOf(hub: Hub, response: Response): Promise<string> {
  const text = await response.text();
  let said: unknown;
  try {
    const value: unknown = JSON.parse(text);
    said = isObject(value) ? (value.error ?? value.message) : undefined;
  } catch {
    // A storage host answers with XML, which repeats the signed address.
  }
  const reason = printableName(typeof said === 'string' ? said : (response.headers.get('x-error-message') ?? ''));
  const safe = hub.token === undefined ? reason : reason.replaceAll(hub.token, '(token)');
  return safe === '' ? '' : `: ${safe.slice(0, 300)}`;
}

async function refusal(hub: Hub, { what, url }: Call, response: Response): Promise<StorageError> {
  const isHub = new URL(url).origin === new URL(hub.url).origin;
  const { status } = response;
  const reason = isHub ? await reasonOf(hub, response) : '';
  const remedies: Readonly<Record<number, string>> = {
    401: `Set HF_TOKEN to a token with write access, from ${hub.url}/settings/tokens.`,
    403: `Use a token with write access to this repository, from ${hub.url}/settings/tokens.`,
    404: 'Check the name of the repository, and that the token may write to it.',
    413: 'Check the limits of your account.',
  };
  const remedy =
    remedies[status] ??
    (status >= 300 && status < 400
      ? 'The repository was moved or renamed: use its present name.'
      : isTransient(status)
        ? 'Run the same command in a few minutes: what was sent stays there.'
        : 'Run the same command to resume.');
  return new StorageError(`${what} was refused with status ${status}${reason}`, { remedy });
}

/** The JSON of an answer, checked. */
export async function jsonOf<Schema extends z.ZodType>(
  what: string,
  response: Response,
  schema: Schema,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new StorageError(`${what}: the hub's answer is not what its API promises`, {
    remedy: 'Check the address of the hub (HF_ENDPOINT), and run the same command again.',
  });
}

export const jsonBody = (value: unknown) => (): RequestBody => new TextEncoder().encode(JSON.stringify(value));
