/** Runs a recipe's stages in order; one that is done already is not run again. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { connectEngine } from '../engine/kinds.js';
import { InterruptedError, RltError } from '../errors.js';
import { stageIdentities } from '../recipe/identity.js';
import { renderRecipe } from '../recipe/load.js';
import type { Recipe, Stage } from '../recipe/schema.js';
import { RunDirectory, type StageIdentity, stageFolder } from '../run/directory.js';
import { throwIfInterrupted } from '../run/interrupt.js';
import type { TreeManifest } from '../run/manifest.js';
import type { Progress, StageProgress } from '../run/progress.js';
import { MANIFEST } from '../storage.js';
import { FORMATS, type TagFormat } from '../text/formats.js';
import { Artifacts } from './artifacts.js';
import { distill } from './distill.js';
import { evaluate, type ResultRow, readResults } from './evaluate.js';
import { explain } from './explain.js';
import { pretrain } from './pretrain.js';
import { reinforce } from './reinforce.js';
import { score } from './score.js';
import { dataFileContents, sourceContents } from './source-contents.js';
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

export function formatOf({ format }: Recipe): TagFormat {
  return typeof format === 'string' ? FORMATS[format] : format;
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
  const wanted = (stage: Stage): boolean => only === undefined || only.includes(stage.name);
  const isDone = ({ name }: Stage): boolean => {
    const index = recipe.stages.findIndex((stage) => stage.name === name);
    return existsSync(join(runDirectory, 'stages', stageFolder({ index, name }), MANIFEST));
  };
  const artifacts = new Artifacts(recipe, runDirectory);
  const toMake = recipe.stages.filter((stage) => wanted(stage) && !isDone(stage));
  const dataFiles = await dataFileContents(recipe);
  await artifacts.check(toMake);
  const contents = await sourceContents(recipe, runDirectory, { toMake, dataFiles });
  const identities = stageIdentities(recipe, contents);
  const run = await RunDirectory.open({
    directory: runDirectory,
    recipe: renderRecipe(recipe),
    stages: identities,
    resume,
  });
  let engine: Engine | undefined;
  try {
    engine = await connectEngine(recipe.engine);
    await run.event('run begins', { recipe: recipe.name, stages: identities.length });
    const stages: StageSummary[] = [];
    for (const [index, stage] of recipe.stages.entries()) {
      if (!wanted(stage)) continue;
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
    await engine?.close();
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
  const note = (text: string) =>
    progress.note(`[${identity.index + 1}/${recipe.stages.length}] ${stage.name}  ${text}`);
  if (directory.manifest !== undefined) {
    note('was done before');
    artifacts.done(stage.name);
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
    const format = formatOf(recipe);
    const facts = await perform(
      {
        name: stage.name,
        seed,
        engine,
        format,
        prompts,
        directory,
        progress: shown,
        signal,
        note,
        ...artifacts.readers,
      },
      stage,
    );
    const manifest = await directory.finish({ ...facts });
    const seconds = (performance.now() - began) / 1000;
    await run.event('stage took', { stage: stage.name, seconds });
    shown.finish();
    artifacts.done(stage.name);
    return { ...summary, reused: false, seconds, facts: manifest.facts };
  } catch (error) {
    if (!(error instanceof RltError)) throw error;
    const placed = error.facts.stage === undefined ? error.at({ stage: stage.name }) : error;
    if (!(placed instanceof InterruptedError)) throw placed;
    const remedy = 'What was done is saved; the same command goes on from there.';
    throw new InterruptedError('the run was stopped', { ...placed.facts, remedy });
  } finally {
    await directory.close();
  }
}
