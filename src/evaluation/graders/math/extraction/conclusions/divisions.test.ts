import { describe, expect, it } from 'vitest';
import { mathGrader } from '../../math.js';

const verdict = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;

describe('a quotient with its remainder', () => {
  it.each([
    ['5 R 3', 'Quotient: 5\nRemainder: 3'],
    ['5 remainder 3', '**Quotient:** 5\n**Remainder:** 3'],
    ['5 R3', '38 ÷ 7:\n\n- Remainder = 3\n- Quotient = 5'],
    ['5 r 3', 'The quotient is 5.\nThe remainder is 3.'],
    ['5 R 3', '38 divided by 7 is 5 with a remainder of 3.'],
    ['5R3', '5 remainder 3'],
    ['5 R 3', String.raw`\boxed{5 \text{ R } 3}`],
    ['1205 R 4', '1,205 r 4'],
    ['x - 1', 'Quotient: x - 1\nRemainder: 0'],
  ])('is %s: %s', (gold, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
  });

  it.each([
    ['5 R 3', '3 R 5'],
    ['5 R 3', '15R'],
    ['5 R 3', 'The remainder is 3.'],
    ['5 R 3', 'The quotient is 15 and the remainder is 3.'],
    ['3 R 5', 'Quotient: 5\nRemainder: 3'],
    ['5', 'Quotient: 5\nRemainder: 3'],
    ['x - 1', 'Quotient: x - 1\nRemainder: 2'],
    ['6 R 3', 'The quotient is 5, not 6, with remainder 3.'],
  ])('is not %s: %s', (gold, reply) => {
    expect(verdict(gold, reply)).not.toBe('correct');
  });
});
