/** The traces that a run left, by the names that people know them by. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../errors.js';
import { verifyManifest } from '../../manifest.js';
import { loadRecipe } from '../../recipe/load.js';
import { RECIPE_FILE, requireKeptRecipe, stageFolder } from '../../run/begun-stages.js';
import { splitReference } from '../../run/reference.js';
import { TRACES_FILE } from '../../stages/explain.js';
import { definitionOf } from '../../stages/index.js';
import { suggestion } from '../../suggestion.js';
import { isRun } from './trained-models.js';

/** The trace files of the stages of a run that have left some, by their names. */
async function tracesOf(run: string): Promise<ReadonlyMap<string, string>> {
  const { stages } = await loadRecipe(join(run, RECIPE_FILE));
  return new Map(
    stages.flatMap((stage, index) => {
      const file = join(run, 'stages', stageFolder({ index, name: stage.name }), TRACES_FILE);
      return definitionOf(stage).artifact === 'traces' && existsSync(file) ? [[stage.name, file] as const] : [];
    }),
  );
}

/**
 * The file of the traces that a person named: a file or another source as it is; the folder of a stage, its traces; a run,
 * the traces of the stage behind it (`RUN:STAGE`), or its only ones.
 * @throws {UsageError} when a run or a folder has no such traces, or a run has several and none is named
 * @throws {StorageError} when those of a stage have changed since it left them
 */
export async function namedTraces(given: string): Promise<string> {
  const file = await fileOf(given);
  // What is wrong with a file that a stage left is damage, and not for the user to mend line by line.
  if (file !== given) await verifyManifest(dirname(file));
  return file;
}

async function fileOf(given: string): Promise<string> {
  const { path, names } = splitReference(given);
  const [name, ...others] = names;
  requireKeptRecipe(path);
  if (isRun(path) && others.length === 0) {
    const traces = await tracesOf(path);
    const [only, ...more] = traces.values();
    if (name === undefined && only !== undefined && more.length === 0) return only;
    const file = name === undefined ? undefined : traces.get(name);
    if (file !== undefined) return file;
    const left = [...traces.keys()];
    throw new UsageError(
      name !== undefined
        ? `the run has left no traces of a stage "${name}"`
        : left.length === 0
          ? 'the run has left no traces yet'
          : 'the run has the traces of several stages',
      {
        file: path,
        ...(left.length === 0
          ? {}
          : {
              remedy:
                name === undefined
                  ? `Name one: ${left.map((stage) => `${path}:${stage}`).join(', ')}.`
                  : suggestion(name, left, 'stages with traces'),
            }),
      },
    );
  }
  if (names.length > 0 || statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true) return given;
  const ofStage = join(given, TRACES_FILE);
  if (existsSync(ofStage)) return ofStage;
  throw new UsageError('there are no traces in this folder', {
    file: given,
    remedy: 'Name a file of traces, the folder of an explain or score stage, or RUN:STAGE.',
  });
}
