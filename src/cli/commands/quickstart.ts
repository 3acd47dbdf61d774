import { loadRecipe } from '../../recipe/load.js';
import type { CommandModule } from '../command.js';
import { numberOption } from '../program.js';
import { addRecipeOptions, type RecipeFlags, type RecipeRunner, runOrPlan } from '../recipe-command.js';

export const quickstartCommand = (runner: RecipeRunner): CommandModule => ({
  name: 'quickstart',
  summary: 'the whole method in minutes on the bundled model; ends with a table of students',
  define: (command, context) => {
    command.option('--seed <n>', 'seed of everything random', numberOption('--seed', { minimum: 0, integer: true }));
    addRecipeOptions(command);
    command.action(async (flags: RecipeFlags & { readonly seed?: number }) => {
      const seed = flags.seed === undefined ? [] : [`seed=${flags.seed}`];
      await runOrPlan(
        await loadRecipe('quickstart', [...(flags.set ?? []), ...seed]),
        flags,
        undefined,
        runner,
        context,
      );
    });
  },
});
