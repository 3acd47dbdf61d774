/** What a user should know of the rows of a data set: traces that are few or none, solutions that repeat their question or cannot be read. */
import { type Problem, questionKey } from '../../data/problem.js';
import { filtered, type Sequence } from '../../data/sequences/sequence.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { printableName } from '../../printable.js';
import { formatOf, type Recipe } from '../../recipe/schema.js';
import { parseDataSource } from '../../recipe/sources.js';
import { dataSetIn } from '../../stages/definition/settings.js';
import type { Stage } from '../../stages/index.js';
import { mostReadOf, type Problems } from './reference-advice.js';

/** Fewer traces teach a model these texts, not how to explain. */
const FEWEST_TRACES = 10;
/** So many equal traces of at most so many characters, and such a share of all, stand for something else than a thought, such as `n/a`. */
const FEWEST_EQUAL = 5;
const SHARE_EQUAL = 0.1;
const SHORT_TRACE = 20;

export async function aboutRows(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
): Promise<readonly string[]> {
  const advice: string[] = [];
  for (const [reference, learners] of learnersOf(recipe, stages)) {
    const found = await problems(reference);
    if (found !== undefined) advice.push(...aboutTraces(reference, learners, found));
  }
  const end = formatOf(recipe).student.solution?.close;
  for (const { name: reference } of mostReadOf(recipe, stages)) {
    const found = (await problems(reference)) ?? [];
    const cut = end === undefined ? 0 : filtered(found, ({ solution }) => solution.includes(end)).length;
    if (cut > 0)
      advice.push(
        `warning: ${cut} of ${found.length} solutions of ${reference} ${cut === 1 ? 'holds' : 'hold'} ${end}, the tag that ends a solution: a reply is read up to it, and so is never the whole of such a solution. Write it otherwise, or choose another format.`,
      );
    const echoes = filtered(found, ({ question, solution }) => questionKey(question) === questionKey(solution)).length;
    if (echoes > 0)
      advice.push(
        `warning: the solution of ${echoes} of ${found.length} problems of ${reference} is the question itself; nothing can be learnt from ${echoes === 1 ? 'it' : 'them'}.`,
      );
  }
  return advice;
}

/** The stages, by their names, that learn from the traces of a data set that is a file. */
function learnersOf(recipe: Recipe, stages: readonly Stage[]): ReadonlyMap<string, readonly string[]> {
  const learners = new Map<string, string[]>();
  for (const stage of stages) {
    const reference =
      stage.stage === 'warm-up'
        ? stage.data
        : stage.stage === 'distill' && stage.learn !== 'solution'
          ? stage.traces
          : undefined;
    const settings = reference === undefined ? undefined : recipe.data[dataSetIn(reference).name];
    if (reference === undefined || settings === undefined || parseDataSource(settings.source).kind !== 'records')
      continue;
    learners.set(reference, [...(learners.get(reference) ?? []), stage.name]);
  }
  return learners;
}

function aboutTraces(reference: string, learners: readonly string[], found: Sequence<Problem>): readonly string[] {
  let traced = 0;
  let traces = 0;
  const short = new Map<string, number>();
  for (const { reasoningTraces = [] } of found) {
    traced += reasoningTraces.length > 0 ? 1 : 0;
    traces += reasoningTraces.length;
    for (const trace of reasoningTraces)
      if (trace.length <= SHORT_TRACE) short.set(trace.trim(), (short.get(trace.trim()) ?? 0) + 1);
  }
  const [placeholder = '', count = 0] = [...short].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
  if (count >= FEWEST_EQUAL && count >= SHARE_EQUAL * traces)
    return [
      `warning: ${count} of ${traces} traces of ${reference} are "${printableName(excerpt(placeholder))}". Leave the trace of a problem that has none empty.`,
    ];
  if (traced === 0 || traced >= FEWEST_TRACES || 2 * traced > found.length) return [];
  const [has, it] = traced === 1 ? ['has a trace', 'it'] : ['have traces', 'these'];
  return [
    `warning: only ${traced} of ${found.length} problems of ${reference} ${has}, and ${learners.join(' and ')} learn${learners.length === 1 ? 's' : ''} from ${it} alone. Write more, or leave ${it} out: where a recipe has examples, it takes those then.`,
  ];
}
