/** The frame of all pages: which page, which runs, whether what is shown is live. */
import { useRef } from 'preact/hooks';
import type { RunView } from '../src/views/api.js';
import { GroupsPage } from './pages/groups.js';
import { MetricsPage } from './pages/metrics.js';
import { RunsPage } from './pages/runs.js';
import { StudentsPage } from './pages/students.js';
import { TokensPage } from './pages/tokens.js';
import { Shown } from './parts/shown.js';
import { type KeyMap, useKeys } from './state/keys.js';
import { adjust, changed, currentRoute, go, hrefOf, PAGES, type Page, useRoute } from './state/route.js';
import { changes, connection, useAnswer } from './state/server.js';
import { useStore } from './state/store.js';
import { theme, toggleTheme } from './state/theme.js';

const TITLES: Readonly<Record<Page, string>> = {
  runs: 'Runs',
  metrics: 'Metrics',
  groups: 'Groups',
  tokens: 'Tokens',
  students: 'Students',
};

/** What stays when another page is opened. */
const KEPT = ['runs'] as const;
/** Stage, step and problem are common to these two. */
const TOGETHER: readonly Page[] = ['groups', 'tokens'];

function paramsFor(page: Page, from: Page, params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (TOGETHER.includes(page) && TOGETHER.includes(from)) return params;
  return Object.fromEntries(KEPT.flatMap((key) => (params[key] === undefined ? [] : [[key, params[key]]])));
}

const HELP: readonly (readonly [string, string])[] = [
  ['1 to 5', 'Runs, Metrics, Groups, Tokens, Students'],
  [', and .', 'one step back or forward; on Students a page of problems'],
  ['j and k', 'next and previous problem (Groups) or completion (Tokens)'],
  ['o', 'tokens of the best completion (Groups)'],
  ['← →  Home End', 'from token to token, once one has the focus'],
  ['/', 'search'],
  ['t', 'light or dark'],
  ['?', 'this list'],
];

const CONNECTION = { connecting: 'connecting', live: 'live', lost: 'connection lost' } as const;

export function App() {
  const { page, params } = useRoute();
  const versions = useStore(changes);
  const asked = useAnswer<readonly RunView[]>('/api/runs', versions.get('') ?? 0);
  const state = useStore(connection);
  const shade = useStore(theme);
  const help = useRef<HTMLDialogElement>(null);
  const open = (next: Page): void => {
    const from = currentRoute();
    go(next, paramsFor(next, from.page, from.params));
  };
  const keys: KeyMap = {
    ...Object.fromEntries(PAGES.map((name, i) => [String(i + 1), () => open(name)])),
    '/': () => document.getElementById('search')?.focus(),
    t: toggleTheme,
    '?': () => help.current?.showModal(),
  };
  useKeys(keys);

  const runs = asked.answer ?? [];
  const ids = (params.runs ?? '').split(',');
  const named = ids.flatMap((id) => runs.find((run) => run.id === id) ?? []);
  const chosen = named.length > 0 ? named : runs.slice(0, 1);
  const [first] = chosen;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the content
      </button>
      <header class="top">
        <strong class="brand">rlt studio</strong>
        <nav aria-label="pages">
          {PAGES.map((name, i) => (
            <a
              key={name}
              href={hrefOf(name, paramsFor(name, page, params))}
              aria-current={name === page ? 'page' : undefined}
              title={`key ${i + 1}`}
            >
              {TITLES[name]}
            </a>
          ))}
        </nav>
        <span class="spacer" />
        {runs.length === 0 || first === undefined ? null : (
          <label class="field run-choice">
            <span class="hidden">Run</span>
            <select
              value={first.id}
              onChange={(event) =>
                adjust(
                  changed(
                    {},
                    {
                      runs: event.currentTarget.value,
                      stage: null,
                      source: null,
                      step: null,
                      problem: null,
                      sample: null,
                      offset: null,
                    },
                  ),
                )
              }
            >
              {runs.map((run) => (
                <option key={run.id} value={run.id}>
                  {run.name} ({run.directory.split(/[\\/]/).at(-1)})
                </option>
              ))}
            </select>
          </label>
        )}
        {chosen.length > 1 ? <span class="muted">+ {chosen.length - 1}</span> : null}
        <span class={`connection ${state}`} role="status">
          {CONNECTION[state]}
        </span>
        <button
          type="button"
          onClick={toggleTheme}
          aria-label={shade === 'dark' ? 'light theme' : 'dark theme'}
          title="key t"
        >
          {shade === 'dark' ? '☀' : '☾'}
        </button>
        <button type="button" onClick={() => help.current?.showModal()} aria-label="keys" title="key ?">
          ?
        </button>
      </header>
      <main id="main" tabIndex={-1} data-page={page}>
        <Shown of={asked}>
          {() => {
            if (page === 'runs') return <RunsPage runs={runs} chosen={chosen} />;
            if (page === 'metrics') return <MetricsPage chosen={chosen} />;
            if (page === 'groups') return <GroupsPage chosen={chosen} />;
            if (page === 'tokens') return <TokensPage chosen={chosen} />;
            return <StudentsPage chosen={chosen} />;
          }}
        </Shown>
      </main>
      <dialog ref={help} aria-labelledby="help-title">
        <h2 id="help-title">Keys</h2>
        <dl>
          {HELP.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
