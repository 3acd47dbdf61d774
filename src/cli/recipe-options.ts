/** The options shared by all commands that take a recipe. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { parseOverride } from '../recipe/override.js';
import { RECIPE_FILE } from '../run/begun-stages.js';
import { EVENTS_FILE } from '../run/directory.js';
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

/** Read at once, since `--set path value` would otherwise be told of as an argument too many. */
const collect = (text: string, earlier: readonly string[] = []): readonly string[] => {
  parseOverride(text);
  return [...earlier, text];
};

export function addRecipeOptions(command: Command): void {
  command
    .optionsGroup('Recipe options:')
    .option(
      '--set <path=value>',
      'change a value of the recipe, for example stages.teach.steps=60; may be repeated',
      collect,
    )
    .option(
      '--out <dir>',
      'run directory (default: runs/NAME, where NAME is the name of the recipe; of the recipe.yaml of a run, that run)',
    )
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

/** The run that a recipe belongs to: the one of its folder, where that is a run directory; undefined for any other file. */
export function runOf(recipe: string): string | undefined {
  const folder = dirname(recipe);
  return basename(recipe) === RECIPE_FILE && existsSync(join(folder, EVENTS_FILE)) ? folder : undefined;
}

/** The options of a command that was given this recipe: `out` where none is given, too, if a run holds the recipe. */
export function withRunOf<Flags extends RecipeFlags>(recipe: string, flags: Flags): Flags {
  const out = flags.out ?? runOf(recipe);
  return out === undefined ? flags : { ...flags, out };
}
