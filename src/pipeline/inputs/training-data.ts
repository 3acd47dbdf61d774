/** The questions that a model of a recipe is trained on, by the stages that lead to it. */
import { basename, dirname, resolve } from 'node:path';
import type { Problem } from '../../data/problem.js';
import type { Sequence } from '../../data/sequences/sequence.js';
import { InterruptedError, RltError } from '../../errors.js';
import { trainedBy } from '../../recipe/engines.js';
import type { Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { isRun } from '../../run/begun-stages.js';
import { KEPT_FOLDER } from '../../run/stage-directory.js';
import type { Stage } from '../../stages/index.js';
import type { TrainingQuestions } from '../../stages/trained-on.js';
import { isLocal } from './artifacts.js';
import { ProblemSource } from './problems.js';
import { recipeOfRun } from './run-models.js';

/** A data set, and how much of it a stage trains on. */
interface Part {
  readonly data: string;
  /** Only the problems that have traces of their own, of which `limit` is the most. */
  readonly traced: boolean;
  readonly limit: number | null;
}

/** The stages that train a model one after another, the last first. */
function stagesBehind({ stages }: Recipe, model: string): readonly Stage[] {
  const found: Stage[] = [];
  for (let name: string | null = model; name !== null; ) {
    const stage: Stage | undefined = stages.find((one) => one.name === name);
    if (stage === undefined) break;
    found.push(stage);
    name = trainedBy(stage);
  }
  return found;
}

/** The model that these stages start from; null where the first of them creates it. */
function startOf(stages: readonly Stage[], model: string): string | null {
  const first = stages.at(-1);
  return first === undefined ? model : trainedBy(first);
}

/** The data set whose problems the traces of a reference explain. */
function explainedBy(recipe: Recipe, traces: string): Part {
  const stage = recipe.stages.find(({ name }) => name === traces);
  if (stage?.stage === 'explain') return { data: stage.data, traced: false, limit: stage.limit };
  return stage?.stage === 'score' ? explainedBy(recipe, stage.traces) : { data: traces, traced: true, limit: null };
}

function partOf(recipe: Recipe, stage: Stage): Part | undefined {
  switch (stage.stage) {
    case 'warm-up':
      return { data: stage.data, traced: true, limit: stage.limit };
    case 'teach':
    case 'reinforce':
      return { data: stage.data, traced: false, limit: null };
    case 'distill': {
      const part = explainedBy(recipe, stage.traces);
      return !part.traced ? part : { ...part, traced: stage.learn === 'trace', limit: stage.limit };
    }
    default:
      return undefined;
  }
}

function* questionsIn(problems: Sequence<Problem>, { traced, limit }: Part): Generator<string> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (const { question, reasoningTraces = [] } of problems) {
    if (left <= 0) return;
    if (traced && reasoningTraces.length === 0) continue;
    left -= traced ? reasoningTraces.length : 1;
    yield question;
  }
}

type ProblemsOf = (reference: string) => Promise<Sequence<Problem> | undefined>;

/** What the stages of a recipe that lead to a model train it on. */
async function questionsOfStages(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: ProblemsOf,
): Promise<readonly TrainingQuestions[]> {
  const found: TrainingQuestions[] = [];
  for (const stage of stages) {
    const part = partOf(recipe, stage);
    const known = part === undefined ? undefined : await problems(part.data);
    if (part === undefined || known === undefined) continue;
    found.push({ data: part.data, key: JSON.stringify(part), questions: () => questionsIn(known, part) });
  }
  return found;
}

/** The run that a folder lies in as the model of a stage, or as one that was kept; undefined where it is no such folder. */
function placeInRun(folder: string): { readonly run: string; readonly stage: string } | undefined {
  for (let inner = resolve(folder); dirname(inner) !== inner; inner = dirname(inner)) {
    const parent = dirname(inner);
    const run = dirname(parent);
    if (['stages', KEPT_FOLDER].includes(basename(parent)) && isRun(run))
      return { run, stage: basename(inner).replace(/^\d+-/, '') };
  }
  return undefined;
}

/** The problems of a run's data that lie on this machine and can be read. */
function problemsOfRun(recipe: Recipe): ProblemsOf {
  const source = new ProblemSource(recipe);
  return async (reference) => {
    if (!isLocal(recipe, reference)) return undefined;
    try {
      return await source.list(reference);
    } catch (error) {
      if (error instanceof RltError && !(error instanceof InterruptedError)) return undefined;
      throw error;
    }
  };
}

/** The folders of the stages that left models of a recipe on a server, by the models' names in the recipe. */
export type Homes = Readonly<Record<string, string>>;

/** What a model of a recipe was trained on by the runs that left it; `seen` has those that were looked into. */
async function questionsOfRuns(
  { models }: Recipe,
  start: string | null,
  seen: readonly string[],
  homes: Homes = {},
): Promise<readonly TrainingQuestions[]> {
  const found: TrainingQuestions[] = [];
  for (const source of start === null ? [] : [models[start]?.adapter, models[start]?.source, homes[start]]) {
    const parsed = source == null ? undefined : parseModelSource(source);
    const place = parsed?.kind === 'path' ? placeInRun(parsed.path) : undefined;
    if (place === undefined || seen.includes(place.run)) continue;
    const recipe = await recipeOfRun(place.run);
    if (recipe === undefined) continue;
    const stages = stagesBehind(recipe, place.stage);
    const own = await questionsOfStages(recipe, stages, problemsOfRun(recipe));
    const called = (data: string) => `${data} of the run ${basename(place.run)}`;
    found.push(
      ...own.map((one) => ({
        ...one,
        data: called(one.data),
        key: `${place.run} ${one.key}`,
        isElsewhere: true,
      })),
      ...(await questionsOfRuns(recipe, startOf(stages, place.stage), [...seen, place.run])),
    );
  }
  return found;
}

/**
 * What a model is trained on, as far as `problems` knows it; by the runs that left the model that it starts from, too, as
 * far as their recipes and data can be read. Of the explanations of a stage, the questions of all problems that it
 * explains count: which of them it keeps is not known before it has run.
 * @param homes see `Homes`
 */
export async function trainingQuestions(
  recipe: Recipe,
  model: string,
  problems: ProblemsOf,
  homes?: Homes,
): Promise<readonly TrainingQuestions[]> {
  const stages = stagesBehind(recipe, model);
  return [
    ...(await questionsOfStages(recipe, stages, problems)),
    ...(await questionsOfRuns(recipe, startOf(stages, model), [], homes)),
  ];
}
