import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('answers with their conditions', () => {
  it.each([
    ['math', '\\frac{1}{x+1}', '\\boxed{\\frac{1}{x+1}, \\quad x \\neq \\pm 1}'],
    [
      'math',
      '\\frac{1}{x+1}',
      '\\[\n\\frac{x-1}{x^2-1} = \\frac{x-1}{(x-1)(x+1)} = \\frac{1}{x+1}, \\quad x \\neq \\pm 1\n\\]',
    ],
    ['math', '2x+1', '\\boxed{2x+1 \\text{ for } x > 0}'],
    ['math', 'x^2', '\\boxed{x^2,\\ x \\ge 0}'],
    ['math', '5', '\\boxed{5, \\text{ where } n = 2}'],
    ['math', '\\frac{n(n+1)}{2}', 'We add the numbers up in pairs. It is n(n+1)/2 for n ≥ 1.'],
    ['math', 'x\\ne 1', '\\boxed{x \\neq 1}'],
    ['math', '3\\text{ and }x>2', '\\boxed{3, x > 2}'],
    ['math', '1,2', '\\boxed{1, 2}'],
    ['math', 'x+2', '\\boxed{x + 2, \\text{ for } x \\ne 2}'],
    ['math', 'x+1', '\\boxed{x + 1 \\quad (x \\ne 1)}'],
    ['math', 'x<3', '\\boxed{x<3}'],
    ['math', 'x', '\\boxed{x, x>2}'],
    ['math', 'n^2', 'The sum is n² for n ≥ 1.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '2', '\\boxed{5, \\text{ where } n = 2}'],
    ['math', '1', 'We add the numbers up in pairs. It is n(n+1)/2 for n ≥ 1.'],
    ['math', '1', '\\boxed{x \\neq 1}'],
    ['math', 'x>2', '\\boxed{x^2, x > 2}'],
    ['math', 'x>2', '\\boxed{x > 2, x \\ne 3}'],
    ['math', 'x+1', '\\boxed{x+1, x = 3}'],
    ['math', 'x \\ge 1', '\\boxed{x \\ge 1, x \\neq 2}'],
    ['math', 'x<3', '\\boxed{2, x<3}'],
    ['math', '2x', '\\boxed{2x \\text{ for } x > 0, -2x \\text{ for } x < 0}'],
    ['math', '2x', '\\boxed{2x, x > 0; 3x, x \\le 0}'],
    ['math', '5', '\\boxed{5 \\text{ if } n = 2}'],
    ['math', '1', 'The sum is n² for n ≥ 1.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});

describe('a pair behind its parts', () => {
  it.each([
    ['math', '(3,-7)', 'So x = 3. Back-substituting, y = -7.\nx = 3, y = -7, i.e. the ordered pair **(3, −7)**.'],
    [
      'math',
      '(3,-7)',
      'Adding the equations gives 4x = 12, so x = 3. Back-substituting, y = 2 - 9 = -7.\n\n**Solution:** x = 3, y = -7, i.e. the ordered pair **(3, −7)**.',
    ],
    ['math', '(2,5)', 'We find x = 2 and y = 5, so the solution is the point (2, 5).'],
    ['math', '(2,5)', 'We get x = 2, then y = 5. Therefore the ordered pair is **(2, 5)**.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '(-7,3)', 'So x = 3. Back-substituting, y = -7.\nx = 3, y = -7, i.e. the ordered pair **(3, −7)**.'],
    [
      'math',
      '(-7,3)',
      'Adding the equations gives 4x = 12, so x = 3. Back-substituting, y = 2 - 9 = -7.\n\n**Solution:** x = 3, y = -7, i.e. the ordered pair **(3, −7)**.',
    ],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
