/** The questions that a model of a recipe is trained on, by the stages that lead to it. */
import type { Problem } from '../../data/problem.js';
import type { Sequence } from '../../data/sequence.js';
import { trainedBy } from '../../recipe/engines.js';
import type { Recipe } from '../../recipe/schema.js';
import type { Stage } from '../../stages/index.js';
import type { TrainingQuestions } from '../../stages/trained-on.js';

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

/**
 * What a model is trained on, as far as `problems` knows it. Of the explanations of a stage, the questions of all
 * problems that it explains count: which of them it keeps is not known before it has run.
 */
export async function trainingQuestions(
  recipe: Recipe,
  model: string,
  problems: (reference: string) => Promise<Sequence<Problem> | undefined>,
): Promise<readonly TrainingQuestions[]> {
  const found: TrainingQuestions[] = [];
  for (const stage of stagesBehind(recipe, model)) {
    const part = partOf(recipe, stage);
    const known = part === undefined ? undefined : await problems(part.data);
    if (part === undefined || known === undefined) continue;
    found.push({ data: part.data, key: JSON.stringify(part), questions: () => questionsIn(known, part) });
  }
  return found;
}
