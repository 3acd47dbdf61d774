/** What a user should know of the references that replies are graded by. */
import { sourceName } from '../../data/hub/source.js';
import type { Problem } from '../../data/problem.js';
import { scanProblemFile } from '../../data/problem-file.js';
import { filtered } from '../../data/sequences/sequence.js';
import { InputError } from '../../errors.js';
import { listsOptions, WITH_LETTER } from '../../evaluation/answers/multiple-choice.js';
import { loadBenchmark } from '../../evaluation/benchmarks/benchmark.js';
import { readOwnProblems } from '../../evaluation/benchmarks/problems.js';
import { mathGrader, readMathAnswer, readSolution, type SolutionReading } from '../../evaluation/graders/math/math.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { namesText, printableName } from '../../printable.js';
import { usesOf } from '../../recipe/references.js';
import type { Recipe } from '../../recipe/schema.js';
import { benchmarkIn } from '../../stages/definition/settings.js';
import { posed } from '../../stages/graders.js';
import type { Stage } from '../../stages/index.js';
import { contradictionsIn, contradictionsText } from '../inputs/contradictions.js';
import { misreadIn, misreadText } from '../inputs/misread.js';
import { type Asked, askedIn, columnsIn, GRADED_AT_MOST, ownFileOf, type Problems, spread } from './asked.js';
import { aboutContradictions } from './own-grades.js';

export async function aboutReferences(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
): Promise<readonly string[]> {
  const asked = await askedBy(stages, problems);
  return [
    ...aboutAnswers(asked),
    ...aboutDecimalCommas(asked),
    ...(await aboutContradictions(recipe, stages, problems)),
    ...(await aboutOwnRows(stages)),
  ];
}

/** What a stage, by its name, asks and grades. */
interface AskedBy {
  readonly stage: string;
  readonly asked: Asked;
}

async function askedBy(stages: readonly Stage[], problems: Problems): Promise<readonly AskedBy[]> {
  const found: AskedBy[] = [];
  for (const stage of stages) {
    if (stage.stage !== 'evaluate' && stage.stage !== 'reinforce') continue;
    for (const use of usesOf(stage)) {
      if (use.kind !== 'problems' && use.kind !== 'data') continue;
      const asked = await askedIn(stage, use, problems);
      if (asked !== undefined) found.push({ stage: stage.name, asked });
    }
  }
  return found;
}

/** Problems without an answer are graded by what their solutions say it is, as far as they do. */
function aboutAnswers(all: readonly AskedBy[]): readonly string[] {
  /** Stages that read the same of the same problems, by what is told of them. */
  const advice = new Map<string, string[]>();
  for (const { stage, asked } of all) {
    const without = filtered(asked.problems, ({ answer, numbers }) => answer === undefined && numbers === undefined);
    if (without.length === 0) continue;
    const looked = spread(without, GRADED_AT_MOST).filter(({ item }) => isReadFromSolution(item, asked.grader));
    if (looked.length === 0) continue;
    const part = looked.length === without.length ? '' : ` (${looked.length} were looked at)`;
    const told = `${without.length} of ${asked.text} have no "answer", so # it from their solutions${part}: ${howText(looked.map(({ item }) => item))}${optionsText(looked.map(({ item }) => item))}`;
    advice.set(told, [...(advice.get(told) ?? []), stage]);
  }
  return [...advice].map(([told, names]) => {
    const readers = [...new Set(names)];
    return told.replace('#', () => `${namesText(readers)} ${readers.length === 1 ? 'reads' : 'read'}`);
  });
}

/** One answer alone may be a list. */
const FEWEST_COMMAS = 2;

/** What is a decimal in many countries, and a list of two numbers to the grader. */
function aboutDecimalCommas(all: readonly AskedBy[]): readonly string[] {
  const advice = new Set<string>();
  for (const { asked } of all) {
    if (asked.grader !== 'auto' && asked.grader !== 'math') continue;
    const answers = spread(asked.problems, GRADED_AT_MOST).flatMap(({ item: { answer } }) =>
      answer !== undefined && isReadAsList(answer.trim()) ? [answer.trim()] : [],
    );
    const [example = ''] = answers;
    if (answers.length < FEWEST_COMMAS) continue;
    advice.add(
      `warning: ${answers.length} answers of ${asked.label}, such as "${printableName(example)}", are graded as lists of two numbers. If they are decimals, write them with a point: ${printableName(example.replace(',', '.'))}.`,
    );
  }
  return [...advice];
}

const isReadAsList = (answer: string): boolean =>
  /^-?\d+,\d{1,2}$/.test(answer) && mathGrader.grade(answer, answer.replace(',', '.')).verdict === 'wrong';

/** What of questions that list options is read as a number or a text. */
function optionsText(problems: readonly Problem[]): string {
  const listing = problems.filter(({ question }) => listsOptions(question)).length;
  return listing === 0
    ? ''
    : ` ${listing} of these questions ${listing === 1 ? 'lists' : 'list'} options: ${WITH_LETTER}.`;
}

/**
 * Of files of the user's own that are asked as a benchmark is: questions with several answers, and text that was misread. A run
 * says it of its data sets where it describes them.
 */
async function aboutOwnRows(stages: readonly Stage[]): Promise<readonly string[]> {
  const advice = new Set<string>();
  for (const stage of stages) {
    if (stage.stage !== 'evaluate') continue;
    for (const reference of Object.values(stage.problems)) {
      const name = benchmarkIn(reference);
      const benchmark = name === undefined ? undefined : await loadBenchmark(name);
      const source = benchmark === undefined ? undefined : ownFileOf(stage, benchmark);
      // Where columns are named, every row is a problem with an id of its own.
      if (benchmark === undefined || source === undefined || benchmark.columns !== undefined) continue;
      const { adapter } = benchmark;
      const { limit } = stage;
      const { problems } =
        stage.source === null
          ? await scanProblemFile(source, { adapter, needs: 'answers', ...(limit === null ? {} : { first: limit }) })
          : await readOwnProblems(source, { ...columnsIn(stage), ...(limit === null ? {} : { limit }) });
      const contradictions = await contradictionsIn(problems);
      if (contradictions !== undefined) advice.add(`${sourceName(source)}: ${contradictionsText(contradictions)}.`);
      const misread = await misreadIn(problems);
      if (misread !== undefined) advice.add(`warning: ${misreadText(sourceName(source), misread)}`);
    }
  }
  return [...advice];
}

/** After the number of solutions, one or several. */
const SAID: Readonly<Record<Exclude<SolutionReading['how'], 'text'>, readonly [one: string, several: string]>> = {
  alone: ['is taken as a whole', 'are taken as a whole'],
  boxed: ['has it in a box', 'have it in a box'],
  stated: ['states it ("the answer is", "####")', 'state it ("the answer is", "####")'],
  result: ['ends with it, as its result or last number', 'end with it, as their result or last number'],
};

/** Solutions that are quoted. */
const MOST_QUOTED = 3;

/** Share of solutions that give no answer from which on a person should see what is read in one of the others. */
const NEARLY_ALL = 0.9;

/** `12 have it in a box, 1 states it`: how the answers are read, and which solutions give none that can be read. */
function howText(problems: readonly Problem[]): string {
  const counts = new Map<SolutionReading['how'], number>();
  const unread: string[] = [];
  let example = '';
  for (const { solution } of problems) {
    const { how, reference } = readSolution(solution);
    counts.set(how, (counts.get(how) ?? 0) + 1);
    if (how !== 'text' && example === '') example = exampleText(solution, reference);
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
  if (said.length > 0 && none >= NEARLY_ALL * problems.length) said[said.length - 1] += ` (${example})`;
  return [...said, rest].join(', ');
}

/** What is read in a solution that gives an answer, for a person to see whether it is one. */
function exampleText(solution: string, reference: string): string {
  const answer = readMathAnswer(reference, 'reference')?.text ?? reference;
  return `such as "${printableName(excerpt(answer))}" in "${printableName(excerpt(solution))}"`;
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
