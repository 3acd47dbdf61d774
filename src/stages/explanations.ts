/** A teacher's prompts, and its completions parsed as explanations: shared by teach, explain and score. */
import { z } from 'zod';
import { checkArguments, objectArgument } from '../call-arguments.js';
import type { Problem } from '../data/problem.js';
import { firstOf } from '../data/sequences/sequence.js';
import { type Completion, longestSequence } from '../engine/engine.js';
import type { ExplanationFlaws } from '../method/metrics.js';
import { readTeacherCompletion } from '../text/completions.js';
import { tokenIds } from '../text/tokens.js';
import type { CheckContext, OpenModel, Reader } from './definition/stage.js';
import type { Layouts } from './layouts.js';
import { countFitting, type Fitting, isBeyond } from './left-out.js';
import type { Explanation } from './rewards/explanation-reward.js';
import type { Prompt } from './training/groups.js';
import { logProbsAt } from './training/log-probs.js';

export const readerOf = ({ model, layouts }: OpenModel): Reader => ({
  contextTokens: longestSequence(model),
  layouts,
});

/** The prompt of a problem that is far too long, which nobody reads. */
export const withoutRoom = (item: Problem): Prompt<Problem> => ({ id: item.id, item, ids: tokenIds([]), room: 0 });

/** An explanation as a teacher wrote it. */
export interface WrittenExplanation extends Explanation {
  /** Its length in tokens, as sampled. */
  readonly tokens: number;
  readonly flaws: ExplanationFlaws;
}

/** The prompt of a problem, with the room that the contexts of teacher and student leave for an explanation. */
export function explanationPrompt(teacher: Reader, student: Reader | undefined, item: Problem): Prompt<Problem> {
  if (isBeyond(teacher, item) || (student !== undefined && isBeyond(student, item))) return withoutRoom(item);
  const ids = teacher.layouts.teacher.prompt(item.question, item.solution);
  const own = teacher.contextTokens - ids.length;
  if (student === undefined) return { id: item.id, item, ids, room: own };
  const around = student.layouts.student.sequence(item.question, '', item.solution).ids.length;
  return { id: item.id, item, ids, room: Math.min(own, student.contextTokens - around) };
}

/** Counts the prompts of a stage that explains problems; undefined where its models or data are not known before the run. */
export async function countPrompts(
  { problems, reader }: CheckContext,
  stage: {
    readonly teacher: string;
    readonly student: string | null;
    readonly data: string;
    readonly limit: number | null;
  },
  isFitting: (prompt: Prompt<Problem>) => boolean,
): Promise<Fitting | undefined> {
  const teacher = await reader(stage.teacher);
  const student = stage.student === null ? undefined : await reader(stage.student);
  const found = await problems(stage.data);
  if (teacher === undefined || found === undefined || (stage.student !== null && student === undefined))
    return undefined;
  const chosen = firstOf(found, stage.limit);
  return countFitting(chosen, (problem) => isFitting(explanationPrompt(teacher, student, problem)));
}

const ARGUMENTS = {
  problem: objectArgument('an object with question and solution', 'question', 'solution'),
  completion: objectArgument('a completion', 'ids'),
  layouts: objectArgument('layouts, as layoutsOf gives them', 'tokenizer', 'format', 'teacher'),
  temperatures: z.looseObject({ sampling: z.number(), reward: z.number() }),
};

/**
 * Parses what a teacher wrote after the prompt `TeacherLayout.prompt` of a problem as an explanation. The log-probs of
 * the completion are kept if they are at the reward's temperature; otherwise `scoreExplanations` computes them.
 */
export function readExplanation(
  problem: Pick<Problem, 'question' | 'solution'>,
  completion: Completion,
  layouts: Layouts,
  temperatures: { readonly sampling: number; readonly reward: number },
): WrittenExplanation {
  checkArguments(
    'readExplanation(problem, completion, layouts, { sampling: 1, reward: 1 })',
    { problem, completion, layouts, temperatures },
    ARGUMENTS,
  );
  const { question, solution } = problem;
  const { explanation, tokens, ended, ...flaws } = readTeacherCompletion(
    layouts.tokenizer,
    layouts.format,
    completion.ids,
    layouts.teacher.stopIds,
  );
  const logProbs = logProbsAt(temperatures.reward, completion, temperatures.sampling);
  const sampled = { ids: completion.ids, tokens, ...(logProbs === undefined ? {} : { logProbs }) };
  return { question, solution, explanation, tokens, ended, flaws, sampled };
}
