/** What a plan needs to know of a recipe's data on this machine: the number of problems and their lengths. */
import type { Problem } from '../../data/problem.js';
import type { Sequence } from '../../data/sequences/sequence.js';
import { InterruptedError, RltError } from '../../errors.js';
import { mean, median } from '../../method/statistics.js';
import type { KnownData, MeasuredLengths } from '../../recipe/plan.js';
import { dataSetsBehind, inputsOf } from '../../recipe/references.js';
import { formatOf, type Recipe } from '../../recipe/schema.js';
import { parseModelSource } from '../../recipe/sources.js';
import { largestLengths } from '../../stages/definition/plan.js';
import { localBenchmarks } from '../../stages/evaluation-problems.js';
import { type Layouts, layoutsOf } from '../../stages/layouts.js';
import { eachInTurns } from '../../stopping.js';
import { beginningOf } from '../../text/far-longer.js';
import { studentSystemPrompt, teacherSystemPrompt } from '../../text/formats.js';
import { isOnHub } from './artifacts.js';
import type { DataFacts } from './data-facts.js';
import type { HubFiles } from './known-models.js';
import { modelOf } from './models.js';
import { ProblemSource } from './problems.js';

/** Number of problems from which the mean lengths of a data set are estimated. */
const PROBLEMS_MEASURED = 64;

export interface DataOnThisMachine {
  readonly known: ReadonlyMap<string, KnownData>;
  /** What was found in each data set that was read, by its key under `data`. */
  readonly facts: ReadonlyMap<string, DataFacts>;
  /** Why data could not be read, by field; a run would be refused for the same reasons. */
  readonly problems: ReadonlyMap<string, RltError>;
}

/**
 * Reads every data set that stages use, those of the hub where they were fetched. Lengths are in tokens of the first model that is on
 * this machine, else estimated from bytes.
 */
export async function dataOnThisMachine(
  recipe: Recipe,
  source = new ProblemSource(recipe),
  /** Whether data sets of the hub are on this machine. */
  hub: HubFiles = 'absent',
): Promise<DataOnThisMachine> {
  const problems = new Map<string, RltError>();
  const attempt = async <Result>(field: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RltError) || error instanceof InterruptedError) throw error;
      problems.set(field, error);
      return undefined;
    }
  };
  const [name, model] =
    Object.entries(recipe.models).find(
      ([, { source }]) => hub === 'fetched' || parseModelSource(source).kind !== 'hub',
    ) ?? [];
  const layouts =
    model === undefined
      ? undefined
      : await attempt(`models.${name}.source`, async () =>
          layoutsOf(await modelOf(model), formatOf(recipe), recipe.prompts),
        );
  const lengthsOf = (some: readonly Problem[]): MeasuredLengths =>
    layouts === undefined ? lengthsInBytes(some, recipe) : lengthsIn(some, layouts);
  const facts = new Map<string, DataFacts>();
  const known = new Map<string, KnownData>();
  const references = new Set(recipe.stages.flatMap((stage) => inputsOf(stage).map((input) => input.name)));
  for (const reference of references) {
    const [set, ...others] = dataSetsBehind(recipe.data, reference);
    const behind = [set, ...others].map((name) => (name === undefined ? undefined : recipe.data[name]));
    if (behind.some((settings) => settings === undefined || (hub === 'absent' && isOnHub(settings.source)))) continue;
    const found = await attempt(`data.${set}`, () => source.list(reference));
    if (found === undefined) continue;
    const { traced, traces: own } = await source.counts(reference);
    // A problem without a trace counts as one with an empty explanation.
    const traces = own + found.length - traced;
    known.set(reference, { ...(await measuredIn(found, lengthsOf)), traces });
    if (set !== undefined) facts.set(set, await source.facts(set));
  }
  for (const stage of recipe.stages) {
    if (stage.stage !== 'evaluate') continue;
    const found = (await attempt(`stages.${stage.name}`, () => localBenchmarks(stage))) ?? [];
    for (const [key, asked] of found) known.set(key, await measuredIn(asked, lengthsOf));
  }
  return { known, problems, facts };
}

/** How many problems there are, and how long: the mean of the first, and the longest. */
async function measuredIn(
  found: Sequence<Problem>,
  lengthsOf: (some: readonly Problem[]) => MeasuredLengths,
): Promise<KnownData> {
  const measured = [...found.slice(0, PROBLEMS_MEASURED)];
  const lengths = {
    ...lengthsOf(measured),
    ...(measured.length < found.length ? { measured: measured.length } : {}),
  };
  const sizes = await sizesOf(found);
  const longest = largestLengths(longestAmong(found, sizes).map((one) => lengthsOf([one])));
  const characters = sizes.reduce((total, size) => total + size, 0);
  return { count: found.length, lengths, longest, characters };
}

/** Problems whose texts have the most characters; how many tokens these are may order them another way. */
const LONGEST_MEASURED = 8;

const charactersOf = ({ question, solution, reasoningTraces = [] }: Problem): number =>
  question.length + solution.length + Math.max(0, ...reasoningTraces.map(({ length }) => length));

/** Characters of each problem. */
async function sizesOf(problems: Sequence<Problem>): Promise<Float64Array> {
  const characters = new Float64Array(problems.length);
  await eachInTurns(problems, 'measuring problems', (problem, index) => {
    characters[index] = charactersOf(problem);
  });
  return characters;
}

function longestAmong(problems: Sequence<Problem>, characters: Float64Array): readonly Problem[] {
  const of = (problem: number): number => characters[problem] as number;
  // A text that stages leave out as too long does not stand for those that they keep.
  const most = OUTLYING * median(characters);
  const kept = Uint32Array.from(characters, (_, problem) => problem)
    .filter((problem) => most === 0 || of(problem) <= most)
    .sort((a, b) => of(b) - of(a) || a - b);
  return [...kept.subarray(0, LONGEST_MEASURED)].map((problem) => problems.at(problem) as Problem);
}

/** Longer texts, of some ten thousand tokens, are measured by their beginning. */
const MOST_CHARACTERS = 100_000;

/** How many tokens a text has beyond those of its beginning, if that goes on as it began. */
function tokensBeyond(text: string, tokensOf: (text: string) => number): number {
  return text.length <= MOST_CHARACTERS
    ? 0
    : tokensOf(beginningOf(text, MOST_CHARACTERS)) * (text.length / MOST_CHARACTERS - 1);
}

/** Lengths beyond this many times the median are taken for it. */
const OUTLYING = 8;

/** The mean length; a single text of a megabyte, which stages leave out, does not stand for all. */
function typicalLength(lengths: readonly number[]): number {
  const most = OUTLYING * median(lengths);
  return mean(most === 0 ? lengths : lengths.map((length) => Math.min(length, most)));
}

const meanOver = (problems: readonly Problem[], length: (problem: Problem) => number): number =>
  typicalLength(problems.map(length));

/** How long explanations are: as the traces of the problems that have some, else as question and solution together. */
function explanationLength(
  problems: readonly Problem[],
  length: (text: string) => number,
): Pick<MeasuredLengths, 'explanation' | 'explanationsAs'> {
  const traces = problems.flatMap(({ reasoningTraces = [] }) => reasoningTraces);
  return traces.length > 0
    ? { explanation: typicalLength(traces.map(length)), explanationsAs: 'traces' }
    : {
        explanation: meanOver(problems, ({ question, solution }) => length(question) + length(solution)),
        explanationsAs: 'question and solution',
      };
}

function lengthsIn(problems: readonly Problem[], { teacher, student, tokenizer }: Layouts): MeasuredLengths {
  const tokensOf = (text: string): number => tokenizer.encode(text).length;
  const begins = (text: string): string => beginningOf(text, MOST_CHARACTERS);
  const beyond = (text: string): number => tokensBeyond(text, tokensOf);
  const studentPrompt = meanOver(
    problems,
    ({ question }) => student.prompt(begins(question)).length + beyond(question),
  );
  return {
    teacherPrompt: meanOver(
      problems,
      ({ question, solution }) =>
        teacher.prompt(begins(question), begins(solution)).length + beyond(question) + beyond(solution),
    ),
    studentPrompt,
    ...explanationLength(problems, (text) => tokensOf(begins(text)) + beyond(text)),
    solution:
      meanOver(
        problems,
        ({ question, solution }) =>
          student.solutionOnly(begins(question), begins(solution)).ids.length + beyond(question) + beyond(solution),
      ) - studentPrompt,
    unit: 'tokens',
  };
}

/** Of the tokenizers of SmolLM2, Qwen and Llama 3 on GSM8K, MATH and English prose: 3.1 to 4.4. */
const BYTES_PER_TOKEN = 3.5;

/** Tags and turns are left aside: they are few beside the system message. */
function lengthsInBytes(problems: readonly Problem[], recipe: Recipe): MeasuredLengths {
  const format = formatOf(recipe);
  const length = (text: string): number => Buffer.byteLength(text) / BYTES_PER_TOKEN;
  const system = {
    teacher: length(recipe.prompts.teacher ?? teacherSystemPrompt(format)),
    student: length(recipe.prompts.student ?? studentSystemPrompt(format)),
  };
  return {
    teacherPrompt: system.teacher + meanOver(problems, ({ question, solution }) => length(question) + length(solution)),
    studentPrompt: system.student + meanOver(problems, ({ question }) => length(question)),
    ...explanationLength(problems, length),
    solution: meanOver(problems, ({ solution }) => length(solution)),
    unit: 'bytes',
  };
}
