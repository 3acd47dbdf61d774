/** Questions that list their options, and are answered by a letter. */
import type { Problem } from '../../data/problem.js';
import { readChoice } from '../graders/choice/choice.js';

/** `(A) 12 (B) 15`, `A. 12`, `A: 12`: options that a question lists. */
const LISTED_OPTIONS = /(?:^|[\s(])A[).:]\s.*[\s(]B[).:]\s/s;

/** Whether a question lists its options. */
export const listsOptions = (question: string): boolean => LISTED_OPTIONS.test(question);

/** Whether a question lists its options, and its answer is the letter of one. */
export const isMultipleChoice = ({
  question,
  answer,
  solution,
}: Pick<Problem, 'question' | 'answer' | 'solution'>): boolean =>
  listsOptions(question) && readChoice(answer ?? solution) !== undefined;

/** How to have such questions graded as multiple choice, where their answers are written otherwise. */
export const WITH_LETTER =
  'with the letter in the solution, as in "(A) 84", or as answer they are graded as multiple choice';
