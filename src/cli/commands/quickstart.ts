import { explanationPairs, writeQuickstartSummary } from '../../pipeline/quickstart.js';
import { runRecipe } from '../../pipeline/run-recipe.js';
import { loadRecipe } from '../../recipe/load.js';
import type { CommandModule } from '../command.js';
import { numberOption } from '../program.js';
import { addRecipeOptions, planOrRun, type RecipeFlags } from '../recipe-command.js';
import { renderSummary } from '../summary-text.js';

const EXAMPLES = 3;

export const quickstartCommand: CommandModule = {
  name: 'quickstart',
  summary: 'the whole method in minutes on the bundled model; ends with a table of students',
  define: (command, context) => {
    command.option('--seed <n>', 'seed of everything random', numberOption('--seed', { minimum: 0, integer: true }));
    addRecipeOptions(command);
    command.action(async (flags: RecipeFlags & { readonly seed?: number }) => {
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
        await context.stdout(
          `${question}\n  solution   ${solution}\n  before RL  ${before}\n  after RL   ${after}\n\n`,
        );
      }
      await context.stdout(renderSummary(run, false));
    });
  },
};
