/** What commands that answer until they are stopped have in common. */
import { RltError } from '../errors.js';
import type { CliContext } from './command.js';

/** Tells the operator of a failure that no client caused. */
export const failureReport =
  ({ stderr }: Pick<CliContext, 'stderr'>) =>
  (error: unknown): void =>
    stderr(`failure: ${textOf(error)}\n`);

/** An error of ours says what is wrong; of any other, where it comes from is wanted too. */
function textOf(error: unknown): string {
  if (error instanceof RltError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Resolves when the process is asked to end. */
export const untilStopped = ({ signal }: Pick<CliContext, 'signal'>): Promise<void> =>
  new Promise((stopped) => {
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', () => stopped(), { once: true });
  });
