/** A tiny model for a server of ours, and a recipe on it: every kind of stage that keeps something on the server. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRecipe } from '../../recipe/load.js';
import { runRecipe } from '../run-recipe.js';
import { linesOf, type Running, SUMS, start, TINY } from './rlt.js';

export interface ServedTest {
  readonly folder: string;
  /** The folder of the base model, which a server serves as `tiny`. */
  readonly base: string;
  /** Where a server keeps what it keeps. */
  readonly kept: string;
  /** Writes the recipe for the server at this address, and returns its path. */
  readonly recipeFor: (url: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/** Makes the base model of the test recipe, with these changes of it, in a folder of its own. */
export async function servedTest(changes: readonly string[] = []): Promise<ServedTest> {
  const folder = await mkdtemp(join(tmpdir(), 'rlt-served-'));
  await runRecipe(await loadRecipe(TINY, changes), { runDirectory: join(folder, 'base'), only: ['base'] });
  const base = join(folder, 'base', 'stages', '01-base', 'model');
  return {
    folder,
    base,
    kept: join(folder, 'kept'),
    remove: () => rm(folder, { recursive: true, force: true }),
    async recipeFor(url) {
      const file = join(folder, 'recipe.yaml');
      await writeFile(
        file,
        `name: killed
seed: 3
engine: { kind: tinker, url: "${url}", probe: false }
prompts: { teacher: Explain., student: Solve. }
models: { base: { source: "served:tiny", tokenizer: ${JSON.stringify(base)} } }
data: { sums: { source: ${JSON.stringify(SUMS)}, heldOut: 4 } }
stages:
  - { stage: warm-up, teacher: base, data: sums, steps: 30, batch: 8, maxTokens: 128, checkpointEvery: 7, optimiser: { learningRate: 2.0e-2 } }
  - { stage: teach, teacher: warm-up, student: base, data: sums, steps: 8, prompts: 2, samples: 4, sampling: { maxTokens: 12 }, reference: { everySteps: 3 }, checkpointEvery: 2, optimiser: { learningRate: 1.0e-3 } }
  - { stage: explain, teacher: teach, data: sums, samples: 2, keep: { by: all }, sampling: { maxTokens: 12 } }
  - { stage: distill, student: base, traces: explain, epochs: 2, batch: 5, maxTokens: 128, checkpointEvery: 2, optimiser: { learningRate: 1.0e-2 } }
  - { stage: evaluate, students: { base: base, distilled: distill }, problems: { sums: sums.held-out }, grader: integer, sampling: { maxTokens: 12 } }
`,
      );
      return file;
    },
  };
}

/** How many steps of a stage a run has recorded. */
function stepsOf(run: string, stage: string): number {
  const events = join(run, 'events.jsonl');
  if (!existsSync(events)) return 0;
  return Math.max(
    0,
    ...linesOf(events).flatMap((one) => (one.stage === stage && one.event === 'step' ? [Number(one.step) + 1] : [])),
  );
}

/** Resolves when a run has taken so many steps of a stage, or has ended. */
async function reached(run: string, stage: string, steps: number, runEnded: Promise<unknown>): Promise<void> {
  let ended = false;
  void runEnded.then(() => {
    ended = true;
  });
  while (!ended && stepsOf(run, stage) < steps) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Starts a run three times; each time it has come a few steps beyond a checkpoint, `strike` ends it. */
export async function struck(recipe: string, run: string, strike: (running: Running) => Promise<void>): Promise<void> {
  for (const [stage, steps] of [
    ['warm-up', 17],
    ['teach', 3],
    ['distill', 1],
  ] as const) {
    const running = start(['run', recipe, '--out', run, '-q']);
    await reached(run, stage, steps, running.ended);
    await strike(running);
  }
}

/** What a run that was interrupted must have as one that was not. */
export const SAME_FILES = ['metrics.jsonl', 'stages/03-explain/traces.jsonl', 'stages/05-evaluate/answers.jsonl'];
