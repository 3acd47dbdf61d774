/** The models that a run left, by the names that people know them by. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { WeightBits } from '../../engine/engine.js';
import type { EngineSettings } from '../../engine/kinds.js';
import { InterruptedError, RltError, UsageError } from '../../errors.js';
import type { HeldInBits } from '../../evaluation/answers/results.js';
import { commandLine } from '../../printable.js';
import { engineOfModel, engineSettings, originOf } from '../../recipe/engines.js';
import { loadRecipe } from '../../recipe/load.js';
import type { ModelSettings, Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { RECIPE_FILE, requireKeptRecipe, stageFolder } from '../../run/begun-stages.js';
import { namedStudent, splitReference } from '../../run/reference.js';
import { definitionOf } from '../../stages/index.js';
import { suggestion } from '../../suggestion.js';
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

/** How a run holds a model, where that is another way than its files have it. */
export interface HeldAs {
  readonly bits?: WeightBits;
  readonly integerProducts?: true;
}

const samplesByIntegers = (engine: EngineSettings): boolean =>
  engine.kind === 'local' && engine.integerProducts === true;

/** How a run holds a model that it was given, or trained. */
export function heldIn(recipe: Recipe, model: string): HeldAs {
  const bits = originOf(recipe, model)?.bits;
  const engine = engineSettings(recipe, engineOfModel(recipe, model));
  return {
    ...(bits == null ? {} : { bits }),
    ...(samplesByIntegers(engine) ? { integerProducts: true } : {}),
  };
}

/** The same of a model in few bits, which alone is multiplied as integers. */
export const inBits = ({ bits, ...how }: HeldAs): HeldInBits | undefined =>
  bits === undefined ? undefined : { bits, ...how };

/** What people are told of it; undefined where the model is as its files have it. */
export function heldNote({ bits, integerProducts }: HeldAs): string | undefined {
  if (bits === undefined) return undefined;
  const how = integerProducts === true ? ', with products of integers' : '';
  return `the model is held in ${bits} bits${how}, as in its run; the folder of its files, given as the model, is read in float32`;
}

/** Likewise of several models by their labels, on one engine; undefined where all are as their files have them. */
export function heldNotes(held: HeldModels): string | undefined {
  const inBits = Object.entries(held).flatMap(([label, { bits }]) => (bits ? [`${label} in ${bits} bits`] : []));
  if (inBits.length === 0) return undefined;
  const how = integerWays(held).has(false) ? '' : ', with products of integers';
  return `held as in the run: ${inBits.join(', ')}${how}`;
}

/** How a run holds several models, by their labels. */
export type HeldModels = Readonly<Record<string, HeldAs>>;

/** Whether those in few bits are multiplied as integers, with the label of one that is, or is not: one engine has one way. */
export const integerWays = (held: HeldModels): ReadonlyMap<boolean, string> =>
  new Map(
    Object.entries(held).flatMap(([label, { bits, integerProducts = false }]) =>
      bits === undefined ? [] : [[integerProducts, label] as const],
    ),
  );

interface TrainedModel {
  readonly held: HeldAs;
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
async function modelsOf(run: string): Promise<readonly TrainedModel[]> {
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const labels = recipe.stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const labelsOf = (model: string) => labels.flatMap(([label, of]) => (of === model ? [label] : []));
  const trained = recipe.stages.flatMap((stage, index) => {
    const unique = join(run, 'stages', stageFolder({ index, name: stage.name }));
    const source = join(unique, MODEL_FOLDER);
    if (definitionOf(stage).artifact !== 'model' || !holdsModel(source)) return [];
    const isTeacher = stage.stage === 'teach' || stage.stage === 'warm-up';
    const names = [...new Set([stage.name, ...labelsOf(stage.name)])];
    const held = heldIn(recipe, stage.name);
    return [{ names, isTeacher, source, unique, held, about: `the stage ${stage.name}` }];
  });
  const given = Object.entries(recipe.models).flatMap(([name, { source, adapter }]) => {
    const names = [...new Set([name, ...labelsOf(name)])];
    const held = heldIn(recipe, name);
    return adapter === null ? [{ names, isTeacher: false, source, unique: source, held, about: `models.${name}` }] : [];
  });
  return [...trained, ...given];
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
      remedy: `Run its stages first: ${commandLine('rlt', 'run', join(run, RECIPE_FILE))}. Models on servers are evaluated by an evaluate stage of a recipe.`,
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
  const { stages } = await loadRecipe(join(run, RECIPE_FILE));
  const evaluations = new Map(
    stages.flatMap((one) => (one.stage === 'evaluate' ? [[one.name, one.students] as const] : [])),
  );
  const labels = new Map([...evaluations].map(([name, students]) => [name, Object.keys(students)]));
  const { stage, student } = namedStudent(run, names, labels);
  const model = evaluations.get(stage)?.[student];
  // Stages go before models of the same name, as in the references of a recipe.
  const found = (await modelsOf(run)).find(({ names: [own] }) => own === model);
  if (found === undefined)
    throw new UsageError(`the run has not left the model ${model}, which ${stage} calls "${student}"`, { file: run });
  return { source: found.source, name: student, held: found.held };
}

/** What the server knows the model of a stage as; undefined of a model that is here, and where there is none. */
async function servedName(stage: string): Promise<string | undefined> {
  if (!existsSync(join(stage, MODEL_REFERENCE))) return undefined;
  const left = await readModelArtifact(stage);
  return left.kind === 'served' ? left.name : undefined;
}

const onServerRemedy = (served: string): string =>
  `The server knows it as ${served}. An evaluate stage reaches it there: one of this recipe, or of another with ` +
  `models: { NAME: { source: "served:${served}", tokenizer: FOLDER } } and the same engine. To have it here, train it here: ` +
  '--set engine.kind=local, with another --out.';

/** A model that the run is still to make, one that is on a server, or none of its own. */
async function noSuchModel(run: string, name: string, names: readonly string[]): Promise<UsageError> {
  const { stages } = await loadRecipe(join(run, RECIPE_FILE));
  const labels = stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const meant = [name, ...labels.flatMap(([label, model]) => (label === name ? [model] : []))];
  const toMake = stages.find((stage) => meant.includes(stage.name) && definitionOf(stage).artifact === 'model');
  if (toMake === undefined)
    return new UsageError(`the run has no model "${name}"`, { file: run, remedy: suggestion(name, names, 'models') });
  const folder = join(run, 'stages', stageFolder({ index: stages.indexOf(toMake), name: toMake.name }));
  const served = await servedName(folder);
  if (served !== undefined)
    return new UsageError(
      `"${name}", the model of the stage ${toMake.name}, is on the server of its engine, not here`,
      {
        file: run,
        remedy: onServerRemedy(served),
      },
    );
  return new UsageError(`the run has not made "${name}" yet, the model of its stage ${toMake.name}`, {
    file: run,
    remedy: `Run its recipe to the end of that stage. It has: ${names.join(', ')}.`,
  });
}

async function modelOfRun(run: string, name: string | undefined, asTeacher: boolean | undefined): Promise<NamedModel> {
  const models = await modelsOf(run);
  const names = [...new Set(models.flatMap((model) => model.names))];
  if (name === undefined) {
    const [first, ...others] = models;
    const found =
      asTeacher === true ? models.filter((model) => model.isTeacher).at(-1) : others.length === 0 ? first : undefined;
    if (found !== undefined) return { source: found.source, name: found.names[0], held: found.held };
    throw new UsageError(asTeacher === true ? 'the run has no teacher' : 'the run has several models', {
      file: run,
      remedy: names.length === 0 ? 'It has left no model yet.' : `Name one behind it: ${names.join(', ')}.`,
    });
  }
  const called = models.filter((model) => model.names.includes(name));
  const inRole = called.filter((model) => asTeacher === undefined || model.isTeacher === asTeacher);
  const [found, ...others] = inRole.length === 0 ? called : inRole;
  if (found === undefined) throw await noSuchModel(run, name, names);
  if (others.every(({ source }) => source === found.source)) {
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
