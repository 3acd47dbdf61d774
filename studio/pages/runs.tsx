/** All runs: their state, what they are doing, and in what their recipes differ. */
import type { RecipeDifference, RunView, StageView } from '../../src/views/api.js';
import { ago, duration, plural } from '../parts/numbers.js';
import { colourOfRun } from '../parts/run-colours.js';
import { Damage, Nothing, Shown } from '../parts/shown.js';
import { adjust, changed, hrefOf, useRoute } from '../state/route.js';
import { useAnswer } from '../state/server.js';

const STATES: Readonly<Record<StageView['state'], string>> = {
  done: 'done',
  running: 'running',
  stopped: 'stopped',
  waiting: 'waiting',
};

export const Badge = ({ state }: { readonly state: StageView['state'] }) => (
  <span class={`badge ${state}`}>{STATES[state]}</span>
);

const progressText = ({ done, of, unit, state }: StageView): string =>
  state === 'waiting'
    ? ''
    : done === 0
      ? STATES[state]
      : `${of === null ? plural(done, unit, unit === 'batch' ? 'batches' : 'steps') : `${done} of ${of} ${unit}s`}`;

function StageStrip({ stages }: { readonly stages: readonly StageView[] }) {
  const done = stages.filter(({ state }) => state === 'done').length;
  return (
    <span class="strip" role="img" aria-label={`${done} of ${plural(stages.length, 'stage')} done`}>
      {stages.map((stage) => (
        <span
          key={stage.folder}
          class={`segment ${stage.state}`}
          title={`${stage.name}: ${stage.state} ${progressText(stage)}`}
        >
          {stage.state === 'running' && stage.of !== null ? (
            <span style={{ width: `${(100 * stage.done) / stage.of}%` }} />
          ) : null}
        </span>
      ))}
    </span>
  );
}

/** What a run is doing, or where it stopped. */
function nowText({ stages, state }: RunView): string {
  const current = stages.find((stage) => stage.state === (state === 'running' ? 'running' : 'stopped'));
  return current === undefined ? '' : `${current.name} ${progressText(current)}`;
}

/** Links of a stage to the pages that show it. */
function StageLinks({ run, stage }: { readonly run: RunView; readonly stage: StageView }) {
  const params = { runs: run.id, stage: stage.folder };
  return (
    <span class="links">
      {stage.hasMetrics ? <a href={hrefOf('metrics', { runs: run.id, stage: stage.name })}>metrics</a> : null}
      {stage.rollouts.length > 0 ? <a href={hrefOf('groups', params)}>rollouts</a> : null}
      {stage.hasTraces ? <a href={hrefOf('groups', { ...params, source: 'traces' })}>traces</a> : null}
      {stage.hasAnswers ? <a href={hrefOf('students', params)}>students</a> : null}
    </span>
  );
}

function RunDetails({ run }: { readonly run: RunView }) {
  return (
    <section class="panel" aria-labelledby="run-title">
      <h2 id="run-title">
        {run.name} <Badge state={run.state} />
      </h2>
      <p class="muted">{run.description}</p>
      <p class="muted path">{run.directory}</p>
      {run.ending === null ? null : <p class="flag">{run.ending}</p>}
      {run.warnings.map((text) => (
        <p class="flag" key={text}>
          {text}
        </p>
      ))}
      <Damage texts={run.damage} />
      <div class="columns">
        <table>
          <caption>Stages</caption>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col">Kind</th>
              <th scope="col">State</th>
              <th scope="col">Progress</th>
              <th scope="col" class="number">
                Time
              </th>
              <th scope="col">Look at</th>
            </tr>
          </thead>
          <tbody>
            {run.stages.map((stage) => (
              <tr key={stage.folder}>
                <th scope="row">{stage.name}</th>
                <td>{stage.kind}</td>
                <td>
                  <Badge state={stage.state} />
                </td>
                <td>{progressText(stage)}</td>
                <td class="number">{stage.seconds > 0 ? duration(stage.seconds) : ''}</td>
                <td>
                  <StageLinks run={run} stage={stage} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <div>
          <h3>Latest events</h3>
          <ol class="events">
            {run.latest.map(({ time, text }, i) => (
              <li key={`${i}${time}`}>
                <time dateTime={time}>{time.slice(11, 19)}</time> {text}
              </li>
            ))}
          </ol>
        </div>
      </div>
    </section>
  );
}

const valueText = (value: unknown): string =>
  value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

function Differences({ runs }: { readonly runs: readonly RunView[] }) {
  const query = runs.map(({ id }) => `run=${id}`).join('&');
  const asked = useAnswer<readonly RecipeDifference[]>(`/api/differences?${query}`);
  return (
    <section class="panel" aria-labelledby="differences-title">
      <h2 id="differences-title">Differences of their recipes</h2>
      <Shown of={asked}>
        {(differences) =>
          differences.length === 0 ? (
            <Nothing>Their recipes are the same.</Nothing>
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">Setting</th>
                  {runs.map((run, i) => (
                    <th key={run.id} scope="col">
                      <span class="dot" style={{ background: `var(${colourOfRun(i)})` }} /> {run.name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {differences.map(({ path, values }) => (
                  <tr key={path}>
                    <th scope="row" class="mono">
                      {path}
                    </th>
                    {values.map((value, i) => (
                      <td key={runs[i]?.id} class="mono">
                        {valueText(value)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Shown>
    </section>
  );
}

export function RunsPage({ runs, chosen }: { readonly runs: readonly RunView[]; readonly chosen: readonly RunView[] }) {
  const { params } = useRoute();
  const now = Date.now();
  const [first] = chosen;
  const isChosen = (run: RunView): boolean => chosen.some(({ id }) => id === run.id);
  const toggle = (run: RunView): void => {
    const ids = isChosen(run) ? chosen.filter(({ id }) => id !== run.id) : [...chosen, run];
    adjust({ runs: (ids.length === 0 ? [run] : ids).map(({ id }) => id).join(',') });
  };
  if (runs.length === 0)
    return <Nothing>No run was found here. Start one with rlt quickstart; it appears by itself.</Nothing>;
  return (
    <>
      <section class="panel">
        <h1>{plural(runs.length, 'run')}</h1>
        <table class="runs">
          <thead>
            <tr>
              <th scope="col">Compare</th>
              <th scope="col">Run</th>
              <th scope="col">State</th>
              <th scope="col">Stages</th>
              <th scope="col">Now</th>
              <th scope="col" class="number">
                Time
              </th>
              <th scope="col">Changed</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id} class={isChosen(run) ? 'chosen' : ''}>
                <td>
                  <input
                    type="checkbox"
                    checked={isChosen(run)}
                    aria-label={`compare ${run.name}`}
                    onChange={() => toggle(run)}
                  />
                </td>
                <th scope="row">
                  <a href={hrefOf('runs', changed(params, { runs: run.id }))}>{run.name}</a>
                  <div class="muted path">{run.directory.split(/[\\/]/).slice(-2).join('/')}</div>
                </th>
                <td>
                  <Badge state={run.state} />
                </td>
                <td>
                  <StageStrip stages={run.stages} />
                </td>
                <td>{nowText(run)}</td>
                <td class="number">{duration(run.seconds)}</td>
                <td>{ago(run.updated, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {chosen.length > 1 ? <Differences runs={chosen} /> : first === undefined ? null : <RunDetails run={first} />}
    </>
  );
}
