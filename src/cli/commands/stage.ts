import type { Command } from 'commander';
import { loadRecipe } from '../../recipe/load.js';
import type { StageKind } from '../../stages/definition/kinds.js';
import type { CliContext, CommandDefinition } from '../command.js';
import { addStageOptions, inStageOptions, type OverridesFrom, runOrPlan, stagesOfKind } from '../recipe-command.js';
import { addRecipeOptions, type RecipeFlags, withRunOf } from '../recipe-options.js';
import type { RecipeRunner } from '../runner.js';

export type StageFlags = RecipeFlags & { readonly stage?: string };

/** The command for one kind of stage: runs the stages of that kind in a recipe. The artifacts they use must exist. */
export const stageCommand =
  (kind: StageKind, runner: RecipeRunner): CommandDefinition =>
  (command, context) => {
    command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe');
    const { run } = stageRun(command, kind, runner, context);
    command.action(run);
  };

/** Adds the options for a kind of stage; returns what runs those stages of a recipe, and what reads the options. */
export function stageRun(
  command: Command,
  kind: StageKind,
  runner: RecipeRunner,
  context: CliContext,
): {
  readonly run: (path: string, flags: StageFlags) => Promise<void>;
  readonly overridesFrom: OverridesFrom;
} {
  command
    .optionsGroup('Recipe options:')
    .option('--stage <name>', 'run only the stage with this name, if the recipe has several of the kind');
  addRecipeOptions(command);
  const overridesFrom = addStageOptions(command, kind);
  const run = async (path: string, flags: StageFlags) => {
    // --set may add or rename stages, so it is applied before the stages are chosen; the options then change those.
    const only = stagesOfKind(await loadRecipe(path, flags.set), kind, flags.stage);
    const overrides = [...(flags.set ?? []), ...overridesFrom({ ...flags }, only)];
    const recipe = await loadRecipe(path, overrides).catch((error: unknown) => {
      throw inStageOptions(error, kind, flags.set);
    });
    await runOrPlan(recipe, withRunOf(path, flags), only, runner, context);
  };
  return { run, overridesFrom };
}
