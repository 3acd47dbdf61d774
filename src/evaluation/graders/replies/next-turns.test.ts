import { describe, expect, it } from 'vitest';
import { graderNamed } from '../registry.js';
import { withoutNextTurn } from './next-turns.js';

describe('the next turn of a base model', () => {
  it.each([
    ['math', '4 crates of 9 hold 36.\n\nHuman: What is 5 times 7?\n\nAssistant: 5 times 7 is 35.', '36', '35'],
    ['math', 'The sum is 36.\nUser: And what is 4 + 4?\nAssistant: 8', '36', '8'],
    ['math', 'She has 36 eggs.\n\nQuestion: Tom has 5 pears and eats 2. How many are left?\nAnswer: 3', '36', '3'],
    ['math', '36\n\nQ: What is 2+2?\nA: 4', '36', '4'],
    ['math', '36\n\n### Instruction:\nWhat is 2+2?\n\n### Response:\n4', '36', '4'],
    ['math', 'The area is 36.\n\n## Problem 2\nFind the area of a square with side 2.\n\nSolution: 4', '36', '4'],
    ['math', '36</s>[INST] What is 1+1? [/INST] 2', '36', '2'],
    ['math', '\\boxed{36}\n\nHuman: What is 5*7?\n\nAssistant: \\boxed{35}', '36', '35'],
    ['math', 'Question: What is 3 * 12?\nAnswer: 36\n\nQuestion: What is 2 * 2?\nAnswer: 4', '36', '4'],
    ['math', '<think>Human: perhaps 5?</think>36\n\nHuman: 2+2?\n\nAssistant: 4', '36', '4'],
    ['integer', 'So there are 36 ways.\n\nHuman: How many ways to seat 3 people?\n\nAssistant: 6', '36', '6'],
    ['choice', 'C\n\nQuestion: Which is a metal?\nA) Iron B) Helium\nAnswer: A', 'C', 'A'],
    ['choice', 'The answer is C.\n\nHuman: Which is the largest?\n\nAssistant: The answer is B.', 'C', 'B'],
    ['choice', 'So B.\n\n### Instruction:\nName a metal.\n\n### Response:\nIron, so A.', 'B', 'A'],
  ])('is no part of a reply for %s: %j', (grader, reply, answer, next) => {
    expect(graderNamed(grader).grade(answer, reply).verdict).toBe('correct');
    expect(graderNamed(grader).grade(next, reply).verdict).not.toBe('correct');
  });

  it.each([
    'There are 5 red ones.\n\nQ: How many in total with 13 green ones?\nA: 18',
    'Question: What is 3 * 12?\nAnswer: 36',
    '**User:** what is 3 * 12?\n\n**Assistant:** 36',
    'Let us restate.\n\nQuestion: What is 3 * 12?\n\nWe compute 3 * 12 = 36.',
    'Here is the solution in 2 steps.\n\n**Problem:** She has 3 boxes of 12.\n**Solution:** 3 * 12 = 36',
    'Tom has 12 pears and gives 5 away.\n\nQuestion: How many are left?\n\nAnswer: 7',
    'First, 12 * 2 = 24.\n\nQuestion: what is the rest?\nThe rest is 36 - 24 = 12, so the answer is 12.',
    '<think>The 3 boxes.\nUser: asked for 3 * 12.\nSo 36.</think>\n36',
  ])('is not what a reply says of its own problem: %j', (reply) => {
    expect(withoutNextTurn(reply)).toBe(reply);
  });
});
