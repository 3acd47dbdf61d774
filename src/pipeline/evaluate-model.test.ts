import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError, RecipeError, UsageError } from '../errors.js';
import { readResults } from '../evaluation/answers/result-files.js';
import type { EvaluationResults } from '../evaluation/answers/results.js';
import { writeSumsModel } from '../evaluation/testing/sums-model.js';
import { verifyManifest } from '../manifest.js';
import { parseRecipe } from '../recipe/load.js';
import { type Progress, quietProgress } from '../run/progress.js';
import { batchTotals } from '../stages/batches.js';
import { regrade } from './regrade.js';
import { runRecipe } from './run-recipe.js';

const FILES = ['problems.jsonl', 'answers.jsonl', 'results.json', 'report.md', 'manifest.json'] as const;
const SAMPLING = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 12 };

let folder: string;
let model: string;
let benchmark: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-evaluation-'));
  ({ model, benchmark } = await writeSumsModel(join(folder, 'sums')));
}, 60_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const stageOf = (name: string): string => join(folder, name, 'stages', '01-evaluate');

interface Changes {
  readonly seed?: number;
  readonly stage?: Readonly<Record<string, unknown>>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

async function evaluated(
  name: string,
  { seed = 1, stage = {}, progress = quietProgress, signal = new AbortController().signal }: Changes = {},
): Promise<EvaluationResults> {
  const recipe = parseRecipe({
    name: 'sums',
    seed,
    engine: { kind: 'local', threads: 1 },
    models: { model },
    stages: [
      {
        stage: 'evaluate',
        students: { model: 'model' },
        problems: { sums: `benchmark:${benchmark}` },
        prompt: 'benchmark',
        samples: 3,
        sampling: SAMPLING,
        batch: 9,
        ...stage,
      },
    ],
  });
  await runRecipe(recipe, { runDirectory: join(folder, name), resume: false, signal, progress });
  return readResults(stageOf(name));
}

const bytesOf = (name: string): Promise<readonly string[]> =>
  Promise.all(FILES.map((file) => readFile(join(stageOf(name), file), 'utf8')));

const linesIn = async (name: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(join(stageOf(name), 'answers.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Aborts when the first batch is done. */
function interruption(): { readonly progress: Progress; readonly signal: AbortSignal } {
  const controller = new AbortController();
  const progress: Progress = {
    ...quietProgress,
    stage: () => ({
      report: ({ done }) => {
        if (done > 0) controller.abort();
      },
      finish: () => undefined,
    }),
  };
  return { progress, signal: controller.signal };
}

describe('an evaluation of one model', () => {
  it('counts what the model answered: sums learnt by heart, others not', async () => {
    const results = await evaluated('first');
    const lines = await linesIn('first');
    expect(lines).toHaveLength(36);
    const [row] = results.rows;
    expect(row).toMatchObject({ student: 'model', level: 'sums', problems: 12, samples: 3 });
    expect(row?.accuracy).toBeCloseTo(lines.filter(({ verdict }) => verdict === 'correct').length / 36, 12);
    expect(row?.levels.map(({ level, problems }) => [level, problems])).toEqual([
      ['learnt', 8],
      ['new', 4],
    ]);
    const [learnt, fresh] = row?.levels ?? [];
    expect(learnt?.accuracy).toBeGreaterThan(0.5);
    expect(fresh?.accuracy).toBeLessThan(learnt?.accuracy ?? 0);
    // Each line is graded on its own text.
    for (const { text, gold, verdict, ended } of lines) {
      if (ended === 'stop' && text === `\\boxed{${gold}}`) expect(verdict).toBe('correct');
    }
    expect(results).toMatchObject({
      seed: 1,
      samples: 3,
      batch: 9,
      prompts: { sums: { kind: 'plain', system: null, template: '{question}' } },
      graders: [expect.stringMatching(/^integer\/\d+$/)],
      models: { model: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const { tokens } = await batchTotals(join(folder, 'first', 'events.jsonl'), 'evaluate');
    expect(tokens).toBe(lines.reduce((sum, line) => sum + Number(line.tokens), 0));
    const report = await readFile(join(stageOf('first'), 'report.md'), 'utf8');
    expect(report).toMatch(/^# model on sums: 12 problems, 3 samples each\n/);
    expect(report).toContain('| learnt | 8 |');
    expect(report).toContain('| prompt | plain: \\{question\\} |');
  });

  it('gives the same bytes again', async () => {
    await evaluated('again');
    expect(await bytesOf('again')).toEqual(await bytesOf('first'));
  });

  it('samples something else with another seed', async () => {
    await evaluated('other-seed', { seed: 2 });
    expect((await bytesOf('other-seed'))[1]).not.toBe((await bytesOf('first'))[1]);
  });

  it('interrupted after a batch, goes on to the same bytes', async () => {
    await expect(evaluated('interrupted', interruption())).rejects.toThrow(InterruptedError);
    const partial = await readFile(join(stageOf('interrupted'), 'unfinished.jsonl'), 'utf8');
    expect(partial.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(partial).rows).toHaveLength(9);
    await evaluated('interrupted');
    expect(await bytesOf('interrupted')).toEqual(await bytesOf('first'));
  });

  it.each([0, 0.1, 0.37, 0.5, 0.99])('killed while %d of its first batch was written, too', async (share) => {
    const name = `killed-${share}`;
    await expect(evaluated(name, interruption())).rejects.toThrow(InterruptedError);
    const file = join(stageOf(name), 'unfinished.jsonl');
    await truncate(file, Math.floor((await readFile(file)).length * share));
    await evaluated(name);
    expect(await bytesOf(name)).toEqual(await bytesOf('first'));
  });

  it.each([
    ['not JSON', (line: string) => `x${line}`],
    ['without rows', () => '{"row":[]}\n'],
    ['not UTF-8', (line: string) => Buffer.concat([Buffer.from([0xff]), Buffer.from(line)])],
  ])('computes batches again whose lines are damaged, and says so: %s', async (what, damage) => {
    const name = `damaged-${what}`;
    await expect(evaluated(name, interruption())).rejects.toThrow(InterruptedError);
    const file = join(stageOf(name), 'unfinished.jsonl');
    await writeFile(file, damage(await readFile(file, 'utf8')));
    const notes: string[] = [];
    await evaluated(name, { progress: { ...quietProgress, note: (text) => notes.push(text) } });
    expect(notes.join('\n')).toMatch(/results after batch \d are damaged and are computed again/);
    expect(await bytesOf(name)).toEqual(await bytesOf('first'));
  });

  it('refuses a folder with other settings and names them', async () => {
    const changed = evaluated('first', { seed: 3, stage: { sampling: { ...SAMPLING, maxTokens: 9 } } });
    await expect(changed).rejects.toThrow(/Settings that differ: seed, stages\.evaluate\.sampling\.maxTokens/);
    await expect(changed).rejects.toThrow(UsageError);
  });

  it('counts a prompt that fills the context as an answer that could not be given, and tells how many', async () => {
    const source = join(folder, 'long.jsonl');
    const record = (uid: string, ask: string) => `${JSON.stringify({ uid, ask, result: '3', kind: 'learnt' })}\n`;
    await writeFile(source, record('a', '1 + 2 = ?') + record('b', '1 + '.repeat(40)));
    const notes: string[] = [];
    const progress = { ...quietProgress, note: (text: string) => notes.push(text) };
    const { rows } = await evaluated('long', { stage: { source }, progress });
    expect(rows[0]).toMatchObject({ problems: 2, noRoom: 1 });
    expect((await linesIn('long')).map(({ ended }) => ended).slice(3)).toEqual(Array(3).fill('no-room'));
    expect(notes).toContain(
      'evaluate: warning: 1 of 2 problems of long.jsonl leave model no room for an answer in its context of 64 tokens; they count as not solved',
    );
    expect(await readFile(join(stageOf('long'), 'report.md'), 'utf8')).toContain(
      'Note: 1 of 2 problems left no room for an answer in the context, and count as not solved.',
    );
    await regrade(join(folder, 'long'));
    expect((await readResults(stageOf('long'))).rows).toEqual(rows);
  });

  it('is refused where every prompt fills the context', async () => {
    const full = join(folder, 'sums', 'full.yaml');
    await writeFile(full, `${await readFile(benchmark, 'utf8')}system: ${JSON.stringify('x '.repeat(60))}\n`);
    await expect(evaluated('full', { stage: { problems: { sums: `benchmark:${full}` } } })).rejects.toThrow(
      'none of the 12 problems of sums leaves model room for an answer: of the shortest, the prompt has 156 tokens, the context 64',
    );
  });

  it('takes other problems in the layout of the benchmark, and is another evaluation when they change', async () => {
    const source = join(folder, 'mine.jsonl');
    const record = (result: string) => `${JSON.stringify({ uid: 'm', ask: '1 + 2 = ?', result, kind: 'learnt' })}\n`;
    await writeFile(source, record('3'));
    const { rows, samples } = await evaluated('source', { stage: { source } });
    expect([rows[0]?.problems, samples]).toEqual([1, 3]);
    await writeFile(source, record('4'));
    const changed = evaluated('source', { stage: { source } });
    await expect(changed).rejects.toThrow(/the contents of records:.*mine\.jsonl have changed: 01-evaluate/);
    await writeFile(source, '');
    await expect(evaluated('nothing', { stage: { source } })).rejects.toThrow('mine.jsonl');
  });

  it('a benchmark that lies elsewhere is the same one; an edited one is another', async () => {
    const moved = join(folder, 'moved.yaml');
    const text = await readFile(benchmark, 'utf8');
    await writeFile(moved, text);
    await writeFile(join(folder, 'sums.jsonl'), await readFile(join(folder, 'sums', 'sums.jsonl')));
    const at = { stage: { problems: { sums: `benchmark:${moved}` } } };
    expect(await evaluated('first', at)).toEqual(await readResults(stageOf('first')));
    await evaluated('moved', at);
    await writeFile(moved, text.replace('{question}', 'Say: {question}'));
    await expect(evaluated('moved', at)).rejects.toThrow(/the contents of definition:.*moved\.yaml have changed/);
  });

  it('of the problems.jsonl of another one has the same ids, and of one model the same answers', async () => {
    const answers = async (name: string) => (await linesIn(name)).map(({ difficulty: _, ...line }) => line);
    await evaluated('passed-on', { stage: { source: join(stageOf('first'), 'problems.jsonl') } });
    await evaluated('once-more', { stage: { source: join(stageOf('passed-on'), 'problems.jsonl') } });
    expect(await answers('passed-on')).toEqual(await answers('first'));
    expect(await answers('once-more')).toEqual(await answers('first'));
  });
});

describe('regrading', () => {
  it('with the same grader gives the same bytes, and samples nothing', async () => {
    await evaluated('regraded');
    await regrade(join(folder, 'regraded'));
    expect(await bytesOf('regraded')).toEqual(await bytesOf('first'));
  });

  it('takes references and grader anew, and seals the stage with its new figures', async () => {
    const before = await evaluated('corrected');
    const file = join(stageOf('corrected'), 'answers.jsonl');
    const lines = (await readFile(file, 'utf8')).replaceAll('"gold":"0"', '"gold":"777"');
    await writeFile(file, lines);
    await expect(evaluated('corrected')).rejects.toThrow('the file has changed since it was written');
    const [stage] = await regrade(join(folder, 'corrected'), { grader: 'math' });
    expect(stage?.results.graders).toEqual([expect.stringMatching(/^math\//)]);
    const accuracy = stage?.results.rows[0]?.accuracy ?? 1;
    expect(accuracy).toBeLessThan(before.rows[0]?.accuracy ?? 0);
    expect((await verifyManifest(stageOf('corrected')))?.facts).toMatchObject({ 'model/sums': accuracy });
    expect(await evaluated('corrected')).toEqual(stage?.results);
    const events = await readFile(join(folder, 'corrected', 'events.jsonl'), 'utf8');
    expect(events).toContain('warning: graded again by math, which the recipe does not say');
    expect(events).toContain('--set stages.evaluate.grader=math');
  });

  it('needs an evaluation that is finished', async () => {
    await expect(regrade(join(folder, 'nowhere'))).rejects.toThrow(UsageError);
    await expect(regrade(join(folder, 'nowhere'))).rejects.toThrow('there is no evaluation to regrade');
    await expect(evaluated('half', interruption())).rejects.toThrow(InterruptedError);
    await expect(regrade(join(folder, 'half'))).rejects.toThrow('the stage evaluate is not finished');
    await expect(regrade(join(folder, 'half'), { stage: 'other' })).rejects.toThrow('There are: evaluate.');
  });
});

it('a benchmark without problems, or that is not there, is refused before anything is computed', async () => {
  const empty = join(folder, 'empty.yaml');
  await writeFile(empty, 'name: empty\nsource: empty.jsonl\ngrader: integer\n');
  await writeFile(join(folder, 'empty.jsonl'), '');
  for (const file of [empty, join(folder, 'missing.yaml')]) {
    const nothing = evaluated('nothing', { stage: { problems: { x: `benchmark:${file}` } } });
    await expect(nothing).rejects.toThrow(/empty\.jsonl|missing\.yaml/);
    await expect(nothing).rejects.toThrow(RecipeError);
  }
});
