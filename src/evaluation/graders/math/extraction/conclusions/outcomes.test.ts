import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('outcomes in words behind numbers', () => {
  it.each([
    [
      'math',
      'infinitely many solutions',
      'Both sides simplify to 2x + 3, so the equation is true for every real x — there are infinitely many solutions.',
    ],
    [
      'math',
      'infinitely many',
      'The two lines 2x + y = 4 and 4x + 2y = 8 coincide, so there are infinitely many solutions.',
    ],
    ['math', 'infinitely many solutions', '0 = 0 is always true, so the system has infinitely many solutions.'],
    ['math', 'no solution', '0 = 5 is never true, so there are no solutions.'],
    ['math', 'no solution', '2x + 3 = 2x + 5 leads to 3 = 5, hence there is no solution.'],
    ['math', 'undefined', 'Division by zero is undefined, so 5/0 has no value.'],
    ['math', 'undefined', '7/0 is undefined.'],
    ['math', 'undefined', 'Since the denominator is 3 - 3 = 0, the expression is undefined.'],
    ['math', 'No', '91 = 7 × 13, so it is not prime.'],
    ['math', 'No', "51 = 3 × 17, so it isn't a prime number."],
    ['math', 'No', '3² + 4² = 25 ≠ 36, so the triangle is not right-angled.'],
    ['math', 'Mary', 'The others are named 1 to 4 in the list, so the fifth daughter is Mary.'],
    ['math', 'Mary', 'The father of Mary has five daughters, so the fifth daughter is Mary.'],
    ['math', 'Donnerstag', 'Heute ist Montag. In drei Tagen ist also Donnerstag.'],
    ['math', 'Freitag', 'In 4 Tagen ist also Freitag.'],
    [
      'math',
      'Wednesday',
      "If today is Monday, then in 100 days it'll be 100 mod 7 = 2 days later in the week, which is Wednesday.",
    ],
    ['math', 'Friday', '30 mod 7 = 2 days after Wednesday, which is Friday.'],
    ['math', 'Thursday', '45 mod 7 = 3, so it is 3 days after Monday, which is Thursday.'],
    ['math', 'jeudi', 'Dans 3 jours, ce sera donc jeudi.'],
    ['math', 'odd', '7 is not even, so it is odd.'],
    ['math', 'No', '26 = 5² + 1, so 26 is not a perfect square.'],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    ['math', 'Yes', '91 = 7 × 13, so it is not prime.'],
    ['math', 'No', '17 has no divisors but 1 and 17, so it is prime.'],
    ['math', 'No', '91 = 7 × 13, so it is composite.'],
    [
      'math',
      'Monday',
      "If today is Monday, then in 100 days it'll be 100 mod 7 = 2 days later in the week, which is Wednesday.",
    ],
    ['math', 'Wednesday', '30 mod 7 = 2 days after Wednesday, which is Friday.'],
    ['math', 'Montag', 'Heute ist Montag. In drei Tagen ist also Donnerstag.'],
    ['math', 'infinitely many solutions', 'There are not infinitely many solutions, as 2x = 4 gives x = 2.'],
    ['math', 'infinitely many solutions', 'There are infinitely many primes, but the equation 2x = 4 has 1 solution.'],
    ['math', 'undefined', 'Division by zero is undefined, but here 5/1 = 5.'],
    ['math', 'undefined', '5/0 is not undefined.'],
    ['math', 'Mary', 'The fifth daughter is not Mary, so the fifth daughter is Nunu.'],
    ['math', 'Nunu', 'The father of Mary has five daughters, so the fifth daughter is Mary.'],
    ['math', 'No', 'It is not prime, so yes, it is composite: 91 = 7 × 13.'],
    ['math', 'No', '7 is not even, so 7 is odd.'],
    ['math', 'Yes', '7 is not even.'],
    ['math', 'infinitely many solutions', 'If 0 = 0, there would be infinitely many solutions, but here 0 = 5.'],
    ['math', 'No', '12 > 10, so it is not a problem.'],
    ['math', 'No', '12 > 10, so this is not too little.'],
    ['math', 'No', '26 = 5² + 1. If so, it is not a square, and yes, it is composite.'],
    ['math', 'infinitely many solutions', 'If a = 0, so there are infinitely many solutions.'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});
