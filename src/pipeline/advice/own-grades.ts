/** What a user should know of the grades that the solutions of problems have themselves, where they stand beside answers. */
import type { Problem } from '../../data/problem.js';
import { filtered, firstOf, type ItemPlace, Lazy, type Sequence } from '../../data/sequences/sequence.js';
import { InputError } from '../../errors.js';
import { placesText, someOf } from '../../evaluation/answers/results.js';
import { readSolution } from '../../evaluation/graders/math/math.js';
import { excerpt } from '../../evaluation/graders/verdict.js';
import { printableName } from '../../printable.js';
import { usesOf } from '../../recipe/references.js';
import type { Recipe } from '../../recipe/schema.js';
import { benchmarkIn, dataSetIn } from '../../stages/definition/settings.js';
import { posed } from '../../stages/graders.js';
import type { Stage } from '../../stages/index.js';
import { eachInTurns } from '../../stopping.js';
import { type Asked, askedIn, GRADED_AT_MOST, mostReadOf, type Problems, spread } from './asked.js';

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
export async function aboutContradictions(
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
