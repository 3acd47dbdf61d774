/** The models that a run left, by the names that people know them by. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';
import { loadRecipe } from '../../recipe/load.js';
import { RECIPE_FILE, stageFolder } from '../../run/directory.js';
import { definitionOf } from '../../stages/index.js';
import { suggestion } from '../../suggestion.js';
import { MODEL_FOLDER } from './models.js';

const holdsModel = (folder: string): boolean =>
  ['config.json', 'adapter_config.json'].some((name) => existsSync(join(folder, name)));

export const isRun = (directory: string): boolean => existsSync(join(directory, RECIPE_FILE));

interface TrainedModel {
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
    return [{ names, isTeacher, source, unique, about: `the stage ${stage.name}` }];
  });
  const given = Object.entries(recipe.models).flatMap(([name, { source, adapter }]) => {
    const names = [...new Set([name, ...labelsOf(name)])];
    return adapter === null ? [{ names, isTeacher: false, source, unique: source, about: `models.${name}` }] : [];
  });
  return [...trained, ...given];
}

/**
 * The source of a model that a person named: a folder or another source as it is; the folder of a stage, its model; a
 * run, the model that `name` names in it, its trained teacher where one is asked for, or its only model.
 * @throws {UsageError} when a run has no such model, several of the name, or several and none is named
 */
export async function namedModel(given: string, name: string | undefined, asTeacher: boolean): Promise<string> {
  if (!isRun(given)) {
    if (name !== undefined)
      throw new UsageError(`"${name}" names a model of a run, and there is no run here`, { file: given });
    const ofStage = join(given, MODEL_FOLDER);
    return !holdsModel(given) && holdsModel(ofStage) ? ofStage : given;
  }
  const models = await modelsOf(given);
  const named = (own: string) => models.filter((model) => model.names.includes(own));
  const isOfOne = (own: string) => new Set(named(own).map(({ source }) => source)).size === 1;
  const names = [...new Set(models.flatMap((model) => model.names))].filter(isOfOne);
  const called = models.filter((model) => name !== undefined && model.names.includes(name));
  if (new Set(called.map(({ source }) => source)).size > 1) {
    throw new UsageError(`the run has ${called.length} models of the name "${name}"`, {
      file: given,
      remedy: `Name the one that you mean in place of the run: ${called.map(({ unique, about }) => `${unique} (${about})`).join(', ')}.`,
    });
  }
  const found =
    name === undefined
      ? asTeacher
        ? models.filter((model) => model.isTeacher).at(-1)
        : models.length === 1
          ? models[0]
          : undefined
      : called[0];
  if (found !== undefined) return found.source;
  if (name !== undefined)
    throw new UsageError(`the run has no model "${name}"`, { file: given, remedy: suggestion(name, names, 'models') });
  throw new UsageError(asTeacher ? 'the run has no teacher' : 'the run has several models', {
    file: given,
    remedy: names.length === 0 ? 'It has left no model yet.' : `Name one behind it: ${names.join(', ')}.`,
  });
}
