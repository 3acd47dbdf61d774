import { expect, test } from 'vitest';
import { countFitting, leftOutNotes } from './left-out.js';

/** Items of these lengths, and how many of them were looked at. */
function counted(lengths: readonly number[], most: number) {
  let looked = 0;
  const found = countFitting(
    lengths.map((length) => ({ question: 'q'.repeat(length), solution: '' })),
    ({ question }) => {
      looked += 1;
      return question.length <= most;
    },
  );
  return { found, looked };
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

test('what is too long is counted, the longest first, and the rest is not encoded', () => {
  expect(counted([9, 1, 7, 3], 5)).toEqual({ found: { of: 4, tooLong: 2 }, looked: 4 });
  expect(counted(upTo(500), 489)).toEqual({ found: { of: 500, tooLong: 10 }, looked: 42 });
  expect(counted([], 5).found).toEqual({ of: 0, tooLong: 0 });
});

test('where very many are too long, only that some fit is found out', () => {
  expect(counted(upTo(5000), 100)).toEqual({ found: { of: 5000, tooLong: 1000, atLeast: true }, looked: 1001 });
  // That none fits is never guessed.
  expect(counted(upTo(1500), -1)).toEqual({ found: { of: 1500, tooLong: 1500 }, looked: 1500 });
});

test('the count is said, unless all fit', () => {
  expect(leftOutNotes({ of: 5, tooLong: 3 }, 'examples', 'too long')).toEqual(['left out 3 of 5 examples: too long']);
  expect(leftOutNotes({ of: 5, tooLong: 3, atLeast: true }, 'examples', 'too long')).toEqual([
    'left out at least 3 of 5 examples: too long',
  ]);
  expect(leftOutNotes({ of: 5, tooLong: 0 }, 'examples', 'too long')).toEqual([]);
});
