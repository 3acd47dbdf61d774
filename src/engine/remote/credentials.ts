/** The key of a service: from an environment variable or a file, and in no message, log or recipe. */
import { readFile } from 'node:fs/promises';
import { InputError, UsageError } from '../../errors.js';
import { storageError } from '../../system-errors.js';

/** Where the key is found. */
export interface KeySource {
  readonly apiKeyVariable: string;
  readonly apiKeyFile: string | null;
}

/** What can stand in a header, and nothing that could end it. */
const KEY = /^[\x21-\x7e]+$/;

/** Shorter ones are placeholders for servers that ask for none, and words of other texts. */
const SHORTEST_SECRET = 6;
const secrets = new Set<string>();

/** Notes a key or a token that is sent to a server, so that no message repeats it. */
export function keepKey(secret: string): void {
  if (secret.length >= SHORTEST_SECRET) secrets.add(secret);
}

/** What a server says, without the keys that were sent to it: some repeat them in their errors, as do proxies. */
export const withoutKeys = (said: string): string =>
  [...secrets].reduce(
    (text, secret) => text.replaceAll(secret, '***').replaceAll(JSON.stringify(secret).slice(1, -1), '***'),
    said,
  );

/**
 * The key, or undefined where there is none: servers on one's own machine often ask for none.
 * @throws {StorageError} when the file cannot be read; {InputError} when it holds no key
 */
export async function readKey(
  source: KeySource,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const key = await findKey(source, environment);
  if (key !== undefined) keepKey(key);
  return key;
}

async function findKey(
  { apiKeyVariable, apiKeyFile }: KeySource,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (apiKeyFile === null) {
    const key = environment[apiKeyVariable]?.trim();
    if (key === undefined || key === '') return undefined;
    if (KEY.test(key)) return key;
    throw new UsageError(`the environment variable ${apiKeyVariable} does not hold a key`, {
      remedy: 'A key is one word of ASCII characters.',
    });
  }
  const text = await readFile(apiKeyFile, 'utf8').catch((cause: unknown) => {
    throw storageError('read', apiKeyFile, cause);
  });
  const key = text.trim();
  if (KEY.test(key)) return key;
  throw new InputError('the file does not hold a key', {
    file: apiKeyFile,
    remedy: 'It holds the key and nothing else.',
  });
}

/** What a reader can do who has no key, or a wrong one. */
export const keyRemedy = ({ apiKeyVariable, apiKeyFile }: KeySource): string =>
  apiKeyFile === null
    ? `Set the environment variable ${apiKeyVariable} to a valid key.`
    : `Check the key in ${apiKeyFile}.`;

/** When a JSON web token expires, in milliseconds since 1970; undefined if it does not say. */
export function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return undefined;
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
