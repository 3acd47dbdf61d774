import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readProblems } from '../data/problem-file.js';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { InterruptedError } from '../errors.js';
import { loadRecipe } from '../recipe/load.js';
import { RunDirectory } from '../run/directory.js';
import { quietProgress } from '../run/progress.js';
import { forgetBatches, inBatches } from '../stages/batches.js';
import type { StageContext } from '../stages/definition/stage.js';
import { layoutsOf } from '../stages/layouts.js';
import { trainingLoop } from '../stages/training/loop.js';
import { PAPER_FORMAT } from '../text/formats.js';
import { positionsOf, type Span } from '../text/spans.js';
import { type TokenIds, tokenIds } from '../text/tokens.js';
import { ProblemSource } from './inputs/problems.js';
import { runRecipe } from './run-recipe.js';
import { linesOf, SUMS, TINY, temporaryFolder } from './testing/rlt.js';

const quiet = { resume: false, progress: quietProgress, signal: new AbortController().signal };

/** Runs some stages of the test recipe with changes; returns the metrics of each by its name. */
async function metricsOf(runDirectory: string, only: readonly string[], ...changes: readonly string[]) {
  const recipe = await loadRecipe(TINY, changes);
  await runRecipe(recipe, { ...quiet, runDirectory, only });
  const lines = linesOf(join(runDirectory, 'metrics.jsonl')) as Record<string, number | string>[];
  return (stage: string, name: string): number[] =>
    lines.filter((line) => line.stage === stage).map((line) => line[name] as number);
}

test('warm-up learns the explanation with its end tag and turn; distillation all that the student says', async () => {
  const run = temporaryFolder();
  // Every example in one batch, so that its order is of no account.
  const once = (stage: string) => ['steps=1', 'batch=100'].map((set) => `stages.${stage}.${set}`);
  const changes = [
    ...once('warm-up'),
    ...once('distill'),
    'stages.distill.traces=sums',
    'data.sums.heldOut=0',
    'stages.evaluate.problems.sums=sums',
  ];
  const values = await metricsOf(run, ['base', 'warm-up', 'distill'], ...changes);

  const engine = await openLocalEngine({ threads: 1, activationBytes: 2 ** 22 });
  try {
    const source = { kind: 'directory' as const, directory: join(run, 'stages', '01-base', 'model') };
    const model = await engine.open(source);
    const { teacher, student, tokenizer } = await layoutsOf(source, PAPER_FORMAT, {
      teacher: 'Explain.',
      student: 'Solve.',
    });
    const problems = await readProblems(SUMS);
    const meanLoss = async (examples: readonly { readonly ids: TokenIds; readonly learnt: Span }[]) => {
      const logProbs = await model.logProbs(
        examples.map(({ ids, learnt }) => ({ ids, positions: positionsOf(learnt), temperature: 1 })),
      );
      const all = logProbs.flatMap((array) => [...array]);
      return -all.reduce((sum, value) => sum + value, 0) / all.length;
    };
    const taught = problems.map(({ question, solution, reasoningTraces: [reasoningTrace = ''] = [] }) => {
      const prompt = teacher.prompt(question, solution);
      const end = [...tokenizer.encodeTemplate('\n\n<|end_of_explanation|>'), tokenizer.idOf('<|im_end|>') as number];
      const ids = tokenIds([...prompt, ...tokenizer.encode(reasoningTrace), ...end]);
      return { ids, learnt: { start: prompt.length, end: ids.length } };
    });
    expect(values('warm-up', 'update/loss')[0]).toBeCloseTo(await meanLoss(taught), 5);
    const distilled = problems.map(({ question, solution, reasoningTraces: [reasoningTrace = ''] = [] }) => {
      const prompt = student.prompt(question);
      const ids = tokenIds([
        ...prompt,
        ...tokenizer.encodeTemplate('<|begin_of_thought|>\n\n'),
        ...tokenizer.encode(reasoningTrace),
        ...tokenizer.encodeTemplate('\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\n'),
        ...tokenizer.encode(solution),
        ...tokenizer.encodeTemplate('\n\n<|end_of_solution|><|im_end|>'),
      ]);
      return { ids, learnt: { start: prompt.length, end: ids.length } };
    });
    expect(values('distill', 'update/loss')[0]).toBeCloseTo(await meanLoss(distilled), 5);
  } finally {
    await engine.close();
  }
}, 120_000);

test('the reference follows the policy every N steps, and is the initial policy before that', async () => {
  const run = temporaryFolder();
  const base = ['base', 'warm-up'];
  const kl = async (folder: string, ...changes: readonly string[]) => {
    const set = ['steps=5', 'optimiser.learningRate=1e-2', ...changes].map((change) => `stages.teach.${change}`);
    const values = await metricsOf(join(run, folder), [...base, 'teach'], ...set);
    return values('teach', 'update/kl').map((value) => value > 1e-7);
  };
  // A policy that is its own reference diverges from it by the rounding of 32-bit numbers only.
  expect(await kl('replace', 'reference.update=replace', 'reference.everySteps=2')).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(await kl('never', 'reference.update=never')).toEqual([false, true, true, true, true]);
  // beta 0 keeps no reference and measures no divergence.
  expect(await kl('none', 'beta=0')).toEqual([false, false, false, false, false]);
}, 120_000);

test('a group at temperature 0 is refused: its completions are all the same', async () => {
  const run = temporaryFolder();
  const changes = ['stages.base.steps=1', 'stages.reinforce.student=base', 'stages.reinforce.sampling.temperature=0'];
  await expect(metricsOf(run, ['base', 'reinforce'], ...changes)).rejects.toThrow(
    /at temperature 0 all completions of a prompt are the same.*field stages\.reinforce\.sampling\.temperature/,
  );
});

test('a stage in which all completions of each problem had the same reward says so at its end, resumed or not', async () => {
  const notes: string[] = [];
  const progress = { ...quietProgress, note: (text: string) => void notes.push(text) };
  const teach = ['steps=2', 'checkpointEvery=1', 'sampling.topK=1'].map((change) => `stages.teach.${change}`);
  const recipe = await loadRecipe(TINY, teach);
  const runDirectory = temporaryFolder();
  await runRecipe(recipe, { ...quiet, progress, runDirectory, only: ['base', 'warm-up'] });
  // Stopped after its first step, of which another process tells the result.
  const stop = new AbortController();
  const stopped = {
    ...progress,
    stage: () => ({
      report: ({ done }: { done: number }) => void (done === 1 && stop.abort()),
      finish: () => undefined,
    }),
  };
  const options = { ...quiet, runDirectory, only: ['teach'] };
  await expect(runRecipe(recipe, { ...options, progress: stopped, signal: stop.signal })).rejects.toThrow(
    /was stopped/,
  );
  expect(notes.filter((text) => text.includes('taught nothing'))).toEqual([]);
  await runRecipe(recipe, { ...options, progress });
  expect(notes.filter((text) => text.includes('taught nothing'))).toEqual([
    expect.stringMatching(
      /^\[3\/8\] teach {2}warning: 2 of 2 steps taught nothing: .* all alike: raise sampling\.temper/,
    ),
  ]);
  const other = await metricsOf(temporaryFolder(), ['base', 'warm-up', 'teach'], 'stages.teach.steps=1');
  expect(other('teach', 'groups/zeroStd')).toEqual([0]);
}, 120_000);

test('data sets that exclude each other are refused', async () => {
  const recipe = await loadRecipe(TINY, [
    'data.other.source=task:countdown',
    'data.other.except=[sums]',
    'data.sums.except=[other]',
  ]);
  const source = new ProblemSource(recipe);
  await expect(source.problems('sums')).rejects.toThrow(/these data sets exclude each other: sums, other, sums/);
});

test('held-out problems are apart from the others, the same ones again, and as many as asked', async () => {
  const recipe = await loadRecipe(TINY, [
    'data.rest.source=task:countdown',
    'data.rest.count=6',
    'data.rest.except=[sums]',
  ]);
  const source = new ProblemSource(recipe);
  const idsOf = async (name: string, of = source) => (await of.problems(name)).map(({ id }) => id);
  const [main, heldOut] = [await idsOf('sums'), await idsOf('sums.held-out')];
  expect([main.length, heldOut.length]).toEqual([19, 4]);
  expect(main.filter((id) => heldOut.includes(id))).toEqual([]);
  expect(await idsOf('sums.held-out', new ProblemSource(recipe))).toEqual(heldOut);
  const other = new ProblemSource({ ...recipe, seed: 4 });
  expect(await idsOf('sums.held-out', other)).not.toEqual(heldOut);
  expect(await idsOf('rest')).toHaveLength(6);
  const all = new ProblemSource(await loadRecipe(TINY, ['data.sums.skip=100']));
  await expect(all.problems('sums')).rejects.toThrow(/none of 23 problems are left in sums .*\n {2}Lower its heldOut/);
  const half = new ProblemSource(await loadRecipe(TINY, ['data.sums.heldOut=100']));
  expect([(await half.problems('sums')).length, (await half.problems('sums.held-out')).length]).toEqual([12, 11]);
});

const COUNT = { index: 0, name: 'count', kind: 'teach', fingerprint: 'f', sources: {} };

/** A stage of its own, with what loops and batches need of its context. */
async function inStage<T>(
  directory: string,
  signal: AbortSignal,
  work: (context: StageContext) => Promise<T>,
): Promise<T> {
  const run = await RunDirectory.open({ directory, recipe: '', stages: [COUNT] });
  const stage = await run.stage(COUNT);
  try {
    const progress = quietProgress.stage({ ...COUNT, count: 1, unit: 'step' });
    const context: Pick<StageContext, 'name' | 'directory' | 'progress' | 'signal' | 'note'> = {
      name: 'count',
      directory: stage,
      progress,
      signal,
      note: () => undefined,
    };
    return await work(context as StageContext);
  } finally {
    await stage.close();
    await run.close();
  }
}

/** A loop that counts: each step takes the next number, and is interrupted where `cut` says. */
async function count(directory: string, steps: number, cut?: { readonly at: number; readonly inside: boolean }) {
  const controller = new AbortController();
  const taken: number[] = [];
  let next = 0;
  await inStage(directory, controller.signal, (context) =>
    trainingLoop(context, {
      steps,
      checkpointEvery: 100,
      state: () => next,
      parse: Number,
      models: () => ({}),
      rewind: (state) => {
        next = state;
      },
      body: async (step) => {
        const item = next++;
        if (step === cut?.at) {
          controller.abort(new InterruptedError());
          if (cut.inside) throw new InterruptedError();
        }
        taken.push(item);
        return { metrics: { item }, tokens: 0 };
      },
    }),
  );
  return taken;
}

test.each([true, false])(
  'an interrupted loop resumes with the data of the step where it stopped (inside a step: %s)',
  async (inside) => {
    const directory = temporaryFolder();
    await expect(count(directory, 6, { at: 2, inside })).rejects.toThrow(InterruptedError);
    expect(await count(directory, 6)).toEqual(inside ? [2, 3, 4, 5] : [3, 4, 5]);
    const lines = linesOf(join(directory, 'metrics.jsonl'));
    expect(lines.map(({ step, item }) => [step, item])).toEqual([0, 1, 2, 3, 4, 5].map((step) => [step, step]));
  },
);

test('finished batches are not repeated, however long their rows; a partly written file is not an artifact', async () => {
  const directory = temporaryFolder();
  const long = 'x'.repeat(17 * 2 ** 20);
  const controller = new AbortController();
  const first = inStage(directory, controller.signal, (context) =>
    inBatches(context, [1, 2, 3], 2, async (batch) => {
      controller.abort(new InterruptedError());
      return { rows: batch.map((item) => ({ item, long })), tokens: 0 };
    }),
  );
  await expect(first).rejects.toThrow(InterruptedError);
  writeFileSync(join(directory, 'stages', '01-count', 'traces.jsonl.4242.partial'), 'half a li');
  const worked: number[] = [];
  const manifest = await inStage(directory, new AbortController().signal, async (context) => {
    const rows = await inBatches(context, [1, 2, 3], 2, async (batch) => {
      worked.push(...batch);
      return { rows: batch.map((item) => ({ item, long: '' })), tokens: 0 };
    });
    expect(rows.map((row) => [row.item, row.long.length])).toEqual([
      [1, long.length],
      [2, long.length],
      [3, 0],
    ]);
    await forgetBatches(context);
    return await context.directory.finish();
  });
  expect(worked).toEqual([3]);
  expect(Object.keys(manifest.files).toSorted()).toEqual(['metrics.jsonl', 'stage.json']);
});
