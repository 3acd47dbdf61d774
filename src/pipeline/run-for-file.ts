/** Runs a one-stage recipe for the sake of one file: the basis of commands that work without a recipe. */
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BusyError, InputError, RecipeError, UsageError } from '../errors.js';
import { fingerprint } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { isInUse } from '../run/lock.js';
import { refuseSpecialTarget, requireNewEntries } from '../storage.js';
import { storageError } from '../system-errors.js';
import { type RunOptions, runRecipe, type StageSummary } from './run-recipe.js';

/**
 * Runs the recipe in a hidden folder beside `file`, moves the stage's `artifact` to `file`, and deletes the folder. If
 * interrupted, the folder stays and the same call resumes; another recipe gets another folder. Once the file is there, what
 * interrupted calls for it left is deleted too.
 * @throws {UsageError} when the recipe does not have exactly one stage
 * @throws {StorageError} when `file` cannot be made
 */
export async function runForFile(
  recipe: Recipe,
  artifact: string,
  file: string,
  options: Pick<RunOptions, 'signal' | 'progress' | 'connect' | 'otherModels' | 'optionOf'>,
): Promise<StageSummary> {
  await requireFileEntry(file);
  const runDirectory = workFolder(file, fingerprint(recipe));
  const { stages } = await runRecipe(recipe, { ...options, runDirectory, resume: false }).catch((error: unknown) => {
    throw error instanceof RecipeError ? withoutRecipe(error) : aboutTarget(error, file);
  });
  const [stage, ...others] = stages;
  if (stage === undefined || others.length > 0) throw new UsageError(`${recipe.name} is not a recipe of one stage`);
  try {
    await rename(join(stage.directory, artifact), file);
  } catch (cause) {
    throw storageError('put the result in place', file, cause);
  }
  await rm(runDirectory, { recursive: true, force: true });
  await removeLeftovers(file);
  return stage;
}

/**
 * Checks that a file can be made, before what it is to hold is computed.
 * @throws {StorageError} when its folder cannot be made or takes no new entries, or a pipe, a socket or a device is there
 */
export async function requireFileEntry(file: string): Promise<void> {
  await refuseSpecialTarget(file);
  await requireNewEntries(dirname(file), 'write', file);
}

/** The error for people who named a file and know nothing of the folder beside it: that another process works there. */
export function aboutTarget(error: unknown, file: string): unknown {
  if (!(error instanceof BusyError)) return error;
  const [, holder] = /in use by (process \d+(?: on .*)?)$/.exec(error.summary) ?? [];
  const lock = error.facts.file;
  const elsewhere = holder === undefined || holder.includes(' on ');
  return new BusyError(
    holder === undefined
      ? 'another process may be writing this file'
      : `the same command is writing this file: ${holder}`,
    {
      file,
      remedy:
        elsewhere && lock !== undefined
          ? `If no process is, delete ${dirname(lock)}, where its unfinished work is; or name another file.`
          : 'Wait for it to end, or stop it; or name another file.',
      cause: error,
    },
  );
}

const FINGERPRINT_LETTERS = 12;

const nameOf = (file: string, print: string): string => `.${basename(file)}.${print.slice(0, FINGERPRINT_LETTERS)}.run`;

/** The hidden folder beside a file in which a call works that makes it; `print` tells calls apart. */
export const workFolder = (file: string, print: string): string => join(dirname(file), nameOf(file, print));

/** Removes the folders of other calls for this file, but for those in which a process works. */
export async function removeLeftovers(file: string): Promise<void> {
  const directory = dirname(file);
  for (const name of await readdir(directory)) {
    const [print] = name.slice(basename(file).length + 2).split('.');
    if (print === undefined || !/^[0-9a-f]{12}$/.test(print) || name !== nameOf(file, print)) continue;
    const folder = join(directory, name);
    if (!(await isInUse(folder))) await rm(folder, { recursive: true, force: true });
  }
}

/** A single problem by itself, for users who gave files and never wrote a recipe: one that is not there was named wrongly. */
export function withoutRecipe(error: RecipeError): RecipeError | InputError | UsageError {
  const [problem, ...others] = error.problems;
  if (problem === undefined || others.length > 0) return error;
  const { message, field, ...facts } = problem;
  if (problem.file !== undefined && !existsSync(problem.file)) {
    const { file, remedyForFile, remedy = remedyForFile } = problem;
    return new UsageError(message, { file, ...(remedy === undefined ? {} : { remedy }) });
  }
  const isOfRecipe = field === undefined || /^(?:models|data|stages)\./.test(field);
  return aboutFile(new InputError(message, isOfRecipe ? facts : { ...facts, field }));
}

/** The error with the remedy for people who gave a file. */
export function aboutFile(error: InputError): InputError {
  const { remedyForFile, ...facts } = error.facts;
  return remedyForFile === undefined ? error : new InputError(error.summary, { ...facts, remedy: remedyForFile });
}
