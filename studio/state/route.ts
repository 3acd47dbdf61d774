/** What is shown is in the address, after the #: it can be reloaded, shared between tabs, and gone back from. */
import { createStore, useStore } from './store.js';

export const PAGES = ['runs', 'metrics', 'groups', 'tokens', 'students'] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  readonly page: Page;
  readonly params: Readonly<Record<string, string>>;
}

const isPage = (name: string): name is Page => PAGES.some((page) => page === name);

function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { page: isPage(path) ? path : 'runs', params: Object.fromEntries(new URLSearchParams(query)) };
}

const route = createStore<Route>({ page: 'runs', params: {} });

export const hrefOf = (page: Page, params: Readonly<Record<string, string>>): string => {
  const query = new URLSearchParams(params).toString();
  return `#/${page}${query === '' ? '' : `?${query}`}`;
};

export function startRouting(): void {
  const follow = (): void => route.set(parse(location.hash));
  addEventListener('hashchange', follow);
  follow();
}

/** What the address says now; the page follows a moment after a link was clicked. */
export const currentRoute = (): Route => parse(location.hash);

export const useRoute = (): Route => useStore(route);

type Changes = Readonly<Record<string, string | number | null>>;

export function changed(params: Route['params'], changes: Changes): Record<string, string> {
  const entries = Object.entries({ ...params, ...changes }).flatMap(([key, value]) =>
    value === null || value === '' ? [] : [[key, String(value)] as const],
  );
  return Object.fromEntries(entries);
}

/** Goes to a page; its history has one entry per page, not one per movement of a slider. */
export function go(page: Page, params: Route['params']): void {
  const href = hrefOf(page, params);
  if (href === location.hash) return;
  if (page !== currentRoute().page) location.hash = href;
  else {
    history.replaceState(null, '', href);
    route.set(parse(href));
  }
}

/** Changes parameters of the page that is shown. */
export function adjust(changes: Changes): void {
  const { page, params } = currentRoute();
  go(page, changed(params, changes));
}
