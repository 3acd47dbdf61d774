import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('a check behind the answer', () => {
  it.each([
    ['math', '12', 'The number is 12. Check: 12 squared is 144.'],
    ['math', '7', 'So x = 7. Check: 3 times 7 plus 2 is 23.'],
    ['integer', '15', 'It is 15. Verification: 15 doubled is 30, and 30 minus 4 is 26.'],
    ['math', '9', 'The width is 9 cm. Check: the perimeter is 2(9 + 14) = 46 cm, as given.'],
    ['math', '8', 'The smaller number is 8 (8 + 13 = 21, as required).'],
    ['integer', '11', "He is 11 now. To check: in 9 years he'll be 20, which fits."],
    ['math', '24', 'There are 24 rabbits. Checking: 24 rabbits have 96 feet and 12 hens have 24, 120 in total ✓.'],
    ['integer', '6', 'The side is 6. Proof: 6 cubed equals 216.'],
    ['math', '18', 'Sara has 18. Let us check: half of 18 is 9, and 9 + 18 = 27. Good.'],
    ['math', '4', '**x = 4**\n\nCheck: 4 × 5 = 20 and 20 − 3 = 17 ✓'],
    ['integer', '45', 'n = 45\n\nSanity check: 45 divided by 5 is 9, the number of rows.'],
    ['integer', '14', 'n is 14. Check: the square of 14 is 196.'],
    ['math', '6', 'x = 5. Check: 5 + 3 = 8, not 9, so x = 6.'],
    ['math', '18', 'We get 20. Check: 20 is too many, so the answer is 18.'],
    ['math', '42', 'She has 6 bags of 7. Check: 6 times 7 is 42.'],
    ['integer', '17', 'Add them. Check the total: 12 plus 5 is 17.'],
    [
      'integer',
      '15',
      'The side is 15 m. Let me verify: 15² + 8² = 225 + 64 = 289 = 17², which matches the diagonal of 17 m. Great!',
    ],
    [
      'math',
      '20',
      'b = 20. Let me double-check: 20 + 5 = 25 and 25 · 4 = 100, which agrees with the total of 100 in the problem.',
    ],
    ['math', '16', 'There are 16 coins.\n\nQuick check: 16 quarters are worth $4, and that is the given amount.'],
    ['integer', '36', "So he is 36. To confirm: a third of 36 is 12, his son's age."],
    ['math', '11', 'Thus n = 11. We verify: 11 · 12 = 132. Perfect!'],
    ['math', '12', 'n = 11. We verify: 11 · 12 = 132, but it should be 156, so n = 12.'],
    ['integer', '50', 'We get 40. Let me verify: 40 · 3 = 120, which does not match 150. So it must be 50.'],
    [
      'integer',
      '8',
      'c = 8, because lengths are positive.\n\nVerification: 8² = 64 and 64 + 36 = 100 = 10², in agreement with the given 10.',
    ],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '144', 'The number is 12. Check: 12 squared is 144.'],
    ['math', '23', 'So x = 7. Check: 3 times 7 plus 2 is 23.'],
    ['integer', '26', 'It is 15. Verification: 15 doubled is 30, and 30 minus 4 is 26.'],
    ['math', '46', 'The width is 9 cm. Check: the perimeter is 2(9 + 14) = 46 cm, as given.'],
    ['math', '21', 'The smaller number is 8 (8 + 13 = 21, as required).'],
    ['integer', '20', "He is 11 now. To check: in 9 years he'll be 20, which fits."],
    ['math', '120', 'There are 24 rabbits. Checking: 24 rabbits have 96 feet and 12 hens have 24, 120 in total ✓.'],
    ['integer', '216', 'The side is 6. Proof: 6 cubed equals 216.'],
    ['math', '27', 'Sara has 18. Let us check: half of 18 is 9, and 9 + 18 = 27. Good.'],
    ['math', '17', '**x = 4**\n\nCheck: 4 × 5 = 20 and 20 − 3 = 17 ✓'],
    ['integer', '9', 'n = 45\n\nSanity check: 45 divided by 5 is 9, the number of rows.'],
    ['integer', '196', 'n is 14. Check: the square of 14 is 196.'],
    ['math', '5', 'x = 5. Check: 5 + 3 = 8, not 9, so x = 6.'],
    ['math', '20', 'We get 20. Check: 20 is too many, so the answer is 18.'],
    ['math', '6', 'She has 6 bags of 7. Check: 6 times 7 is 42.'],
    ['integer', '12', 'Add them. Check the total: 12 plus 5 is 17.'],
    [
      'integer',
      '289',
      'The side is 15 m. Let me verify: 15² + 8² = 225 + 64 = 289 = 17², which matches the diagonal of 17 m. Great!',
    ],
    [
      'math',
      '100',
      'b = 20. Let me double-check: 20 + 5 = 25 and 25 · 4 = 100, which agrees with the total of 100 in the problem.',
    ],
    ['math', '4', 'There are 16 coins.\n\nQuick check: 16 quarters are worth $4, and that is the given amount.'],
    ['integer', '12', "So he is 36. To confirm: a third of 36 is 12, his son's age."],
    ['math', '132', 'Thus n = 11. We verify: 11 · 12 = 132. Perfect!'],
    ['math', '11', 'n = 11. We verify: 11 · 12 = 132, but it should be 156, so n = 12.'],
    ['integer', '40', 'We get 40. Let me verify: 40 · 3 = 120, which does not match 150. So it must be 50.'],
    [
      'integer',
      '64',
      'c = 8, because lengths are positive.\n\nVerification: 8² = 64 and 64 + 36 = 100 = 10², in agreement with the given 10.',
    ],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
