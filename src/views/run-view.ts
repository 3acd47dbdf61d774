/** A run as the list of runs shows it. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { ANSWERS_FILE } from '../evaluation/answers/results.js';
import { isObject } from '../json.js';
import { MANIFEST } from '../manifest.js';
import { estimatorIn } from '../pipeline/summary.js';
import { parseYaml, plain } from '../recipe/document.js';
import { RECIPE_FILE, stageFolder } from '../run/begun-stages.js';
import { EVENTS_FILE } from '../run/directory.js';
import { isInUse, LOCK_FILE } from '../run/lock.js';
import { METRICS_FILE } from '../run/metrics.js';
import { SUMMARY_FILE } from '../run/owner.js';
import { ROLLOUTS_FOLDER, recordedFiles, rolloutFileOf } from '../run/rollouts.js';
import { workTime } from '../run/work-time.js';
import { TRACES_FILE } from '../stages/explain.js';
import { readText } from '../storage.js';
import type { RunView, StageState, StageView } from './api.js';
import { eventText, lastEnding, progressOf, warningsIn } from './events.js';
import { Recent, stampOf } from './recent.js';
import { damageIn, eventsIn, MOST_RUNS } from './run-files.js';
import { evaluationsIn } from './students.js';
import { noteChanges, noteUnnamedStages, Unreadable } from './unreadable.js';

const recordedStage = z.looseObject({ stage: z.string(), name: z.string(), steps: z.number().nullish() });
const recordedRecipe = z.looseObject({
  name: z.string().default(''),
  description: z.string().default(''),
  stages: z.array(recordedStage).min(1),
});
/** A recipe as a run recorded it. Other versions of rlt may have written it, so only what is shown is required. */
export type RecordedRecipe = z.output<typeof recordedRecipe>;

async function readRecipe(file: string): Promise<RecordedRecipe> {
  const { success, data, error } = recordedRecipe.safeParse(await recordedTree(file));
  if (success) return data;
  throw unreadableRecipe(file, { message: `${error.issues[0]?.path.map(String).join('.')} is not as rlt writes it` });
}

const RECIPE_REMEDY =
  'Restore it; or delete it and run the same recipe with --out and this directory, which keeps what is done and writes it anew.';

const unreadableRecipe = (file: string, { message, line }: { readonly message: string; readonly line?: number }) =>
  new InputError(`the recipe of this run cannot be read: ${message}`, {
    file,
    ...(line === undefined ? {} : { line }),
    remedy: RECIPE_REMEDY,
  });

/** The resolved recipe of a run as it was recorded. @throws {InputError} when it cannot be read */
export async function recordedTree(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { tree, problems } = parseYaml(await readText(file), file);
  const value = tree && plain(tree);
  const [problem] = problems;
  if (problem === undefined && isObject(value)) return value;
  throw unreadableRecipe(file, problem ?? { message: 'it has no settings' });
}

const recipes = new Recent(MOST_RUNS, readRecipe);

export const recipeOf = async (directory: string): Promise<RecordedRecipe | undefined> =>
  await recipes.of(join(directory, RECIPE_FILE));

/** Most events that are shown. */
const LATEST = 12;

export async function runView(id: string, directory: string): Promise<RunView> {
  const unreadable = new Unreadable(directory);
  const recipe = await unreadable.attempt(() => recipeOf(directory), undefined);
  await evaluationsIn(directory, unreadable);
  const [happened, inUse] = [await eventsIn(directory), await isInUse(directory)];
  const progress = progressOf(happened);
  const time = workTime(happened);
  const begun = [...progress.keys()];
  const stages: StageView[] = [];
  for (const [index, { stage: kind, name, steps, reward }] of (recipe?.stages ?? []).entries()) {
    const folder = stageFolder({ index, name });
    const path = join(directory, 'stages', folder);
    const own = progress.get(name);
    const isDone = existsSync(join(path, MANIFEST));
    const isCurrent = inUse && begun.at(-1) === name;
    const state: StageState = isDone ? 'done' : isCurrent ? 'running' : own === undefined ? 'waiting' : 'stopped';
    const has = (file: string): boolean => existsSync(join(path, file));
    stages.push({
      folder,
      name,
      kind,
      state,
      done: own?.done ?? 0,
      of: steps ?? null,
      unit: own?.unit ?? 'step',
      seconds: time.stages.get(name) ?? 0,
      hasMetrics: has(METRICS_FILE) && (await stat(join(path, METRICS_FILE))).size > 0,
      rollouts: await rolloutsIn(join(directory, ROLLOUTS_FOLDER, folder)),
      hasTraces: has(TRACES_FILE),
      hasAnswers: has(ANSWERS_FILE),
      estimator: estimatorIn(reward) ?? null,
    });
  }
  const done = stages.filter(({ state }) => state === 'done').map(({ folder }) => folder);
  await noteChanges(directory, done, unreadable);
  if (recipe !== undefined)
    await noteUnnamedStages(
      directory,
      stages.map(({ folder }) => folder),
      unreadable,
    );
  if (done.length > 0 && happened.length === 0)
    unreadable.note(EVENTS_FILE, `${EVENTS_FILE} has no events, so times and warnings are not known`);
  const isDone = stages.length > 0 && stages.every(({ state }) => state === 'done');
  return {
    id,
    name: recipe?.name ?? '',
    description: recipe?.description ?? '',
    directory,
    state: inUse ? 'running' : isDone ? 'done' : 'stopped',
    updated: Date.parse(happened.at(-1)?.time ?? '') || (await stat(directory)).mtimeMs,
    seconds: time.seconds,
    stages,
    ending: inUse || isDone ? null : (lastEnding(happened) ?? null),
    warnings: warningsIn(happened),
    damage: [...(await damageIn(directory, { isBeingWritten: inUse })), ...unreadable.texts],
    latest: happened
      .flatMap((event) => {
        const text = eventText(event);
        return text === undefined ? [] : [{ time: event.time, text }];
      })
      .slice(-LATEST)
      .reverse(),
  };
}

async function rolloutsIn(folder: string): Promise<StageView['rollouts']> {
  const found: { kind: 'step' | 'held-out'; step: number; bytes: number }[] = [];
  for (const file of await recordedFiles(folder)) {
    const named = rolloutFileOf(file);
    if (named !== undefined) found.push({ ...named, bytes: (await stat(join(folder, file))).size });
  }
  return found.sort((a, b) => a.step - b.step);
}

/** Changes whenever something that is shown of the run does. */
export async function runStamp(directory: string): Promise<string> {
  const files = [RECIPE_FILE, EVENTS_FILE, METRICS_FILE, LOCK_FILE, SUMMARY_FILE].map((file) => join(directory, file));
  const stamps = await Promise.all([...files, join(directory, 'stages')].map(stampOf));
  // A process that was killed leaves its lock.
  return `${stamps.join(' ')} ${await isInUse(directory)}`;
}

/** The folder of a stage that was begun, by its name in an address. */
export async function stageFolderIn(directory: string, folder: string): Promise<string | undefined> {
  const folders = await readdir(join(directory, 'stages')).catch((): string[] => []);
  return folders.includes(folder) ? join(directory, 'stages', folder) : undefined;
}
