/** `rlt track RUN`: sends the figures of a run to its trackers, or to others. */
import { RecipeError, UsageError } from '../../errors.js';
import { trackRun } from '../../pipeline/tracking.js';
import { printable } from '../../printable.js';
import { parseTracker } from '../../recipe/trackers.js';
import type { CommandDefinition } from '../command.js';

interface Flags {
  readonly to?: readonly string[];
  readonly json?: boolean;
}

export const trackCommand: CommandDefinition = (command, context) => {
  command
    .argument('<run>', 'a run directory, such as runs/quickstart')
    .option(
      '--to <tracker>',
      "in place of the recipe's trackers: tensorboard, wandb, mlflow=URL, trackio=URL, or as in a recipe: " +
        `'mlflow: { url: ..., experiment: ... }'; may be repeated`,
      (value: string, earlier: readonly string[] = []) => [...earlier, value],
    )
    .option('--json', 'print what was sent as JSON')
    .addHelpText(
      'after',
      '\nSends what was not sent before: metrics of every step, the recipe as parameters, accuracies of students. Keys come from\n' +
        'the environment (MLFLOW_TRACKING_TOKEN, TRACKIO_WRITE_TOKEN). docs/tracking.md says where things go.',
    )
    .action(async (run: string, { to, json }: Flags) => {
      const given = to?.map((text) => {
        try {
          return parseTracker(text);
        } catch (error) {
          if (!(error instanceof RecipeError)) throw error;
          const [problem] = error.problems;
          throw new UsageError(`--to ${text.replace(/=.*/s, '=…')}: ${problem?.message ?? ''}`, {
            ...(problem?.remedy === undefined ? {} : { remedy: problem.remedy }),
          });
        }
      });
      const tracked = await trackRun(run, given, {
        signal: context.signal,
        tell: (text) => context.stderr(`${printable(text)}\n`),
      });
      await context.stdout(
        json === true
          ? `${JSON.stringify({ run, trackers: tracked }, null, 2)}\n`
          : tracked
              .map(({ tracker, steps }) => `${tracker}: ${steps === 0 ? 'nothing new' : `${steps} steps sent`}\n`)
              .join(''),
      );
    });
};
