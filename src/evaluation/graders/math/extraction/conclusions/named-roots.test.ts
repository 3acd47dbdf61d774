import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('the roots of an equation behind it', () => {
  it.each([
    ['math', '\\{-3,3\\}', '|x| = 3 has two solutions: x = 3 and x = −3.'],
    ['math', '-5, 5', 'The equation x² = 25 has two solutions: x = 5 and x = -5.'],
    ['math', '5, -1', 'Eigenvalues: λ² − 4λ − 5 = (λ − 5)(λ + 1) = 0, giving λ₁ = 5 and λ₂ = −1.'],
    ['math', '2, 3', 'x^2 - 5x + 6 = (x - 2)(x - 3) = 0, giving x = 2 and x = 3.'],
    ['math', '2, 3', 'Since (x - 2)(x - 3) = 0, we get x = 2 or x = 3.'],
    ['math', '1, 4', 'The quadratic y² - 5y + 4 = 0 has the roots y = 1 and y = 4.'],
    ['math', '-4, 6', '|x - 1| = 5 gives x = 6 or x = -4.'],
    ['math', '0, 7', 'x(x - 7) = 0, so x = 0 or x = 7.'],
    ['math', '-2, 2', '4x^2 = 16 implies x = 2 or x = -2.'],
    ['math', '1/2, -3', 'The roots of 2x² + 5x − 3 = 0 are x = 1/2 and x = −3.'],
    ['math', '3, -3', 'x^2 = 9 has two solutions, x = 3 and x = -3.'],
    ['math', '2, -1', 'det = λ² - λ - 2 = 0, so λ = 2 and λ = -1.'],
    ['math', '3', 'x^2 - 5x + 6 = 0 gives x = 2 or x = 3; since x > 2, x = 3.'],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    ['math', '3', '|x| = 3 has two solutions: x = 3 and x = −3.'],
    ['math', '-3', '|x| = 3 has two solutions: x = 3 and x = −3.'],
    ['math', '3, -2', '|x| = 3 has two solutions: x = 3 and x = −3.'],
    ['math', '-1', 'Eigenvalues: λ² − 4λ − 5 = (λ − 5)(λ + 1) = 0, giving λ₁ = 5 and λ₂ = −1.'],
    ['math', '2, 3', 'x^2 - 5x + 6 = 0 when x = 2 or x = 3, but only x = 3 is in the domain.'],
    ['math', '2', 'x^2 - 5x + 6 = (x - 2)(x - 3) = 0, giving x = 2 and x = 3.'],
    ['math', '2, 3', 'The sum is x + y = 5, where x = 2 and y = 3.'],
    ['math', '2, 3', 'x^2 = 4 does not have the solutions x = 2 and x = 3.'],
    ['math', '2, 3', 'If x = 2 and x = 3.'],
    ['math', '6', 'x^2 - 5x + 6 = 0 gives x = 2 or x = 3.'],
    ['math', '2, 5', 'f(x) = x^2 + 1, evaluated at x = 2 and x = 5.'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});
