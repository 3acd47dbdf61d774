/** Graders as stages use them: chosen by the name in the recipe, bound to a problem. */
import type { Problem } from '../data/problem.js';
import { filtered, messagePlace, type Sequence } from '../data/sequences/sequence.js';
import { type Place, RecipeError } from '../errors.js';
import { type EvaluationProblem, evaluationProblem } from '../evaluation/answers/answer.js';
import { becauseOfAnswer, fittingBenchmark, graderLines, MOST_LOOKED_AT } from '../evaluation/benchmarks/fitting.js';
import { graderNamed } from '../evaluation/graders/registry.js';
import type { GraderVerdict } from '../evaluation/graders/verdict.js';
import { eachInTurns } from '../stopping.js';
import type { graderChoices } from './definition/settings.js';

export type GraderSetting = (typeof graderChoices)[number];

/** @throws {InputError} when the problem has nothing that the grader can compare with */
export function posed(name: GraderSetting, problem: Problem, place: Place = {}): EvaluationProblem {
  return evaluationProblem(problem, name === 'auto' ? 'auto' : graderNamed(name), place);
}

/** @throws {InputError} with the place of the first problem that has nothing that the grader can compare with */
export async function requirePosed(name: GraderSetting, problems: Sequence<Problem>): Promise<void> {
  await eachInTurns(problems, 'checking answers', (problem, index) => {
    posed(name, problem, messagePlace(problems, index));
  });
}

/**
 * Checks that the answers of a data set are of a kind that `auto` grades, as `rlt evaluate` does of a file. Solutions are not
 * looked at: what they are graded by is told where there is no answer.
 * @param field the setting of the grader; `reference`: what the recipe calls the problems
 * @throws {RecipeError} when they are not, so that whoever runs the recipe has to name the grader
 */
export function requireDecided(
  name: GraderSetting,
  problems: Sequence<Problem>,
  { field, reference }: { readonly field: string; readonly reference: string },
): void {
  if (name !== 'auto') return;
  const stated = filtered(
    problems.slice(0, MOST_LOOKED_AT),
    ({ answer, task, numbers }) => answer !== undefined && task === undefined && numbers === undefined,
  );
  if (stated.length === 0) return;
  if (fittingBenchmark(stated) !== undefined) return;
  const whose = `the answers of ${reference}`;
  const lines = graderLines().map((line) => `\n  - ${line}`);
  throw new RecipeError([
    {
      message: `${whose} do not say which grader fits${becauseOfAnswer(stated)}`,
      field,
      remedy: `Name the one whose answers are of this kind (--set ${field}=NAME):${lines.join('')}`,
    },
  ]);
}

/** Judges answers to a problem; `auto` uses the default grader of the problem. */
export function graderFor(name: GraderSetting, problem: Problem): (answer: string) => GraderVerdict {
  const { grader, gold } = posed(name, problem);
  return (answer) => grader.grade(gold, answer).verdict;
}
