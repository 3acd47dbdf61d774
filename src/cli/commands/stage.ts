import type { Command } from 'commander';
import { loadRecipe } from '../../recipe/load.js';
import { STAGE_SUMMARIES, type StageKind } from '../../stages/kinds.js';
import type { CliContext, CommandModule } from '../command.js';
import { addRecipeOptions, addStageOptions, type RecipeFlags, runOrPlan, stagesOfKind } from '../recipe-command.js';
import type { RecipeRunner } from '../runner.js';

export type StageFlags = RecipeFlags & { readonly stage?: string };

/** The command of one kind of stage: runs the stages of that kind in a recipe; what they take must have been made. */
export const stageCommand = (kind: StageKind, runner: RecipeRunner): CommandModule => ({
  name: kind,
  summary: STAGE_SUMMARIES[kind],
  define: (command, context) => {
    command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe');
    const run = stageRun(command, kind, runner, context);
    command.action(run);
  },
});

/** Adds the options of a kind of stage; returns what runs those stages of a recipe. */
export function stageRun(
  command: Command,
  kind: StageKind,
  runner: RecipeRunner,
  context: CliContext,
): (path: string, flags: StageFlags) => Promise<void> {
  command
    .optionsGroup('Recipe options:')
    .option('--stage <name>', 'only the stage of this name, where the recipe has several of the kind');
  addRecipeOptions(command);
  const overridesFrom = addStageOptions(command, kind);
  return async (path, flags) => {
    // Which stages there are is known once --set is applied; the options then change those.
    const only = stagesOfKind(await loadRecipe(path, flags.set), kind, flags.stage);
    const recipe = await loadRecipe(path, [...(flags.set ?? []), ...overridesFrom({ ...flags }, only)]);
    await runOrPlan(recipe, flags, only, runner, context);
  };
}
