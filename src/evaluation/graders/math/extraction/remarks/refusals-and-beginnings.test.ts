import { describe, expect, it } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

describe('suppositions behind a refusal, and words to begin with', () => {
  it.each([
    [
      'math',
      '11',
      "Alright, so 47 divided by 4 is 11.75. Since you can't fill a partial box, he fills 11 boxes completely, with 3 oranges left over.",
    ],
    [
      'integer',
      '11',
      "Alright, so 47 divided by 4 is 11.75. Since you can't fill a partial box, he fills 11 boxes completely, with 3 oranges left over.",
    ],
    [
      'math',
      '7',
      "Okay, so 30 divided by 4 is 7.5. Since you can't use half a box, he fills 7 boxes completely, with 2 eggs left over.",
    ],
    [
      'integer',
      '7',
      "Okay, so 30 divided by 4 is 7.5. Since you can't use half a box, he fills 7 boxes completely, with 2 eggs left over.",
    ],
    ['math', '12', "Alright, so it's 12."],
    ['integer', '12', "Alright, so it's 12."],
    ['math', '12', 'Alright, 3 times 4 is 12.'],
    ['integer', '12', 'Alright, 3 times 4 is 12.'],
    ['math', '5', 'Sure! He fills 5 boxes completely, with 3 pens left over.'],
    ['integer', '5', 'Sure! He fills 5 boxes completely, with 3 pens left over.'],
    ['math', '8', "Right, she can't use the last one, so she has 8."],
    ['integer', '8', "Right, she can't use the last one, so she has 8."],
    ['math', '6', 'He fills 6 boxes completely, with 1 egg left over.'],
    ['integer', '6', 'He fills 6 boxes completely, with 1 egg left over.'],
    ['math', '40', 'If each ticket were $4, the total would be $40.'],
    ['integer', '40', 'If each ticket were $4, the total would be $40.'],
    ['math', '40', "At first it seems that it can't be solved. But the price is $4, so the total is 40."],
    ['integer', '40', "At first it seems that it can't be solved. But the price is $4, so the total is 40."],
  ])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

  it.each([
    [
      'math',
      '3',
      "The problem can't be solved without knowing the length of side AC. If AC were 5, then x would be 3.",
    ],
    [
      'integer',
      '3',
      "The problem can't be solved without knowing the length of side AC. If AC were 5, then x would be 3.",
    ],
    [
      'math',
      '5',
      "The problem can't be solved without knowing the length of side AC. If AC were 5, then x would be 3.",
    ],
    [
      'integer',
      '5',
      "The problem can't be solved without knowing the length of side AC. If AC were 5, then x would be 3.",
    ],
    ['math', '40', 'We cannot determine the total without the price. If each cost $4, then the total would be $40.'],
    ['integer', '40', 'We cannot determine the total without the price. If each cost $4, then the total would be $40.'],
    [
      'math',
      '40',
      'There is not enough information to find the total. For example, if each ticket were $4, it would be $40.',
    ],
    [
      'integer',
      '40',
      'There is not enough information to find the total. For example, if each ticket were $4, it would be $40.',
    ],
    ['math', '10', 'This question cannot be answered from the data. Suppose n = 2, then the result would be 10.'],
    ['integer', '10', 'This question cannot be answered from the data. Suppose n = 2, then the result would be 10.'],
    [
      'math',
      '3',
      "Alright, so 47 divided by 4 is 11.75. Since you can't fill a partial box, he fills 11 boxes completely, with 3 oranges left over.",
    ],
    [
      'integer',
      '3',
      "Alright, so 47 divided by 4 is 11.75. Since you can't fill a partial box, he fills 11 boxes completely, with 3 oranges left over.",
    ],
    [
      'math',
      '47',
      "Alright, so 47 divided by 4 is 11.75. Since you can't fill a partial box, he fills 11 boxes completely, with 3 oranges left over.",
    ],
    [
      'integer',
      '47',
      "Alright, so 47 divided by 4 is 11.75. Since you can't fill a partial box, he fills 11 boxes completely, with 3 oranges left over.",
    ],
    ['math', '11', 'Alright, so 47 divided by 4 is 11.75.'],
    ['integer', '11', 'Alright, so 47 divided by 4 is 11.75.'],
    ['math', '12', 'Alright, so 3 times 4 is not 12.'],
    ['integer', '12', 'Alright, so 3 times 4 is not 12.'],
  ])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
});
