/** Runs a one-stage recipe for the sake of one file: the basis of commands that work without a recipe. */
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError, RecipeError, UsageError } from '../errors.js';
import { fingerprint } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { storageError } from '../storage.js';
import { type RunOptions, runRecipe, type StageSummary } from './run-recipe.js';

/**
 * Runs the recipe in a hidden folder beside `file`, moves the stage's `artifact` to `file`, and deletes the folder. If
 * interrupted, the folder stays and the same call resumes; another recipe gets another folder.
 * @throws {UsageError} when the recipe does not have exactly one stage
 * @throws {StorageError} when the artifact cannot be moved to `file`
 */
export async function runForFile(
  recipe: Recipe,
  artifact: string,
  file: string,
  options: Pick<RunOptions, 'signal' | 'progress' | 'connect'>,
): Promise<StageSummary> {
  const runDirectory = join(dirname(file), `.${basename(file)}.${fingerprint(recipe).slice(0, 12)}.run`);
  const { stages } = await runRecipe(recipe, { ...options, runDirectory, resume: false }).catch((error: unknown) => {
    throw error instanceof RecipeError ? withoutRecipe(error) : error;
  });
  const [stage, ...others] = stages;
  if (stage === undefined || others.length > 0) throw new UsageError(`${recipe.name} is not a recipe of one stage`);
  try {
    await rename(join(stage.directory, artifact), file);
  } catch (cause) {
    throw storageError('put the result in place', file, cause);
  }
  await rm(runDirectory, { recursive: true, force: true });
  return stage;
}

/** A single problem as an InputError, for users who gave files and never wrote a recipe. */
export function withoutRecipe(error: RecipeError): RecipeError | InputError {
  const [problem, ...others] = error.problems;
  if (problem === undefined || others.length > 0) return error;
  const { message, field, ...facts } = problem;
  const isOfRecipe = field === undefined || /^(?:models|data|stages)\./.test(field);
  return new InputError(message, isOfRecipe ? facts : { ...facts, field });
}
