/** Grades the answers of finished evaluate stages again; nothing is sampled. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JsonlAppender } from '../data/files/jsonl.js';
import { UsageError } from '../errors.js';
import { regradeResults, resultFacts } from '../evaluation/answers/result-files.js';
import { ANSWERS_FILE, type EvaluationResults, REPORT_FILE, RESULTS_FILE } from '../evaluation/answers/results.js';
import { type Manifest, verifyManifest, writeManifest } from '../manifest.js';
import { loadRecipe } from '../recipe/load.js';
import type { Recipe } from '../recipe/schema.js';
import { RECIPE_FILE, stageFolder } from '../run/begun-stages.js';
import { EVENTS_FILE, WARNING } from '../run/directory.js';
import { acquireLock } from '../run/lock.js';
import { formatOf } from './prepare.js';

export interface RegradedStage {
  readonly name: string;
  readonly results: EvaluationResults;
}

/** What regrading writes. Answers may have been edited since, for references that were wrong. */
const REWRITTEN = [ANSWERS_FILE, RESULTS_FILE, REPORT_FILE];

/** Leaves a warning in the run: its recipe does not name the grader that its results are of. */
async function noteGrader(runDirectory: string, stages: readonly RegradedStage[], grader: string): Promise<void> {
  const events = await JsonlAppender.open(join(runDirectory, EVENTS_FILE));
  for (const { name: stage } of stages) {
    const text = `warning: graded again by ${grader}, which the recipe does not say: who repeats it adds --set stages.${stage}.grader=${grader}`;
    await events.append({ time: new Date().toISOString(), event: WARNING, stage, text });
  }
  await events.sync();
  await events.close();
}

interface FinishedStage {
  readonly name: string;
  readonly directory: string;
  readonly manifest: Manifest;
}

/**
 * Regrades the evaluate stages of a run directory, or the one called `stage`, each line by today's version of its grader,
 * or by the grader that is named.
 * @throws {UsageError} when there is no such stage, or one is not finished; nothing is changed then
 * @throws {BusyError} when another process works in the directory
 */
export async function regrade(
  runDirectory: string,
  { grader, stage }: { readonly grader?: string | undefined; readonly stage?: string | undefined } = {},
): Promise<readonly RegradedStage[]> {
  const file = join(runDirectory, RECIPE_FILE);
  if (!existsSync(file)) {
    throw new UsageError('there is no evaluation to regrade', {
      file: runDirectory,
      remedy: 'Name its run directory with --out.',
    });
  }
  const recipe = await loadRecipe(file);
  const lock = await acquireLock(runDirectory);
  try {
    const system = recipe.prompts.student;
    const own = { kind: 'tagged', system, format: formatOf(recipe) } as const;
    const regraded: RegradedStage[] = [];
    for (const { name, directory, manifest } of await finishedStages(recipe, runDirectory, stage)) {
      const results = await regradeResults(directory, own, grader);
      await writeManifest(directory, { ...manifest.facts, ...resultFacts(results) });
      regraded.push({ name, results });
    }
    if (grader !== undefined) await noteGrader(runDirectory, regraded, grader);
    return regraded;
  } finally {
    await lock.release();
  }
}

async function finishedStages(
  recipe: Recipe,
  runDirectory: string,
  only: string | undefined,
): Promise<readonly FinishedStage[]> {
  const evaluations = [...recipe.stages.entries()].filter(([, stage]) => stage.stage === 'evaluate');
  const wanted = evaluations.filter(([, { name }]) => only === undefined || name === only);
  if (wanted.length === 0) {
    const names = evaluations.map(([, { name }]) => name);
    throw new UsageError(
      only === undefined ? 'the run has no evaluate stage' : `no evaluate stage is called "${only}"`,
      {
        file: runDirectory,
        remedy: names.length === 0 ? 'Name another run directory with --out.' : `There are: ${names.join(', ')}.`,
      },
    );
  }
  const stages: FinishedStage[] = [];
  for (const [index, { name }] of wanted) {
    const directory = join(runDirectory, 'stages', stageFolder({ index, name }));
    const manifest = await verifyManifest(directory, REWRITTEN);
    if (manifest === undefined) {
      throw new UsageError(`the stage ${name} is not finished, so its answers cannot be regraded`, {
        file: directory,
        remedy: 'Let it finish first: run the command that began it again.',
      });
    }
    stages.push({ name, directory, manifest });
  }
  return stages;
}
