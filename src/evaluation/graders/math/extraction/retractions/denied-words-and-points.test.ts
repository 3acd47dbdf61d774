import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('words and points that a reply denies', () => {
  it.each([
    ['math', 'even', 'The function is not odd, it is even.'],
    ['math', 'even', 'f(-x) = f(x), so f is even. It is not odd.'],
    ['math', 'odd', "It's not even; it's odd."],
    ['math', 'even', 'The number 18 is even, not odd.'],
    ['math', '(2, 5)', 'The point is (2, 5), not (5, 2).'],
    ['math', '(4, 1)', 'x = 4, y = 1. The point is not (1, 4).'],
    ['math', 'prime', '17 is not composite, so it is prime.'],
    ['math', 'isosceles', 'The triangle is isosceles. It is not equilateral.'],
    ['math', 'odd', 'g is odd, not even, since g(-x) = -g(x).'],
    ['math', 'composite', "91 is not prime, so it's composite."],
    ['math', 'geometric', "The sequence isn't arithmetic; it is geometric."],
    ['math', 'pentagon', 'It has 5 sides, so the figure is a pentagon and not a hexagon.'],
    ['math', '(5, 0)', 'The line meets the axis at (5, 0). It is not the point (0, 5).'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', 'odd', 'The function is not odd, it is even.'],
    ['math', 'odd', 'f(-x) = f(x), so f is even. It is not odd.'],
    ['math', 'even', "It's not even; it's odd."],
    ['math', 'odd', 'So the number is not odd.'],
    ['math', 'odd', 'The function f is not odd, because f(1) = f(-1).'],
    ['math', 'odd', 'The number 18 is even, not odd.'],
    ['math', '(3, -7)', 'x = 3, y = -7. It is not the point (3, -7).'],
    ['math', '(5, 2)', 'The point is (2, 5), not (5, 2).'],
    ['math', '(1, 4)', 'x = 4, y = 1. The point is not (1, 4).'],
    ['math', '(6, 2)', 'x = 6 and y = 2. However, the solution is not (6, 2).'],
    ['math', 'parabola', 'The graph is not a parabola.'],
    ['math', 'composite', '17 is not composite, so it is prime.'],
    ['math', 'equilateral', 'The triangle is isosceles. It is not equilateral.'],
    ['math', 'even', 'g is odd, not even, since g(-x) = -g(x).'],
    ['math', 'prime', "91 is not prime, so it's composite."],
    ['math', 'arithmetic', "The sequence isn't arithmetic; it is geometric."],
    ['math', 'hexagon', 'It has 5 sides, so the figure is a pentagon and not a hexagon.'],
    ['math', 'prime', 'It is not true that 9 is prime.'],
    ['math', 'odd', '8 is not prime, and it is not odd.'],
    ['math', '(0, 5)', 'The line meets the axis at (5, 0). It is not the point (0, 5).'],
    ['math', '(5, 0)', 'We found x = 5 and y = 0, but the vertex cannot be (5, 0).'],
    ['math', '(2, 9)', 'This is not the pair (2, 9).'],
    ['math', '(1, 0)', "The vertex isn't the point (1, 0)."],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
