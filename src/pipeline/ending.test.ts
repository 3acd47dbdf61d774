/** Runs in this process that end before their end. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InterruptedError } from '../errors.js';
import { loadRecipe } from '../recipe/load.js';
import { quietProgress } from '../run/progress.js';
import { runRecipe } from './run-recipe.js';
import { linesOf, TINY, temporaryFolder } from './testing/rlt.js';

test('an interruption between two stages says what one within a stage says', { timeout: 120_000 }, async () => {
  const run = join(temporaryFolder(), 'run');
  const control = new AbortController();
  const progress = {
    ...quietProgress,
    stage: () => ({ report: () => undefined, finish: () => control.abort(new InterruptedError()) }),
  };
  const recipe = await loadRecipe(TINY, ['stages.base.steps=1']);
  const error: unknown = await runRecipe(recipe, { runDirectory: run, signal: control.signal, progress }).catch(
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(InterruptedError);
  expect((error as InterruptedError).message).toBe(
    'the run was stopped (stage warm-up)\n  The state is saved; run the same command to resume.',
  );
  const events = linesOf(join(run, 'events.jsonl'));
  expect(events.slice(-2)).toMatchObject([
    { event: 'stage took', stage: 'base' },
    { event: 'run stops', stage: 'warm-up' },
  ]);
});
