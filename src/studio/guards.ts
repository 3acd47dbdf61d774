/**
 * Who may read: the page that this server delivered, in a browser on this machine, with the token of the address that
 * was printed. A web page elsewhere is told apart by Origin and Sec-Fetch-Site, a name that it made point here (DNS
 * rebinding) by the Host.
 */
import type { MiddlewareHandler } from 'hono';
import { isOwnHost, showsToken } from '../serve/http/guards.js';

/** The page sends the token in this header; it never stands in the address of a request. */
export const TOKEN_HEADER = 'x-rlt-token';

const OWN_SITES = ['none', 'same-origin'];

/** For every request: of this machine, by its name, and not on behalf of another page. */
export const ownPages: MiddlewareHandler = async (context, next) => {
  const { req } = context;
  const host = req.header('host');
  if (!isOwnHost(host, { host: '127.0.0.1', allowedHosts: [] }))
    return context.json({ error: 'this server has another name; open the address that rlt studio printed' }, 403);
  const origin = req.header('origin');
  const site = req.header('sec-fetch-site');
  // A link in a mail or a chat may open the page itself; only what it shows is for this page alone.
  const isOpened = req.header('sec-fetch-mode') === 'navigate' && req.path === '/';
  if (
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && !OWN_SITES.includes(site) && !isOpened)
  )
    return context.json({ error: 'other web pages may not use this server' }, 403);
  if (req.method !== 'GET') return context.json({ error: 'rlt studio only reads' }, 405);
  await next();
};

/** For everything but the page itself, which holds nothing of the runs. */
export const withToken =
  (token: string): MiddlewareHandler =>
  async (context, next) => {
    if (!showsToken(context.req.header(TOKEN_HEADER), token))
      return context.json(
        { error: 'open the address that rlt studio printed: it holds the token of this session' },
        401,
      );
    await next();
  };

/** Nothing from anywhere else, no frames, and no script or style in the page's text. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
