import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math.js';

const TeX = String.raw;
const verdict = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('values of one name that a reply numbers', () => {
  it.each([
    ['x = 5/2 ± 1/2', 'x_1 = 2, x_2 = 3'],
    ['x = 5/2 ± 1/2', 'x₁=2 und x₂=3'],
    [TeX`x = \frac{5}{2} \pm \frac{1}{2}`, 'x_{1} = 2, x_{2} = 3'],
    [TeX`x = \frac{5}{2} \pm \frac{1}{2}`, 'x1 = 2, x2 = 3'],
    [TeX`1 \pm \sqrt{2}`, 'By the quadratic formula:\nx₁ = 1 + √2\nx₂ = 1 − √2'],
    [TeX`\{-1, 4\}`, 'Die Lösungen sind x₁ = -1 und x₂ = 4.'],
    ['x = -1 oder x = 4', 'Die Lösungen sind x₁ = -1 und x₂ = 4.'],
    [TeX`x = \frac{3 \pm 5}{2}`, 'So $x_1 = -1$ and $x_2 = 4$.'],
    ['a_1 = 2, a_2 = 3', 'a_1 = 2, a_2 = 3'],
  ])('are those of %s: %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['x = 5/2 ± 3/2', 'x_1 = 2, x_2 = 3'],
    ['x = 5/2 ± 1/2', 'a_1 = 2, a_2 = 3'],
    ['a_1 = 3, a_2 = 2', 'a_1 = 2, a_2 = 3'],
    ['3', 'x_{1} = 2, x_{2} = 3'],
    ['4', 'Die Lösungen sind x₁ = -1 und x₂ = 4.'],
    [TeX`1 \pm \sqrt{3}`, 'x₁ = 1 + √2\nx₂ = 1 − √2'],
  ])('are not %s: %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });
});
