import { UsageError } from '../../errors.js';
import type { CommandDefinition } from '../command.js';
import { numberOption } from '../number-option.js';
import { failureReport, untilStopped } from '../serving.js';

interface Flags {
  readonly port: number;
}

export const studioCommand: CommandDefinition = (command, context) => {
  command
    .argument('[runs...]', 'run directories, or folders that hold some', ['runs'])
    .option(
      '--port <n>',
      'port to listen on; 0 takes a free one',
      numberOption('--port', { minimum: 0, integer: true }),
      0,
    )
    .action(async (folders: readonly string[], { port }: Flags) => {
      const { statSync } = await import('node:fs');
      const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      const missing = folders.find((folder) => !isFolder(folder));
      if (missing !== undefined) {
        const { runRemedy } = await import('../../run/near-run.js');
        throw new UsageError('there is no such folder', {
          file: missing,
          remedy: runRemedy(missing, 'Name a run directory, or a folder of runs.', isFolder),
        });
      }
      const { requireKeptRecipe } = await import('../../run/begun-stages.js');
      for (const folder of folders) requireKeptRecipe(folder);
      const { startStudio } = await import('../../studio/server.js');
      const studio = await startStudio({ folders, port }, failureReport(context));
      await context.stdout(`${studio.url}\n`);
      context.stderr('Open this address in a browser on this machine. It only reads; Ctrl-C ends it.\n');
      await untilStopped(context);
      await studio.close();
    });
};
