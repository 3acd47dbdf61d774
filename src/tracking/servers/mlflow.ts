/** MLflow, through its REST interface (mlflow.org/docs/latest/rest-api.html). */
import { isObject } from '../../json.js';
import type { Entry, Memory, Sending, Tracker } from '../tracker.js';
import { TrackerError } from '../tracker.js';
import { RefusedRequest, type Rest } from './rest.js';

export interface MlflowSettings {
  readonly url: string;
  readonly experiment: string;
  readonly name: string | null;
}

/** Limits of one log-batch request: 1000 metrics, 100 parameters. */
const METRICS_AT_ONCE = 1000;
const PARAMETERS_AT_ONCE = 100;
/** Marks the run, so that one whose creation was interrupted is found again. */
const TAG = 'rlt.run';
const API = '/api/2.0/mlflow';

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

const metricsOf = (entries: readonly Entry[]): readonly Metric[] =>
  entries.flatMap(({ values, time, step }) =>
    Object.entries(values).map(([key, value]) => ({ key, value, timestamp: Math.round(time), step })),
  );

export function mlflow(settings: MlflowSettings, server: Rest): Tracker {
  const { experiment } = settings;
  const post = (path: string, body: unknown, signal: AbortSignal) => server.call('POST', `${API}${path}`, body, signal);
  const get = (path: string, query: Readonly<Record<string, string>>, signal: AbortSignal) =>
    server.call('GET', `${API}${path}?${new URLSearchParams(query)}`, undefined, signal);

  async function experimentId(signal: AbortSignal): Promise<string> {
    const find = async () => {
      const { experiment: found } = await get('/experiments/get-by-name', { experiment_name: experiment }, signal);
      return textIn(found, 'experiment_id');
    };
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof RefusedRequest) || error.status !== 404) throw error;
    }
    try {
      return textIn(await post('/experiments/create', { name: experiment }, signal), 'experiment_id');
    } catch (error) {
      // Another run may have made it in between.
      if (!(error instanceof RefusedRequest) || error.status !== 400) throw error;
      return await find();
    }
  }

  async function begun({ run, id, signal }: Sending): Promise<string> {
    const experiment_id = await experimentId(signal);
    const filter = `tags."${TAG}" = '${id}'`;
    const { runs } = await post('/runs/search', { experiment_ids: [experiment_id], filter, max_results: 1 }, signal);
    const earlier: unknown = Array.isArray(runs) ? runs[0] : undefined;
    if (isObject(earlier)) return textIn(earlier.info, 'run_id');
    const { run: made } = await post(
      '/runs/create',
      { experiment_id, run_name: settings.name ?? run.name, start_time: run.began, tags: [{ key: TAG, value: id }] },
      signal,
    );
    return textIn(isObject(made) ? made.info : undefined, 'run_id');
  }

  /** The metrics that the server does not have: which of an interrupted delivery arrived is not known. */
  async function missing(run_id: string, metrics: readonly Metric[], signal: AbortSignal): Promise<readonly Metric[]> {
    const had = new Set<string>();
    for (const key of new Set(metrics.map((metric) => metric.key))) {
      let page = '';
      do {
        const query = { run_id, metric_key: key, max_results: '10000', ...(page === '' ? {} : { page_token: page }) };
        const { metrics: found, next_page_token } = await get('/metrics/get-history', query, signal);
        for (const one of Array.isArray(found) ? found : [])
          if (isObject(one)) had.add(`${Number(one.step ?? 0)} ${key}`);
        page = typeof next_page_token === 'string' ? next_page_token : '';
      } while (page !== '');
    }
    return metrics.filter(({ key, step }) => !had.has(`${step} ${key}`));
  }

  return {
    label: `mlflow at ${server.host}`,
    destination: `mlflow ${settings.url} ${experiment} ${settings.name ?? ''}`,
    async send(sending) {
      const { run, entries, memory, isRepeat, signal } = sending;
      const run_id = typeof memory.runId === 'string' ? memory.runId : await begun(sending);
      if (memory.runId === undefined) {
        // Parameters do not change: sending them again is allowed.
        const params = Object.entries(run.parameters).map(([key, value]) => ({ key, value: String(value) }));
        for (let from = 0; from < params.length; from += PARAMETERS_AT_ONCE)
          await post('/runs/log-batch', { run_id, params: params.slice(from, from + PARAMETERS_AT_ONCE) }, signal);
      }
      if (memory.status !== undefined && memory.status !== 'RUNNING')
        await post('/runs/update', { run_id, status: 'RUNNING' }, signal);
      const metrics = isRepeat ? await missing(run_id, metricsOf(entries), signal) : metricsOf(entries);
      for (let from = 0; from < metrics.length; from += METRICS_AT_ONCE)
        await post('/runs/log-batch', { run_id, metrics: metrics.slice(from, from + METRICS_AT_ONCE) }, signal);
      return { runId: run_id, status: 'RUNNING' } satisfies Memory;
    },
    async end({ memory, state, signal }) {
      const status = state === 'complete' ? 'FINISHED' : 'KILLED';
      await post('/runs/update', { run_id: memory.runId, status, end_time: Date.now() }, signal);
      return { ...memory, status };
    },
  };
}

function textIn(value: unknown, key: string): string {
  const found = isObject(value) ? value[key] : undefined;
  if (typeof found === 'string' && found !== '') return found;
  throw new TrackerError(`it does not answer as MLflow does: there is no ${key}`, { isFinal: true });
}
