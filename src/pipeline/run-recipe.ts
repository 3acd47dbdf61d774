/** Runs a recipe's stages in order; one that is done already is not run again. */
import { readTraces } from '../data/trace-file.js';
import type { Engine, ModelSource } from '../engine/engine.js';
import { createLocalEngine } from '../engine/local/local-engine.js';
import { UnsupportedError, UsageError } from '../errors.js';
import { stageIdentities } from '../recipe/identity.js';
import { renderRecipe } from '../recipe/load.js';
import type { EngineSettings, Recipe, Stage } from '../recipe/schema.js';
import { artifactOf } from '../recipe/stages.js';
import { RunDirectory, type StageIdentity, stageFolder } from '../run/directory.js';
import { throwIfInterrupted } from '../run/interrupt.js';
import type { TreeManifest } from '../run/manifest.js';
import type { Progress, StageProgress } from '../run/progress.js';
import { FORMATS } from '../text/formats.js';
import { ownTraces, ProblemSource } from './data.js';
import { distill } from './distill.js';
import { evaluate, type ResultRow, readResults } from './evaluate.js';
import { explain, TRACES_FILE } from './explain.js';
import { modelIn, modelOf } from './models.js';
import { pretrain } from './pretrain.js';
import { reinforce } from './reinforce.js';
import { score } from './score.js';
import type { StageContext, StageFacts } from './stage.js';
import { teach } from './teach.js';
import { warmUp } from './warm-up.js';

export interface RunOptions {
  readonly runDirectory: string;
  /** There must be an earlier run to go on with. Without it, one is gone on with where it is there. */
  readonly resume: boolean;
  /** Names of the stages to run; the artifacts that they take must be there. All without it. */
  readonly only?: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface StageSummary {
  readonly name: string;
  readonly kind: Stage['stage'];
  readonly directory: string;
  /** Done by an earlier process. */
  readonly reused: boolean;
  readonly seconds: number;
  readonly facts: TreeManifest['facts'];
}

export interface RunSummary {
  readonly directory: string;
  readonly stages: readonly StageSummary[];
  /** Of the evaluation stages. */
  readonly results: readonly StageResult[];
  readonly seconds: number;
}

/** A row of an evaluation's results with the stage that it is of. */
export interface StageResult extends ResultRow {
  readonly stage: string;
}

function engineOf(settings: EngineSettings): Engine {
  if (settings.kind !== 'local') {
    throw new UnsupportedError(`the engine ${settings.kind} cannot be used yet`, {
      field: 'engine.kind',
      remedy: 'Set engine.kind to local.',
    });
  }
  const { provider, threads, activationMiB, cacheMiB } = settings;
  return createLocalEngine({
    provider,
    activationBytes: activationMiB * 2 ** 20,
    cacheBytes: cacheMiB * 2 ** 20,
    ...(threads === 'auto' ? {} : { threads }),
  });
}

function perform(context: StageContext, stage: Stage): Promise<StageFacts> {
  switch (stage.stage) {
    case 'pretrain':
      return pretrain(context, stage);
    case 'warm-up':
      return warmUp(context, stage);
    case 'teach':
      return teach(context, stage);
    case 'explain':
      return explain(context, stage);
    case 'score':
      return score(context, stage);
    case 'distill':
      return distill(context, stage);
    case 'reinforce':
      return reinforce(context, stage);
    case 'evaluate':
      return evaluate(context, stage);
  }
}

/**
 * Runs the stages of a recipe in `runDirectory`. Interrupted by `signal`, it saves and throws InterruptedError; run again,
 * it goes on where it stopped and ends in the same bytes.
 */
export async function runRecipe(recipe: Recipe, options: RunOptions): Promise<RunSummary> {
  const { runDirectory, signal, progress, only, resume } = options;
  const began = performance.now();
  const identities = stageIdentities(recipe);
  const engine = engineOf(recipe.engine);
  const run = await RunDirectory.open({
    directory: runDirectory,
    recipe: renderRecipe(recipe),
    stages: identities,
    resume,
  });
  try {
    await run.event('run begins', { recipe: recipe.name, stages: identities.length });
    const artifacts = new Artifacts(recipe, run.directory);
    const stages: StageSummary[] = [];
    for (const [index, stage] of recipe.stages.entries()) {
      if (only !== undefined && !only.includes(stage.name)) continue;
      throwIfInterrupted(signal);
      stages.push(
        await runStage({ recipe, run, engine, artifacts, signal, progress }, stage, identities[index] as StageIdentity),
      );
    }
    const seconds = (performance.now() - began) / 1000;
    await run.event('run ends', { seconds });
    const results: StageResult[] = [];
    for (const { name, kind, directory } of stages) {
      if (kind === 'evaluate') for (const row of await readResults(directory)) results.push({ stage: name, ...row });
    }
    return { directory: run.directory, stages, results, seconds };
  } finally {
    await run.close();
    await engine.close();
  }
}

interface Running {
  readonly recipe: Recipe;
  readonly run: RunDirectory;
  readonly engine: Engine;
  readonly artifacts: Artifacts;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const UNITS: Readonly<Record<Stage['stage'], string>> = {
  pretrain: 'step',
  'warm-up': 'step',
  teach: 'step',
  explain: 'problem',
  score: 'trace',
  distill: 'step',
  reinforce: 'step',
  evaluate: 'answer',
};

async function runStage(running: Running, stage: Stage, identity: StageIdentity): Promise<StageSummary> {
  const { recipe, run, engine, artifacts, signal, progress } = running;
  const directory = await run.stage(identity);
  const summary = { name: stage.name, kind: stage.stage, directory: directory.directory };
  if (directory.manifest !== undefined) {
    progress.note(`[${identity.index + 1}/${recipe.stages.length}] ${stage.name}  was done before`);
    return { ...summary, reused: true, seconds: 0, facts: directory.manifest.facts };
  }
  const began = performance.now();
  const shown: StageProgress = progress.stage({
    name: stage.name,
    index: identity.index,
    count: recipe.stages.length,
    unit: UNITS[stage.stage],
  });
  try {
    const { seed, prompts } = recipe;
    const format = typeof recipe.format === 'string' ? FORMATS[recipe.format] : recipe.format;
    const facts = await perform(
      { name: stage.name, seed, engine, format, prompts, directory, progress: shown, signal, ...artifacts.readers },
      stage,
    );
    const manifest = await directory.finish({ ...facts });
    const seconds = (performance.now() - began) / 1000;
    await run.event('stage took', { stage: stage.name, seconds });
    shown.finish();
    return { ...summary, reused: false, seconds, facts: manifest.facts };
  } finally {
    await directory.close();
  }
}

/** What names in a recipe stand for. */
class Artifacts {
  readonly #recipe: Recipe;
  readonly #runDirectory: string;
  readonly #problems: ProblemSource;

  constructor(recipe: Recipe, runDirectory: string) {
    this.#recipe = recipe;
    this.#runDirectory = runDirectory;
    this.#problems = new ProblemSource(recipe);
  }

  readonly readers = {
    model: (reference: string): Promise<ModelSource> => {
      const folder = this.#stageFolder(reference, 'model');
      if (folder !== undefined) return modelIn(`${folder}/model`);
      const settings = this.#recipe.models[reference];
      if (settings === undefined) throw new UsageError(`no model is called ${reference}`);
      return modelOf(settings);
    },
    problems: (reference: string) => this.#problems.problems(reference),
    traces: async (reference: string) => {
      const folder = this.#stageFolder(reference, 'traces');
      if (folder !== undefined) return readTraces(`${folder}/${TRACES_FILE}`);
      return ownTraces(await this.#problems.problems(reference), reference);
    },
  };

  #stageFolder(name: string, kind: 'model' | 'traces'): string | undefined {
    const index = this.#recipe.stages.findIndex((stage) => stage.name === name && artifactOf[stage.stage] === kind);
    return index < 0 ? undefined : `${this.#runDirectory}/stages/${stageFolder({ index, name })}`;
  }
}
