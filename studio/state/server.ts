/** Asks the server, with the token of the address that was opened. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChangeEvent } from '../../src/views/api.js';
import { createStore } from './store.js';

const TOKEN_KEY = 'rlt-studio-token';
const TOKEN_IN_ADDRESS = /^#token=([A-Za-z0-9_-]+)$/;

/** Takes the token out of the address, so that it is in no history, copy or screenshot of it. */
export function takeToken(): void {
  const [, token] = TOKEN_IN_ADDRESS.exec(location.hash) ?? [];
  if (token === undefined) return;
  sessionStorage.setItem(TOKEN_KEY, token);
  history.replaceState(null, '', '#/runs');
}

const headers = (): Record<string, string> => ({ 'x-rlt-token': sessionStorage.getItem(TOKEN_KEY) ?? '' });

export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, { headers: headers(), ...(signal === undefined ? {} : { signal }) });
  const body: unknown = await response.json();
  if (response.ok) return body as Answer;
  const message =
    typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : response.statusText;
  throw new Error(message);
}

export const connection = createStore<'connecting' | 'live' | 'lost'>('connecting');
/** Counts the changes of the list of runs, under '', and of each run. */
export const changes = createStore<ReadonlyMap<string, number>>(new Map());

function count(ids: readonly string[]): void {
  const next = new Map(changes.value);
  for (const id of ids) next.set(id, (next.get(id) ?? 0) + 1);
  changes.set(next);
}

const RETRY_MS = 2000;

/** Follows the stream of changes for as long as the page is open. The browser's own client cannot send the token. */
export async function followChanges(): Promise<never> {
  for (;;) {
    try {
      const response = await fetch('/api/events', { headers: headers() });
      if (!response.ok || response.body === null) throw new Error(response.statusText);
      connection.set('live');
      await readEvents(response.body);
    } catch {
      // Whatever went wrong, the next attempt is a new one.
    }
    connection.set('lost');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function readEvents(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      // What happened before the server began to look, or while the connection was lost, is not told.
      if (/^event: ?ready$/m.test(part)) count(['', ...changes.value.keys()]);
      const data = /^data: ?(.+)$/m.exec(part)?.[1];
      if (!/^event: ?change$/m.test(part) || data === undefined) continue;
      const { changed } = JSON.parse(data) as ChangeEvent;
      count(['', ...changed]);
    }
  }
}

export interface Asked<Answer> {
  /** What `answer` or `error` is the answer to; not yet the path that is asked for while that is on its way. */
  readonly path: string | null;
  /** The last answer, also while a newer one is on its way. */
  readonly answer: Answer | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
}

export interface Asker {
  /** Asks, or asks again as soon as the answer that is on its way has come. */
  ask(): void;
  stop(): void;
}

/**
 * Asks for one path as often as it is told to, and never twice at a time: a run that changes faster than a busy machine
 * answers is shown as fast as answers come, where giving up each question for the next would show nothing until its end.
 */
export function asker<Answer>(
  path: string,
  taken: (answer: Answer, isAskedAgain: boolean) => void,
  failed: (error: unknown, isAskedAgain: boolean) => void = () => undefined,
): Asker {
  const control = new AbortController();
  let isAsking = false;
  let isAskedAgain = false;
  const askOn = async (): Promise<void> => {
    if (isAsking) {
      isAskedAgain = true;
      return;
    }
    isAsking = true;
    do {
      isAskedAgain = false;
      try {
        const answer = await ask<Answer>(path, control.signal);
        if (!control.signal.aborted) taken(answer, isAskedAgain);
      } catch (error) {
        if (!control.signal.aborted) failed(error, isAskedAgain);
      }
    } while (isAskedAgain && !control.signal.aborted);
    isAsking = false;
  };
  return { ask: () => void askOn(), stop: () => control.abort() };
}

/** Asks for a path, and again whenever `version` changes; null asks nothing. */
export function useAnswer<Answer>(path: string | null, version = 0): Asked<Answer> {
  const [state, setState] = useState<Asked<Answer>>({
    path: null,
    answer: undefined,
    error: undefined,
    isLoading: path !== null,
  });
  const asking = useRef<Asker | null>(null);
  useEffect(() => {
    if (path === null) return setState({ path, answer: undefined, error: undefined, isLoading: false });
    const own = asker<Answer>(
      path,
      (answer, isLoading) => setState({ path, answer, error: undefined, isLoading }),
      (error, isLoading) =>
        setState((before) => ({
          path,
          answer: before.path === path ? before.answer : undefined,
          error: error instanceof Error ? error.message : String(error),
          isLoading,
        })),
    );
    asking.current = own;
    return () => {
      asking.current = null;
      own.stop();
    };
  }, [path]);
  // A new version asks again for the same path.
  useEffect(() => {
    if (asking.current === null) return;
    setState((before) => ({ ...before, isLoading: true }));
    asking.current.ask();
  }, [path, version]);
  return state;
}

/**
 * The path to ask for where it follows from another answer: while that is on its way, the last one stays, and with it what
 * is shown.
 */
export function useLastPath(isKnown: boolean, path: string | null): string | null {
  const last = useRef<string | null>(null);
  if (isKnown) last.current = path;
  return last.current;
}
