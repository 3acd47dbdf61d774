/** A server of a tracker that remembers what it is told, and fails as a test asks. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Body = Readonly<Record<string, unknown>>;

/** What to do about a request: answer it; fail with a status before or after it took effect; never answer. */
export type Fate = 'answer' | 'hang' | { readonly status: number; readonly words?: string; readonly after?: boolean };

export interface TrackerServer {
  readonly url: string;
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Decides about each request by its path and number among those to the path, from 0. */
  fate: (path: string, count: number) => Fate;
}

export async function trackerServer(
  take: (path: string, body: Body, query: URLSearchParams) => object,
): Promise<TrackerServer> {
  const counts = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://local');
    made.requests.push({ path: pathname, headers: incoming.headers });
    const count = counts.get(pathname) ?? 0;
    counts.set(pathname, count + 1);
    const fate = made.fate(pathname, count);
    if (fate === 'hang') return;
    const isRefused = typeof fate === 'object';
    const text = Buffer.concat(parts).toString();
    const body: Body = text === '' ? {} : JSON.parse(text);
    const taken = !isRefused || fate.after === true ? take(pathname, body, searchParams) : {};
    if (isRefused) reply(outgoing, fate.status, { message: fate.words ?? 'a fault' });
    else if ('status' in taken) reply(outgoing, Number(taken.status), taken);
    else reply(outgoing, 200, taken);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const made: TrackerServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fate: () => 'answer',
  };
  return made;
}

function reply(outgoing: ServerResponse, status: number, body: object): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(body));
}

export interface LoggedMetric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

/** As much of MLflow as we use. Unlike MLflow's own store it keeps equal metrics twice, so that repetitions show. */
export async function mlflowServer() {
  const metrics: LoggedMetric[] = [];
  const params = new Map<string, string>();
  const runs: { readonly id: string; readonly tags: unknown }[] = [];
  const updates: Body[] = [];
  let experiment: string | undefined;
  const server = await trackerServer((path, body, query) => {
    const call = path.replace('/api/2.0/mlflow', '');
    if (call === '/experiments/get-by-name')
      return query.get('experiment_name') === experiment ? { experiment: { experiment_id: '7' } } : { status: 404 };
    if (call === '/experiments/create') {
      experiment = String(body.name);
      return { experiment_id: '7' };
    }
    if (call === '/runs/search') return { runs: runs.map(({ id }) => ({ info: { run_id: id } })) };
    if (call === '/runs/create') {
      runs.push({ id: `r${runs.length}`, tags: body.tags });
      return { run: { info: { run_id: runs.at(-1)?.id } } };
    }
    if (call === '/runs/update') updates.push(body);
    if (call === '/runs/log-batch') {
      metrics.push(...((body.metrics as LoggedMetric[] | undefined) ?? []));
      for (const { key, value } of (body.params as { key: string; value: string }[] | undefined) ?? [])
        params.set(key, value);
    }
    if (call === '/metrics/get-history')
      return { metrics: metrics.filter(({ key }) => key === query.get('metric_key')) };
    return {};
  });
  return Object.assign(server, { metrics, params, runs, updates });
}
