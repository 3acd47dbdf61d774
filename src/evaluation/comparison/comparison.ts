/** Two models on the same problems: the paired difference, and the problems on which they differ. */
import { questionKey } from '../../data/problem.js';
import { InputError, UsageError } from '../../errors.js';
import { randomKey } from '../../random.js';
import type { Answer } from '../answers/answer.js';
import type { AnswerSet } from '../answers/answer-files.js';
import type { HeldInBits } from '../answers/results.js';
import { type Bounds, byProblem, type Estimate, estimateOf, type ProblemAnswers } from '../answers/summary.js';
import { referenceText } from '../graders/reference-text.js';
import { GRADERS } from '../graders/registry.js';
import type { Grader } from '../graders/verdict.js';
import { shareCorrect } from '../statistics/estimators.js';
import { comparePaired, type PairedResult } from '../statistics/paired.js';
import { type DifferingSetting, differingSettings } from './settings.js';

export interface ComparedLevel {
  readonly level: string;
  readonly problems: number;
  readonly a: Estimate;
  readonly b: Estimate;
  /** B minus A. */
  readonly difference: number;
  readonly interval: Bounds;
  readonly pValue: number;
}

/** One problem as both models answered it. */
export interface ComparedProblem {
  readonly id: string;
  readonly level: string;
  /** As A's evaluation has it. */
  readonly gold: string;
  /** As B's has it, where that writes the same reference otherwise. */
  readonly otherGold?: string;
  readonly question?: string;
  /** Shares of correct samples. */
  readonly shares: readonly [a: number, b: number];
  readonly answers: readonly [a: readonly Answer[], b: readonly Answer[]];
}

export interface Comparison {
  readonly names: readonly [a: string, b: string];
  readonly samples: readonly [a: number, b: number];
  /** How the weights of each were held; null where nobody recorded it. */
  readonly held: readonly [a: HeldInBits | 'float32' | null, b: HeldInBits | 'float32' | null];
  /** Versions of the graders of each. */
  readonly graders: readonly [a: readonly string[], b: readonly string[]];
  /** In what else the two were asked otherwise. */
  readonly settings: readonly DifferingSetting[];
  /** What has to be known of the figures of each. */
  readonly remarks: readonly [a: readonly string[], b: readonly string[]];
  /** Problems that both models answered; one that is in several sets counts once. */
  readonly problems: number;
  /** Problems that only one model answered; excluded from everything else. */
  readonly unpaired: readonly [onlyA: number, onlyB: number];
  /** How often a problem of one set is in an earlier one too: such counts in its level, and not again in `overall`. */
  readonly repeated: number;
  /** The labels of several sets that `overall` takes together; empty of one set. */
  readonly sets: readonly string[];
  readonly overall: Omit<ComparedLevel, 'level'> & { readonly test: PairedResult['test'] };
  /** By level, when there are several. */
  readonly levels: readonly ComparedLevel[];
  /** Solved by one model in at least one sample, and by the other in none. */
  readonly onlyA: readonly ComparedProblem[];
  readonly onlyB: readonly ComparedProblem[];
  /** Every problem, in A's order. */
  readonly paired: readonly ComparedProblem[];
}

/** The reference of a problem, or another wording of it, in at most `limit` characters. */
export const shownReference = ({ gold, answers: [[first]] }: ComparedProblem, limit: number, wording = gold): string =>
  referenceText(wording, first && graderOf(first), limit);

type LevelOf = (answer: Answer) => string;

/** The label of the set that a problem is of, where there are several sets; else the problem's own level. */
function levelsOf(answers: readonly Answer[]): LevelOf {
  const hasSets = new Set(answers.map(({ level }) => level)).size > 1;
  return ({ level, difficulty }) => (hasSets ? level : (difficulty ?? level)) ?? '';
}

/** The labels of the sets that problems are of, where there are several. */
function setsOf(problems: readonly ComparedProblem[]): readonly string[] {
  const sets = [...new Set(problems.flatMap(({ answers }) => answers[0].map(({ level }) => level ?? '')))];
  return sets.length > 1 ? sets : [];
}

/** The grader of all of the answers in its present version; undefined where it is one's own, which is not at hand. */
const graderOf = (...answers: readonly Answer[]): Grader | undefined =>
  GRADERS.find(({ name }) => answers.every(({ grader }) => grader.startsWith(`${name}/`)));

/** Whether two texts are one reference, as where one evaluation had a column `answer` and the other the solution alone. */
function isSameReference(left: Answer, right: Answer): boolean {
  const known = graderOf(left, right);
  if (known === undefined) return false;
  const isReadAs = (gold: string, text: string): boolean => known.grade(gold, text).verdict === 'correct';
  return isReadAs(left.gold, right.gold) && isReadAs(right.gold, left.gold);
}

function pair(a: ProblemAnswers, b: ProblemAnswers, question: string | undefined, levelOf: LevelOf): ComparedProblem {
  const [left, right] = [a.answers[0], b.answers[0]];
  if (left.gold !== right.gold && !isSameReference(left, right)) {
    throw new InputError(
      `problem ${a.id} has the reference answer "${left.gold}" in one evaluation and "${right.gold}" in the other`,
      {
        sample: a.id,
        remedy:
          'Evaluate both on one file of problems. Where there is no column answer, the reference is the solution.',
      },
    );
  }
  return {
    id: a.id,
    level: levelOf(left),
    gold: left.gold,
    ...(left.gold === right.gold ? {} : { otherGold: right.gold }),
    ...(question === undefined ? {} : { question }),
    shares: [shareCorrect(a.tally), shareCorrect(b.tally)],
    answers: [a.answers, b.answers],
  };
}

type Match = readonly [ProblemAnswers, ProblemAnswers];

/**
 * The problems that both answered: by their ids, and where no id is in common, by question and reference, since one file
 * may have been asked under two labels.
 */
function matching(
  left: readonly ProblemAnswers[],
  right: readonly ProblemAnswers[],
  a: AnswerSet,
  b: AnswerSet,
): readonly Match[] {
  const by = (
    keyOf: (problem: ProblemAnswers, questions: AnswerSet['questions']) => string | undefined,
  ): readonly Match[] => {
    const others = new Map(right.map((problem) => [keyOf(problem, b.questions), problem]));
    others.delete(undefined);
    return left.flatMap((problem): readonly Match[] => {
      const key = keyOf(problem, a.questions);
      const other = others.get(key);
      if (other === undefined) return [];
      others.delete(key);
      return [[problem, other]];
    });
  };
  const byId = by(({ id }) => id);
  if (byId.length > 0) return byId;
  return by(({ id, answers: [first] }, questions) => {
    const question = questions.get(id);
    return question === undefined ? undefined : JSON.stringify([questionKey(question), first.gold]);
  });
}

/** Without the problems that an earlier set has as well: each of these counts once. */
function withoutRepeated(problems: readonly ComparedProblem[]): readonly ComparedProblem[] {
  const sets = new Map<string, string | undefined>();
  return problems.filter(({ question, gold, answers: [[first]] }) => {
    if (question === undefined) return true;
    const key = JSON.stringify([questionKey(question), gold]);
    if (!sets.has(key)) sets.set(key, first?.level);
    return sets.get(key) === first?.level;
  });
}

const gradersOf = (pairs: readonly ComparedProblem[], side: 0 | 1): readonly string[] =>
  [...new Set(pairs.flatMap(({ answers }) => answers[side].map(({ grader }) => grader)))].sort();

/**
 * Compares B with A over the problems that both answered: McNemar's exact test for one sample each, else the sign-flip
 * test. Its sampled form is seeded, so the same answers give the same p-value.
 * @throws {UsageError} when both are the same answers of the same file
 * @throws {InputError} when there is no common problem, or a problem has two reference answers that the grader
 * does not take as the same
 */
export function compare(a: AnswerSet, b: AnswerSet): Comparison {
  if (a.origin !== undefined && a.origin.file === b.origin?.file && a.origin.student === b.origin.student) {
    throw new UsageError(`both are one evaluation${a.origin.student === undefined ? '' : ` of ${a.origin.student}`}`, {
      file: a.origin.file,
      remedy: 'Name two: two students of a run (RUN:STUDENT), or the evaluations of two runs.',
    });
  }
  const levelOf = levelsOf([...a.answers, ...b.answers]);
  const left = byProblem(a.answers);
  const right = byProblem(b.answers);
  const pairs = matching(left, right, a, b).map(([problem, other]) =>
    pair(problem, other, a.questions.get(problem.id) ?? b.questions.get(other.id), levelOf),
  );
  if (pairs.length === 0) {
    throw new InputError(`${a.name} and ${b.name} have no problem in common`, {
      remedy: 'Compare evaluations of the same set of problems.',
    });
  }
  const paired = withoutRepeated(pairs);
  const most = (side: 0 | 1): number => Math.max(...pairs.map(({ answers }) => answers[side].length));
  const samples: readonly [number, number] = [most(0), most(1)];
  const compared = (problems: readonly ComparedProblem[]) => {
    const [scoresA, scoresB] = [problems.map(({ shares }) => shares[0]), problems.map(({ shares }) => shares[1])];
    const result = comparePaired(scoresA, scoresB, {
      key: randomKey(1, 'evaluation/compare'),
      samples: Math.max(...samples),
    });
    return {
      problems: problems.length,
      a: estimateOf(scoresA, samples[0]),
      b: estimateOf(scoresB, samples[1]),
      difference: result.difference,
      interval: [result.interval.low, result.interval.high] as const,
      pValue: result.pValue,
      test: result.test,
    };
  };
  const levels = new Map<string, ComparedProblem[]>();
  for (const problem of pairs) levels.set(problem.level, [...(levels.get(problem.level) ?? []), problem]);
  return {
    names: a.name === b.name ? [`${a.name} (A)`, `${b.name} (B)`] : [a.name, b.name],
    samples,
    held: [a.held ?? null, b.held ?? null],
    graders: [gradersOf(pairs, 0), gradersOf(pairs, 1)],
    settings: differingSettings([a.asked, b.asked], samples),
    remarks: [a.remarks, b.remarks],
    problems: paired.length,
    unpaired: [left.length - pairs.length, right.length - pairs.length],
    repeated: pairs.length - paired.length,
    sets: setsOf(pairs),
    overall: compared(paired),
    levels:
      levels.size < 2
        ? []
        : [...levels]
            .sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
            .map(([level, problems]) => {
              const { test: _, ...rest } = compared(problems);
              return { level, ...rest };
            }),
    onlyA: paired.filter(({ shares }) => shares[0] > 0 && shares[1] === 0),
    onlyB: paired.filter(({ shares }) => shares[1] > 0 && shares[0] === 0),
    paired,
  };
}

/** Evaluations of which every two are compared. */
const MOST_IN_PAIRS = 6;

/** Every two of several evaluations; of many, each and the first, which is the base in most runs. Errors as `compare`. */
export const compareInPairs = (sets: readonly AnswerSet[]): readonly Comparison[] =>
  sets.flatMap((b, index) =>
    sets.slice(0, sets.length > MOST_IN_PAIRS ? Math.min(1, index) : index).map((a) => compare(a, b)),
  );
