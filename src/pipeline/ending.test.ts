/** Runs in this process that end before their end. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InterruptedError } from '../errors.js';
import { loadRecipe } from '../recipe/load.js';
import { type Progress, quietProgress } from '../run/progress.js';
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

test('a recipe that a program changed is validated before anything is computed', async () => {
  const run = join(temporaryFolder(), 'run');
  const recipe = await loadRecipe(TINY);
  const changed = (settings: object) => ({
    ...recipe,
    stages: recipe.stages.map((stage) =>
      stage.name === 'teach' ? ({ ...stage, ...settings } as typeof stage) : stage,
    ),
  });
  for (const [settings, field] of [
    [{ samples: -1 }, 'stages.teach.samples'],
    [{ steps: 1.5 }, 'stages.teach.steps'],
    [{ iterations: 2, clip: null }, 'stages.teach.clip'],
  ] as const)
    await expect(runRecipe(changed(settings), { runDirectory: run })).rejects.toThrow(field);
  expect(existsSync(run)).toBe(false);
  await expect(runRecipe(recipe, { runDirectory: '' })).rejects.toThrow('runDirectory: expected a path');
  const { stages } = await runRecipe(changed({ samples: 2 }), { runDirectory: run, only: ['base'] });
  expect(stages.map(({ name }) => name)).toEqual(['base']);
});

test('a stop before any stage goes on says what an earlier process left', { timeout: 120_000 }, async () => {
  const run = join(temporaryFolder(), 'run');
  const recipe = await loadRecipe(TINY, ['stages.base.steps=1']);
  const stopped = async (signal: AbortSignal, progress: Progress): Promise<string> => {
    const error: unknown = await runRecipe(recipe, { runDirectory: run, signal, progress }).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(InterruptedError);
    return (error as InterruptedError).message;
  };
  const atOnce = () => stopped(AbortSignal.abort(new InterruptedError()), quietProgress);
  expect(await atOnce()).toContain('No stage had begun; run the same command to start.');
  const control = new AbortController();
  await stopped(control.signal, {
    ...quietProgress,
    stage: () => ({ report: () => undefined, finish: () => control.abort(new InterruptedError()) }),
  });
  expect(await atOnce()).toContain(
    'Nothing has changed in the run: base is done. Run the same command to go on from there.',
  );
});
