/** One recipe on several engines: out-of-process ones whose servers know models by name, and the local one. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineProfile } from '../engine/engine.js';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { openSlowEngine, type SlowEngine } from '../engine/testing/slow-engine.js';
import { InterruptedError, RecipeError } from '../errors.js';
import type { EngineName } from '../recipe/engines.js';
import { loadRecipe, parseRecipe } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { type Progress, quietProgress } from '../run/progress.js';
import type { Connect } from './engines.js';
import { runRecipe } from './run-recipe.js';
import { linesOf, SUMS, TINY } from './testing/rlt.js';

const never = new AbortController().signal;
const local: Connect = () => openLocalEngine({ threads: 1, activationBytes: 2 ** 24, cacheBytes: 2 ** 24 });

/** The base of the test recipe, made by the local engine. */
async function makeBase(folder: string): Promise<string> {
  const recipe = await loadRecipe(TINY);
  const runDirectory = join(folder, 'base');
  await runRecipe(recipe, { runDirectory, only: ['base'], resume: false, progress: quietProgress, signal: never });
  return join(runDirectory, 'stages', '01-base', 'model');
}

/** The method on a base: all of it on the recipe's own engine, or trainer and frozen student at two other addresses. */
function methodOn(base: string, served: boolean, teach: object = {}): Recipe {
  const model = (engine: string) =>
    served ? { source: 'served:base', tokenizer: base, engine } : { source: base, engine: null };
  return parseRecipe({
    name: 'method',
    seed: 3,
    engine: { kind: 'local', threads: 1 },
    ...(served ? { engines: { trainer: { kind: 'local', threads: 1 }, judge: { kind: 'local', threads: 1 } } } : {}),
    prompts: { teacher: 'Explain.', student: 'Solve.' },
    models: { base: model('trainer'), frozen: model('judge') },
    data: { sums: { source: SUMS, heldOut: 4 } },
    stages: [
      {
        stage: 'warm-up',
        teacher: 'base',
        data: 'sums',
        steps: 100,
        batch: 8,
        maxTokens: 128,
        optimiser: { learningRate: 0.01 },
      },
      {
        stage: 'teach',
        teacher: 'warm-up',
        student: 'frozen',
        data: 'sums',
        steps: 4,
        prompts: 2,
        samples: 4,
        sampling: { maxTokens: 12 },
        reference: { everySteps: 2 },
        checkpointEvery: 1,
        optimiser: { learningRate: 0.001 },
        ...teach,
      },
      { stage: 'explain', teacher: 'teach', data: 'sums', sampling: { maxTokens: 12 } },
      { stage: 'distill', student: 'base', traces: 'explain', epochs: 1, batch: 5, maxTokens: 128 },
      {
        stage: 'evaluate',
        students: { base: 'frozen', distilled: 'distill' },
        problems: { sums: 'sums.held-out' },
        grader: 'integer',
        sampling: { maxTokens: 12 },
      },
    ],
  });
}

interface Servers {
  readonly connect: Connect;
  readonly connected: EngineName[];
  readonly open: SlowEngine[];
}

/** Slow engines by name; what their servers save lies in `folder`, where a later server finds it. */
function servers(
  folder: string,
  base: string,
  abilities: Partial<EngineProfile> & { blending?: boolean } = {},
): Servers {
  const connected: EngineName[] = [];
  const open: SlowEngine[] = [];
  return {
    connected,
    open,
    async connect(_, name) {
      connected.push(name);
      const directory = join(folder, `server-${name}`);
      mkdirSync(directory, { recursive: true });
      const engine = await openSlowEngine({ models: { base }, directory, ...abilities });
      open.push(engine);
      return engine;
    },
  };
}

let folder: string;
let base: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-engines-'));
  base = await makeBase(folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metricsIn = (run: string, stage: string, name: string): readonly number[] =>
  linesOf(join(run, 'metrics.jsonl')).flatMap((line) => (line.stage === stage ? [Number(line[name])] : []));

function expectClose(found: readonly number[], expected: readonly number[], digits: number): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, digits);
}

test('trainer and frozen student at two addresses give what one engine gives; models are kept by reference', async () => {
  const [one, several] = [join(folder, 'one'), join(folder, 'several')];
  const options = { resume: false, progress: quietProgress, signal: never };
  const here = await runRecipe(methodOn(base, false), { ...options, runDirectory: one, connect: local });
  const { connect, connected } = servers(folder, base);
  const there = await runRecipe(methodOn(base, true), { ...options, runDirectory: several, connect });
  const servedIn = ({ stages }: typeof there) =>
    stages.flatMap(({ name, served }) => (served === undefined ? [] : name));
  expect([servedIn(here), servedIn(there)]).toEqual([[], ['warm-up', 'teach', 'distill']]);
  // The recipe's own engine has no model, so it is not opened.
  expect(connected.toSorted()).toEqual(['judge', 'trainer']);

  expectClose(metricsIn(several, 'warm-up', 'update/loss'), metricsIn(one, 'warm-up', 'update/loss'), 3);
  // The first step of RL is of the same samples; later ones may part where rounding tips a token.
  expectClose(metricsIn(several, 'teach', 'reward').slice(0, 1), metricsIn(one, 'teach', 'reward').slice(0, 1), 2);
  expect(metricsIn(several, 'teach', 'reward')).toHaveLength(4);
  expect(there.results.map(({ student, problems }) => [student, problems])).toEqual([
    ['base', 4],
    ['distilled', 4],
  ]);
  expect(there.results[0]?.accuracy).toBe(here.results[0]?.accuracy);

  const stage = join(several, 'stages', '02-teach');
  expect(existsSync(join(stage, 'model'))).toBe(false);
  expect(JSON.parse(readFileSync(join(stage, 'model.json'), 'utf8'))).toMatchObject({
    kind: 'served',
    tokenizer: base,
  });
}, 240_000);

test('an engine that reports no log-probs and cannot blend trains all the same, with a reference that is replaced', async () => {
  const { connect } = servers(join(folder, 'less'), base, { sampledLogProbs: 'none', blending: false });
  const run = join(folder, 'less', 'run');
  const options = { resume: false, progress: quietProgress, signal: never, connect, runDirectory: run };
  const blended = methodOn(base, true, { reference: { update: 'blend', everySteps: 2 } });
  await expect(runRecipe(blended, options)).rejects.toThrow(RecipeError);
  await expect(runRecipe(blended, options)).rejects.toThrow(/cannot blend.*reference\.update/s);
  // Refused before anything was computed.
  expect(linesSoFar(run)).toEqual([]);
  await runRecipe(methodOn(base, true, { reference: { update: 'replace', everySteps: 2 } }), options);
  expect(metricsIn(run, 'teach', 'completion/negLogProb').every((value) => value > 0)).toBe(true);
}, 240_000);

const linesSoFar = (run: string): unknown[] =>
  existsSync(join(run, 'metrics.jsonl')) ? linesOf(join(run, 'metrics.jsonl')) : [];

test('a run that is stopped in the middle resumes on servers started anew, and ends in the same metrics', async () => {
  const whole = join(folder, 'whole');
  const halted = join(folder, 'halted');
  const recipe = methodOn(base, true);
  const options = { resume: false, progress: quietProgress };
  const first = servers(join(folder, 'whole-servers'), base);
  await runRecipe(recipe, { ...options, runDirectory: whole, signal: never, connect: first.connect });

  const controller = new AbortController();
  const stopping: Progress = {
    note: () => undefined,
    stage: ({ name }) => ({
      report: ({ done }) => {
        if (name === 'teach' && done === 2) controller.abort(new InterruptedError());
      },
      finish: () => undefined,
    }),
  };
  const second = servers(join(folder, 'halted-servers'), base);
  await expect(
    runRecipe(recipe, {
      ...options,
      progress: stopping,
      runDirectory: halted,
      signal: controller.signal,
      connect: second.connect,
    }),
  ).rejects.toThrow(InterruptedError);
  const third = servers(join(folder, 'halted-servers'), base);
  const summary = await runRecipe(recipe, { ...options, runDirectory: halted, signal: never, connect: third.connect });
  expect(summary.stages.map(({ reused }) => reused)).toEqual([true, false, false, false, false]);
  expect(readFileSync(join(halted, 'metrics.jsonl'), 'utf8')).toBe(readFileSync(join(whole, 'metrics.jsonl'), 'utf8'));
}, 240_000);

test('a trainer and a sampler at two addresses: every step samples from the weights of the step before', async () => {
  const recipe = methodOn(base, false, { beta: 0 });
  const two = {
    ...recipe,
    engines: { trainer: recipe.engine, sampler: recipe.engine },
    models: {
      frozen: recipe.models.frozen as Recipe['models'][string],
      base: { ...(recipe.models.base as Recipe['models'][string]), engine: 'trainer', sampler: 'sampler' },
    },
  };
  const sampled: EngineName[] = [];
  /** Engines that say when a model of theirs samples. */
  const connect: Connect = async (settings, name) => {
    const engine = await local(settings, name);
    const told = <M extends { sample: (...given: never[]) => unknown }>(model: M): M =>
      new Proxy(model, {
        get: (target, key) => {
          if (key === 'sample') sampled.push(name);
          const value = Reflect.get(target, key) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    return {
      profile: engine.profile,
      open: async (source) => told(await engine.open(source)),
      train: async (source, options) => told(await engine.train(source, options)),
      close: () => engine.close(),
    };
  };
  const run = async (name: string, given: Recipe, by: Connect, only: readonly string[]) => {
    const runDirectory = join(folder, name);
    await runRecipe(given, { runDirectory, only, resume: false, progress: quietProgress, signal: never, connect: by });
    return runDirectory;
  };
  const only = ['warm-up', 'teach'];
  const one = await run('sampler-one', recipe, local, only);
  const several = await run('sampler-two', two, connect, only);
  expect(new Set(sampled)).toEqual(new Set(['sampler']));
  expect(sampled).toHaveLength(4);
  for (const metric of ['reward', 'completion/tokens', 'update/loss']) {
    expectClose(metricsIn(several, 'teach', metric).slice(0, 1), metricsIn(one, 'teach', metric).slice(0, 1), 3);
  }
  expect(existsSync(join(several, 'stages', '02-teach', 'sampler'))).toBe(false);

  // Stopped after its second step and resumed, it ends in the same bytes.
  const controller = new AbortController();
  const stopping: Progress = {
    ...quietProgress,
    stage: ({ name }) => ({
      ...quietProgress.stage({ name, index: 0, count: 1, unit: 'step' }),
      report({ done }) {
        if (name === 'teach' && done === 2) controller.abort(new InterruptedError());
      },
    }),
  };
  const runDirectory = join(folder, 'sampler-resumed');
  const options = { runDirectory, only, resume: false, connect };
  await expect(runRecipe(two, { ...options, progress: stopping, signal: controller.signal })).rejects.toThrow(
    InterruptedError,
  );
  await runRecipe(two, { ...options, progress: quietProgress, signal: never });
  const weights = (directory: string) =>
    readFileSync(join(directory, 'stages', '02-teach', 'model', 'model.safetensors'));
  expect(weights(runDirectory).equals(weights(several))).toBe(true);
}, 240_000);
