/** What a user should know of the references that replies are graded by. */

import { sourceName } from '../data/hub/source.js';
import type { Problem } from '../data/problem.js';
import { scanProblemFile } from '../data/problem-file.js';
import { filtered, type Sequence } from '../data/sequence.js';
import { InputError } from '../errors.js';
import { loadBenchmark } from '../evaluation/benchmarks/benchmark.js';
import { gradedProblems, readOwnProblems } from '../evaluation/benchmarks/problems.js';
import type { Benchmark } from '../evaluation/benchmarks/schema.js';
import { readSolution, type SolutionReading } from '../evaluation/graders/math/math.js';
import { excerpt } from '../evaluation/graders/verdict.js';
import { printableName } from '../printable.js';
import { inputsOf } from '../recipe/references.js';
import type { Recipe } from '../recipe/schema.js';
import { parseDataSource } from '../recipe/sources.js';
import { posed } from '../stages/graders.js';
import type { Stage, StageOf } from '../stages/index.js';
import { benchmarkIn, dataSetIn } from '../stages/settings.js';
import { isOnHub } from './inputs/artifacts.js';
import { contradictionsIn, contradictionsText } from './inputs/contradictions.js';

/** The problems of a reference as far as they are known; undefined if they have not been fetched. */
export type Problems = (reference: string) => Promise<Sequence<Problem> | undefined>;

export async function aboutReferences(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
): Promise<readonly string[]> {
  return [
    ...(await aboutAnswers(stages, problems)),
    ...(await aboutContradictions(recipe, stages, problems)),
    ...(await aboutRepeatedQuestions(stages)),
  ];
}

/** Of a data set: to grade a million would take minutes, and a column that is wrong shows in far fewer. */
const GRADED_AT_MOST = 5000;

/** At most `most` of the items, evenly spread. */
function spread<Item>(items: Sequence<Item>, most: number): readonly Item[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items.at(Math.floor((i * items.length) / most)) as Item);
}

/** Problems without an answer are graded by what their solutions say it is, as far as they do. */
async function aboutAnswers(stages: readonly Stage[], problems: Problems): Promise<readonly string[]> {
  const advice = new Map<string, string>();
  for (const stage of stages) {
    if (stage.stage !== 'evaluate' && stage.stage !== 'reinforce') continue;
    for (const { kind, name } of inputsOf(stage)) {
      if (kind !== 'problems' && kind !== 'data') continue;
      const asked = await askedIn(stage, name, problems);
      const without = filtered(
        asked?.problems ?? [],
        ({ answer, numbers }) => answer === undefined && numbers === undefined,
      );
      if (asked === undefined || without.length === 0) continue;
      const looked = spread(without, GRADED_AT_MOST).filter((problem) => isReadFromSolution(problem, asked.grader));
      if (looked.length === 0) continue;
      const part = looked.length === without.length ? '' : ` (${looked.length} were looked at)`;
      advice.set(
        asked.label,
        `${without.length} of ${asked.problems.length} problems of ${asked.label} have no "answer", so ${stage.name} reads it from their solutions${part}: ${howText(looked)}`,
      );
    }
  }
  return [...advice.values()];
}

interface Asked {
  /** What messages call the problems. */
  readonly label: string;
  readonly problems: Sequence<Problem>;
  readonly grader: Parameters<typeof posed>[0];
}

/** The problems of a stage: of a data set, or a file of the user's own that is asked as a benchmark is. */
async function askedIn(
  stage: StageOf<'evaluate'> | StageOf<'reinforce'>,
  name: string,
  problems: Problems,
): Promise<Asked | undefined> {
  const benchmark = benchmarkIn(name);
  if (benchmark === undefined || stage.stage === 'reinforce') {
    const found = await problems(name);
    return found === undefined ? undefined : { label: name, problems: found, grader: stage.grader };
  }
  const loaded = await loadBenchmark(benchmark);
  const source = ownFileOf(stage, loaded);
  if (source === undefined) return undefined;
  const grader = stage.grader === 'auto' ? loaded.grader : stage.grader;
  const limit = stage.limit === null ? {} : { limit: stage.limit };
  const { problems: read } = await gradedProblems(loaded, { problems: source, grader, ...limit, ...columnsIn(stage) });
  return { label: sourceName(source), problems: read.map(({ problem }) => problem), grader };
}

const columnsIn = ({ columns }: StageOf<'evaluate'>) => (columns === undefined ? {} : { columns });

/** The user's own file that is asked as a benchmark is. */
function ownFileOf(stage: StageOf<'evaluate'>, benchmark: Benchmark): string | undefined {
  const source = stage.source ?? benchmark.source;
  return typeof source !== 'string' || isOnHub(source) ? undefined : source;
}

/** Of files of the user's own that are asked as a benchmark is; a run says it of its data sets where it describes them. */
async function aboutRepeatedQuestions(stages: readonly Stage[]): Promise<readonly string[]> {
  const advice: string[] = [];
  for (const stage of stages) {
    if (stage.stage !== 'evaluate') continue;
    for (const reference of Object.values(stage.problems)) {
      const name = benchmarkIn(reference);
      const benchmark = name === undefined ? undefined : await loadBenchmark(name);
      const source = benchmark === undefined ? undefined : ownFileOf(stage, benchmark);
      // Where columns are named, every row is a problem with an id of its own.
      if (benchmark === undefined || source === undefined || benchmark.columns !== undefined) continue;
      const { adapter } = benchmark;
      const problems =
        stage.source === null
          ? (await scanProblemFile(source, { adapter, needs: 'answers' })).problems
          : await readOwnProblems(source, columnsIn(stage));
      const contradictions = contradictionsIn(problems);
      if (contradictions !== undefined) advice.push(`${sourceName(source)}: ${contradictionsText(contradictions)}.`);
    }
  }
  return advice;
}

/** After the number of solutions, one or several. */
const SAID: Readonly<Record<Exclude<SolutionReading['how'], 'text'>, readonly [one: string, several: string]>> = {
  alone: ['is nothing but the answer', 'are nothing but the answer'],
  boxed: ['has it in a box', 'have it in a box'],
  stated: ['states it ("the answer is", "####")', 'state it ("the answer is", "####")'],
  result: ['ends with it, as its result or last number', 'end with it, as their result or last number'],
};

/** Solutions that are quoted. */
const MOST_QUOTED = 3;

/** `12 have it in a box, 1 states it`: how the answers are read, and which solutions give none that can be read. */
function howText(problems: readonly Problem[]): string {
  const counts = new Map<SolutionReading['how'], number>();
  const unread: string[] = [];
  for (const { solution } of problems) {
    const { how } = readSolution(solution);
    counts.set(how, (counts.get(how) ?? 0) + 1);
    if (how === 'text' && unread.length < MOST_QUOTED) unread.push(`"${printableName(excerpt(solution))}"`);
  }
  const said = (Object.keys(SAID) as (keyof typeof SAID)[]).flatMap((how) => {
    const count = counts.get(how) ?? 0;
    return count === 0 ? [] : [`${count} ${SAID[how][count === 1 ? 0 : 1]}`];
  });
  const none = counts.get('text') ?? 0;
  if (none === 0) return `${said.join(', ')}.`;
  const [gives, there] = none === 1 ? ['gives none', 'it'] : ['give none', 'these'];
  const such = none > unread.length ? 'such as ' : '';
  const rest = `${none} ${gives} that can be read: ${such}${unread.join(', ')}. A reply to ${there} is right only if it is the same text; add "answer" there.`;
  return [...said, rest].join(', ');
}

/** Whether a grader reads the answer of a problem in its solution; the check of the stage refuses what cannot be graded. */
function isReadFromSolution(problem: Problem, setting: Asked['grader']): boolean {
  try {
    return ['math', 'integer'].includes(posed(setting, problem).grader.name);
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Answers beside solutions that state another answer: one of the two columns is probably wrong. */
async function aboutContradictions(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
): Promise<readonly string[]> {
  const graded = recipe.stages.flatMap((stage) =>
    stage.stage === 'evaluate' || stage.stage === 'reinforce' ? [stage.grader] : [],
  );
  const [grader] = graded;
  if (grader === undefined) return [];
  const references = new Set(
    stages.flatMap((stage) =>
      inputsOf(stage).flatMap(({ kind, name }) =>
        (kind === 'problems' || kind === 'data') && benchmarkIn(name) === undefined ? [name] : [],
      ),
    ),
  );
  const found = new Map<string, { of: string[]; rows: number; answered: number; contradictions: string[] }>();
  for (const reference of references) {
    const { name } = dataSetIn(reference);
    const settings = recipe.data[name];
    if (settings === undefined || parseDataSource(settings.source).kind !== 'records') continue;
    const counted = found.get(name) ?? { of: [], rows: 0, answered: 0, contradictions: [] };
    found.set(name, counted);
    counted.of.push(reference);
    const answered = filtered((await problems(reference)) ?? [], ({ answer }) => answer !== undefined);
    counted.answered += answered.length;
    for (const problem of spread(answered, GRADED_AT_MOST)) {
      counted.rows++;
      const contradiction = contradictionIn(problem, grader);
      if (contradiction !== undefined) counted.contradictions.push(contradiction);
    }
  }
  return [...found.values()].flatMap(({ of: parts, rows, answered, contradictions }) => {
    const [example] = contradictions;
    const counted = `problems of ${parts.toSorted().join(' and ')} with an answer`;
    const of = rows === answered ? `${rows} ${counted}` : `${rows} looked at among the ${answered} ${counted}`;
    return example === undefined
      ? []
      : [
          `${contradictions.length} of ${of} have a solution that states another one, for example ${example}. Replies are graded by the answer.`,
        ];
  });
}

/** `the problem 7: answer 1, but 26 in its solution`, if the solution states another answer than the problem has. */
function contradictionIn(problem: Problem, setting: Parameters<typeof posed>[0]): string | undefined {
  const { id, answer = '', solution } = problem;
  try {
    const { grader, gold } = posed(setting, problem);
    const { verdict, reason, answer: read = '' } = grader.grade(gold, solution);
    // The last number of a text that states no answer may be any step of it.
    if (verdict !== 'wrong' || (grader.name === 'math' && !/\((?:boxed|stated)\)/.test(reason))) return undefined;
    return printableName(`the problem ${id}: answer ${excerpt(answer)}, but ${excerpt(read)} in its solution`);
  } catch (error) {
    // The check of the stage refuses what cannot be graded.
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
