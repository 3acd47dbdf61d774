import { describe, expect, it } from 'vitest';
import { readChoice } from './choice.js';

describe('the only option that a reply leaves', () => {
  it.each([
    ['Only C; A, B and D all fail.', 'C'],
    ['C is the only one that holds; A, B, and D are all wrong.', 'C'],
    ['D alone survives; the rest are false.', 'D'],
    ['A, B and D all fail, so only C is left.', 'C'],
    ['Only A meets the requirement; B, C and D all give odd results.', 'A'],
    ['B is the only statement that is true. A, C, and D are false.', 'B'],
    ['C is the only option that satisfies both conditions; the others fail the first.', 'C'],
  ])('%s is %s', (reply, letter) => {
    expect(readChoice(reply)?.letter).toBe(letter);
  });

  it.each([
    'A is the only one that fails; B, C and D all hold.',
    'Only A fails; B, C and D are fine.',
    'Only A is wrong.',
    'Not only C; A and B hold as well.',
    'Only C can be ruled out; A, B and D remain.',
    'B is the only one that does not hold; A, C and D are right.',
    'Only A meets the requirement; B, C and D all meet it too.',
    'It cannot be that only C holds; A, B and D are wrong too.',
    'If only C; then A, B and D would fail.',
    'Only C and D; A and B fail.',
    'Only C; A, C and D all fail.',
  ])('is none in %s', (reply) => {
    expect(readChoice(reply)).toBeUndefined();
  });
});
