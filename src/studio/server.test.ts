import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { hashesOf } from '../pipeline/testing/rlt.js';
import type {
  AnswersView,
  EvaluationView,
  GroupsView,
  GroupView,
  MetricsView,
  ProblemSteps,
  RecipeDifference,
  RunView,
  TokensView,
} from '../views/api.js';
import { exampleRollout, HOSTILE, metricsLine, STEPS, stepEvent, writeRun } from '../views/testing/recorded-run.js';
import { TOKEN_HEADER } from './guards.js';
import { type RunningStudio, startStudio } from './server.js';

let folder: string;
let studio: RunningStudio;
let run: RunView;
const failures: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-studio-'));
  await writeRun(join(folder, 'runs', 'example'));
  await writeRun(join(folder, 'runs', 'group', 'other'), { name: 'other', beta: 0, done: false });
  studio = await startStudio({ folders: [join(folder, 'runs')], port: 0 }, (error) => failures.push(error));
  run = (await json<RunView[]>('/api/runs')).find(({ name }) => name === 'example') as RunView;
});
afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

const origin = (): string => new URL(studio.url).origin;

async function json<Answer>(path: string): Promise<Answer> {
  const response = await fetch(origin() + path, { headers: { [TOKEN_HEADER]: studio.token } });
  expect(response.status, path).toBe(200);
  return (await response.json()) as Answer;
}

/** The status of a request with these headers; fetch does not let us choose the Host, and tidies paths. */
function status(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(studio.url);
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

const stagePath = (folderName: string, what: string): string => `/api/runs/${run.id}/stages/${folderName}/${what}`;

describe('who may read', () => {
  it('only who has the token of the address', async () => {
    expect(studio.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}$/);
    for (const path of ['/api/runs', '/api/events', '/api/guide', `/api/runs/${run.id}/metrics`, '/api/nothing']) {
      expect(await status(path), path).toBe(401);
      expect(await status(path, { [TOKEN_HEADER]: `${studio.token}x` }), path).toBe(401);
    }
    expect(await status('/api/runs?token='.concat(studio.token))).toBe(401);
    expect(await status('/api/nothing', { [TOKEN_HEADER]: studio.token })).toBe(404);
  });

  it('no other web page, and no name that was made to point here', async () => {
    const token = { [TOKEN_HEADER]: studio.token };
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { host: 'evil.example' },
      { host: `127.0.0.1.evil.example:${new URL(studio.url).port}` },
    ]) {
      expect(await status('/api/runs', { ...token, ...headers }), JSON.stringify(headers)).toBe(403);
      expect(await status('/main.js', headers), JSON.stringify(headers)).toBe(403);
    }
    expect(await status('/api/runs', { ...token, origin: origin(), 'sec-fetch-site': 'same-origin' })).toBe(200);
    // A link elsewhere may open the page, which holds nothing; it then lacks the token.
    expect(await status('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
  });

  it('nobody writes', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect(await status('/api/runs', { [TOKEN_HEADER]: studio.token }, method), method).toBe(405);
  });

  it('no file besides those of runs, whatever the address says', async () => {
    const token = { [TOKEN_HEADER]: studio.token };
    for (const path of [
      `/api/runs/${encodeURIComponent('../example')}/metrics`,
      stagePath('..', 'groups?source=traces'),
      stagePath(encodeURIComponent('../../../group/other/stages/01-teach'), 'groups?source=traces'),
      stagePath('%2e%2e%2f01-teach', 'groups?source=step'),
      '/..%2f..%2fpackage.json',
      '/%2e%2e/package.json',
      '/.%2e/server.js',
      '/page/index.html',
    ])
      expect(await status(path, token), path).toBe(404);
    expect(await status(stagePath('01-teach', 'groups?source=step&step=-1'), token)).toBe(400);
    expect(await status(stagePath('01-teach', 'groups?source=elsewhere'), token)).toBe(400);
  });

  it('the page brings everything along, and is told to load nothing else', async () => {
    const response = await fetch(`${origin()}/`);
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const page = await response.text();
    const parts = [...page.matchAll(/(?:src|href)="(\w[^"]+\.\w+)"/g)].map(([, name]) => name);
    expect(parts).toEqual(['main.css', 'main.js']);
    for (const part of parts) {
      const text = await (await fetch(`${origin()}/${part}`)).text();
      expect(text).toContain('KaTeX (MIT');
      for (const [, name = ''] of text.matchAll(/url\("?\.?\/?([\w-]+\.woff2)"?\)/g))
        expect(await status(`/${name}`), name).toBe(200);
      expect(text).not.toMatch(/url\(\s*["']?https?:/);
    }
  });

  it('a port that is taken is said to be', async () => {
    const port = Number(new URL(studio.url).port);
    const second = startStudio({ folders: [folder], port });
    await expect(second).rejects.toThrow(UsageError);
    await expect(second).rejects.toThrow(/is taken\n.*--port/);
  });
});

describe('what is shown', () => {
  it('runs with their stages, the newest first', async () => {
    const runs = await json<RunView[]>('/api/runs');
    expect(runs.map(({ name, state }) => [name, state]).sort()).toEqual([
      ['example', 'done'],
      ['other', 'stopped'],
    ]);
    const other = runs.find(({ name }) => name === 'other');
    expect(other?.stages.map(({ state, done, of }) => [state, done, of])).toEqual([
      ['stopped', STEPS, STEPS + 2],
      ['waiting', 0, null],
      ['waiting', 0, null],
      ['waiting', 0, null],
    ]);
    expect(run.stages.map(({ hasTraces, hasAnswers }) => [hasTraces, hasAnswers])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, false],
    ]);
    expect(run.stages[0]?.seconds).toBeCloseTo(1.5 * STEPS);
    expect(run.stages[0]?.rollouts.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(run.description).toBe(HOSTILE[0]);
  });

  it('in what recipes differ', async () => {
    const ids = (await json<RunView[]>('/api/runs')).sort((a, b) => a.name.localeCompare(b.name)).map(({ id }) => id);
    const differences = await json<RecipeDifference[]>(`/api/differences?run=${ids.join('&run=')}`);
    expect(differences).toEqual([
      { path: 'name', values: ['example', 'other'] },
      { path: 'stages.teach.beta', values: [0.04, 0] },
    ]);
  });

  it('metrics by column, with seconds and flags', async () => {
    const { stages, flags, cautions } = await json<MetricsView>(`/api/runs/${run.id}/metrics`);
    expect(cautions).toEqual([{ stage: 'teach', text: expect.stringMatching(/^6 steps are too few/) }]);
    expect(stages).toHaveLength(1);
    expect(stages[0]).toMatchObject({ stage: 'teach', steps: [0, 1, 2, 3, 4, 5], seconds: [1.5, 3, 4.5, 6, 7.5, 9] });
    expect(stages[0]?.series.reward?.[2]).toBeCloseTo(-0.7);
    expect(flags.map(({ metric, step }) => [metric, step])).toEqual([['completion/ended', 5]]);
  });

  it('groups of a step, one group by reward, and the steps that have the same problem', async () => {
    const { groups } = await json<GroupsView>(stagePath('01-teach', 'groups?source=step&step=2'));
    expect(groups.map(({ id, samples, verdicts }) => [id, samples, verdicts])).toEqual([
      ['p0', 4, { explained: 3, unended: 1 }],
      ['p1', 4, { explained: 3, unended: 1 }],
      ['p2', 4, { explained: 2, unended: 2 }],
    ]);
    expect(groups[0]).toMatchObject({ largestKl: 1.5, largestAdvantage: 1.8 });
    const group = await json<GroupView>(stagePath('01-teach', 'group?source=step&step=2&problem=1'));
    expect(group.samples.map(({ sample }) => sample)).toEqual([0, 2, 3, 1]);
    expect(group.samples[0]?.text).toBe(HOSTILE.join('\n'));
    const steps = await json<ProblemSteps>(stagePath('01-teach', 'problem?id=p3'));
    expect(steps.places.map(({ step, problem }) => [step, problem])).toEqual([
      [1, 1],
      [3, 1],
      [5, 1],
    ]);
    const found = await json<GroupsView>(
      stagePath('01-teach', `groups?source=step&step=2&search=${encodeURIComponent('PROBLEM 2')}`),
    );
    expect(found.groups.map(({ id }) => id)).toEqual(['p2']);
    const traces = await json<GroupsView>(stagePath('02-explain', 'groups?source=traces'));
    expect(traces.groups.map(({ id }) => id)).toEqual(['p0', 'p1']);
  });

  it('the tokens of a completion', async () => {
    const tokens = await json<TokensView>(stagePath('01-teach', 'tokens?source=step&step=2&problem=0&sample=3'));
    const recorded = exampleRollout(2, 0, 3);
    expect(tokens.kl?.tokens).toEqual(recorded.studentTokens);
    for (const [k, value] of (tokens.kl?.values ?? []).entries())
      expect(value).toBeCloseTo(recorded.kl?.[k] ?? Number.NaN, 6);
    expect(tokens.solutionAlone?.values[0]).toBeCloseTo(-0.6, 6);
    const token = { [TOKEN_HEADER]: studio.token };
    expect(await status(stagePath('01-teach', 'tokens?source=step&step=2&problem=0&sample=9'), token)).toBe(404);
    expect(await status(stagePath('02-explain', 'tokens?source=traces&problem=0&sample=0'), token)).toBe(404);
  });

  it('students, and their answers side by side', async () => {
    const [evaluation] = await json<EvaluationView[]>(`/api/runs/${run.id}/evaluations`);
    expect(evaluation?.rows.map(({ student, level, accuracy }) => [student, level, accuracy])).toEqual([
      ['base', 'held-out', 0],
      ['rlt', 'held-out', 2 / 3],
      ['base', 'larger-numbers', 0],
      ['rlt', 'larger-numbers', 1 / 3],
    ]);
    expect(evaluation?.rows.map(({ remarks }) => remarks)).toEqual([
      [],
      ['trained on 2 of 3 problems (rows 1 and 3), so the accuracy says little of new ones'],
      [],
      ['1 of 3 problems left no room for an answer in the context, and count as not solved'],
    ]);
    const of = (filter: string, level = 'held-out') =>
      json<AnswersView>(stagePath('03-evaluate', `answers?level=${level}&first=base&second=rlt&filter=${filter}`));
    expect((await of('all')).problems.map(({ id }) => id)).toEqual(['q0', 'q1', 'q2']);
    expect((await of('all')).problems[1]).toMatchObject({ question: `Question 1: ${HOSTILE[0]}`, gold: '6' });
    expect((await of('second')).total).toBe(2);
    expect((await of('second', 'larger-numbers')).problems.map(({ id }) => id)).toEqual(['q0']);
    expect((await of('first')).total).toBe(0);
    expect((await of('neither')).problems.map(({ id }) => id)).toEqual(['q2']);
  });

  it('changes as they happen, and nothing is ever written', async () => {
    const directory = join(folder, 'runs', 'group', 'other');
    const before = hashesOf(folder);
    const response = await fetch(`${origin()}/api/events`, { headers: { [TOKEN_HEADER]: studio.token } });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (wanted: string): Promise<void> => {
      while (!text.includes(wanted)) text += (await reader.read()).value ?? '';
    };
    await until('event: ready');
    expect(hashesOf(folder)).toEqual(before);
    appendFileSync(join(directory, 'events.jsonl'), `${JSON.stringify(stepEvent(STEPS))}\n`);
    appendFileSync(join(directory, 'metrics.jsonl'), `${JSON.stringify(metricsLine(STEPS))}\n{"half`);
    await until('event: change');
    await reader.cancel();
    const other = (await json<RunView[]>('/api/runs')).find(({ name }) => name === 'other');
    expect(text).toContain(other?.id);
    expect(other?.stages[0]?.done).toBe(STEPS + 1);
    const { stages } = await json<MetricsView>(`/api/runs/${other?.id}/metrics`);
    expect(stages[0]?.steps).toHaveLength(STEPS + 1);
  });
});
