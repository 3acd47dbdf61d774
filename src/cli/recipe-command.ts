/** What the commands that take a recipe share: checking, --dry-run, running, results. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { RecipeError, UsageError } from '../errors.js';
import { dataOnThisMachine } from '../pipeline/inputs/known-data.js';
import { engineProblems } from '../pipeline/requirements.js';
import { stageOptions } from '../recipe/options.js';
import type { Recipe } from '../recipe/schema.js';
import { type Progress, quietProgress, textProgress } from '../run/progress.js';
import type { StageKind } from '../stages/kinds.js';
import { nearest } from '../suggestion.js';
import type { CliContext } from './command.js';
import { renderPlan } from './plan-text.js';
import type { RecipeFlags } from './recipe-options.js';
import type { RecipeRunner, RunSummary } from './runner.js';
import { renderSummary } from './summary-text.js';

/** Adds an option for every single value of a stage's settings; returns how to read them back as overrides. */
export function addStageOptions(
  command: Command,
  kind: StageKind,
): (values: Readonly<Record<string, unknown>>, stages: readonly string[]) => readonly string[] {
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

/** The stages of a kind that a command works on: all of them, or the one that --stage names. @throws UsageError */
export function stagesOfKind(recipe: Recipe, kind: StageKind, name: string | undefined): readonly string[] {
  const names = recipe.stages.filter((stage) => stage.stage === kind).map((stage) => stage.name);
  if (names.length === 0) {
    const kinds = [...new Set(recipe.stages.map((stage) => stage.stage))].join(', ');
    throw new UsageError(`the recipe ${recipe.name} has no stage of the kind ${kind}`, { remedy: `It has: ${kinds}.` });
  }
  if (name === undefined) return names;
  if (names.includes(name)) return [name];
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `Did you mean "${near}"? `;
  throw new UsageError(`no ${kind} stage is called "${name}"`, { remedy: `${hint}There are: ${names.join(', ')}.` });
}

/** Runs a recipe, or shows what it would do; prints the results. */
export async function runOrPlan(
  recipe: Recipe,
  flags: RecipeFlags,
  only: readonly string[] | undefined,
  runner: RecipeRunner<RunSummary>,
  context: CliContext,
): Promise<void> {
  const summary = await planOrRun(recipe, flags, only, runner, context);
  if (summary !== undefined) await context.stdout(renderSummary(summary, flags.json === true));
}

/** As `runOrPlan`, but leaves the results to the caller; undefined where nothing was run. */
export async function planOrRun<Summary extends RunSummary>(
  recipe: Recipe,
  flags: RecipeFlags,
  only: readonly string[] | undefined,
  runner: RecipeRunner<Summary>,
  context: CliContext,
): Promise<Summary | undefined> {
  const problems = engineProblems(recipe);
  if (flags.dryRun === true) {
    const data = await dataOnThisMachine(recipe);
    for (const [field, { message }] of data.problems) context.stderr(`note: ${field}: ${message}\n`);
    await context.stdout(renderPlan(recipe, flags.tokensPerSecond, flags.json === true, data.known));
    for (const { message, remedy } of problems) context.stderr(`note: ${message}. ${remedy ?? ''}\n`);
    return undefined;
  }
  if (problems.length > 0) throw new RecipeError(problems);
  return runner(recipe, {
    runDirectory: flags.out ?? join('runs', recipe.name),
    resume: flags.resume === true,
    ...(only === undefined ? {} : { only }),
    signal: context.signal,
    progress: progressFor(flags, context),
  });
}

export function progressFor(flags: Pick<RecipeFlags, 'quiet'>, context: CliContext): Progress {
  if (flags.quiet === true) return quietProgress;
  const { terminal, columns } = context;
  return textProgress({ write: (text) => context.stderr(text), terminal, columns });
}
