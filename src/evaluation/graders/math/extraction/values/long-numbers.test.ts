import { expect, test } from 'vitest';
import { graderNamed } from '../../../registry.js';

/** Patterns that divide a row of characters in more than one way do not end on these: each doubled the time. */
const ROWS = [
  ['digits behind a point', (n: number) => `It is 7.${'5'.repeat(n)} * 2 = 4.`],
  ['digits', (n: number) => `It costs ${'1234567890'.repeat(n / 10)} * 2 = 4.`],
  ['a division that goes on', (n: number) => `5 / 3 = 1.${'6'.repeat(n)}7 + 2 = 4`],
  ['powers and roots', (n: number) => `x = ${'2^2√3'.repeat(n / 5)} + 1 = 4`],
  ['brackets and letters', (n: number) => `y = ${'(aB)'.repeat(n / 4)} - 1 = 4`],
  ['a set of words', (n: number) => `{a and${' A and and A and'.repeat(n / 16)}'`],
  ['blanks between words', (n: number) => `A${'\t'.repeat(n)}A = 4`],
  ['units that were repeated', (n: number) => `It is A/(A*A^-${'0  A^-'.repeat(n / 6)}/ = 4.`],
] as const;

test.each(ROWS)('a long row of %s is graded', (_, rowOf) => {
  for (const name of ['math', 'integer'])
    for (const length of [20, 60, 600, 6000])
      expect(graderNamed(name).grade(rowOf(length), '4').verdict).toMatch(/^(?:correct|wrong|unparsable)$/);
});
