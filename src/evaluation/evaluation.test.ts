import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { InputError, InterruptedError, UsageError } from '../errors.js';
import { quietProgress, type StageProgress } from '../run/progress.js';
import { loadBenchmark, promptStyle } from './benchmarks/benchmark.js';
import { benchmarkProblems } from './benchmarks/problems.js';
import { type EvaluateOptions, type Evaluation, evaluateModel, regrade } from './evaluation.js';
import { writeSumsModel } from './testing/sums-model.js';

const FILES = ['settings.json', 'problems.jsonl', 'answers.jsonl', 'results.json', 'report.md'] as const;

let folder: string;
let model: string;
let benchmark: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-evaluation-'));
  ({ model, benchmark } = await writeSumsModel(join(folder, 'sums')));
  engine = await openLocalEngine({ threads: 1 });
}, 60_000);
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const quiet = quietProgress.stage({ name: 'sums', index: 0, count: 1, unit: 'answer' });

type Changes = Partial<EvaluateOptions['settings']> & {
  readonly progress?: StageProgress;
  readonly signal?: AbortSignal;
};

async function evaluated(name: string, { progress = quiet, signal, ...changes }: Changes = {}): Promise<Evaluation> {
  const loaded = await loadBenchmark(benchmark);
  const posed = await benchmarkProblems(loaded);
  return evaluateModel({
    directory: join(folder, name),
    engine,
    source: { kind: 'directory', directory: model },
    problems: posed,
    settings: {
      benchmark: loaded.name,
      prompt: promptStyle(loaded),
      samples: loaded.samples,
      sampling: loaded.sampling,
      seed: 1,
      batch: 9,
      engine: { name: 'local', provider: 'cpu', threads: 1 },
      ...changes,
    },
    progress,
    ...(signal === undefined ? {} : { signal }),
  });
}

const bytesOf = (name: string): Promise<readonly string[]> =>
  Promise.all(FILES.map((file) => readFile(join(folder, name, file), 'utf8')));

/** Aborts when the first batch is done. */
function interruption(): { readonly progress: StageProgress; readonly signal: AbortSignal } {
  const controller = new AbortController();
  const progress: StageProgress = {
    report: ({ done }) => {
      if (done > 0) controller.abort();
    },
    finish: () => undefined,
  };
  return { progress, signal: controller.signal };
}

describe('an evaluation', () => {
  it('counts what the model answered: sums learnt by heart, others not', async () => {
    const { summary, settings, timings } = await evaluated('first');
    const answers = (await readFile(join(folder, 'first', 'answers.jsonl'), 'utf8')).trim().split('\n');
    const lines = answers.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(36);
    expect(summary).toMatchObject({ problems: 12, samples: 3 });
    expect(summary.accuracy).toBeCloseTo(lines.filter(({ verdict }) => verdict === 'correct').length / 36, 12);
    expect(summary.levels.map(({ level, problems }) => [level, problems])).toEqual([
      ['learnt', 8],
      ['new', 4],
    ]);
    const [learnt, fresh] = summary.levels;
    expect(learnt?.accuracy).toBeGreaterThan(0.5);
    expect(fresh?.accuracy).toBeLessThan(learnt?.accuracy ?? 0);
    // Each line is graded on its own text.
    for (const { text, gold, verdict, ended } of lines) {
      if (ended === 'stop' && text === `\\boxed{${gold}}`) expect(verdict).toBe('correct');
    }
    expect(settings).toMatchObject({ benchmark: 'sums', seed: 1, samples: 3 });
    expect(settings.grader).toMatch(/^integer\/\d+$/);
    expect(settings.model).toMatch(/^[0-9a-f]{64}$/);
    expect(timings.tokens).toBe(lines.reduce((sum, { tokens }) => sum + Number(tokens), 0));
  });

  it('gives the same bytes again', async () => {
    await evaluated('again');
    expect(await bytesOf('again')).toEqual(await bytesOf('first'));
  });

  it('samples something else with another seed', async () => {
    await evaluated('other-seed', { seed: 2 });
    expect((await bytesOf('other-seed'))[2]).not.toBe((await bytesOf('first'))[2]);
  });

  it('interrupted after a batch, goes on to the same bytes', async () => {
    await expect(evaluated('interrupted', interruption())).rejects.toThrow(InterruptedError);
    const partial = await readFile(join(folder, 'interrupted', 'answers.jsonl'), 'utf8');
    expect(partial.trim().split('\n')).toHaveLength(9);
    await evaluated('interrupted');
    expect(await bytesOf('interrupted')).toEqual(await bytesOf('first'));
  });

  it.each([0, 0.1, 0.37, 0.5, 0.99])('killed while %d of its answers were written, too', async (share) => {
    await evaluated('killed');
    const file = join(folder, 'killed', 'answers.jsonl');
    await truncate(file, Math.floor((await readFile(file)).length * share));
    await rm(join(folder, 'killed', 'results.json'));
    await evaluated('killed');
    expect(await bytesOf('killed')).toEqual(await bytesOf('first'));
  });

  it('refuses a folder with other settings and names them', async () => {
    const changed = evaluated('first', {
      seed: 3,
      sampling: { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 9 },
    });
    await expect(changed).rejects.toThrow(/another sampling\.maxTokens, seed/);
    await expect(changed).rejects.toThrow(UsageError);
  });

  it('refuses several samples where all would be the same', async () => {
    const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: 9 };
    await expect(evaluated('greedy', { sampling })).rejects.toThrow('3 samples at temperature 0 would all be the same');
    const { summary } = await evaluated('greedy', { sampling, samples: 1 });
    expect(summary.passAtK).toEqual([]);
  });

  it('counts a prompt that fills the context as an answer that could not be given', async () => {
    const prompt = { kind: 'plain', system: 'x '.repeat(60), template: '{question}' } as const;
    const { summary } = await evaluated('full', { prompt });
    expect(summary).toMatchObject({ accuracy: 0, unparsable: 1, cut: 1, tokensPerAnswer: 0 });
    expect(await readFile(join(folder, 'full', 'answers.jsonl'), 'utf8')).toContain('"ended":"no-room"');
  });
});

describe('regrading', () => {
  it('with the same grader gives the same bytes, and samples nothing', async () => {
    await evaluated('regraded');
    await regrade(join(folder, 'regraded'));
    expect(await bytesOf('regraded')).toEqual(await bytesOf('first'));
  });

  it('takes references and grader anew', async () => {
    await evaluated('corrected');
    const file = join(folder, 'corrected', 'answers.jsonl');
    const lines = (await readFile(file, 'utf8')).replaceAll('"gold":"0"', '"gold":"777"');
    await writeFile(file, lines);
    const before = await readFile(join(folder, 'corrected', 'results.json'), 'utf8');
    const { summary, settings } = await regrade(join(folder, 'corrected'), 'math');
    expect(settings.grader).toMatch(/^math\//);
    expect(summary.accuracy).toBeLessThan((JSON.parse(before) as Evaluation).summary.accuracy);
    await expect(evaluated('corrected')).rejects.toThrow(/another grader/);
  });

  it('needs an evaluation', async () => {
    await expect(regrade(join(folder, 'nowhere'))).rejects.toThrow(UsageError);
    await expect(regrade(join(folder, 'nowhere'))).rejects.toThrow('there is no evaluation to regrade');
  });
});

it('no problems are no evaluation', async () => {
  const loaded = await loadBenchmark(benchmark);
  const nothing = evaluateModel({
    directory: join(folder, 'nothing'),
    engine,
    source: { kind: 'directory', directory: model },
    problems: [],
    settings: {
      benchmark: 'sums',
      prompt: promptStyle(loaded),
      samples: 1,
      sampling: loaded.sampling,
      seed: 1,
      batch: 9,
      engine: { name: 'local', provider: 'cpu', threads: 1 },
    },
    progress: quiet,
  });
  await expect(nothing).rejects.toThrow(InputError);
});
