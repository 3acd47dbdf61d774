/** Grades the answers of finished evaluate stages again; nothing is sampled. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { JsonlAppender } from '../data/files/jsonl.js';
import { UsageError } from '../errors.js';
import { graderName, type Regraded, regraded } from '../evaluation/answers/regrading.js';
import { resultFacts, writeResults } from '../evaluation/answers/result-files.js';
import { ANSWERS_FILE, type EvaluationResults, REPORT_FILE, RESULTS_FILE } from '../evaluation/answers/results.js';
import { graderNamed } from '../evaluation/graders/registry.js';
import { type Manifest, verifyManifest, writeManifest } from '../manifest.js';
import { commandLine } from '../printable.js';
import { loadRecipe } from '../recipe/load.js';
import { formatOf, type Recipe } from '../recipe/schema.js';
import { IDENTITY_FILE, RECIPE_FILE, requireKeptRecipe, stageFolder } from '../run/begun-stages.js';
import { EVENTS_FILE, GRADED_AGAIN, GRADED_WARNING, STAGE_TOOK, WARNING } from '../run/directory.js';
import { readLines } from '../run/lines.js';
import { acquireLock } from '../run/lock.js';
import { runRemedy } from '../run/near-run.js';

export interface RegradedStage {
  readonly name: string;
  readonly results: EvaluationResults;
  /** The versions of the graders before. */
  readonly gradersBefore: readonly string[];
}

/** How answers are graded again. */
export const REGRADING =
  'Write rlt evaluate --regrade --out DIR, where DIR is the directory of a run, or a folder below evaluations.';

/** What regrading writes. Answers may have been edited since, for references that were wrong. */
const REWRITTEN = [ANSWERS_FILE, RESULTS_FILE, REPORT_FILE];

const namesOf = (graders: readonly string[]): string => [...new Set(graders.map(graderName))].sort().join(', ');

const grading = z.looseObject({
  stage: z.string(),
  event: z.enum([STAGE_TOOK, GRADED_AGAIN]),
  was: z.string().optional(),
  now: z.string().optional(),
});

/** The names of the graders that an evaluation itself graded by, and of those that have since graded its answers again. */
async function gradersSince(
  runDirectory: string,
  stage: string,
): Promise<{ readonly first: string; readonly last: string } | undefined> {
  const file = join(runDirectory, EVENTS_FILE);
  if (!existsSync(file)) return undefined;
  const { values } = await readLines(file, (line) => grading.safeParse(line).data);
  const own = values.filter((one) => one.stage === stage);
  const since = own.slice(own.findLastIndex(({ event }) => event === STAGE_TOOK) + 1);
  const [first, last] = [since[0]?.was, since.at(-1)?.now];
  return first === undefined || last === undefined ? undefined : { first, last };
}

/** What a run that finds an evaluation done says of its figures, where others graded the answers than the recipe has it. */
export async function regradedNote(runDirectory: string, stage: string): Promise<string | undefined> {
  const { first, last } = (await gradersSince(runDirectory, stage)) ?? {};
  if (first === undefined || last === undefined || first === last) return undefined;
  const one = first.includes(',') ? [] : ['--grader', first];
  const again = commandLine('rlt', 'evaluate', '--regrade', '--out', runDirectory, '--stage', stage, ...one);
  return `its answers were graded again by ${last}; the evaluation itself graded by ${first}${one.length === 0 ? '' : `, as ${again} does again`}`;
}

/** Records in the run that other graders graded a stage; a warning says so as long as the recipe would not. */
async function recordGraders(
  runDirectory: string,
  { name: stage, results, gradersBefore }: RegradedStage,
  grader: string,
): Promise<void> {
  const [was, now] = [gradersBefore, results.graders].map(namesOf);
  if (was === now) return;
  const { first = was } = (await gradersSince(runDirectory, stage)) ?? {};
  const events = await JsonlAppender.open(join(runDirectory, EVENTS_FILE));
  const time = new Date().toISOString();
  await events.append({ time, event: GRADED_AGAIN, stage, was, now });
  if (now !== first) {
    const text = `${GRADED_WARNING}${grader}, which the recipe does not say: who repeats it adds --set stages.${stage}.grader=${grader}`;
    await events.append({ time, event: WARNING, stage, text });
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
 * @throws {UsageError} when there is no such stage or grader, or a stage is not finished; nothing is changed then
 * @throws {InputError | StorageError} when answers are damaged, or the grader cannot read a reference; nothing is changed then
 * @throws {BusyError} when another process works in the directory
 */
export async function regrade(
  runDirectory: string,
  { grader, stage }: { readonly grader?: string | undefined; readonly stage?: string | undefined } = {},
): Promise<readonly RegradedStage[]> {
  const file = join(runDirectory, RECIPE_FILE);
  if (!existsSync(file)) {
    requireKeptRecipe(runDirectory);
    const run = dirname(dirname(resolve(runDirectory)));
    const isOfStage = existsSync(join(run, RECIPE_FILE)) && existsSync(join(runDirectory, IDENTITY_FILE));
    throw new UsageError('there is no evaluation to regrade', {
      file: runDirectory,
      remedy: isOfStage
        ? `This is the folder of a stage. Write ${commandLine('rlt', 'evaluate', '--regrade', '--out', relative('.', run) || '.', '--stage', basename(resolve(runDirectory)).replace(/^\d+-/, ''))}.`
        : runRemedy(runDirectory, REGRADING),
    });
  }
  const named = grader === undefined ? undefined : graderNamed(grader);
  const recipe = await loadRecipe(file);
  const lock = await acquireLock(runDirectory);
  try {
    const system = recipe.prompts.student;
    const own = { kind: 'tagged', system, format: formatOf(recipe) } as const;
    const graded: (FinishedStage & Regraded)[] = [];
    for (const finished of await finishedStages(recipe, runDirectory, stage))
      graded.push({ ...finished, ...(await regraded(finished.directory, own, named)) });
    const stages: RegradedStage[] = [];
    for (const { name, directory, manifest, before, results, answers } of graded) {
      await writeResults(directory, results, answers, own);
      await writeManifest(directory, { ...manifest.facts, ...resultFacts(results) });
      const done = { name, results, gradersBefore: before.graders };
      if (named !== undefined) await recordGraders(runDirectory, done, named.name);
      stages.push(done);
    }
    return stages;
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
