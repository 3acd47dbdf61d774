import type { CommandDefinition } from '../command.js';
import { numberOption } from '../number-option.js';
import { addRecipeOptions, type RecipeFlags } from '../recipe-options.js';

const EXAMPLES = 3;

export const quickstartCommand: CommandDefinition = (command, context) => {
  command.option('--seed <n>', 'seed of all randomness', numberOption('--seed', { minimum: 0, integer: true }));
  addRecipeOptions(command);
  command.action(async (flags: RecipeFlags & { readonly seed?: number }) => {
    const { loadRecipe } = await import('../../recipe/load.js');
    const { runRecipe } = await import('../../pipeline/run-recipe.js');
    const { explanationPairs, writeQuickstartSummary } = await import('../../pipeline/quickstart.js');
    const { planOrRun } = await import('../recipe-command.js');
    const { renderSummary } = await import('../summary-text.js');
    const seed = flags.seed === undefined ? [] : [`seed=${flags.seed}`];
    const recipe = await loadRecipe('quickstart', [...(flags.set ?? []), ...seed]);
    const run = await planOrRun(recipe, flags, undefined, runRecipe, context);
    if (run === undefined) return;
    const summary = await writeQuickstartSummary(run, recipe.seed);
    if (flags.json === true) {
      await context.stdout(`${JSON.stringify(summary, null, 2)}\n`);
      return;
    }
    for (const { question, solution, before, after } of await explanationPairs(run, EXAMPLES)) {
      await context.stdout(`${question}\n  solution   ${solution}\n  before RL  ${before}\n  after RL   ${after}\n\n`);
    }
    await context.stdout(renderSummary(run, false));
  });
};
