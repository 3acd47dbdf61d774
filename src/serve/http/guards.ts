/**
 * Who may speak to the server. A web page in a browser on this machine can send requests to 127.0.0.1 too: it is told
 * apart by its Origin, and a name that it made point here (DNS rebinding) by the Host.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import { HEADERS } from '../../engine/tinker/protocol/endpoints.js';
import { Refusal } from '../refusal.js';
import { type Address, isLoopback } from '../settings.js';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** The name in a Host header, without the port. */
const nameOf = (host: string): string => host.replace(/:[0-9]+$/, '').toLowerCase();

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;

/** Whether a Host header names this server. */
export function isOwnHost(
  host: string | undefined,
  { host: own, allowedHosts }: Pick<Address, 'host' | 'allowedHosts'>,
): boolean {
  if (host === undefined) return false;
  const name = nameOf(host);
  const allowed = allowedHosts.map((one) => one.toLowerCase());
  if (LOOPBACK_NAMES.includes(name) || name === own.toLowerCase() || allowed.includes(name)) return true;
  // Off loopback the token decides; an address can't be one that a foreign name was made to point to.
  return !isLoopback(own) && (isAddress(name) || name === hostname().toLowerCase());
}

/** Whether a request shows the token, in time that does not depend on how much of it is right. */
export function showsToken(given: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(token));
}

const BEARER = /^Bearer +(.*)$/i;

export const guard =
  (settings: Address): MiddlewareHandler =>
  async (context, next) => {
    const { req } = context;
    if (!isOwnHost(req.header('host'), settings)) {
      throw new Refusal(
        403,
        'this server has another name\n  Call it by its address, or allow the name by --allowed-host.',
      );
    }
    const site = req.header('sec-fetch-site');
    if (req.header('origin') !== undefined || (site !== undefined && site !== 'none'))
      throw new Refusal(403, 'web pages may not use this server');
    const { token } = settings;
    if (token !== undefined) {
      const key = req.header(HEADERS.key) || BEARER.exec(req.header('authorization') ?? '')?.[1];
      if (!showsToken(key, token))
        throw new Refusal(401, `the key (${HEADERS.key}, or Authorization: Bearer) is not the token of this server`);
    }
    await next();
  };
