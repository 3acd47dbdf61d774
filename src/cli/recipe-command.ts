/** Shared by the commands that take a recipe: checks, --dry-run, running, and printing results. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { RecipeError, UsageError } from '../errors.js';
import { dryRun } from '../pipeline/dry-run.js';
import { engineProblems } from '../pipeline/requirements.js';
import type { RunOptions, RunSummary } from '../pipeline/run-recipe.js';
import { explanationPairs } from '../pipeline/summary.js';
import { printable } from '../printable.js';
import { stageOptions } from '../recipe/options.js';
import type { Recipe } from '../recipe/schema.js';
import { isWarning } from '../run/directory.js';
import { type Progress, quietProgress, textProgress } from '../run/progress.js';
import type { StageKind } from '../stages/definition/kinds.js';
import { Turns } from '../stopping.js';
import { nearest } from '../suggestion.js';
import type { CliContext } from './command.js';
import { requireApart } from './output-file.js';
import { type PlanForm, renderPlan } from './plan-text.js';
import type { RecipeFlags } from './recipe-options.js';
import type { RecipeRunner } from './runner.js';
import { pairsText, renderSummary } from './summary-text.js';

/** The values of options as overrides of the stages with these names. */
export type OverridesFrom = (values: Readonly<Record<string, unknown>>, stages: readonly string[]) => readonly string[];

/** Adds an option for every setting of a stage, and returns a function that turns their values into overrides. */
export function addStageOptions(command: Command, kind: StageKind): OverridesFrom {
  const options = stageOptions(kind);
  command.optionsGroup('Settings of the stage:');
  const attributes = options.map((option) => {
    const made = command.createOption(`${option.flag} <value>`, option.description);
    command.addOption(made);
    return { name: made.attributeName(), path: option.path };
  });
  return (values, stages) =>
    attributes.flatMap(({ name, path }) => {
      const value = values[name];
      return value === undefined ? [] : stages.map((stage) => `stages.${stage}.${path}=${String(value)}`);
    });
}

/** What is wrong with a recipe, by the options that were typed in place of --set. */
export function inStageOptions(error: unknown, kind: StageKind, typed: readonly string[] = []): unknown {
  if (!(error instanceof RecipeError)) return error;
  const flags = new Map(stageOptions(kind).map(({ flag, path }) => [path, flag]));
  const problems = error.problems.map((problem) => {
    const [, override = '', path = '', value = ''] =
      /^--set (stages\.[^.=]+\.([^=]+)=(.*))$/s.exec(problem.file ?? '') ?? [];
    const flag = flags.get(path);
    return flag === undefined || typed.includes(override) ? problem : { ...problem, file: `${flag} ${value}` };
  });
  return new RecipeError(problems, error.fault);
}

/**
 * The names of the stages of a kind that a command runs: all of them, or the one given by --stage.
 * @throws {UsageError} when there is no such stage
 */
export function stagesOfKind(recipe: Recipe, kind: StageKind, name: string | undefined): readonly string[] {
  const names = recipe.stages.filter((stage) => stage.stage === kind).map((stage) => stage.name);
  if (names.length === 0) {
    const kinds = [...new Set(recipe.stages.map((stage) => stage.stage))].join(', ');
    throw new UsageError(`the recipe ${recipe.name} has no ${kind} stage`, { remedy: `It has: ${kinds}.` });
  }
  if (name === undefined) return names;
  if (names.includes(name)) return [name];
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `Did you mean "${near}"? `;
  throw new UsageError(`there is no ${kind} stage named "${name}"`, {
    remedy: `${hint}There are: ${names.join(', ')}.`,
  });
}

/** Flags of a run, and by which options its settings are given where no recipe is. */
type RunFlags = RecipeFlags & Pick<RunOptions, 'optionOf' | 'homes'>;

/** Runs a recipe and prints the results, or prints the plan with --dry-run. */
export async function runOrPlan(
  recipe: Recipe,
  flags: RunFlags,
  only: readonly string[] | undefined,
  runner: RecipeRunner,
  context: CliContext,
): Promise<void> {
  const summary = await planOrRun(recipe, flags, only, runner, context);
  if (summary !== undefined) await context.stdout(renderSummary(summary, flags.json === true));
}

/** Explanations shown of each run that has some from before and after reinforcement. */
const EXAMPLES = 3;

/** Prints what a whole run came to: explanations before and after reinforcement, and the table of students. */
export async function printRun(recipe: Recipe, run: RunSummary, context: CliContext): Promise<void> {
  const directories = new Map(run.stages.map(({ name, directory }) => [name, directory]));
  const pairs = await explanationPairs(recipe.stages, (name) => directories.get(name));
  if (pairs.length > 0) await context.stdout(`${pairsText(pairs, EXAMPLES)}\n`);
  await context.stdout(renderSummary(run, false));
}

/** As `runOrPlan`, but leaves the results to the caller; undefined if nothing was run. */
export async function planOrRun(
  recipe: Recipe,
  flags: RunFlags,
  only: readonly string[] | undefined,
  runner: RecipeRunner,
  context: CliContext,
): Promise<RunSummary | undefined> {
  const runDirectory = flags.out ?? join('runs', recipe.name);
  requireApart(runDirectory);
  const form = planForm(flags);
  const problems = engineProblems(recipe);
  if (problems.length > 0) throw new RecipeError(problems);
  if (flags.dryRun === true) {
    const checked = await dryRun(recipe, {
      runDirectory,
      only,
      resume: flags.resume === true,
      optionOf: flags.optionOf,
      homes: flags.homes,
    });
    // What was asked to stop prints no plan.
    await new Turns().give();
    for (const note of checked.notes) context.stderr(`${isWarning(note) ? '' : 'note: '}${printable(note)}\n`);
    await context.stdout(renderPlan(checked.recipe, flags.tokensPerSecond, form, checked));
    if (checked.missing !== undefined) throw checked.missing;
    return undefined;
  }
  return runner(recipe, {
    runDirectory,
    resume: flags.resume === true,
    ...(only === undefined ? {} : { only }),
    signal: context.signal,
    progress: progressFor(flags, context),
  });
}

/** @throws {UsageError} when --print-recipe stands without --dry-run, or with --json, which has the recipe anyway */
function planForm({ dryRun, printRecipe, json }: RecipeFlags): PlanForm {
  if (printRecipe !== true) return json === true ? 'json' : 'plan';
  if (dryRun !== true)
    throw new UsageError('--print-recipe needs --dry-run', { remedy: 'Add it; nothing is run then.' });
  if (json === true) throw new UsageError('--json has the recipe already; leave --print-recipe out');
  return 'recipe';
}

export function progressFor(flags: Pick<RecipeFlags, 'quiet'>, context: CliContext): Progress {
  if (flags.quiet === true) return quietProgress;
  const { terminal, columns } = context;
  return textProgress({ write: (text) => context.stderr(text), terminal, columns });
}
