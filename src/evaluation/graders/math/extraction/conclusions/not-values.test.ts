import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const TeX = String.raw;
const verdicts = (gold: string, reply: string): readonly string[] =>
  ['math', 'integer'].map((grader) => graderNamed(grader).grade(gold, reply).verdict);

describe('an equation that is still to be solved', () => {
  it.each([
    ['6', '$2x = 6$'],
    ['6', TeX`\boxed{2x = 6}`],
    ['6', 'So we have 2x = 6.'],
    ['45', 'The equation becomes $5n = 45$.'],
    ['45', 'Simplifying: 5n = 45'],
    ['9', 'x + 2 = 9'],
    ['4', TeX`This leaves $\frac{t}{3} = 4$.`],
    ['12', 'We are left with 20 - 2k = 12.'],
  ])('is not %s: %s', (gold, reply) => {
    expect(verdicts(gold, reply)).not.toContain('correct');
  });

  it.each([
    ['3', 'From $2x = 6$, x is 3.'],
    ['3', 'We get $2x = 6$, so x is half of that: $x = 3$.'],
    ['4', 'From $3y = 12$ we have y = 4.'],
    ['6', 'Since $x = 3$, we have $2x = 6$.'],
    ['10', 'The diameter is $2r = 10$.'],
    ['20', 'This gives a perimeter of 4s = 20.'],
    ['23', 'So a + b = 23.'],
    ['113', TeX`\boxed{m+n=113}`],
    ['3', 'x = 3'],
  ])('leaves %s in %s', (gold, reply) => {
    expect(verdicts(gold, reply)).toEqual(['correct', 'correct']);
  });
});
