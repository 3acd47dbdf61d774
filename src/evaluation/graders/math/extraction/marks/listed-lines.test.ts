import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('lists on lines of their own', () => {
  it.each([
    ['math', '1, 2, 5, 10', 'The factors of 10 are:\n- 1\n- 2\n- 5\n- 10'],
    ['math', '1, 3, 9', 'The divisors of 9:\n\n* 1\n* 3\n* 9'],
    ['math', '1, 7', 'Factors:\n• 1\n• 7'],
    ['math', '2, 3, 5', 'The primes are:\n1. 2\n2. 3\n3. 5'],
    ['math', '2, 3, 5, 7', 'The prime numbers below 10 are:\n\n1) 2\n2) 3\n3) 5\n4) 7'],
    ['math', '-2, 3', 'The solutions are:\n- x = -2\n- x = 3'],
    ['math', '-3, 4', 'The roots are:\n- **-3**\n- **4**'],
    ['math', '4, 8, 12', 'So the multiples of 4 up to 12 are:\n\n- 4,\n- 8,\n- 12.'],
    ['math', 'HH, HT, TH, TT', 'The outcomes are:\n- HH\n- HT\n- TH\n- TT'],
    ['math', '1, 2, 4', 'We list the factors of 4.\n\nThe factors are:\n- 1\n- 2\n- 4'],
    ['math', '1/2, 3/4', 'The values are:\n- 1/2\n- 3/4'],
    ['math', '4', 'The factors of 6 are:\n- 1\n- 2\n- 3\n- 6\n\nSo there are 4 factors.'],
    ['math', '$2, $3', 'The prices are:\n- $2\n- $3'],
    ['math', '30', 'She spends $30 in all:\n- shoes $20\n- socks $10'],
    ['math', '8', 'Steps:\n1. 3 + 2 = 5\n2. 5 + 3 = 8'],
    ['integer', '8', 'Steps:\n1. 3 + 2 = 5\n2. 5 + 3 = 8'],
    ['math', '12', 'The parts are:\n- 5\n- 7\n\nTotal: 12'],
    ['integer', '12', 'The parts are:\n- 5\n- 7\n\nTotal: 12'],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    ['math', '10', 'The factors of 10 are:\n- 1\n- 2\n- 5\n- 10'],
    ['math', '-16', 'The factors of 10 are:\n- 1\n- 2\n- 5\n- 10'],
    ['math', '100', 'The factors are:\n\n* 1\n* 2\n* 5\n* 10'],
    ['math', '5', 'The primes are:\n1. 2\n2. 3\n3. 5'],
    ['math', '2, 3, 5, 7', 'The primes are:\n1. 2\n2. 3\n3. 5'],
    ['math', '1, 2, 3', 'The primes are:\n1. 2\n2. 3\n3. 5'],
    ['math', '7', 'The two numbers are not:\n- 5\n- 7'],
    ['integer', '7', 'The two numbers are not:\n- 5\n- 7'],
    ['math', '5, 7', 'The numbers cannot be:\n- 5\n- 7'],
    ['math', '1, 2, 5', 'The factors of 10 are:\n- 1\n- 2\n- 5\n- 10'],
    ['math', '9', 'The divisors of 9:\n\n* 1\n* 3\n* 9'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});
