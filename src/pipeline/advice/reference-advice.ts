/** What a user should know of the references that replies are graded by. */

import { sourceName } from '../../data/hub/source.js';
import type { Problem } from '../../data/problem.js';
import { scanProblemFile } from '../../data/problem-file.js';
import {
  filtered,
  firstOf,
  type ItemPlace,
  Lazy,
  mapped,
  placeOf,
  type Sequence,
} from '../../data/sequences/sequence.js';
import { InputError } from '../../errors.js';
import { listsOptions, WITH_LETTER } from '../../evaluation/answers/multiple-choice.js';
import { placesText, someOf } from '../../evaluation/answers/results.js';
import { loadBenchmark } from '../../evaluation/benchmarks/benchmark.js';
import { gradedProblems, readOwnProblems } from '../../evaluation/benchmarks/problems.js';
import type { Benchmark } from '../../evaluation/benchmarks/schema.js';
import { mathGrader, readMathAnswer, readSolution, type SolutionReading } from '../../evaluation/graders/math/math.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { namesText, printableName } from '../../printable.js';
import { type Use, usesOf } from '../../recipe/references.js';
import type { Recipe } from '../../recipe/schema.js';
import { parseDataSource } from '../../recipe/sources.js';
import { benchmarkIn, dataSetIn } from '../../stages/definition/settings.js';
import { posed } from '../../stages/graders.js';
import type { Stage, StageOf } from '../../stages/index.js';
import { eachInTurns } from '../../stopping.js';
import { isOnHub } from '../inputs/artifacts.js';
import { contradictionsIn, contradictionsText } from '../inputs/contradictions.js';
import { misreadIn, misreadText } from '../inputs/misread.js';

/** The problems of a reference as far as they are known; undefined if they have not been fetched. */
export type Problems = (reference: string) => Promise<Sequence<Problem> | undefined>;

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

/** Of a data set: to grade a million would take minutes, and a column that is wrong shows in far fewer. */
const GRADED_AT_MOST = 5000;

/** At most `most` of the items, evenly spread. */
function spread<Item>(
  items: Sequence<Item>,
  most: number,
): readonly { readonly item: Item; readonly place: ItemPlace }[] {
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, i) => {
    const index = items.length <= most ? i : Math.floor((i * items.length) / most);
    return { item: items.at(index) as Item, place: placeOf(items, index) };
  });
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

interface Asked {
  /** What messages call the problems. */
  readonly label: string;
  /** How many there are, for messages: `the first 10 problems of train`. */
  readonly text: string;
  readonly problems: Sequence<Problem>;
  readonly grader: Parameters<typeof posed>[0];
}

/** The problems of a stage: of a data set, or a file of the user's own that is asked as a benchmark is. */
async function askedIn(
  stage: StageOf<'evaluate'> | StageOf<'reinforce'>,
  { name, limit }: Pick<Use, 'name' | 'limit'>,
  problems: Problems,
): Promise<Asked | undefined> {
  const benchmark = benchmarkIn(name);
  if (benchmark === undefined || stage.stage === 'reinforce') {
    const all = await problems(name);
    if (all === undefined) return undefined;
    const found = firstOf(all, limit);
    const first = found.length < all.length ? 'the first ' : '';
    return { label: name, text: `${first}${found.length} problems of ${name}`, problems: found, grader: stage.grader };
  }
  const loaded = await loadBenchmark(benchmark);
  const source = ownFileOf(stage, loaded);
  if (source === undefined) return undefined;
  const grader = stage.grader === 'auto' ? loaded.grader : stage.grader;
  const first = limit === null ? {} : { limit };
  const { problems: read } = await gradedProblems(loaded, { problems: source, grader, ...first, ...columnsIn(stage) });
  const label = sourceName(source);
  const text = `${limit === null || read.length < limit ? '' : 'the first '}${read.length} problems of ${label}`;
  return { label, text, problems: mapped(read, ({ problem }) => problem), grader };
}

const columnsIn = ({ columns }: StageOf<'evaluate'>) => (columns === undefined ? {} : { columns });

/** The user's own file that is asked as a benchmark is. */
function ownFileOf(stage: StageOf<'evaluate'>, benchmark: Benchmark): string | undefined {
  const source = stage.source ?? benchmark.source;
  return typeof source !== 'string' || isOnHub(source) ? undefined : source;
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
  alone: ['is nothing but the answer', 'are nothing but the answer'],
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

/** Problems whose answers are compared with their solutions: those of a data set, or of a file that is asked as a benchmark is. */
interface Compared {
  /** The parts of a data set, or the file. */
  readonly of: Set<string>;
  readonly grader: Asked['grader'];
  answered: number;
  looked: number;
  readonly contradictions: Told[];
  /** Short solutions that hold the answer, and would be graded as wrong themselves. */
  readonly refused: Told[];
}

/** What is told of a problem. */
interface Told {
  readonly place: ItemPlace;
  readonly text: string;
}

/** Answers beside solutions that come to another answer: one of the two columns is probably wrong. */
async function aboutContradictions(
  recipe: Recipe,
  stages: readonly Stage[],
  problems: Problems,
): Promise<readonly string[]> {
  const found = new Map<string, Compared>();
  const compare = async (key: string, part: string, grader: Asked['grader'], all: Sequence<Problem>) => {
    const compared = found.get(key) ?? {
      of: new Set(),
      grader,
      answered: 0,
      looked: 0,
      contradictions: [],
      refused: [],
    };
    found.set(key, compared);
    compared.of.add(part);
    const answered = filtered(all, ({ answer }) => answer !== undefined);
    compared.answered += answered.length;
    await eachInTurns(spread(answered, GRADED_AT_MOST), 'comparing solutions with answers', ({ item, place }) => {
      compared.looked++;
      const { contradiction, refused } = ownGrade(item, compared.grader);
      if (contradiction !== undefined) compared.contradictions.push({ place, text: contradiction });
      if (refused !== undefined) compared.refused.push({ place, text: refused });
    });
  };
  for (const { name: reference, limit } of mostReadOf(recipe, stages)) {
    const grader = graderOf(recipe, reference);
    const read = grader === undefined ? undefined : await problems(reference);
    if (grader !== undefined && read !== undefined)
      await compare(dataSetIn(reference).name, reference, grader, firstOf(read, limit));
  }
  for (const stage of stages) {
    if (stage.stage !== 'evaluate') continue;
    for (const name of Object.values(stage.problems)) {
      const asked =
        benchmarkIn(name) === undefined ? undefined : await askedIn(stage, { name, limit: stage.limit }, problems);
      const key = `${name} ${stage.source} ${stage.limit}`;
      if (asked !== undefined && !found.has(key)) await compare(key, asked.label, asked.grader, asked.problems);
    }
  }
  return [...new Set([...found.values()].flatMap(contradictionsTold))];
}

/** The references of these stages to data sets that are files, each with the most that one of the stages takes of it. */
export function mostReadOf(recipe: Recipe, stages: readonly Stage[]): readonly Pick<Use, 'name' | 'limit'>[] {
  const most = new Map<string, number | null>();
  for (const { kind, name, limit } of stages.flatMap(usesOf)) {
    if ((kind !== 'problems' && kind !== 'data') || benchmarkIn(name) !== undefined) continue;
    const settings = recipe.data[dataSetIn(name).name];
    if (settings === undefined || parseDataSource(settings.source).kind !== 'records') continue;
    const before = most.get(name);
    most.set(name, before === null || limit === null ? null : Math.max(before ?? 0, limit));
  }
  return [...most].map(([name, limit]) => ({ name, limit }));
}

/** The grader of a stage that grades these problems, else of any: a recipe that grades nothing has none. */
function graderOf({ stages }: Recipe, reference: string): Asked['grader'] | undefined {
  const graded = stages.filter((stage) => stage.stage === 'evaluate' || stage.stage === 'reinforce');
  const own = graded.find((stage) => usesOf(stage).some(({ name }) => name === reference));
  return (own ?? graded[0])?.grader;
}

/** So many say something of the column, fewer of their rows. */
const A_COLUMN = 5;

function contradictionsTold({ of, answered, looked, contradictions, refused }: Compared): readonly string[] {
  const counted = `problems of ${[...of].sort().join(' and ')} with an answer`;
  const those = looked === answered ? `${looked} ${counted}` : `${looked} looked at among the ${answered} ${counted}`;
  const isColumn = (found: readonly Told[]): boolean => found.length >= A_COLUMN && 2 * found.length > looked;
  const advice: string[] = [];
  const others = countedText(contradictions, those, 'a solution that comes to another one');
  if (others !== undefined)
    advice.push(
      isColumn(contradictions)
        ? `warning: ${others} Replies are graded by the answer. Where most differ, the column is hardly the answer: left out, it is read from the solutions.`
        : `${others} Replies are graded by the answer.`,
    );
  const wrong = countedText(refused, those, 'a short solution that would itself be graded as wrong');
  if (wrong !== undefined)
    advice.push(
      `${refused.length >= A_COLUMN ? 'warning: ' : ''}${wrong} A reply like it would be, too: write answers as replies give them, or leave these out, where solutions are graded word for word.`,
    );
  return advice;
}

/** `3 of 40 problems have … (lines 3, 5 and 9), for example line 3: …`; undefined where there are none. */
function countedText(found: readonly Told[], those: string, what: string): string | undefined {
  const sorted = found.toSorted((a, b) => a.place.row - b.place.row);
  const [first] = sorted;
  if (first === undefined) return undefined;
  const places = new Lazy(
    sorted.length,
    (index) => sorted[index],
    (index) => (sorted[index] ?? first).place,
  );
  const where = (indices: readonly number[]): string => placesText(someOf(places, indices));
  return `${sorted.length} of ${those} ${sorted.length === 1 ? 'has' : 'have'} ${what} (${where([...sorted.keys()])}), for example ${where([0])}: ${first.text}.`;
}

/** An answer that is nothing but a number, with a currency or a percent sign. */
const NUMBER = /^[-−]?\s?[$€£]?\s?[\d.,]*\d\s?%?$/;

/** Whether the end of a solution that states no answer, its last sentence or line, does not hold the number of the answer either. */
function endsOtherwise(solution: string, answer: string): boolean {
  const plain = (text: string): string => text.replace(/(?<=\d),(?=\d{3})/g, '');
  const end =
    plain(solution.trim())
      .split(/(?<=[.!?])\s+|\n+/)
      .at(-1) ?? '';
  const digits = /[\d.]*\d/.exec(plain(answer))?.[0] ?? '';
  return (
    NUMBER.test(answer.trim()) &&
    !(end.match(/\d+(?:\.\d+)?/g) ?? []).some((number) => Number(number) === Number(digits))
  );
}

/** A solution of at most so many characters may be what a reply says. */
const SHORT = 80;

/** Whether a short solution has the number or code of the answer, and no other. */
function holdsNothingElse(solution: string, answer: string): boolean {
  const [only, ...others] = solution.length > SHORT ? [] : (solution.match(/\S*\d\S*/g) ?? []);
  const wanted = answer.trim();
  if (only === undefined || others.length > 0 || !/\d/.test(wanted)) return false;
  const from = only.indexOf(wanted);
  const around = only.charAt(from - 1) + only.charAt(from + wanted.length);
  return from >= 0 && !/[\p{L}\d]/u.test(around);
}

/**
 * What is told of the grade that a problem's own solution has: `answer 1, but 26 in its solution` where it comes to another answer;
 * `"443/tcp" against 443` where it is short and holds the answer, and is not right all the same.
 */
function ownGrade(
  problem: Problem,
  setting: Asked['grader'],
): { readonly contradiction?: string; readonly refused?: string } {
  const { answer = '', solution } = problem;
  try {
    const { grader, gold } = posed(setting, problem);
    const { verdict, reason, answer: read = '' } = grader.grade(gold, solution);
    if (verdict === 'correct') return {};
    if (holdsNothingElse(solution, answer))
      return { refused: printableName(`"${excerpt(solution)}" against ${excerpt(answer)}`) };
    if (verdict !== 'wrong') return {};
    const isStated = grader.name !== 'math' || /\((?:boxed|stated)\)/.test(reason);
    // The last number of a text that states no answer may be any step of it.
    if (!isStated && (readSolution(solution).how === 'text' || !endsOtherwise(solution, answer))) return {};
    return { contradiction: printableName(`answer ${excerpt(answer)}, but ${excerpt(read)} in its solution`) };
  } catch (error) {
    // The check of the stage refuses what cannot be graded.
    if (error instanceof InputError) return {};
    throw error;
  }
}
