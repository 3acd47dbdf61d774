import { describe, expect, it } from 'vitest';
import { integerGrader } from './integer.js';

const verdict = (gold: string, reply: string) => integerGrader.grade(gold, reply).verdict;

describe('numbers in words beside digits', () => {
  it.each([
    ['0', '4', 'So there are zero ways to seat the 4 guests in 2 rows.'],
    ['12', '4', 'There are twelve ways to arrange the 4 flags.'],
    ['2000000000', '12', 'So the firm earned two billion dollars in 12 months.'],
  ])('%s and not %s: %s', (gold, other, reply) => {
    expect(verdict(gold, reply)).toBe('correct');
    expect(verdict(other, reply)).not.toBe('correct');
  });
});
