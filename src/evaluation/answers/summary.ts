/** The figures of one model on one set of problems, from its graded samples. */
import { checkArguments, listArgument } from '../../call-arguments.js';
import { InputError, type Place } from '../../errors.js';
import { mean } from '../../method/statistics.js';
import type { Grader } from '../graders/verdict.js';
import { majority, passAtK, passTrials, shareCorrect, type Tally } from '../statistics/estimators.js';
import { scoreInterval } from '../statistics/intervals.js';
import { type Answer, graderOfAnswer } from './answer.js';

/** Bounds of a 95 % interval over problems. */
export type Bounds = readonly [low: number, high: number];

/** A mean over problems with its interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Bounds;
}

/** The mean over problems of scores in [0, 1], each from `samples` samples, or as much as from so many. */
export function estimateOf(scores: readonly number[], samples: number): Estimate {
  const { low, high } = scoreInterval(scores, samples);
  return { value: mean(scores), interval: [low, high] };
}

/** The k for which pass@k is reported: powers of two up to the samples, and the samples themselves. */
function passAtKs(samples: number): readonly number[] {
  const ks: number[] = [];
  for (let k = 2; k < samples; k *= 2) ks.push(k);
  return samples >= 2 ? [...ks, samples] : [];
}

/** The figures of the problems of one level. */
export interface LevelSummary {
  readonly level: string;
  readonly problems: number;
  readonly accuracy: number;
  readonly interval: Bounds;
}

/** The figures of one model on one set of problems. */
export interface Summary {
  readonly problems: number;
  /** Per problem. */
  readonly samples: number;
  /** avg@k. */
  readonly accuracy: number;
  readonly interval: Bounds;
  readonly passAtK: readonly (Estimate & { readonly k: number })[];
  /** maj@k. */
  readonly majority: Estimate;
  /** Shares of all samples. */
  readonly unparsable: number;
  readonly cut: number;
  /** Problems whose prompts filled the context, so that nothing could be answered; absent: none. */
  readonly noRoom?: number;
  readonly tokensPerAnswer: number;
  /** By the problems' own levels, when they have any. */
  readonly levels: readonly LevelSummary[];
}

const ARGUMENTS = {
  answers: listArgument('graded answers', 'id', 'sample', 'verdict', 'grader'),
  graders: listArgument('graders', 'name', 'version', 'grade', 'same'),
};

/** The samples of one problem. */
export interface ProblemAnswers {
  readonly id: string;
  readonly answers: readonly [Answer, ...Answer[]];
  readonly tally: Tally;
}

/** Samples by problem, in the order of each problem's first sample. @throws {InputError} when a sample occurs twice */
export function byProblem(answers: Iterable<Answer>, place: Place = {}): readonly ProblemAnswers[] {
  const groups = new Map<string, [Answer, ...Answer[]]>();
  for (const answer of answers) {
    const group = groups.get(answer.id);
    if (group === undefined) groups.set(answer.id, [answer]);
    else if (group.some(({ sample }) => sample === answer.sample)) {
      throw new InputError(`sample ${answer.sample} of problem ${answer.id} occurs twice`, {
        ...place,
        sample: answer.id,
        remedy: 'Use the answers of one model to one set of problems.',
      });
    } else group.push(answer);
  }
  return [...groups].map(([id, group]) => ({
    id,
    answers: group,
    tally: { correct: group.filter(({ verdict }) => verdict === 'correct').length, samples: group.length },
  }));
}

function levelsOf(problems: readonly ProblemAnswers[]): readonly LevelSummary[] {
  const groups = new Map<string, Tally[]>();
  for (const { answers, tally } of problems) {
    const level = answers[0].difficulty;
    if (level !== undefined) groups.set(level, [...(groups.get(level) ?? []), tally]);
  }
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([level, tallies]) => {
      const samples = tallies[0]?.samples ?? 1;
      const { value, interval } = estimateOf(tallies.map(shareCorrect), samples);
      return { level, problems: tallies.length, accuracy: value, interval };
    });
}

/**
 * What graded answers come to: accuracy with its 95 % interval over problems, pass@k, majority vote. `graders` are those of
 * the caller's own that answers were graded with; those with a name are known.
 * @throws {InputError} when there is no answer, or problems have different numbers of samples
 */
export function summarise(answers: readonly Answer[], graders: readonly Grader[] = []): Summary {
  checkArguments(
    'summarise((await solve(model, prompts, problems, settings)).answers)',
    { answers, graders },
    ARGUMENTS,
  );
  const problems = byProblem(answers);
  const [first] = problems;
  if (first === undefined) throw new InputError('there are no answers to summarise');
  const { samples } = first.tally;
  const uneven = problems.find(({ tally }) => tally.samples !== samples);
  if (uneven !== undefined) {
    throw new InputError(
      `problem ${uneven.id} has another number of samples (${uneven.tally.samples}) than ${first.id} (${samples})`,
      {
        remedy: 'Run the same command again to finish the evaluation. In a program, summarise evaluations one by one.',
      },
    );
  }
  const tallies = problems.map(({ tally }) => tally);
  const { value: accuracy, interval } = estimateOf(tallies.map(shareCorrect), samples);
  const votes = estimateOf(
    problems.map(({ answers: ofProblem }) => {
      const grader = graderOfAnswer(ofProblem[0], graders);
      const cast = ofProblem.flatMap(({ answer, verdict }) =>
        answer === undefined || verdict === 'unparsable' ? [] : [{ answer, correct: verdict === 'correct' }],
      );
      return majority(cast, (left, right) => grader.same(left, right));
    }),
    1,
  );
  const share = (test: (answer: Answer) => boolean): number => answers.filter(test).length / answers.length;
  const noRoom = problems.filter(({ answers: [first] }) => first.ended === 'no-room').length;
  return {
    problems: problems.length,
    samples,
    accuracy,
    interval,
    passAtK: passAtKs(samples).map((k) => ({
      k,
      ...estimateOf(
        tallies.map((tally) => passAtK(tally, k)),
        passTrials(samples, k),
      ),
    })),
    majority: votes,
    unparsable: share(({ verdict }) => verdict === 'unparsable'),
    cut: share(({ ended }) => ended !== 'stop'),
    ...(noRoom === 0 ? {} : { noRoom }),
    tokensPerAnswer: answers.reduce((total, { tokens }) => total + tokens, 0) / answers.length,
    levels: levelsOf(problems),
  };
}
