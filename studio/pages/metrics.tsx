/** Every metric over steps, with what docs/method.md says of it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Flag, MetricGuide, MetricsView, RunView, StageMetricsView } from '../../src/views/api.js';
import { Chart, type Line, smoothed } from '../parts/chart.js';
import { metricName } from '../parts/estimators.js';
import { short } from '../parts/numbers.js';
import { colourOfRun } from '../parts/run-colours.js';
import { SearchField } from '../parts/search-field.js';
import { Select } from '../parts/select.js';
import { Damage, Nothing } from '../parts/shown.js';
import { adjust, useRoute } from '../state/route.js';
import { type Asker, asker, changes, useAnswer } from '../state/server.js';
import { useStore } from '../state/store.js';

interface RunMetrics {
  readonly run: RunView;
  readonly colour: string;
  readonly metrics: MetricsView;
}

/** The metrics of several runs, asked again when one changes. */
function useMetrics(runs: readonly RunView[]): readonly RunMetrics[] {
  const versions = useStore(changes);
  const [known, setKnown] = useState<ReadonlyMap<string, MetricsView>>(new Map());
  const wanted = runs.map(({ id }) => `${id}:${versions.get(id) ?? 0}`).join(' ');
  const asked = useRef(new Map<string, Asker & { version: number }>());
  // `wanted` says which runs in which version.
  useEffect(() => {
    for (const { id } of runs) {
      const version = versions.get(id) ?? 0;
      const own = asked.current.get(id) ?? {
        ...asker<MetricsView>(
          `/api/runs/${id}/metrics`,
          (metrics) => setKnown((before) => new Map([...before, [id, metrics]])),
          // The next change of any run asks again.
          () => asked.current.delete(id),
        ),
        version: -1,
      };
      asked.current.set(id, own);
      if (own.version !== version) own.ask();
      own.version = version;
    }
    for (const [id, own] of asked.current) {
      if (runs.some((run) => run.id === id)) continue;
      own.stop();
      asked.current.delete(id);
    }
  }, [wanted]);
  useEffect(
    () => () => {
      for (const own of asked.current.values()) own.stop();
    },
    [],
  );
  return useMemo(
    () =>
      runs.flatMap((run, i) => {
        const metrics = known.get(run.id);
        return metrics === undefined ? [] : [{ run, metrics, colour: colourOfRun(i) }];
      }),
    [known, wanted],
  );
}

/** The most telling first. */
const ORDER = [
  'reward',
  'answers',
  'held-out',
  'probe',
  'groups',
  'advantage',
  'completion',
  'penalized',
  'explanation',
  'update',
];
const rankOf = (metric: string): number => {
  const rank = ORDER.indexOf(metric.split('/')[0] ?? '');
  return rank < 0 ? ORDER.length : rank;
};

function Card({
  metric,
  name,
  lines,
  unit,
  guide,
  flags,
}: {
  readonly metric: string;
  /** What it is called. */
  readonly name: string;
  readonly lines: readonly Line[];
  readonly unit: string;
  readonly guide: MetricGuide | undefined;
  readonly flags: readonly Flag[];
}) {
  const [read, setRead] = useState<{ values: readonly (number | null)[]; x: number } | null>(null);
  const values = read?.values ?? lines.map(({ y }) => y.findLast((value) => value !== null) ?? null);
  return (
    <article class={flags.length > 0 ? 'card flagged' : 'card'} data-metric={metric}>
      <header>
        <h3>{name}</h3>
        <output class="values">
          {read === null ? null : (
            <span class="muted">
              at {short(read.x)}
              {unit}{' '}
            </span>
          )}
          {values.map((value, i) => (
            <span key={lines[i]?.name} style={{ color: `var(${lines[i]?.colour ?? '--text'})` }}>
              {short(value)}{' '}
            </span>
          ))}
        </output>
      </header>
      <Chart
        label={name}
        lines={lines}
        unit={unit}
        onCursor={(found, x) => setRead(found === null || x === null ? null : { values: found, x })}
      />
      {flags.map((flag) => (
        <p key={flag.message} class="flag">
          <strong>Red flag:</strong> {flag.message}
        </p>
      ))}
      {guide === undefined ? null : (
        <div class="guide">
          <p>{guide.what}</p>
          {guide.healthy === '' ? null : (
            <p>
              <strong>Healthy:</strong> {guide.healthy}
            </p>
          )}
          {guide.redFlag === '' ? null : (
            <details>
              <summary>Red flags</summary>
              <p>{guide.redFlag}</p>
            </details>
          )}
        </div>
      )}
    </article>
  );
}

export function MetricsPage({ chosen }: { readonly chosen: readonly RunView[] }) {
  const { params } = useRoute();
  const found = useMetrics(chosen);
  const guide = useAnswer<Readonly<Record<string, MetricGuide>>>('/api/guide').answer ?? {};
  const stages = [...new Set(found.flatMap(({ metrics }) => metrics.stages.map(({ stage }) => stage)))];
  // What is trained by reinforcement is looked at most.
  const kinds = new Map(chosen.flatMap((run) => run.stages.map(({ name, kind }) => [name, kind] as const)));
  const usual = stages.findLast((stage) => ['teach', 'reinforce'].includes(kinds.get(stage) ?? '')) ?? stages.at(-1);
  const stage = params.stage !== undefined && stages.includes(params.stage) ? params.stage : (usual ?? '');
  const own = chosen.flatMap((run) => run.stages.filter(({ name }) => name === stage));
  const estimators = [...new Set(own.flatMap(({ estimator }) => estimator ?? []))];
  const smoothing = Number(params.smoothing ?? 0);
  const isTimed = params.x === 'time';
  const filter = (params.filter ?? '').toLowerCase();

  const cards = useMemo(() => {
    const byMetric = new Map<string, Line[]>();
    for (const { run, metrics, colour } of found) {
      const own: StageMetricsView | undefined = metrics.stages.find((one) => one.stage === stage);
      for (const [metric, values] of Object.entries(own?.series ?? {})) {
        const lines = byMetric.get(metric) ?? [];
        byMetric.set(metric, lines);
        lines.push({
          name: run.name,
          colour,
          x: (isTimed ? own?.seconds : own?.steps) ?? [],
          y: smoothed(values, smoothing),
        });
      }
    }
    return [...byMetric].sort(([a], [b]) => rankOf(a) - rankOf(b));
  }, [found, stage, smoothing, isTimed]);

  const flags = found.flatMap(({ metrics }) => metrics.flags).filter((flag) => flag.stage === stage);
  const shown = cards.filter(([metric]) => metric.toLowerCase().includes(filter));
  return (
    <>
      <form class="toolbar" onSubmit={(event) => event.preventDefault()}>
        <Select
          label="Stage"
          value={stage}
          options={stages.map((value) => ({ value, text: value }))}
          onChange={(value) => adjust({ stage: value })}
        />
        <label class="field">
          <span>Smoothing</span>
          <input
            type="range"
            min="0"
            max="0.95"
            step="0.05"
            value={smoothing}
            onInput={(event) =>
              adjust({ smoothing: event.currentTarget.value === '0' ? null : event.currentTarget.value })
            }
          />
        </label>
        <Select
          label="Over"
          value={isTimed ? 'time' : 'step'}
          options={[
            { value: 'step', text: 'steps' },
            { value: 'time', text: 'time of work' },
          ]}
          onChange={(value) => adjust({ x: value === 'time' ? 'time' : null })}
        />
        <SearchField
          label="Filter"
          placeholder="reward/kl"
          value={params.filter ?? ''}
          onInput={(filter) => adjust({ filter })}
        />
        <span class="legend">
          {found.map(({ run, colour }) => (
            <span key={run.id}>
              <span class="dot" style={{ background: `var(${colour})` }} /> {run.name}
            </span>
          ))}
        </span>
      </form>
      {chosen.map(({ id, name, damage }) => (
        <Damage key={id} texts={damage.map((text) => `${name}: ${text}`)} />
      ))}
      {flags.length === 0 ? null : (
        <section class="panel flags" aria-label="red flags">
          {flags.map((flag) => (
            <p key={flag.metric + flag.message} class="flag">
              <strong>{flag.metric}</strong> {flag.message}
            </p>
          ))}
        </section>
      )}
      {found.flatMap(({ run, metrics }) =>
        metrics.cautions
          .filter((caution) => caution.stage === stage)
          .map(({ text }) => (
            <p key={run.id} class="muted">
              {run.name}: {text}
            </p>
          )),
      )}
      {shown.length === 0 ? (
        <Nothing>{cards.length === 0 ? 'No metrics yet.' : 'No metric has this in its name.'}</Nothing>
      ) : null}
      <div class="cards">
        {shown.map(([metric, lines]) => (
          <Card
            key={`${stage}/${metric}`}
            metric={metric}
            name={metricName(metric, estimators)}
            lines={lines}
            unit={isTimed ? ' s' : ''}
            guide={guide[metric]}
            flags={flags.filter((flag) => flag.metric === metric)}
          />
        ))}
      </div>
    </>
  );
}
