import { UnsupportedError } from '../errors.js';
import type { CommandModule } from './command.js';
import { problemsCommand } from './commands/problems.js';
import { quickstartCommand } from './commands/quickstart.js';
import { runCommand } from './commands/run.js';
import { stageCommand } from './commands/stage.js';
import type { RecipeRunner } from './recipe-command.js';

const runner: RecipeRunner = () => {
  throw new UnsupportedError('this build has no pipeline', { remedy: 'Use --dry-run to check and plan a recipe.' });
};

/** Every command, in the order of `rlt --help`. */
export const commands: readonly CommandModule[] = [
  quickstartCommand(runner),
  runCommand(runner),
  stageCommand('warm-up', runner),
  stageCommand('teach', runner),
  stageCommand('explain', runner),
  stageCommand('score', runner),
  stageCommand('distill', runner),
  stageCommand('reinforce', runner),
  stageCommand('evaluate', runner),
  problemsCommand,
  stageCommand('pretrain', runner),
];
