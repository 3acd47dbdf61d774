import { loadRecipe } from '../../recipe/load.js';
import type { CommandModule } from '../command.js';
import { addRecipeOptions, type RecipeFlags, runOrPlan } from '../recipe-command.js';
import type { RecipeRunner } from '../runner.js';

export const runCommand = (runner: RecipeRunner): CommandModule => ({
  name: 'run',
  summary: 'run all stages of a recipe',
  define: (command, context) => {
    command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe: quickstart, paper-7b, ...');
    addRecipeOptions(command);
    command.action(async (path: string, flags: RecipeFlags) => {
      await runOrPlan(await loadRecipe(path, flags.set), flags, undefined, runner, context);
    });
  },
});
