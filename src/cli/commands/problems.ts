import { setImmediate } from 'node:timers/promises';
import { problemRecord } from '../../data/problem.js';
import { PURPOSES, streamProblems, TASKS, taskNamed } from '../../data/tasks/index.js';
import { UsageError } from '../../errors.js';
import { throwIfInterrupted } from '../../stopping.js';
import { suggestion } from '../../suggestion.js';
import type { CommandDefinition } from '../command.js';
import { numberOption } from '../number-option.js';

interface Flags {
  readonly count: number;
  readonly seed: number;
  readonly level?: string;
  readonly purpose: (typeof PURPOSES)[number];
}

/** Lines per write: few writes, without holding everything in memory. */
const LINES = 1000;

export const problemsCommand: CommandDefinition = (command, context) => {
  const levels = TASKS.map((task) => `${task.name}: ${task.levels.map((level) => level.name).join(', ')}`).join('; ');
  command
    .argument('<name>', TASKS.map((task) => task.name).join(' or '))
    .option('--count <n>', 'number of problems', numberOption('--count', { minimum: 1, integer: true }), 10)
    .option('--seed <n>', 'seed of the problems', numberOption('--seed', { minimum: 0, integer: true }), 1)
    .option('--level <name>', `level of difficulty (${levels}; default: the first)`)
    .addOption(
      command
        .createOption('--purpose <name>', 'sets with different purposes never share a problem')
        .choices(PURPOSES)
        .default('training'),
    )
    .action(async (name: string, flags: Flags) => {
      const names = TASKS.map((task) => task.name);
      if (!names.includes(name)) {
        throw new UsageError(`there are no problems named "${name}"`, { remedy: suggestion(name, names, 'names') });
      }
      let lines: string[] = [];
      const write = async (): Promise<void> => {
        // Generating is synchronous: a signal is seen only when the event loop has a turn.
        await setImmediate();
        throwIfInterrupted(context.signal);
        if (lines.length > 0) await context.stdout(`${lines.join('\n')}\n`);
        lines = [];
      };
      for (const problem of streamProblems(taskNamed(name), flags)) {
        lines.push(JSON.stringify(problemRecord(problem)));
        if (lines.length === LINES) await write();
      }
      await write();
    });
};
