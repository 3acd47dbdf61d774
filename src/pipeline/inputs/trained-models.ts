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
}

/** The models that the stages of a run left, in order; of labels, those that stand for models from elsewhere, too. */
async function modelsOf(run: string): Promise<readonly TrainedModel[]> {
  const recipe = await loadRecipe(join(run, RECIPE_FILE));
  const labels = recipe.stages.flatMap((stage) => (stage.stage === 'evaluate' ? Object.entries(stage.students) : []));
  const labelsOf = (model: string) => labels.flatMap(([label, of]) => (of === model ? [label] : []));
  const trained = recipe.stages.flatMap((stage, index) => {
    const source = join(run, 'stages', stageFolder({ index, name: stage.name }), MODEL_FOLDER);
    if (definitionOf(stage).artifact !== 'model' || !holdsModel(source)) return [];
    const isTeacher = stage.stage === 'teach' || stage.stage === 'warm-up';
    return [{ names: [...new Set([stage.name, ...labelsOf(stage.name)])], isTeacher, source }];
  });
  const given = Object.entries(recipe.models).flatMap(([name, { source, adapter }]) =>
    adapter === null ? [{ names: [...new Set([name, ...labelsOf(name)])], isTeacher: false, source }] : [],
  );
  return [...trained, ...given];
}

/**
 * The source of a model that a person named: a folder or another source as it is; the folder of a stage, its model; a
 * run, the model that `name` names in it, its trained teacher where one is asked for, or its only model.
 * @throws {UsageError} when a run has no such model, or several and none is named
 */
export async function namedModel(
  given: string,
  name: string | undefined,
  asTeacher: boolean,
): Promise<{ readonly source: string; readonly isTeacher: boolean | undefined }> {
  if (!isRun(given)) {
    if (name !== undefined)
      throw new UsageError(`"${name}" names a model of a run, and there is no run here`, { file: given });
    const ofStage = join(given, MODEL_FOLDER);
    return { source: !holdsModel(given) && holdsModel(ofStage) ? ofStage : given, isTeacher: undefined };
  }
  const models = await modelsOf(given);
  const names = models.flatMap((model) => model.names);
  const found =
    name === undefined
      ? asTeacher
        ? models.filter((model) => model.isTeacher).at(-1)
        : models.length === 1
          ? models[0]
          : undefined
      : models.find((model) => model.names.includes(name));
  if (found !== undefined) return found;
  if (name !== undefined)
    throw new UsageError(`the run has no model "${name}"`, { file: given, remedy: suggestion(name, names, 'models') });
  throw new UsageError(asTeacher ? 'the run has no teacher' : 'the run has several models', {
    file: given,
    remedy: names.length === 0 ? 'It has left no model yet.' : `Name one behind it: ${names.join(', ')}.`,
  });
}
