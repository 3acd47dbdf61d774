/** What the local server is told: where it listens, what it serves, and how much it takes. */
import { isIP } from 'node:net';
import type { DirectorySource } from '../engine/engine.js';
import { UsageError } from '../errors.js';

/** A base model by the name that clients use. */
export interface ServedModel {
  readonly name: string;
  readonly source: DirectorySource;
}

/** What one request may ask for, and what is kept. */
export interface ServeLimits {
  /** Bytes of a request's body, before and after decompression. */
  readonly bodyBytes: number;
  /** Tokens that one request computes: of its sequences, or of its prompt and all that may be sampled from it. */
  readonly requestTokens: number;
  /** Samples of one prompt. */
  readonly samples: number;
  /** Models in training that are in memory at once. */
  readonly models: number;
  /** Snapshots for sampling that are in memory at once; others are opened again when they are asked. */
  readonly snapshots: number;
  /** Requests that wait to be computed. */
  readonly waiting: number;
  /** Sessions that have not finished. */
  readonly sessions: number;
  /** Bytes of results that are kept until they are fetched. */
  readonly resultBytes: number;
}

export const DEFAULT_LIMITS: ServeLimits = {
  bodyBytes: 64 * 2 ** 20,
  requestTokens: 2 ** 20,
  samples: 1024,
  models: 4,
  snapshots: 4,
  waiting: 4096,
  sessions: 256,
  resultBytes: 512 * 2 ** 20,
};

/** In seconds. */
export interface ServeTimes {
  /** How long a request for a result waits for it. */
  readonly poll: number;
  /** How long a result is kept after it was computed. */
  readonly result: number;
  /** How long requests wait for one with a lower sequence number. */
  readonly gap: number;
  /** After how long without a word from the client its models are saved and leave memory. */
  readonly session: number;
}

export const DEFAULT_TIMES: ServeTimes = { poll: 25, result: 3600, gap: 120, session: 600 };

/** Where a server listens, and to whom. */
export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Asked of every request, on every route. */
  readonly token: string | undefined;
  /** Names by which clients may call this machine, besides the one that it listens on. */
  readonly allowedHosts: readonly string[];
}

export interface ServeSettings extends Address {
  /** Where sessions, training runs and checkpoints are kept. */
  readonly directory: string;
  readonly models: readonly ServedModel[];
  readonly limits: ServeLimits;
  readonly times: ServeTimes;
}

/** Whether only this machine reaches the address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Keys of the SDK begin with this. */
const TOKEN_PREFIX = 'tml-';
const SHORTEST_TOKEN = 20;

/** @throws {UsageError} when the server would be open to others, or has nothing to serve */
export function checkSettings(settings: ServeSettings): void {
  const { models } = settings;
  if (models.length === 0) throw new UsageError('no model to serve', { remedy: 'Name at least one.' });
  const names = models.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UsageError(`two models are named ${twice}`, { remedy: 'Give one another name: NAME=SOURCE.' });
  checkAddress(settings);
}

/** @throws {UsageError} when the server would be open to others */
export function checkAddress({ host, token }: Address): void {
  if (token === undefined) {
    if (isLoopback(host)) return;
    throw new UsageError(`the address ${host} can be reached from other machines, and no token protects it`, {
      remedy: 'Give a file with a token by --token-file, or listen on 127.0.0.1.',
    });
  }
  if (!token.startsWith(TOKEN_PREFIX) || token.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      `the token is not of at least ${SHORTEST_TOKEN} printable characters that begin with ${TOKEN_PREFIX}`,
      { remedy: `Make one: node -e "console.log('tml-' + require('crypto').randomBytes(24).toString('hex'))"` },
    );
  }
}
