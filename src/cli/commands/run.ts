import type { CommandDefinition } from '../command.js';
import { addRecipeOptions, type RecipeFlags } from '../recipe-options.js';
import type { RecipeRunner } from '../runner.js';

/** `runner` is loaded when the command runs, like everything that handles recipes. */
export const runCommand =
  (runner: () => Promise<RecipeRunner>): CommandDefinition =>
  (command, context) => {
    command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe: quickstart, paper-7b, ...');
    addRecipeOptions(command);
    command.action(async (path: string, flags: RecipeFlags) => {
      const { loadRecipe } = await import('../../recipe/load.js');
      const { runOrPlan } = await import('../recipe-command.js');
      await runOrPlan(await loadRecipe(path, flags.set), flags, undefined, await runner(), context);
    });
  };
