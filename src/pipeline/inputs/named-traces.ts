/** The traces that a run left, by the names that people know them by. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { verifyManifest } from '../../manifest.js';
import { namesText } from '../../printable.js';
import { isRun, requireKeptRecipe } from '../../run/begun-stages.js';
import { nearRun } from '../../run/near-run.js';
import { splitReference } from '../../run/reference.js';
import { TRACES_FILE } from '../../stages/explain.js';
import { suggestion } from '../../suggestion.js';
import { openRun, type RunStage, unfinished } from './opened-run.js';

/** Traces that a person named: their file, and the run that they lie in. */
export interface NamedTraces {
  readonly file: string;
  readonly run: string | undefined;
}

/**
 * The traces that a person named: a file or another source as it is; the folder of a stage, its traces; a run, the traces
 * of the stage behind it (`RUN:STAGE`), or its only ones. What a stage of a run has left counts once it is done.
 * @throws {UsageError} when a run or a folder has no such traces, or a run has several and none is named
 * @throws {StorageError} when those of a stage have changed since it left them
 */
export async function namedTraces(given: string): Promise<NamedTraces> {
  const file = await fileOf(given);
  // What is wrong with a file that a stage left is damage, and not for the user to mend line by line.
  if (file !== given) await verifyManifest(dirname(file));
  return { file, run: runAround(dirname(file)) };
}

/** The run that the folder of a stage lies in. */
function runAround(stage: string): string | undefined {
  const stages = dirname(resolve(stage));
  const run = dirname(stages);
  return basename(stages) === 'stages' && isRun(run) ? run : undefined;
}

async function fileOf(given: string): Promise<string> {
  const { path, names } = splitReference(given);
  requireKeptRecipe(path);
  if (isRun(path) && names.length <= 1) return join(await stageOf(path, names[0]), TRACES_FILE);
  const near = existsSync(path) ? undefined : nearRun(given);
  if (near !== undefined)
    throw new UsageError('there is no such run or file of traces', { file: given, remedy: `Did you mean ${near}?` });
  if (names.length > 0 || statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true) return given;
  const run = runAround(given);
  const stage = run === undefined ? undefined : (await openRun(run)).stages.find((one) => isSame(one, given));
  if (stage?.leaves === 'traces' && !stage.isDone) throw unfinished(stage);
  const ofStage = join(given, TRACES_FILE);
  if (existsSync(ofStage)) return ofStage;
  throw new UsageError('there are no traces in this folder', {
    file: given,
    remedy: 'Name a file of traces, the folder of an explain or score stage, or RUN:STAGE.',
  });
}

const isSame = ({ directory }: RunStage, folder: string): boolean => resolve(directory) === resolve(folder);

/** The folder of the stage of a run that is meant, with traces that are done. */
async function stageOf(run: string, name: string | undefined): Promise<string> {
  const { stages } = await openRun(run);
  const leaving = stages.filter(({ leaves }) => leaves === 'traces');
  const left = leaving.filter(({ isDone }) => isDone);
  const [only, ...more] = left;
  const found = name === undefined && more.length === 0 ? only : left.find((stage) => stage.name === name);
  if (found !== undefined) return found.directory;
  const toFinish = leaving.find((stage) => stage.name === name);
  if (toFinish !== undefined) throw unfinished(toFinish);
  const names = left.map((stage) => stage.name);
  if (left.length === 0)
    throw new UsageError('the run has left no traces yet', {
      file: run,
      remedy:
        leaving.length === 0
          ? `Traces come from explain and score stages, and it has none; its stages: ${stages.map((stage) => stage.name).join(', ')}.`
          : `They come from its stages ${namesText(leaving.map((stage) => stage.name))}, which are not done: wait for them, or resume the run.`,
    });
  if (name !== undefined)
    throw new UsageError(`the run has left no traces of a stage "${name}"`, {
      file: run,
      remedy: suggestion(name, names, 'stages with traces'),
    });
  throw new UsageError('the run has the traces of several stages', {
    file: run,
    remedy: `Name one: ${names.map((stage) => `${run}:${stage}`).join(', ')}.`,
  });
}
