/** Graders as stages use them: chosen by the name in the recipe, bound to a problem. */
import type { Problem } from '../data/problem.js';
import { messagePlace, type Sequence } from '../data/sequence.js';
import type { Place } from '../errors.js';
import { type EvaluationProblem, evaluationProblem } from '../evaluation/answers/answer.js';
import { graderNamed } from '../evaluation/graders/registry.js';
import type { GraderVerdict } from '../evaluation/graders/verdict.js';
import { eachInTurns } from '../stopping.js';
import type { graderChoices } from './settings.js';

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

/** Judges answers to a problem; `auto` uses the default grader of the problem. */
export function graderFor(name: GraderSetting, problem: Problem): (answer: string) => GraderVerdict {
  const { grader, gold } = posed(name, problem);
  return (answer) => grader.grade(gold, answer).verdict;
}
