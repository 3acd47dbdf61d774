/** The models that a run left, by the names that people know them by. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { loadRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { isRun, RECIPE_FILE, requireKeptRecipe, stageFolder } from '../../run/begun-stages.js';
import { runRemedy } from '../../run/near-run.js';
import { namedStudent, splitReference } from '../../run/reference.js';
import { definitionOf } from '../../stages/index.js';
import { suggestion } from '../../suggestion.js';
import { type HeldAs, heldIn } from './held-models.js';
import { hubHint, MODEL_FOLDER, MODEL_REFERENCE } from './models.js';
import { holdsModel, hostOf, type PlaceInRun, placeInRun, type Server } from './run-models.js';

/** Whether a word that stands where a recipe belongs names a model: a source, its folder, that of its stage, or `RUN:NAME`. */
export function namesModel(word: string): boolean {
  if (['hub', 'builtin', 'served'].includes(parseModelSource(word).kind)) return true;
  if ([word, join(word, MODEL_FOLDER)].some(holdsModel)) return true;
  const { path, names } = splitReference(word);
  return names.length > 0 && isRun(path);
}

/** What a model is called that no run has a name for: its repository, its folder, or the name of a bundled one. */
export function nameOfSource(source: string): string {
  const parsed = parseModelSource(source);
  if (parsed.kind === 'hub') return parsed.repository;
  return 'name' in parsed ? parsed.name : basename(resolve(parsed.path));
}

interface TrainedModel extends PlaceInRun {
  readonly held: HeldAs;
  /** Whether a stage of the run made it, or the run was given it. */
  readonly isTrained: boolean;
  /** The name of its stage, and the labels of students that evaluations give it. */
  readonly names: readonly string[];
  /** Whether it explains solutions. */
  readonly isTeacher: boolean;
  /** What it is, for messages: `the stage rlt`. */
  readonly about: string;
}

/** The models that the stages of a run left, in order; of labels, those that stand for models from elsewhere, too. */
async function modelsOf(run: string, recipe: Recipe): Promise<readonly TrainedModel[]> {
  const labels = recipe.stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const trained = recipe.stages.filter((stage) => definitionOf(stage).artifact === 'model');
  const given = Object.entries(recipe.models).flatMap(([name, { adapter }]) => (adapter === null ? [name] : []));
  const models: TrainedModel[] = [];
  for (const [model, stage] of [
    ...trained.map((stage) => [stage.name, stage.stage] as const),
    ...given.map((name) => [name, undefined] as const),
  ]) {
    const place = await placeInRun(run, recipe, model);
    if (place === undefined) continue;
    models.push({
      ...place,
      names: [...new Set([model, ...labels.flatMap(([label, of]) => (of === model ? [label] : []))])],
      isTeacher: stage === 'teach' || stage === 'warm-up',
      isTrained: stage !== undefined,
      held: heldIn(recipe, model),
      about: stage === undefined ? `models.${model}` : `the stage ${model}`,
    });
  }
  return models;
}

/** A model that a person named. */
export interface NamedModel {
  readonly source: string;
  /** How it is reached where it is on a server; absent of a model that is here. */
  readonly server?: Server | undefined;
  /** Where the record of its training is: its folder, or the source; of a model on a server the folder of its stage. */
  readonly home: string;
  /** What it is called in its run; undefined of a model that no run was asked for. */
  readonly name: string | undefined;
  /** How its run holds it. */
  readonly held: HeldAs;
  /** Which of several models of the name it is, for whoever did not say so; absent where there is one. */
  readonly chosen?: string;
}

const FORMS =
  'Name the folder of a model or of a stage, a run directory with the name of a model in it, builtin:base, or hf:owner/name.';

/**
 * The source of a model that a person named: a folder or another source as it is; the folder of a stage, its model; a
 * run, the model that `name` names in it (or `given` itself, as `RUN:NAME` or `RUN:STAGE:NAME`), its trained teacher where
 * one is asked for, or its only model. Of a teacher and a student of one name, `asTeacher` decides, and `chosen` says which was
 * taken; where it is not given, the name is refused. `mayBeGone`: a folder that is not there is taken as it is.
 * `reach`: whether a model on a server will do, or only one whose files are here.
 * @throws {UsageError} when there is no such folder, a run has no such model, several of the name, or several and none
 * is named; when it is on a server, and only its files will do
 */
export async function namedModel(
  given: string,
  name: string | undefined,
  { reach = 'files', ...how }: Naming & { readonly reach?: 'files' | 'servers' } = {},
): Promise<NamedModel> {
  const named = await modelNamed(given, name, how);
  const { server, source } = named;
  if (server === undefined || reach === 'servers') return named;
  throw new UsageError(
    `${named.name === undefined ? 'the model of this stage' : `"${named.name}"`} is on the server at ${hostOf(server)}, and this takes the files of a model`,
    {
      file: given,
      remedy:
        `rlt chat, rlt generate, rlt evaluate and rlt score reach it there, and so does a recipe with models: { NAME: { source: "${source}", ` +
        `tokenizer: ${server.tokenizer === null ? 'null' : JSON.stringify(server.tokenizer)} } } and the same engine. To have it here, train it on the engine local, with another --out.`,
    },
  );
}

interface Naming {
  readonly asTeacher?: boolean;
  readonly mayBeGone?: boolean;
}

async function modelNamed(
  given: string,
  name: string | undefined,
  { asTeacher, mayBeGone = false }: Naming,
): Promise<NamedModel> {
  const { path, names } = splitReference(given);
  requireKeptRecipe(path);
  if (name === undefined && names.length > 0 && isRun(path)) return modelInRun(path, names, asTeacher);
  if (isRun(given)) return modelOfRun(given, name, asTeacher);
  // Other prefixes, addresses and the home directory are for the recipe to read.
  if (!mayBeGone && !/^(?:[a-z][a-z-]+:|~)/i.test(given) && !existsSync(given))
    throw new UsageError('there is no such model or run', {
      file: given,
      remedy: runRemedy(given, `${hubHint(given)}${FORMS}`, holdsModel),
    });
  if (name !== undefined)
    throw new UsageError(`"${name}" names a model of a run, and there is no run here`, { file: given });
  if (holdsModel(given)) return { source: given, home: given, name: undefined, held: {} };
  const left = join(given, MODEL_FOLDER);
  if (holdsModel(left)) return { source: left, home: left, name: undefined, held: {} };
  const [run, stage] = [dirname(dirname(resolve(given))), basename(given)];
  const recipe = existsSync(join(given, MODEL_REFERENCE)) ? await loadRecipe(join(run, RECIPE_FILE)) : undefined;
  const ofStage = recipe?.stages.find((one, index) => stageFolder({ index, name: one.name }) === stage);
  const place = recipe && ofStage && (await placeInRun(run, recipe, ofStage.name));
  return place === undefined
    ? { source: given, home: given, name: undefined, held: {} }
    : { ...located(place), name: undefined, held: {} };
}

const located = ({ source, server, unique }: PlaceInRun) => ({
  source,
  server,
  home: server === undefined ? source : unique,
});

/** The model of `RUN:NAME`, or of `RUN:STAGE:NAME`: the student that this evaluate stage calls so. */
async function modelInRun(run: string, names: readonly string[], asTeacher: boolean | undefined): Promise<NamedModel> {
  const [first = '', ...others] = names;
  if (others.length === 0) return modelOfRun(run, first, asTeacher);
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const evaluations = new Map(
    recipe.stages.flatMap((one) => (one.stage === 'evaluate' ? [[one.name, one.students] as const] : [])),
  );
  const labels = new Map([...evaluations].map(([name, students]) => [name, Object.keys(students)]));
  const { stage, student } = namedStudent(run, names, labels);
  const model = evaluations.get(stage)?.[student];
  // Stages go before models of the same name, as in the references of a recipe.
  const found = (await modelsOf(run, recipe)).find(({ names: [own] }) => own === model);
  if (found === undefined)
    throw new UsageError(`the run has not left the model ${model}, which ${stage} calls "${student}"`, { file: run });
  return { ...located(found), name: student, held: found.held };
}

/** A name that no model of a run has: that of one which it is still to make, or none of its own. */
function noSuchModel(run: string, { stages }: Recipe, name: string, models: readonly TrainedModel[]): UsageError {
  const labels = stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const meant = [name, ...labels.flatMap(([label, model]) => (label === name ? [model] : []))];
  const toMake = stages.find((stage) => meant.includes(stage.name) && definitionOf(stage).artifact === 'model');
  if (toMake === undefined)
    return new UsageError(`the run has no model "${name}"`, {
      file: run,
      remedy: suggestion(name, namesIn(models), 'models'),
    });
  return new UsageError(`the run has not made "${name}" yet, the model of its stage ${toMake.name}`, {
    file: run,
    remedy: `Run its recipe to the end of that stage. It has: ${namesIn(models).join(', ')}.`,
  });
}

const namesIn = (models: readonly TrainedModel[]): readonly string[] => [
  ...new Set(models.flatMap(({ names }) => names)),
];

/**
 * The model of a run that nobody named: its last teacher where one is asked for, else its only model. One that it was given is taken
 * only where it trains none: who names a run means what it made.
 */
function unnamedModel(
  run: string,
  { stages }: Recipe,
  models: readonly TrainedModel[],
  asTeacher: boolean | undefined,
): TrainedModel {
  const names = namesIn(models).join(', ');
  const choice = { file: run, ...(names === '' ? {} : { remedy: `Name one behind it: ${names}.` }) };
  const trained = models.filter(({ isTrained }) => isTrained);
  if (asTeacher === true) {
    const teacher = trained.findLast(({ isTeacher }) => isTeacher);
    if (teacher !== undefined) return teacher;
    throw new UsageError('the run has no teacher', choice);
  }
  if (trained.length === 0 && stages.some((stage) => definitionOf(stage).artifact === 'model'))
    throw new UsageError('the run has trained no model yet', {
      file: run,
      remedy: `Run its recipe first${names === '' ? '' : `, or name one that it was given: ${names}`}.`,
    });
  const [first, ...others] = models;
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError('the run has several models', choice);
}

async function modelOfRun(run: string, name: string | undefined, asTeacher: boolean | undefined): Promise<NamedModel> {
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const models = await modelsOf(run, recipe);
  if (name === undefined) {
    const found = unnamedModel(run, recipe, models, asTeacher);
    return { ...located(found), name: found.names[0], held: found.held };
  }
  const called = models.filter((model) => model.names.includes(name));
  const inRole = called.filter((model) => asTeacher === undefined || model.isTeacher === asTeacher);
  const [found, ...others] = inRole.length === 0 ? called : inRole;
  if (found === undefined) throw noSuchModel(run, recipe, name, models);
  if (others.every(({ source }) => source === found.source)) {
    const teacher = called.find(({ source, isTeacher }) => isTeacher && source !== found.source);
    const isToTell = asTeacher === false && teacher !== undefined;
    return {
      ...located(found),
      name,
      held: found.held,
      ...(isToTell
        ? { chosen: `"${name}" is the model of ${found.about}; the teacher of this name is in ${teacher.unique}` }
        : {}),
    };
  }
  throw new UsageError(`the run has ${others.length + 1} models of the name "${name}"`, {
    file: run,
    remedy: `Name the one that you mean in place of the run: ${[found, ...others].map(({ unique, about }) => `${unique} (${about})`).join(', ')}.`,
  });
}
