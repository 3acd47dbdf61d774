/** Graders as stages use them: by the name in the recipe, bound to a problem. */
import type { Problem } from '../data/problem.js';
import { type EvaluationProblem, evaluationProblem } from '../evaluation/answers/answer.js';
import { graderNamed } from '../evaluation/graders/registry.js';
import type { GraderVerdict } from '../evaluation/graders/verdict.js';
import type { graderChoices } from './settings.js';

export type GraderSetting = (typeof graderChoices)[number];

/** @throws InputError where the problem has nothing that the grader can compare with */
export function posed(name: GraderSetting, problem: Problem): EvaluationProblem {
  return evaluationProblem(problem, name === 'auto' ? 'auto' : graderNamed(name));
}

/** The verdict on an answer to a problem; `auto` takes the grader of the task that the problem is of, else math. */
export function graderFor(name: GraderSetting, problem: Problem): (answer: string) => GraderVerdict {
  const { grader, gold } = posed(name, problem);
  return (answer) => grader.grade(gold, answer).verdict;
}
