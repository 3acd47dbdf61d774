/** What a user should know of the rows of a data set: traces that are few or none, solutions that repeat their question or cannot be read. */
import { type Problem, questionKey } from '../../data/problem.js';
import type { Sequence } from '../../data/sequences/sequence.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { printableName } from '../../printable.js';
import { isRead, learnerIn } from '../../recipe/learners.js';
import { formatOf, type Recipe } from '../../recipe/schema.js';
import { dataSetIn } from '../../stages/definition/settings.js';
import type { Stage } from '../../stages/index.js';
import { eachInTurns } from '../../stopping.js';
import { mostReadOf, type Problems } from './asked.js';

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
  /** The stages, by their names, that learn from the traces of a data set that is a file. */
  const learners = new Map<string, string[]>();
  for (const { stage, data } of stages.flatMap((stage) => learnerIn(recipe, stage) ?? []))
    if (isRead(recipe, dataSetIn(data).name)) learners.set(data, [...(learners.get(data) ?? []), stage.name]);
  const read = new Set(mostReadOf(recipe, stages).map(({ name }) => name));
  const end = formatOf(recipe).student.solution?.close;
  const advice: string[] = [];
  for (const reference of new Set([...learners.keys(), ...read])) {
    const found = await problems(reference);
    if (found === undefined) continue;
    const rows = await countsOf(reference, found, end);
    const names = learners.get(reference);
    if (names !== undefined) advice.push(...aboutTraces(reference, rows, names));
    if (read.has(reference)) advice.push(...aboutSolutions(reference, rows, end));
  }
  return advice;
}

/** What is counted of the rows of a data set. */
interface Counts {
  rows: number;
  /** Rows that have a trace. */
  traced: number;
  traces: number;
  /** How often each short trace is there. */
  readonly short: Map<string, number>;
  /** Solutions that are their question. */
  echoes: number;
  /** Solutions that hold the tag which ends them. */
  cut: number;
}

async function countsOf(reference: string, found: Sequence<Problem>, end: string | undefined): Promise<Counts> {
  const counts: Counts = { rows: 0, traced: 0, traces: 0, short: new Map(), echoes: 0, cut: 0 };
  await eachInTurns(found, `looking at the rows of ${reference}`, ({ question, solution, reasoningTraces = [] }) => {
    counts.rows++;
    if (reasoningTraces.length > 0) counts.traced++;
    counts.traces += reasoningTraces.length;
    for (const trace of reasoningTraces)
      if (trace.length <= SHORT_TRACE) counts.short.set(trace.trim(), (counts.short.get(trace.trim()) ?? 0) + 1);
    if (questionKey(question) === questionKey(solution)) counts.echoes++;
    if (end !== undefined && solution.includes(end)) counts.cut++;
  });
  return counts;
}

function aboutTraces(reference: string, counts: Counts, learners: readonly string[]): readonly string[] {
  const { rows, traced, traces, short } = counts;
  const [placeholder = '', count = 0] = [...short].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
  if (count >= FEWEST_EQUAL && count >= SHARE_EQUAL * traces)
    return [
      `warning: ${count} of ${traces} traces of ${reference} are "${printableName(excerpt(placeholder))}". Leave the trace of a problem that has none empty.`,
    ];
  if (traced === 0 || traced >= FEWEST_TRACES || 2 * traced > rows) return [];
  const [has, it] = traced === 1 ? ['has a trace', 'it'] : ['have traces', 'these'];
  return [
    `warning: only ${traced} of ${rows} problems of ${reference} ${has}, and ${learners.join(' and ')} learn${learners.length === 1 ? 's' : ''} from ${it} alone. Write more, or leave ${it} out: where a recipe has examples, it takes those then.`,
  ];
}

function aboutSolutions(reference: string, { rows, echoes, cut }: Counts, end: string | undefined): readonly string[] {
  return [
    ...(cut === 0
      ? []
      : [
          `warning: ${cut} of ${rows} solutions of ${reference} ${cut === 1 ? 'holds' : 'hold'} ${end}, the tag that ends a solution: a reply is read up to it, and so is never the whole of such a solution. Write it otherwise, or choose another format.`,
        ]),
    ...(echoes === 0
      ? []
      : [
          `warning: the solution of ${echoes} of ${rows} problems of ${reference} is the question itself; nothing can be learnt from ${echoes === 1 ? 'it' : 'them'}.`,
        ]),
  ];
}
