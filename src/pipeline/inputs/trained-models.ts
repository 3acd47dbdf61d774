/** The models that a run left, by the names that people know them by. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InterruptedError, RltError, UsageError } from '../../errors.js';
import { commandLine, namesText } from '../../printable.js';
import { loadRecipe } from '../../recipe/load.js';
import type { ModelSettings, Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { RECIPE_FILE, requireKeptRecipe, stageFolder } from '../../run/begun-stages.js';
import { namedStudent, splitReference } from '../../run/reference.js';
import { definitionOf } from '../../stages/index.js';
import { suggestion } from '../../suggestion.js';
import { type HeldAs, type HeldModels, heldIn, integerWays } from './held-models.js';
import { MODEL_FOLDER, MODEL_REFERENCE, readModelArtifact } from './models.js';

const holdsModel = (folder: string): boolean =>
  ['config.json', 'adapter_config.json'].some((name) => existsSync(join(folder, name)));

export const isRun = (directory: string): boolean => existsSync(join(directory, RECIPE_FILE));

/** The recipe of a run; undefined where it cannot be read, as that of another version. */
export async function recipeOfRun(run: string): Promise<Recipe | undefined> {
  try {
    return await loadRecipe(join(run, RECIPE_FILE));
  } catch (error) {
    if (error instanceof RltError && !(error instanceof InterruptedError)) return undefined;
    throw error;
  }
}

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

interface TrainedModel {
  readonly held: HeldAs;
  /** Whether a stage of the run made it, or the run was given it. */
  readonly isTrained: boolean;
  /** What a server knows it as; undefined of a model that is on this machine. */
  readonly served?: string | undefined;
  /** The name of its stage, and the labels of students that evaluations give it. */
  readonly names: readonly string[];
  /** Whether it explains solutions. */
  readonly isTeacher: boolean;
  readonly source: string;
  /** What names it and no other model: the folder of its stage, or its source. */
  readonly unique: string;
  /** What it is, for messages: `the stage rlt`. */
  readonly about: string;
}

/** The models that the stages of a run left, in order; of labels, those that stand for models from elsewhere, too. */
async function modelsOf(run: string, recipe: Recipe): Promise<readonly TrainedModel[]> {
  const labels = recipe.stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const namesOf = (model: string) => [
    ...new Set([model, ...labels.flatMap(([label, of]) => (of === model ? [label] : []))]),
  ];
  const models: TrainedModel[] = [];
  for (const [index, stage] of recipe.stages.entries()) {
    if (definitionOf(stage).artifact !== 'model') continue;
    const unique = join(run, 'stages', stageFolder({ index, name: stage.name }));
    const source = join(unique, MODEL_FOLDER);
    const served = holdsModel(source) ? undefined : await servedName(unique);
    if (served === undefined && !holdsModel(source)) continue;
    models.push({
      names: namesOf(stage.name),
      isTeacher: stage.stage === 'teach' || stage.stage === 'warm-up',
      isTrained: true,
      source,
      served,
      unique,
      held: heldIn(recipe, stage.name),
      about: `the stage ${stage.name}`,
    });
  }
  for (const [name, { source, adapter }] of Object.entries(recipe.models)) {
    if (adapter !== null) continue;
    const parsed = parseModelSource(source);
    models.push({
      names: namesOf(name),
      isTeacher: false,
      isTrained: false,
      source,
      served: parsed.kind === 'served' ? parsed.name : undefined,
      unique: source,
      held: heldIn(recipe, name),
      about: `models.${name}`,
    });
  }
  return models;
}

/** The models of a run that answer problems, to be evaluated side by side. */
export interface RunStudents {
  readonly recipe: Recipe;
  /** By the labels of its evaluations, else by the names of their stages or of the models that they start from. */
  readonly students: Readonly<Record<string, Pick<ModelSettings, 'source' | 'adapter' | 'bits'>>>;
  /** How the run holds them. */
  readonly held: HeldModels;
  /** Labels of those that have not been trained. */
  readonly absent: readonly string[];
  /** Labels of those that a server has, out of reach of an engine of this machine. */
  readonly onServer: readonly string[];
}

/**
 * @param areHeldOtherwise whether they are held in other bits than the run's
 * @throws {UsageError} when none of them is on this machine, or engines of the run multiply them in ways that one cannot
 */
export async function studentsOfRun(
  run: string,
  { areHeldOtherwise = false }: { readonly areHeldOtherwise?: boolean } = {},
): Promise<RunStudents> {
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const { models, stages } = recipe;
  const distilled = stages.filter((stage) => stage.stage === 'distill' || stage.stage === 'reinforce');
  const labelled = stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const known = new Set(labelled.map(([, model]) => model));
  const others = [
    ...distilled.flatMap(({ student }) => (models[student] === undefined ? [] : [student])),
    ...distilled.map(({ name }) => name),
  ].filter((model) => !known.has(model));
  const students: Record<string, RunStudents['students'][string]> = {};
  const named = new Map<string, string>();
  const [absent, onServer]: [string[], string[]] = [[], []];
  const held: Record<string, HeldAs> = {};
  const indexOf = (model: string): number => stages.findIndex(({ name }) => name === model);
  const all = [...others.map((name) => [name, name] as const), ...labelled];
  // What was there before the run, the base of the students, comes first.
  for (const [given, model] of all.toSorted(([, a], [, b]) => indexOf(a) - indexOf(b))) {
    if (named.get(given) === model) continue;
    // Two evaluations may call two models by one name.
    const label = named.has(given) ? `${given}-${model}`.slice(0, 64) : given;
    if (named.has(label)) continue;
    named.set(label, model);
    const settings = models[model];
    const index = indexOf(model);
    const folder = join(run, 'stages', stageFolder({ index, name: model }));
    const left = join(folder, MODEL_FOLDER);
    const isHere = index < 0 ? parseModelSource(settings?.source ?? '').kind !== 'served' : holdsModel(left);
    if (!isHere) {
      const isOnServer = index < 0 || (await servedName(folder)) !== undefined;
      (isOnServer ? onServer : absent).push(label);
    }
    const asHeld = heldIn(recipe, model);
    const { bits } = asHeld;
    if (isHere) held[label] = asHeld;
    const own = index < 0 ? settings : { source: left, adapter: null };
    if (isHere && own !== undefined)
      students[label] = { source: own.source, adapter: own.adapter, ...(bits === undefined ? {} : { bits }) };
  }
  if (Object.keys(students).length === 0)
    throw new UsageError('the run has no student on this machine', {
      file: run,
      remedy: [
        ...(absent.length === 0
          ? []
          : [`Run its recipe to train ${namesText(absent)}: ${commandLine('rlt', 'run', join(run, RECIPE_FILE))}.`]),
        ...(onServer.length === 0
          ? []
          : [
              `On the server of their engine, where an evaluate stage of a recipe reaches them: ${namesText(onServer)}.`,
            ]),
      ].join(' '),
    });
  const ways = integerWays(held);
  if (ways.size > 1 && !areHeldOtherwise)
    throw new UsageError(
      `students of the run live on engines that differ in integerProducts (${[...ways.values()].join(' and ')}), and all are evaluated on one`,
      {
        file: run,
        remedy: `Evaluate them one by one, with --model ${run}:NAME, or all in the same bits, with --bits (and --integer-products).`,
      },
    );
  return { recipe, students, held, absent, onServer };
}

/** A model that a person named. */
export interface NamedModel {
  readonly source: string;
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
 * @throws {UsageError} when there is no such folder, a run has no such model, several of the name, or several and none
 * is named
 */
export async function namedModel(
  given: string,
  name: string | undefined,
  { asTeacher, mayBeGone = false }: { readonly asTeacher?: boolean; readonly mayBeGone?: boolean } = {},
): Promise<NamedModel> {
  const { path, names } = splitReference(given);
  requireKeptRecipe(path);
  if (name === undefined && names.length > 0 && isRun(path)) return modelInRun(path, names, asTeacher);
  if (isRun(given)) return modelOfRun(given, name, asTeacher);
  // Other prefixes, addresses and the home directory are for the recipe to read.
  if (!mayBeGone && !/^(?:[a-z][a-z-]+:|~)/i.test(given) && !existsSync(given))
    throw new UsageError('there is no such model or run', { file: given, remedy: FORMS });
  if (name !== undefined)
    throw new UsageError(`"${name}" names a model of a run, and there is no run here`, { file: given });
  const served = await servedName(given);
  if (served !== undefined)
    throw new UsageError('the model of this stage is on the server of its engine, not here', {
      file: given,
      remedy: onServerRemedy(served),
    });
  const ofStage = join(given, MODEL_FOLDER);
  return { source: !holdsModel(given) && holdsModel(ofStage) ? ofStage : given, name: undefined, held: {} };
}

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
  requireHere(run, student, found);
  return { source: found.source, name: student, held: found.held };
}

/** What the server knows the model of a stage as; undefined of a model that is here, and where there is none. */
async function servedName(stage: string): Promise<string | undefined> {
  if (!existsSync(join(stage, MODEL_REFERENCE))) return undefined;
  const left = await readModelArtifact(stage);
  return left.kind === 'served' ? left.name : undefined;
}

/**
 * What reaches a model on a server, and how to have it here.
 * @param last the name of the last of several, of which this is said
 */
function onServerRemedy(
  served: string,
  { isTrained = true, last }: { readonly isTrained?: boolean; readonly last?: string } = {},
): string {
  const [known, it] = last === undefined ? ['it', 'it'] : [`the last of them, ${last},`, 'them'];
  const anew = isTrained ? ` To have ${it} here, train ${it} here: --set engine.kind=local, with another --out.` : '';
  return (
    `The server knows ${known} as ${served}. An evaluate stage reaches ${it} there: one of this recipe, or of another with ` +
    `models: { NAME: { source: "served:${served}", tokenizer: FOLDER } } and the same engine.${anew}`
  );
}

/** @throws {UsageError} when the model is on a server, where a command with an engine of its own does not reach it */
function requireHere(run: string, name: string, { served, isTrained, about }: TrainedModel): void {
  if (served === undefined) return;
  const what = isTrained ? `the model of ${about}` : about;
  throw new UsageError(`"${name}", ${what}, is on the server of its engine, not here`, {
    file: run,
    remedy: onServerRemedy(served, { isTrained }),
  });
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
  const here = models.filter(({ served }) => served === undefined);
  const choice = `Name one behind it: ${namesIn(here).join(', ')}.`;
  const trained = models.filter(({ isTrained }) => isTrained);
  const last = trained.at(-1);
  if (asTeacher === true) {
    const teacher = trained.findLast(({ isTeacher }) => isTeacher);
    if (teacher !== undefined) return teacher;
    throw new UsageError('the run has no teacher', { file: run, ...(here.length === 0 ? {} : { remedy: choice }) });
  }
  if (last?.served !== undefined && trained.every(({ served }) => served !== undefined)) {
    const [are, of] =
      trained.length === 1
        ? ['model that the run trained is', {}]
        : ['models that the run trained are', { last: last.names[0] ?? '' }];
    throw new UsageError(`the ${are} on the server of its engine, not here`, {
      file: run,
      remedy: `${onServerRemedy(last.served, of)}${here.length === 0 ? '' : ` To take one that is here, name it behind the run: ${namesIn(here).join(', ')}.`}`,
    });
  }
  if (last === undefined && stages.some((stage) => definitionOf(stage).artifact === 'model'))
    throw new UsageError('the run has trained no model yet', {
      file: run,
      remedy: `Run its recipe first${here.length === 0 ? '' : `, or name one that it was given: ${namesIn(here).join(', ')}`}.`,
    });
  const [first, ...others] = here.length === 0 ? models : here;
  if (first !== undefined && others.length === 0) return first;
  throw new UsageError('the run has several models', { file: run, remedy: choice });
}

async function modelOfRun(run: string, name: string | undefined, asTeacher: boolean | undefined): Promise<NamedModel> {
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const models = await modelsOf(run, recipe);
  if (name === undefined) {
    const found = unnamedModel(run, recipe, models, asTeacher);
    const [own = ''] = found.names;
    requireHere(run, own, found);
    return { source: found.source, name: own, held: found.held };
  }
  const called = models.filter((model) => model.names.includes(name));
  const inRole = called.filter((model) => asTeacher === undefined || model.isTeacher === asTeacher);
  const [found, ...others] = inRole.length === 0 ? called : inRole;
  if (found === undefined) throw noSuchModel(run, recipe, name, models);
  if (others.every(({ source }) => source === found.source)) {
    requireHere(run, name, found);
    const teacher = called.find(({ source, isTeacher }) => isTeacher && source !== found.source);
    const isToTell = asTeacher === false && teacher !== undefined;
    return {
      source: found.source,
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
