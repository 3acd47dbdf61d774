import { runRecipe } from '../pipeline/run-recipe.js';
import { scoreFile } from '../pipeline/score-file.js';
import type { CommandModule } from './command.js';
import { compareCommand } from './commands/compare.js';
import { evaluateCommand } from './commands/evaluate.js';
import { gradeCommand } from './commands/grade.js';
import { problemsCommand } from './commands/problems.js';
import { quickstartCommand } from './commands/quickstart.js';
import { runCommand } from './commands/run.js';
import { scoreCommand } from './commands/score.js';
import { stageCommand } from './commands/stage.js';

/** Every command, in the order of `rlt --help`. */
export const commands: readonly CommandModule[] = [
  quickstartCommand,
  runCommand(runRecipe),
  stageCommand('warm-up', runRecipe),
  stageCommand('teach', runRecipe),
  stageCommand('explain', runRecipe),
  scoreCommand(runRecipe, scoreFile),
  stageCommand('distill', runRecipe),
  stageCommand('reinforce', runRecipe),
  evaluateCommand(runRecipe),
  gradeCommand,
  compareCommand,
  problemsCommand,
  stageCommand('pretrain', runRecipe),
];
