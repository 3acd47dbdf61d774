/** What the scripts of experiments share as commands: seeds, progress, and how they end. */
import { basename } from 'node:path';
import { exitCodeOf, RltError, UsageError } from '../../dist/errors.js';
import { interruptSignal } from '../../dist/run/interrupt.js';
import { textProgress } from '../../dist/run/progress.js';

/** The seeds of `--seeds`. @throws {UsageError} unless they are different whole numbers */
export function seedsOf(text, example) {
  const seeds = text.split(',').map(Number);
  if (!seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0) || new Set(seeds).size !== seeds.length) {
    throw new UsageError(`--seeds takes different whole numbers, not "${text}"`, {
      remedy: `For example --seeds ${example}.`,
    });
  }
  return seeds;
}

/** `--set` options as a page shows them: paths of this machine are cut to their last part. */
export const shownSettings = (set) =>
  set.map((override) => {
    const at = override.indexOf('=') + 1;
    const value = override.slice(at);
    return `--set '${override.slice(0, at)}${/^[/~]|^[A-Za-z]:\\/.test(value) ? basename(value) : value}'`;
  });

export const show = (text) => process.stderr.write(text);

/** Progress on standard error, and the signal of Ctrl-C. */
export const following = () => ({
  signal: interruptSignal(show),
  progress: textProgress({
    write: show,
    terminal: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
  }),
});

/** Runs a script; what goes wrong is told on standard error, and by the exit code. */
export async function ended(main) {
  try {
    await main();
  } catch (error) {
    show(`${error instanceof RltError ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
