import { expect, test } from 'vitest';
import { graderNamed } from '../../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

// The answer first, and facts that confirm it.
test.each([
  [
    'math',
    '18',
    'Melanie had 18 vacuum cleaners to begin with. Working backwards: 5 left → 10 before the last house → 15 before that → 18 at the start.',
  ],
  [
    'integer',
    '18',
    'Melanie had 18 vacuum cleaners to begin with. Working backwards: 5 left → 10 before the last house → 15 before that → 18 at the start.',
  ],
  [
    'math',
    '18',
    'Melanie had 18 vacuum cleaners to begin with. Working backwards: 5 left, so 10 before the red house, 12 before that, and 18 at first.',
  ],
  [
    'integer',
    '18',
    'Melanie had 18 vacuum cleaners to begin with. Working backwards: 5 left, so 10 before the red house, 12 before that, and 18 at first.',
  ],
  ['math', '14', "Lisa is 14 years old. Her brother is 8, and she's 6 years older than him."],
  ['integer', '14', "Lisa is 14 years old. Her brother is 8, and she's 6 years older than him."],
  ['math', '35', 'The number is 35: its digits sum to 3 + 5 = 8, and reversing it gives 53, which is 18 more.'],
  ['integer', '35', 'The number is 35: its digits sum to 3 + 5 = 8, and reversing it gives 53, which is 18 more.'],
  ['math', '35', 'The number is 35: its digits sum to 8, and 53 is 18 more.'],
  ['integer', '35', 'The number is 35: its digits sum to 8, and 53 is 18 more.'],
  ['math', '14', 'Lisa is 14 years old. Her brother is 8, and 8 + 6 = 14.'],
  ['integer', '14', 'Lisa is 14 years old. Her brother is 8, and 8 + 6 = 14.'],
  ['math', '24', 'The answer must be 24. It is divisible by 4, by 6 and by 8.'],
  ['integer', '24', 'The answer must be 24. It is divisible by 4, by 6 and by 8.'],
  ['math', '8', 'Lisa is 14 years old. Her brother is 6 years younger than her. So her brother is 8.'],
  ['integer', '8', 'Lisa is 14 years old. Her brother is 6 years younger than her. So her brother is 8.'],
  ['math', '8', 'Lisa is 14 years old. Her brother is 6 years younger, so he is 8.'],
  ['integer', '8', 'Lisa is 14 years old. Her brother is 6 years younger, so he is 8.'],
  ['math', '13', 'Melanie had 18 vacuum cleaners to begin with. She sold 5. Now she has 13.'],
  ['integer', '13', 'Melanie had 18 vacuum cleaners to begin with. She sold 5. Now she has 13.'],
  ['math', '5', 'Melanie had 18 vacuum cleaners to begin with. Working forwards: 18 → 12 → 10 → 5.'],
  ['integer', '5', 'Melanie had 18 vacuum cleaners to begin with. Working forwards: 18 → 12 → 10 → 5.'],
  ['math', '20', 'The first number is 5: four times that is 20.'],
  ['integer', '20', 'The first number is 5: four times that is 20.'],
])('%s: %s is said by %j', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

test.each([
  ['math', '8', "Lisa is 14 years old. Her brother is 8, and she's 6 years older than him."],
  ['integer', '8', "Lisa is 14 years old. Her brother is 8, and she's 6 years older than him."],
  ['math', '6', "Lisa is 14 years old. Her brother is 8, and she's 6 years older than him."],
  ['integer', '6', "Lisa is 14 years old. Her brother is 8, and she's 6 years older than him."],
  ['math', '53', 'The number is 35: its digits sum to 3 + 5 = 8, and reversing it gives 53, which is 18 more.'],
  ['integer', '53', 'The number is 35: its digits sum to 3 + 5 = 8, and reversing it gives 53, which is 18 more.'],
  ['math', '18', 'The number is 35: its digits sum to 3 + 5 = 8, and reversing it gives 53, which is 18 more.'],
  ['integer', '18', 'The number is 35: its digits sum to 3 + 5 = 8, and reversing it gives 53, which is 18 more.'],
  [
    'math',
    '5',
    'Melanie had 18 vacuum cleaners to begin with. Working backwards: 5 left → 10 before the last house → 15 before that → 18 at the start.',
  ],
  [
    'integer',
    '5',
    'Melanie had 18 vacuum cleaners to begin with. Working backwards: 5 left → 10 before the last house → 15 before that → 18 at the start.',
  ],
  ['math', '14', 'Lisa is 14 years old. Her brother is 6 years younger than her. So her brother is 8.'],
  ['integer', '14', 'Lisa is 14 years old. Her brother is 6 years younger than her. So her brother is 8.'],
  ['math', '14', 'Lisa is 14 years old. Her brother is 6 years younger, so he is 8.'],
  ['integer', '14', 'Lisa is 14 years old. Her brother is 6 years younger, so he is 8.'],
  ['math', '14', 'Lisa is 14 years old. Her brother is 6 years younger. How old is he?'],
  ['integer', '14', 'Lisa is 14 years old. Her brother is 6 years younger. How old is he?'],
  ['math', '18', 'Melanie had 18 vacuum cleaners to begin with. She sold 5. Now she has 13.'],
  ['integer', '18', 'Melanie had 18 vacuum cleaners to begin with. She sold 5. Now she has 13.'],
  ['math', '18', 'Melanie had 18 vacuum cleaners to begin with. Working forwards: 18 → 12 → 10 → 5.'],
  ['integer', '18', 'Melanie had 18 vacuum cleaners to begin with. Working forwards: 18 → 12 → 10 → 5.'],
  ['math', '35', 'The number is 35: twice that is 70, and adding 3 gives 73.'],
  ['integer', '35', 'The number is 35: twice that is 70, and adding 3 gives 73.'],
  ['math', '35', 'The number is 35: its double is 70.'],
  ['integer', '35', 'The number is 35: its double is 70.'],
  ['math', '12', 'Tom is 12. His father is 40, and he is 28 years older than Tom. Together they are 52.'],
  ['integer', '12', 'Tom is 12. His father is 40, and he is 28 years older than Tom. Together they are 52.'],
  ['math', '5', 'The first number is 5: four times that is 20.'],
  ['integer', '5', 'The first number is 5: four times that is 20.'],
])('%s: %s is not said by %j', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
