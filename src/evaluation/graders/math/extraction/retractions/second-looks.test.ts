import { expect, test } from 'vitest';
import { graderNamed } from '../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

test.each([
  ['math', '8', 'Answer: 6. After recounting: 8.'],
  ['math', '8', 'Answer: 6\nRevised: 8'],
  ['math', '8', 'The answer is 6. I stand corrected: 8.'],
  ['math', '8', 'The answer is 6. Or rather 8.'],
  ['math', '8', 'The answer is 6. Looking again, 8.'],
  ['math', '8', '\\boxed{6} (should be 8)'],
  ['math', '8', '\\boxed{6}. Erratum: 8.'],
  ['math', '8', "The answer is 6. Just kidding, it's 8."],
  ['math', '9', 'The answer is 7. Update after rechecking: 9'],
  ['integer', '8', 'Answer: 6. After recounting: 8.'],
  ['integer', '8', '\\boxed{6} (should be 8)'],
  ['integer', '8', 'The answer is 6. I stand corrected: 8.'],
  ['math', '8', 'The answer is 6. On closer inspection, it is 8.'],
  ['math', '8', 'The answer is 6 apples. After double-checking, it is 8 apples.'],
  ['math', '8', '\\boxed{6}\n\nAfter rechecking my work, the answer should be \\boxed{8}.'],
  ['math', '8', 'Answer: 6\nCorrected: 8'],
  ['math', '8', 'The answer is 6 (corrigendum: 8).'],
  ['math', '8', 'The answer is 6 (should have been 8).'],
  ['math', '8', 'The answer is 6. Upon review, 8.'],
  ['math', '8', 'I get 6. Recounting, I get 8.'],
  ['math', '8', '6. Just kidding, 8.'],
  ['math', '6', 'The answer is 6. After rechecking: 6.'],
  ['math', '6', 'The answer is 6. Looking again, 6 is right.'],
  ['math', '6', 'The answer is 6. Looking again at the 8 boxes, nothing changes.'],
  ['math', '6', 'After recounting, the answer is 6.'],
  ['math', '6', 'There were 8 apples. After eating 2: 6.'],
  ['math', '6', '\\boxed{6} (should be an integer, and it is)'],
  ['math', '6', 'The answer is 6. Update: checked with 8 cases.'],
  ['math', '6', 'The answer is 6. (The sum should be 8, and 6 + 2 = 8.)'],
  ['math', '6', 'The answer is 6. After rechecking: 2 + 4 = 6.'],
  ['math', '8', 'The first count was 6. After recounting: 8.'],
  ['math', '6', 'The answer is 6. After checking, 4 + 4 = 8, so the answer is 6.'],
])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

test.each([
  ['math', '6', 'Answer: 6. After recounting: 8.'],
  ['math', '6', 'Answer: 6\nRevised: 8'],
  ['math', '6', 'The answer is 6. I stand corrected: 8.'],
  ['math', '6', 'The answer is 6. Or rather 8.'],
  ['math', '6', 'The answer is 6. Looking again, 8.'],
  ['math', '6', '\\boxed{6} (should be 8)'],
  ['math', '6', '\\boxed{6}. Erratum: 8.'],
  ['math', '6', "The answer is 6. Just kidding, it's 8."],
  ['math', '7', 'The answer is 7. Update after rechecking: 9'],
  ['integer', '6', '\\boxed{6}. Erratum: 8.'],
  ['integer', '6', 'The answer is 6. On closer inspection, it is 8.'],
  ['math', '6', 'The answer is 6. Upon review, 8.'],
])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
