import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math/math.js';
import { integerGrader } from './integer.js';

const verdicts = (gold: string, reply: string) =>
  [mathGrader, integerGrader].map((grader) => grader.grade(gold, reply).verdict);

describe('facts behind an answer', () => {
  it.each([
    ['36', "There are 36 cups altogether. That's 12 more than last week!"],
    ['36', 'He needs 36 screws; screws come in boxes of 5.'],
    ['36', 'So Ann drove 36 miles, averaging 9 miles per day for 4 days.'],
    ['36', '12 + 24 = 36, where 12 is the number of boys.'],
    ['36', '12 + 24 = 36. Here 24 represents the girls.'],
    ['36', '36 comes from adding 14 to 22.'],
    ['36', '36° is the supplement of 144°; the two add up to 180°.'],
    ['120', '120 arrangements are possible for the 5 cups.'],
    ['120', '5! = 120 orders are possible when all 5 cups differ.'],
    ['120', 'We can line up the 5 cups in 120 ways.'],
    ['48', 'The price is 60 - 12 = $48. You save $12!'],
    ['13', 'The diagonal has length 13 when the sides are 5 and 12.'],
    ['13', 'The answer is the 6th prime, 13.'],
    ['8', '8.6 days, so 8 full days.'],
    ['8', 'Not sure whether 9 or 8... Looking at the graph: 8.'],
  ])('%s: %s', (gold, reply) => {
    expect(verdicts(gold, reply)).toEqual(['correct', 'correct']);
    for (const other of reply.match(/\d+/g) ?? []) {
      if (other !== gold) for (const verdict of verdicts(other, reply)) expect(verdict).not.toBe('correct');
    }
  });

  it.each([
    ['2', 'She drove 120 miles in 2 hours, averaging 60 mph.'],
    ['60', 'The shirt costs $60. You save $12.'],
    ['48', '60 - 48 = 12. You save $12.'],
    ['36', 'The total is 48. 36 comes from adding 12 to 24.'],
    ['9', '9 is too big. I am not sure it is 9, so it is 8.'],
    ['60', 'There are 60 pupils, where 24 is the number of girls.'],
    ['5', 'We can line up the 5 cups in 120 ways.'],
    ['6', 'The answer is the 6th prime, 13.'],
    ['9', '8.6 days, so 9 days, of which 8 are full days.'],
    ['9', 'Not sure whether 8 or 9... Anyway: 8.'],
    ['24', 'She has 36 eggs, where 24 is what Ann has, so Ben has 12.'],
    ['3', 'It has length 5 when the legs are 4 and 3.'],
    ['50', '36 results from subtracting 14 from 50.'],
    ['7', '120 orders are possible for the 5 books and 7 shelves.'],
  ])('%s is not said by: %s', (wrong, reply) => {
    for (const verdict of verdicts(wrong, reply)) expect(verdict).not.toBe('correct');
  });
});
