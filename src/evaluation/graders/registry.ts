/** The graders by name, and the reference that each compares with. */
import { z } from 'zod';
import { checkArguments } from '../../call-arguments.js';
import type { Problem } from '../../data/problem.js';
import { InputError, UsageError } from '../../errors.js';
import { suggestion } from '../../suggestion.js';
import { choiceGrader } from './choice/choice.js';
import { countdownGold, countdownGrader } from './countdown.js';
import { integerGrader } from './integer/integer.js';
import { mathGrader, readSolution } from './math/math.js';
import { GRADER_NAMES, type GraderName } from './names.js';
import { type Grader, guarded } from './verdict.js';

const BY_NAME: Readonly<Record<GraderName, Grader>> = {
  math: guarded(mathGrader),
  integer: guarded(integerGrader),
  choice: guarded(choiceGrader),
  countdown: guarded(countdownGrader),
};

export const GRADERS: readonly Grader[] = GRADER_NAMES.map((name) => BY_NAME[name]);

/** @throws {UsageError} with the nearest name when the name is unknown */
export function graderNamed(name: string): Grader {
  const known = GRADER_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return BY_NAME[known];
  checkArguments("graderNamed('math')", { name }, { name: z.string() });
  throw new UsageError(`unknown grader "${name}"`, { remedy: suggestion(name, GRADER_NAMES, 'graders') });
}

/**
 * What a grader compares predictions with: the short answer, else the solution, or for Countdown the numbers and the target.
 * @throws {InputError} when the problem has neither
 */
export function goldOf(problem: Problem, grader: Grader): string {
  if (grader.name === 'countdown' && problem.numbers !== undefined && problem.target !== undefined) {
    return countdownGold(problem.numbers, problem.target);
  }
  if (problem.answer !== undefined) return problem.answer;
  if (grader.name === 'math' || grader.name === 'integer') return readSolution(problem.solution).reference;
  if (grader.name === 'choice') return problem.solution;
  throw new InputError(`the problem has no answer to grade with ${grader.name}`, {
    sample: problem.id,
    field: 'answer',
    remedy: 'Add the column answer, or for Countdown numbers and target.',
  });
}
