/** The options shared by all commands that take a recipe. */
import type { Command } from 'commander';
import { numberOption } from './number-option.js';

export interface RecipeFlags {
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly printRecipe?: boolean;
  readonly tokensPerSecond?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

export function addRecipeOptions(command: Command): void {
  command
    .optionsGroup('Recipe options:')
    .option(
      '--set <path=value>',
      'change a value of the recipe, for example stages.teach.steps=60; may be repeated',
      collect,
    )
    .option('--out <dir>', 'run directory (default: runs/NAME, where NAME is the name of the recipe)')
    .option('--resume', 'fail unless there is an earlier run to resume; by default an existing run is resumed', false)
    .option('--dry-run', 'check the recipe, print the plan, and run nothing')
    .option('--print-recipe', 'with --dry-run: print the recipe with every default written out, and the plan below it')
    .option(
      '--tokens-per-second <n>',
      'speed assumed for the time estimate of --dry-run',
      numberOption('--tokens-per-second', { minimum: 1e-6 }),
    )
    .option('--json', 'print results as JSON')
    .option('-q, --quiet', 'print no progress on standard error');
}
