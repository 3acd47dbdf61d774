/** Runs a recipe's stages in order; finished stages are not run again. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkArguments, functionArgument } from '../call-arguments.js';
import { type ErrorFacts, InterruptedError, RltError } from '../errors.js';
import { readResults } from '../evaluation/answers/result-files.js';
import type { ResultRow } from '../evaluation/answers/results.js';
import { thisMachine } from '../machine.js';
import type { Manifest } from '../manifest.js';
import { namesText } from '../printable.js';
import { recipeDifferences } from '../recipe/differences.js';
import { renderRecipe, validRecipe } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { RECIPE_FILE, type StageIdentity, stagesLeft } from '../run/begun-stages.js';
import {
  DATA_READ,
  EVENTS_FILE,
  isWarning,
  RUN_BEGINS,
  RUN_ENDS,
  RUN_FAILS,
  RUN_STOPS,
  RunDirectory,
  STAGE_TOOK,
  WARNING,
} from '../run/directory.js';
import { savesWhenInterrupted } from '../run/interrupt.js';
import { joinMetrics } from '../run/metrics.js';
import { type Progress, quietProgress, type StageProgress } from '../run/progress.js';
import { secondsOfRun } from '../run/work-time.js';
import { requireExplanations } from '../stages/distill.js';
import { definitionOf, type Stage } from '../stages/index.js';
import { withStopSignal } from '../stopping.js';
import { readText } from '../storage.js';
import { asStorageError } from '../system-errors.js';
import { differencesFor } from './adaptation/begun-otherwise.js';
import { recordDecisions } from './adaptation/decisions.js';
import { type Connect, Engines } from './engines.js';
import { forecastOf, NO_FORECAST } from './forecast.js';
import type { Artifacts } from './inputs/artifacts.js';
import { dataFactsText, withLimits } from './inputs/data-facts.js';
import { servedArtifact } from './inputs/models.js';
import type { Homes } from './inputs/training-data.js';
import type { VerdictOptions } from './memory/verdict.js';
import { prepareRun } from './prepare.js';
import { regradedNote } from './regrade.js';
import { contextOf } from './stage-context.js';

/** Where and how a recipe is run. */
export interface RunOptions {
  readonly runDirectory: string;
  /** Fails unless there is an earlier run to resume; by default an existing run is resumed. */
  readonly resume?: boolean;
  /** Names of the stages to run; the artifacts they use must exist. By default all stages. */
  readonly only?: readonly string[];
  /** Aborting it saves the state and stops the run. */
  readonly signal?: AbortSignal;
  /** Where progress is reported; by default nowhere. */
  readonly progress?: Progress;
  /** What a user without a recipe would write to take another model, by the name of the model: `--teacher hf:owner/name`. */
  readonly otherModels?: Readonly<Record<string, string>>;
  /** The folders of the stages that left models on a server, by the models' names: what they were trained on is looked up there. */
  readonly homes?: Homes;
  /** How such a user gives a setting, by its path in the recipe; undefined where there is no option for it. */
  readonly optionOf?: VerdictOptions['optionOf'];
  /** How engines are connected, for programs that supply their own; by default by their kind. */
  readonly connect?: Connect;
}

/** What a stage of a run came to. */
export interface StageSummary {
  readonly name: string;
  readonly kind: Stage['stage'];
  readonly directory: string;
  /** Whether an earlier process ran the stage. */
  readonly reused: boolean;
  readonly seconds: number;
  readonly facts: Manifest['facts'];
  /** What the server of its engine knows its model as; absent where the model is in its directory. */
  readonly served?: string | undefined;
}

/** What a run came to. */
export interface RunSummary {
  readonly directory: string;
  readonly stages: readonly StageSummary[];
  /** Rows of the evaluate stages. */
  readonly results: readonly StageResult[];
  /** Of this process. */
  readonly seconds: number;
  /** Of all processes that worked on the run; where only some stages were asked for, of what they worked on these. */
  readonly secondsInAll: number;
}

/** A row of an evaluation's results, with its stage. */
export interface StageResult extends ResultRow {
  readonly stage: string;
}

const FORM = "runRecipe(await loadRecipe('mine.yaml'), { runDirectory: 'runs/mine' })";
const ARGUMENTS = {
  recipe: z.looseObject({ name: z.string(), stages: z.array(z.looseObject({})), models: z.looseObject({}) }),
  options: z.strictObject({
    runDirectory: z.string().min(1, 'expected a path, not an empty text'),
    resume: z.boolean().optional(),
    only: z.array(z.string()).optional(),
    signal: z.instanceof(AbortSignal).optional(),
    progress: z.looseObject({}).optional(),
    otherModels: z.record(z.string(), z.string()).optional(),
    homes: z.record(z.string(), z.string()).optional(),
    optionOf: functionArgument.optional(),
    connect: functionArgument.optional(),
  }),
};

/**
 * Runs the stages of a recipe in `runDirectory`. If interrupted by `signal`, it saves its state; run again, it resumes
 * where it stopped and ends in the same bytes.
 * @throws {InterruptedError} when `signal` is aborted
 * @throws {RecipeError} when a setting that was changed since the recipe was read is none, a source is missing or unreadable, or an
 * engine cannot meet a setting
 */
export async function runRecipe(given: Recipe, options: RunOptions): Promise<RunSummary> {
  checkArguments(FORM, { recipe: given, options }, ARGUMENTS);
  const { signal = new AbortController().signal, progress = quietProgress } = options;
  const recipe = validRecipe(given);
  return withStopSignal(signal, () => runStages(recipe, { ...options, signal, progress })).catch((error: unknown) => {
    throw asStorageError(error);
  });
}

async function runStages(
  given: Recipe,
  options: RunOptions & Required<Pick<RunOptions, 'signal' | 'progress'>>,
): Promise<RunSummary> {
  const { runDirectory, only, resume = false, connect, signal, progress, otherModels, homes } = options;
  const began = performance.now();
  const engines = new Engines(given, connect, (text) => progress.note(text));
  let run: RunDirectory | undefined;
  let hasBegun = false;
  let stopFollowing: () => Promise<void> = async () => undefined;
  let stopSaving: () => void = () => undefined;
  try {
    const prepared = await prepareRun(given, {
      runDirectory,
      only,
      mode: 'run',
      ...(otherModels === undefined ? {} : { otherModels }),
      homes,
      ownEngines: connect === undefined,
      profileOf: async (name) => (await engines.engine(name)).profile,
      note: (text) => progress.note(text),
    });
    const { recipe, artifacts, wanted, toMake, identities, facts, ignored, decisions } = prepared;
    const forecast = connect === undefined ? await forecastOf(prepared, runDirectory, options.optionOf) : NO_FORECAST;
    const rewritten = await rewrittenSettings(runDirectory, recipe);
    // Before the directory is made: a run that an engine refuses leaves nothing that the next one would have to fit.
    await engines.check(recipe, toMake, ignored);
    run = await RunDirectory.open({
      directory: runDirectory,
      recipe: renderRecipe(recipe),
      stages: identities,
      differences: differencesFor(recipe, wanted, runDirectory),
      resume,
    });
    await recordDecisions(runDirectory, facts, decisions);
    const data = withLimits(await artifacts.dataFacts(toMake), toMake);
    for (const [name, found] of data) progress.note(`${name}: ${dataFactsText(found)}`);
    const notes = [...prepared.notes, ...forecast.notes];
    for (const note of notes) progress.note(note);
    if (rewritten.length > 0)
      progress.note(`recipe.yaml of the run directory differed in ${rewritten.join(', ')} and is rewritten`);
    await run.event(RUN_BEGINS, { recipe: recipe.name, stages: identities.length, machine: thisMachine() });
    hasBegun = true;
    for (const text of notes.filter(isWarning)) await run.event(WARNING, { text });
    for (const [name, { rows, problems, main, heldOutProblems }] of data)
      await run.event(DATA_READ, { data: name, rows, problems, used: main, heldOut: heldOutProblems });
    stopSaving = savesWhenInterrupted();
    stopFollowing = await followed(recipe, runDirectory, progress);
    progress.expect?.(forecast.seconds);
    const stages: StageSummary[] = [];
    for (const [index, stage] of recipe.stages.entries()) {
      if (!wanted.includes(stage)) continue;
      if (signal.aborted) throw runStopped({ stage: stage.name }, signal.reason);
      const identity = identities[index];
      if (identity === undefined) throw new Error(`the stage ${stage.name} has no identity`);
      stages.push(await runStage({ recipe, run, engines, artifacts, signal, progress, homes }, stage, identity));
      if (stage.stage === 'explain') await requireUseful(stage.name, wanted, artifacts);
    }
    // A stage that is made puts the lines of those before it in order; where none was, nobody has looked at them.
    if (stages.every(({ reused }) => reused)) await joinMetrics(run.directory);
    const seconds = (performance.now() - began) / 1000;
    await run.event(RUN_ENDS, { seconds });
    const results: StageResult[] = [];
    for (const { name, kind, directory } of stages) {
      if (kind !== 'evaluate') continue;
      for (const row of (await readResults(directory)).rows) results.push({ stage: name, ...row });
    }
    const secondsInAll = await secondsOfRun(join(run.directory, EVENTS_FILE), only);
    return { directory: run.directory, stages, results, seconds, secondsInAll };
  } catch (cause) {
    const error = hasBegun ? asStorageError(cause) : asUnbegun(asStorageError(cause), runDirectory);
    // Where the disk is full this cannot be written either, and the error itself matters more.
    if (hasBegun) await run?.event(...endingOf(error)).catch(() => undefined);
    throw error;
  } finally {
    stopSaving();
    await stopFollowing();
    await run?.close();
    await engines.close();
  }
}

/**
 * Explanations from which nothing can be learnt end a run when they are written, not when it comes to their student: other
 * students would be trained before, for an evaluation that never begins.
 * @throws {InputError} when a stage that learns from them would refuse them
 */
async function requireUseful(traces: string, wanted: readonly Stage[], { readers }: Artifacts): Promise<void> {
  for (const later of wanted)
    if (later.stage === 'distill' && later.traces === traces)
      requireExplanations(later.name, await readers.traces(traces, 'used'), later);
}

/** What events.jsonl says of a run that ended before its end. */
function endingOf(error: unknown): [event: string, fields: Readonly<Record<string, unknown>>] {
  if (!(error instanceof RltError))
    return [RUN_FAILS, { code: 'bug', message: error instanceof Error ? error.message : String(error) }];
  const { stage, step, file, remedy } = error.facts;
  return error instanceof InterruptedError
    ? [RUN_STOPS, { stage, step }]
    : [RUN_FAILS, { stage, step, file, code: error.code, message: error.summary, remedy }];
}

/** A stop while the recipe was checked: no stage was at work, whatever was looked at when the signal came. */
function asUnbegun(error: unknown, runDirectory: string): unknown {
  if (!(error instanceof InterruptedError)) return error;
  const { stage: _stage, step: _step, ...facts } = error.facts;
  return new InterruptedError(error.summary, { remedy: unbegunRemedy(runDirectory), ...facts, cause: error });
}

/** What an earlier process left is as it was, and the same command goes on from there. */
function unbegunRemedy(runDirectory: string): string {
  const { done, begun } = stagesLeft(runDirectory);
  const left = [
    ...(done.length === 0 ? [] : [`${namesText(done)} ${done.length === 1 ? 'is' : 'are'} done`]),
    ...(begun.length === 0 ? [] : [`${namesText(begun)} ${begun.length === 1 ? 'has' : 'have'} begun`]),
  ];
  return left.length === 0
    ? 'No stage had begun; run the same command to start.'
    : `Nothing has changed in the run: ${left.join(', ')}. Run the same command to go on from there.`;
}

/** @param facts with a remedy of its own where the state could not be saved */
const runStopped = (facts: ErrorFacts, cause: unknown): InterruptedError =>
  new InterruptedError('the run was stopped', {
    remedy: 'The state is saved; run the same command to resume.',
    ...facts,
    cause,
  });

/** Lets the trackers of the recipe follow the run; returns what ends that. */
async function followed(recipe: Recipe, runDirectory: string, progress: Progress): Promise<() => Promise<void>> {
  if (recipe.track === undefined) return async () => undefined;
  const { followRun } = await import('./tracking.js');
  return followRun(recipe, runDirectory, (text) => progress.note(text));
}

/** The settings in which the recorded recipe, which is a record and not read, differs from the one that is run. */
async function rewrittenSettings(runDirectory: string, recipe: Recipe): Promise<readonly string[]> {
  const file = join(runDirectory, RECIPE_FILE);
  if (!existsSync(file)) return [];
  return recipeDifferences(await readText(file), recipe).settings.map(({ path }) => path);
}

interface Running {
  readonly recipe: Recipe;
  readonly run: RunDirectory;
  readonly engines: Engines;
  readonly artifacts: Artifacts;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly homes: Homes | undefined;
}

async function runStage(running: Running, stage: Stage, identity: StageIdentity): Promise<StageSummary> {
  const { recipe, run, artifacts, progress } = running;
  const definition = definitionOf(stage);
  const directory = await run.stage(identity);
  const summary = { name: stage.name, kind: stage.stage, directory: directory.directory };
  const kept: Promise<void>[] = [];
  const note = (text: string) => {
    progress.note(`[${identity.index + 1}/${recipe.stages.length}] ${stage.name}  ${text}`);
    if (!isWarning(text)) return;
    const keeping = directory.event(WARNING, { text });
    // It is awaited when the stage ends; until then, a rejection must not count as unhandled.
    keeping.catch(() => undefined);
    kept.push(keeping);
  };
  if (directory.manifest !== undefined) {
    note('already done');
    const regraded = stage.stage === 'evaluate' ? await regradedNote(run.directory, stage.name) : undefined;
    if (regraded !== undefined) note(regraded);
    artifacts.done(stage.name);
    const { facts } = directory.manifest;
    return { ...summary, reused: true, seconds: 0, facts, served: (await servedArtifact(summary.directory))?.name };
  }
  const began = performance.now();
  const shown: StageProgress = progress.stage({
    name: stage.name,
    index: identity.index,
    count: recipe.stages.length,
    unit: definition.unit,
  });
  try {
    const made = await definition.run(contextOf(running, stage, { directory, progress: shown, note }), stage);
    await Promise.all(kept);
    const { facts } = await directory.finish({ ...made });
    const seconds = (performance.now() - began) / 1000;
    await run.event(STAGE_TOOK, { stage: stage.name, seconds });
    shown.finish();
    artifacts.done(stage.name);
    return { ...summary, reused: false, seconds, facts, served: (await servedArtifact(summary.directory))?.name };
  } catch (error) {
    if (!(error instanceof RltError)) throw error;
    const placed = error.facts.stage === undefined ? error.at({ stage: stage.name }) : error;
    throw placed instanceof InterruptedError ? runStopped(placed.facts, placed) : placed;
  } finally {
    await Promise.allSettled(kept);
    await directory.close();
  }
}
