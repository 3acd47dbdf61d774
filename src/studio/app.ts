/** The routes of `rlt studio`. All of them read; which files is decided by what lies in the folders of the runs. */
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import type { RolloutKind } from '../run/rollouts.js';
import { groupSummaries, groupView, problemSteps, type Source, tokensView } from '../views/groups.js';
import { metricGuide } from '../views/guide/metric-guide.js';
import { metricsView } from '../views/metrics-view.js';
import { runView, stageFolderIn } from '../views/run-view.js';
import { ANSWER_FILTERS, answersView, evaluationsIn } from '../views/students.js';
import type { Asset } from './assets.js';
import { recipeDifferencesOf } from './differences.js';
import { findRuns } from './discovery.js';
import { ownPages, SECURITY_HEADERS, withToken } from './guards.js';
import type { RunWatcher } from './watcher.js';

/** A word to the stream now and then, so that neither side takes it for dead. */
const HEARTBEAT_MS = 15_000;

const index = z.coerce.number().int().min(0).max(1e9);
const sourceQuery = z.object({
  source: z.enum(['step', 'held-out', 'traces']),
  step: index.default(0),
  search: z.string().max(500).default(''),
});
const groupQuery = sourceQuery.extend({ problem: index });
const tokensQuery = groupQuery.extend({ sample: index });
const answersQuery = z.object({
  level: z.string(),
  first: z.string(),
  second: z.string(),
  filter: z.enum(ANSWER_FILTERS).default('all'),
  offset: index.default(0),
});

const notFound = (what: string): HTTPException => new HTTPException(404, { message: `there is no ${what}` });

function queryOf<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(context.req.query());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HTTPException(400, { message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` });
}

export function studioApp(given: {
  readonly folders: readonly string[];
  readonly token: string;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly watcher: RunWatcher;
  readonly report: (error: unknown) => void;
}): Hono {
  const { folders, token, assets, watcher, report } = given;
  const app = new Hono();

  app.onError((error, context) => {
    if (error instanceof HTTPException) return context.json({ error: error.message }, error.status);
    report(error);
    return context.json({ error: error.message }, 500);
  });
  app.notFound((context) => context.json({ error: `there is nothing at ${context.req.path}` }, 404));
  app.use('*', async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  app.use('*', ownPages);
  app.use('/api/*', withToken(token));
  app.use('/api/*', async (context, next) => {
    await next();
    context.res.headers.set('cache-control', 'no-store');
  });

  const runAt = async (context: Context): Promise<string> => {
    const directory = (await findRuns(folders)).get(context.req.param('run') ?? '');
    if (directory === undefined) throw notFound('such run; it may have been moved');
    return directory;
  };
  const stageAt = async (context: Context): Promise<{ readonly run: string; readonly folder: string }> => {
    const run = await runAt(context);
    const folder = context.req.param('stage') ?? '';
    if ((await stageFolderIn(run, folder)) === undefined) throw notFound('such stage');
    return { run, folder };
  };
  const rollouts = (place: { run: string; folder: string }, kind: RolloutKind, step: number) =>
    ({ of: 'rollouts', ...place, kind, step }) as const;
  const sourceAt = async (context: Context, { source, step }: z.output<typeof sourceQuery>): Promise<Source> => {
    const place = await stageAt(context);
    return source === 'traces' ? { of: 'traces', ...place } : rollouts(place, source, step);
  };

  app.get('/api/runs', async (context) => {
    const runs = await findRuns(folders);
    const views = await Promise.all([...runs].map(([id, directory]) => runView(id, directory)));
    return context.json(views.sort((a, b) => b.updated - a.updated));
  });
  app.get('/api/guide', async (context) => context.json(await metricGuide()));
  app.get('/api/differences', async (context) => {
    const runs = await findRuns(folders);
    const chosen = (context.req.queries('run') ?? []).flatMap((id) => runs.get(id) ?? []);
    return context.json(await recipeDifferencesOf(chosen));
  });
  app.get('/api/runs/:run/metrics', async (context) => context.json(await metricsView(await runAt(context))));
  app.get('/api/runs/:run/evaluations', async (context) => context.json(await evaluationsIn(await runAt(context))));
  app.get('/api/runs/:run/stages/:stage/groups', async (context) => {
    const query = queryOf(context, sourceQuery);
    return context.json({ groups: await groupSummaries(await sourceAt(context, query), query.search) });
  });
  app.get('/api/runs/:run/stages/:stage/group', async (context) => {
    const query = queryOf(context, groupQuery);
    const group = await groupView(await sourceAt(context, query), query.problem);
    if (group === undefined) throw notFound('such problem in this step');
    return context.json(group);
  });
  app.get('/api/runs/:run/stages/:stage/problem', async (context) => {
    const { run, folder } = await stageAt(context);
    return context.json(await problemSteps(run, folder, queryOf(context, z.object({ id: z.string() })).id));
  });
  app.get('/api/runs/:run/stages/:stage/tokens', async (context) => {
    const { source, step, problem, sample } = queryOf(context, tokensQuery);
    if (source === 'traces') throw notFound('record of tokens; only rollouts have one');
    const tokens = await tokensView(rollouts(await stageAt(context), source, step), problem, sample);
    if (tokens === undefined) throw notFound('such completion');
    return context.json(tokens);
  });
  app.get('/api/runs/:run/stages/:stage/answers', async (context) => {
    const { run, folder } = await stageAt(context);
    return context.json(await answersView(run, folder, queryOf(context, answersQuery)));
  });
  app.get('/api/events', (context) =>
    streamSSE(context, async (stream) => {
      const stop = await watcher.listen(
        (event) => void stream.writeSSE({ event: 'change', data: JSON.stringify(event) }),
      );
      stream.onAbort(stop);
      await stream.writeSSE({ event: 'ready', data: '' });
      while (!stream.aborted) {
        await stream.sleep(HEARTBEAT_MS);
        await stream.writeSSE({ event: 'alive', data: '' });
      }
      stop();
    }),
  );

  app.get('/', (context) => assetResponse(context, assets.get('index.html')));
  app.get('/:file', (context) => assetResponse(context, assets.get(context.req.param('file'))));
  return app;
}

function assetResponse(context: Context, asset: Asset | undefined): Response {
  if (asset === undefined) throw notFound('such file');
  return context.body(asset.bytes, 200, { 'content-type': asset.type, 'cache-control': 'no-cache' });
}
