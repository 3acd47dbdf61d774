import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('labels as text of formulas', () => {
  it.each([
    ['math', '55', '$$\\text{Answer: } 55$$'],
    ['integer', '55', '$$\\text{Answer: } 55$$'],
    ['math', '55', 'C(11,2) = 55 segments. $$\\text{Answer: } 55$$'],
    ['integer', '55', 'C(11,2) = 55 segments. $$\\text{Answer: } 55$$'],
    ['math', '55', '\\textbf{Answer: } 55'],
    ['integer', '55', '\\textbf{Answer: } 55'],
    ['math', '\\frac12', '\\[ \\text{The final answer is } \\frac{1}{2} \\]'],
    ['math', '55', '\\text{Answer: 55}'],
    ['integer', '55', '\\text{Answer: 55}'],
    ['math', '55', '\\textbf{Answer:} $55$'],
    ['integer', '55', '\\textbf{Answer:} $55$'],
    ['math', '55', '$\\text{Final Answer: } 55$'],
    ['integer', '55', '$\\text{Final Answer: } 55$'],
    ['math', 'x+1', '\\[\\text{Answer: } x+1\\]'],
    ['math', '55', '\\textbf{Final answer: 55}'],
    ['integer', '55', '\\textbf{Final answer: 55}'],
    ['math', '55', '$$\\textbf{Answer: } \\boxed{55}$$'],
    ['integer', '55', '$$\\textbf{Answer: } \\boxed{55}$$'],
    ['math', 'x=2', '\\textbf{Answer: } $x = 2$'],
    ['math', '7', '$$\\boxed{\\text{Answer: } 7}$$'],
    ['integer', '7', '$$\\boxed{\\text{Answer: } 7}$$'],
    ['math', '\\frac{3}{4}', '\\text{Answer: }\\frac{3}{4}'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });
});

describe('sums of money in a statement', () => {
  it.each([
    ['math', '10', 'Answer: $4 + $6 = $10'],
    ['integer', '10', 'Answer: $4 + $6 = $10'],
    ['math', '10', 'Answer: $40 / 4 = $10 per day'],
    ['integer', '10', 'Answer: $40 / 4 = $10 per day'],
    ['math', '3', 'Answer: $21 ÷ 7 = $3 per pen.'],
    ['integer', '3', 'Answer: $21 ÷ 7 = $3 per pen.'],
    ['math', '15', 'The answer is $5 * 3 = $15.'],
    ['integer', '15', 'The answer is $5 * 3 = $15.'],
    ['math', '20', 'Answer: $5 x 4 = $20'],
    ['integer', '20', 'Answer: $5 x 4 = $20'],
    ['math', '7', 'The answer is $10 - $3 = $7.'],
    ['integer', '7', 'The answer is $10 - $3 = $7.'],
    ['math', '3', 'Answer: $4 - 1 = 3$'],
    ['math', 'x+1', 'Answer: $x + 1$'],
    ['math', '3', 'Answer: $12/4 = 3$'],
    ['math', '5,3', 'Answer: $5$ and $3$'],
    ['math', '18', 'Each costs $9. Answer: 2 * $9 = $18.'],
    ['integer', '18', 'Each costs $9. Answer: 2 * $9 = $18.'],
    ['math', '5', 'The answer is $5.'],
    ['integer', '5', 'The answer is $5.'],
    ['math', '5', 'The answer is $5$.'],
    ['integer', '5', 'The answer is $5$.'],
    ['math', 'x=\\frac{1}{2}', 'Answer: $x = 1/2$'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '4', 'Answer: $4 + $6 = $10'],
    ['math', '6', 'Answer: $4 + $6 = $10'],
    ['integer', '4', 'Answer: $4 + $6 = $10'],
    ['integer', '6', 'Answer: $4 + $6 = $10'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
