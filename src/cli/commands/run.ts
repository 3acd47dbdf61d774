import type { CommandDefinition } from '../command.js';
import { addRecipeOptions, type RecipeFlags, withRunOf } from '../recipe-options.js';
import type { RecipeRunner } from '../runner.js';

/** `runner` is loaded when the command runs, like everything that handles recipes. */
export const runCommand =
  (runner: () => Promise<RecipeRunner>): CommandDefinition =>
  (command, context) => {
    command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe: quickstart, paper-7b, ...');
    addRecipeOptions(command);
    command.action(async (path: string, flags: RecipeFlags) => {
      const { loadRecipe } = await import('../../recipe/load.js');
      const { planOrRun, printRun } = await import('../recipe-command.js');
      const { renderSummary } = await import('../summary-text.js');
      const { writeSummary } = await import('../../pipeline/summary.js');
      const recipe = await loadRecipe(path, flags.set);
      const run = await planOrRun(recipe, withRunOf(path, flags), undefined, await runner(), context);
      if (run === undefined) return;
      if (run.results.length > 0) await writeSummary(run, recipe.seed, false);
      if (flags.json === true) await context.stdout(renderSummary(run, true));
      else await printRun(recipe, run, context);
    });
  };
