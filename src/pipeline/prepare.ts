/**
 * What precedes every run and every --dry-run: the recipe is adapted to its data and its engines, and everything is
 * checked that can be known before anything is computed. Both use the same checks, so they refuse the same recipes with the same messages.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isHubSource } from '../data/hub/source.js';
import type { EngineProfile } from '../engine/engine.js';
import { contextTokensOf } from '../engine/model-files.js';
import { InterruptedError, RecipeError, RltError, UsageError } from '../errors.js';
import { verifyModel } from '../evaluation/model-hash.js';
import { MANIFEST } from '../manifest.js';
import { type EngineName, engineField, engineSettings, enginesOf, opensFolders, originOf } from '../recipe/engines.js';
import { type StageIdentityOfRecipe, stageIdentities } from '../recipe/identity.js';
import type { FittingData } from '../recipe/plan.js';
import { formatOf, type ModelSettings, type Recipe } from '../recipe/schema.js';
import { parseModelSource } from '../recipe/sources.js';
import { isSameRecipe, RECIPE_FILE, requireSameRecipe, stageFolder } from '../run/begun-stages.js';
import { dataSetIn } from '../stages/definition/settings.js';
import type { CheckContext, ModelReader } from '../stages/definition/stage.js';
import { definitionOf, type Stage } from '../stages/index.js';
import { layoutsOf } from '../stages/layouts.js';
import type { Fitting } from '../stages/left-out.js';
import { adaptRecipe, type Decision, decidingDataSets, type TraceCounts } from './adaptation/adapt.js';
import { differencesFor } from './adaptation/begun-otherwise.js';
import { type DecidingFacts, recordedFacts } from './adaptation/decisions.js';
import { followEngines } from './adaptation/follow.js';
import { adviceFor } from './advice/advice.js';
import { aboutOtherMachine } from './advice/other-machine.js';
import { unmergedAdapters } from './given-adapters.js';
import { Artifacts, isLocal } from './inputs/artifacts.js';
import { modelOf } from './inputs/models.js';
import { ProblemSource } from './inputs/problems.js';
import { dataFileContents, sourceContents } from './inputs/source-contents.js';
import { type Homes, trainingQuestions } from './inputs/training-data.js';
import { engineProblems } from './requirements.js';

export interface PrepareOptions {
  readonly runDirectory: string;
  /** Names of the stages to run; by default all. */
  readonly only?: readonly string[] | undefined;
  /** `no-network`: what lies on the hub stays unchecked, and the run directory is compared as it is. */
  readonly mode: 'run' | 'no-network';
  /** Whether models are opened by the engines of this package, whose limits are known beforehand. */
  readonly ownEngines: boolean;
  /** Connects an engine, and says what it can do; absent: only what earlier processes recorded is known. */
  readonly profileOf?: (engine: EngineName) => Promise<EngineProfile>;
  /** How another model is named, by the name of the model, where the user wrote no recipe. */
  readonly otherModels?: Readonly<Record<string, string>>;
  readonly homes?: Homes | undefined;
  /** Is told of what takes long. */
  readonly note?: (text: string) => void;
}

export interface PreparedRun {
  /** Adapted to its data and its engines. */
  readonly recipe: Recipe;
  readonly problems: ProblemSource;
  readonly artifacts: Artifacts;
  readonly wanted: readonly Stage[];
  /** The wanted stages that are not done yet. */
  readonly toMake: readonly Stage[];
  readonly identities: readonly StageIdentityOfRecipe[];
  readonly facts: DecidingFacts;
  /** Fields that have no effect on their engine, and were accepted as that. */
  readonly ignored: ReadonlySet<string>;
  readonly decisions: readonly Decision[];
  /** How much of their data the stages to make leave out, by their names and by reference, as far as it is known. */
  readonly fitting: FittingData;
  /** Whether what the run directory holds goes on if the recipe becomes this one. */
  readonly goesOn: (changed: Recipe) => Promise<boolean>;
  /** That earlier stages have not been run, without which a run would not begin: only where nothing is to be run. */
  readonly missing: UsageError | undefined;
  /** What the user should know, decisions included. */
  readonly notes: readonly string[];
}

/**
 * Adapts and checks a recipe. Nothing is written.
 * @throws {RecipeError} when sources are missing or unreadable; it lists all of them
 * @throws {UsageError} when an earlier stage is missing before a run, or the run directory holds stages of another recipe
 * @throws {InputError} when data do not fit the models, or answers cannot be graded
 */
export async function prepareRun(given: Recipe, options: PrepareOptions): Promise<PreparedRun> {
  const { runDirectory, only, mode, note } = options;
  if (given.track !== undefined) await (await import('./tracking.js')).checkTrackers(given, runDirectory);
  const problems = new ProblemSource(given);
  const recorded = await recordedFacts(runDirectory);
  const counts = await traceCounts(given, problems, recorded.counts, options);
  const adapted = adaptRecipe(given, counts);
  const isWanted = ({ name }: Stage): boolean => only === undefined || only.includes(name);
  if (!adapted.recipe.stages.some(isWanted)) throw nothingLeft(adapted.leftOut, only);
  const isDone = ({ name }: Stage): boolean => {
    const index = adapted.recipe.stages.findIndex((stage) => stage.name === name);
    return existsSync(join(runDirectory, 'stages', stageFolder({ index, name }), MANIFEST));
  };
  const isToMake = (stage: Stage): boolean => isWanted(stage) && !isDone(stage);
  const artifacts = new Artifacts(adapted.recipe, runDirectory, problems);
  const dataFiles = await dataFileContents(adapted.recipe);
  const asWritten = adapted.recipe.stages.filter(isToMake);
  await artifacts.check(asWritten);
  const missing = await artifacts.missingStages(asWritten);
  if (missing !== undefined && mode === 'run') throw missing;
  const known = knownInputs(adapted.recipe, artifacts, options);
  const checked: string[] = [];
  const fitting = new Map<string, Map<string, Fitting>>();
  for (const stage of asWritten) {
    const found = new Map<string, Fitting>();
    fitting.set(stage.name, found);
    checked.push(...(await checkStage(stage, { ...known, counted: (reference, one) => found.set(reference, one) })));
  }
  const unmerged = options.ownEngines ? await unmergedAdapters(adapted.recipe, asWritten, known.reader) : [];
  if (unmerged.length > 0) throw new RecipeError(unmerged);
  const engines = await enginesAbilities(adapted.recipe, asWritten, recorded.engines, options);
  const followed = followEngines(given, adapted.recipe, (name) => engines.get(engineField(name)));
  const { recipe } = followed;
  const decisions = [...adapted.decisions, ...followed.decisions];
  const toMake = recipe.stages.filter(isToMake);
  const identitiesOf = async (fetched: readonly Stage[], of: Recipe = recipe) =>
    stageIdentities(of, await sourceContents(of, runDirectory, { toMake: fetched, dataFiles, note }));
  let identities: readonly StageIdentityOfRecipe[] = [];
  if (mode === 'run') identities = await identitiesOf(toMake);
  // Hashing the weights of models is worth it only where there is something to compare them with.
  else if (existsSync(join(runDirectory, RECIPE_FILE))) {
    identities = await identitiesOf([]);
    await requireSameRecipe(
      runDirectory,
      identities,
      differencesFor(recipe, recipe.stages.filter(isWanted), runDirectory),
    );
  }
  const advice = await adviceFor(recipe, toMake, known.problems, (name) => problems.facts(name), options.otherModels);
  const notes = [
    ...decisions.map(({ text }) => text),
    ...checked,
    ...(await aboutOtherMachine(recipe, toMake, runDirectory)),
    ...advice,
  ];
  return {
    recipe,
    problems,
    artifacts,
    wanted: recipe.stages.filter(isWanted),
    toMake,
    identities,
    facts: { counts, engines },
    ignored: followed.ignored,
    decisions,
    fitting,
    goesOn: async (changed) =>
      !existsSync(join(runDirectory, RECIPE_FILE)) ||
      isSameRecipe(runDirectory, await identitiesOf(mode === 'run' ? toMake : [], changed)),
    missing,
    notes,
  };
}

/**
 * What the engines of these stages can do, by the field that has their settings: as it was when a run first connected
 * them, so that a run that resumes decides as it did before.
 */
async function enginesAbilities(
  recipe: Recipe,
  stages: readonly Stage[],
  recorded: DecidingFacts['engines'],
  { ownEngines, profileOf }: PrepareOptions,
): Promise<DecidingFacts['engines']> {
  const found = new Map(recorded);
  if (profileOf === undefined) return found;
  const problems = ownEngines ? engineProblems(recipe, stages) : [];
  if (problems.length > 0) throw new RecipeError([...problems]);
  for (const name of new Set(stages.flatMap((stage) => enginesOf(recipe, stage)))) {
    // The local engine meets every setting: it is connected when all else is known to be right.
    if (found.has(engineField(name)) || (ownEngines && engineSettings(recipe, name).kind === 'local')) continue;
    const { name: shown, anyTemperature, scoring = true, training } = await profileOf(name);
    found.set(engineField(name), { name: shown, anyTemperature, scoring, training });
  }
  return found;
}

function nothingLeft(leftOut: ReadonlyMap<string, string>, only: readonly string[] | undefined): UsageError {
  const reasons = [...leftOut].filter(([name]) => only === undefined || only.includes(name));
  const [first] = reasons;
  if (first === undefined)
    return new UsageError(`no stage is named ${only?.join(' or ') ?? ''}`, {
      remedy: 'Name stages as the recipe does.',
    });
  return new UsageError(
    `there is nothing to run: ${reasons.map(([name, why]) => `${name} is left out, since ${why}`).join('; ')}`,
  );
}

/** Counts the traces of the data sets that decide about stages. What cannot be read is as an earlier process saw it. */
async function traceCounts(
  recipe: Recipe,
  problems: ProblemSource,
  recorded: ReadonlyMap<string, TraceCounts>,
  { mode }: PrepareOptions,
): Promise<ReadonlyMap<string, TraceCounts>> {
  const sets = decidingDataSets(recipe);
  if (sets.size === 0) return new Map();
  const counts = new Map<string, TraceCounts>();
  for (const name of sets) {
    const isHere = isLocal(recipe, name);
    const earlier = recorded.get(name);
    const read = isHere || (mode === 'run' && earlier === undefined);
    const count = (read ? await countOf(problems, name) : undefined) ?? earlier;
    if (count !== undefined) counts.set(name, count);
  }
  return counts;
}

/** Undefined if the problems cannot be read, which the check of the inputs reports where they are needed. */
async function countOf(problems: ProblemSource, name: string): Promise<TraceCounts | undefined> {
  try {
    const { length } = await problems.list(name);
    const { traced } = await problems.counts(name);
    return { problems: length, traced };
  } catch (error) {
    if (error instanceof RltError && !(error instanceof InterruptedError)) return undefined;
    throw error;
  }
}

type KnownInputs = Omit<CheckContext, 'name' | 'counted'>;

/** The inputs of stages as far as they are known before the run. */
function knownInputs(recipe: Recipe, artifacts: Artifacts, { mode, ownEngines, homes }: PrepareOptions): KnownInputs {
  const isKnown = (reference: string): boolean =>
    recipe.data[dataSetIn(reference).name] !== undefined && (mode === 'run' || isLocal(recipe, reference));
  const problems: CheckContext['problems'] = async (reference) =>
    isKnown(reference) ? artifacts.readers.problems(reference) : undefined;
  const readers = new Map<ModelSettings, Promise<ModelReader | undefined>>();
  const readerOf = async (settings: ModelSettings): Promise<ModelReader | undefined> => {
    if (mode === 'no-network' && parseModelSource(settings.source).kind === 'hub') return undefined;
    const opens = opensFolders(recipe, settings) ? 'folders' : 'names';
    const source = await modelOf(settings, opens);
    const layouts = await layoutsOf(source, formatOf(recipe), recipe.prompts).catch(async (error: unknown) => {
      // That a stage's model has lost a file says better than anything else why nothing can be asked of it.
      if (source.kind === 'directory') await verifyModel(source);
      throw error;
    });
    const { kind } = engineSettings(recipe, settings.engine);
    const isOurs = ownEngines && kind === 'local' && source.kind === 'directory';
    return { source, layouts, contextTokens: isOurs ? await contextTokensOf(source) : Number.POSITIVE_INFINITY };
  };
  return {
    problems,
    isReadable: (source) => mode === 'run' || !isHubSource(source),
    trainedOn: (model) => trainingQuestions(recipe, model, problems, homes),
    traces: async (reference, explanations) =>
      isKnown(reference) && !artifacts.isLeftByStage(reference, 'traces')
        ? artifacts.readers.traces(reference, explanations)
        : undefined,
    reader: async (name) => {
      const origin = originOf(recipe, name);
      if (origin === undefined) return undefined;
      const reader = readers.get(origin) ?? readerOf(origin);
      readers.set(origin, reader);
      return reader;
    },
  };
}

async function checkStage(stage: Stage, known: Omit<CheckContext, 'name'>): Promise<readonly string[]> {
  try {
    const notes = (await definitionOf(stage).check?.({ ...known, name: stage.name }, stage)) ?? [];
    return notes.map((note) => `${stage.name}: ${note}`);
  } catch (error) {
    throw error instanceof RltError && error.facts.stage === undefined ? error.at({ stage: stage.name }) : error;
  }
}
