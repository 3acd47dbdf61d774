import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('results behind arrows', () => {
  it.each([
    ['math', '48', '48\n\nQ: A box has 5 pens. How many are in 4 boxes?\nA: 5 * 4 → 20'],
    [
      'math',
      '9',
      'Q: Tom has 4 apples and gets 5. How many? A: 4 + 5 = 9\n\nQ: Ann has 40 nuts and finds 3. How many? A: 40 + 3 → 43',
    ],
    [
      'integer',
      '30',
      'Q: How many seats are free?\nA: There are 60 seats and half are taken → 30 free seats, the other 30 being sold.',
    ],
    [
      'math',
      '24',
      'Q: How many legs do they have?\nA: 6 cows with 4 legs each → 24 legs, with 2 horns per cow on top.',
    ],
    ['math', '18', 'The 54 cards are split over 3 players → 18 cards for each, the rest of the box staying closed.'],
    ['integer', '7', '3 red and 4 blue → 7 in total.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '20', '48\n\nQ: A box has 5 pens. How many are in 4 boxes?\nA: 5 * 4 → 20'],
    [
      'math',
      '43',
      'Q: Tom has 4 apples and gets 5. How many? A: 4 + 5 = 9\n\nQ: Ann has 40 nuts and finds 3. How many? A: 40 + 3 → 43',
    ],
    [
      'integer',
      '60',
      'Q: How many seats are free?\nA: There are 60 seats and half are taken → 30 free seats, the other 30 being sold.',
    ],
    ['math', '8', 'Q: How many legs do they have?\nA: 6 cows with 4 legs each → 24 legs, with 2 horns per cow on top.'],
    ['math', '54', 'The 54 cards are split over 3 players → 18 cards for each, the rest of the box staying closed.'],
    ['integer', '3', '3 red and 4 blue → 7 in total.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
