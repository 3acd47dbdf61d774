import { expect, it } from 'vitest';
import { evaluationProblem } from './answer.js';

const graderOf = (question: string, solution: string, answer?: string): string =>
  evaluationProblem({ id: '1', question, solution, ...(answer === undefined ? {} : { answer }) }, 'auto').grader.name;

it('a question that lists options is graded by the letter, where a letter is its answer', () => {
  const question = 'How many bottles? (A) 84 (B) 19 (C) 85';
  expect(graderOf(question, '(A) 84')).toBe('choice');
  expect(graderOf(question, '7 * 12 = 84. The answer is A.')).toBe('choice');
  expect(graderOf(question, '7 * 12 = 84', 'A')).toBe('choice');
  expect(graderOf('How many bottles?\n\n(A) 84\n(B) 19', 'Answer: A\n84', 'A')).toBe('choice');
  expect(graderOf(question, '84')).toBe('math');
  expect(graderOf(question, '7 * 12 = 84', '84')).toBe('math');
  expect(graderOf('Which point is on the line?', 'The answer is A.', 'A')).toBe('math');
});
