import type { CommandDefinition } from '../command.js';
import { numberOption } from '../number-option.js';
import { addRecipeOptions, type RecipeFlags } from '../recipe-options.js';

export const quickstartCommand: CommandDefinition = (command, context) => {
  command.option('--seed <n>', 'seed of all randomness', numberOption('--seed', { minimum: 0, integer: true }));
  addRecipeOptions(command);
  command.action(async (flags: RecipeFlags & { readonly seed?: number }) => {
    const { loadRecipe } = await import('../../recipe/load.js');
    const { runRecipe } = await import('../../pipeline/run-recipe.js');
    const { writeSummary } = await import('../../pipeline/summary.js');
    const { planOrRun, printRun } = await import('../recipe-command.js');
    const seed = flags.seed === undefined ? [] : [`seed=${flags.seed}`];
    const recipe = await loadRecipe('quickstart', [...(flags.set ?? []), ...seed]);
    const run = await planOrRun(recipe, flags, undefined, runRecipe, context);
    if (run === undefined) return;
    const summary = await writeSummary(run, recipe.seed, true);
    if (flags.json === true) await context.stdout(`${JSON.stringify(summary, null, 2)}\n`);
    else await printRun(recipe, run, context);
  });
};
