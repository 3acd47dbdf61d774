import type { runRecipe } from '../pipeline/run-recipe.js';

/** Runs a recipe. commands.ts loads the pipeline's and passes it to the commands; tests pass their own. */
export type RecipeRunner = typeof runRecipe;
