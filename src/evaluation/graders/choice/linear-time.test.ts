import { describe, expect, it } from 'vitest';
import { choiceGrader } from './choice.js';

/** The least processor time of a few tries in milliseconds, of which the first one may compile. */
function cost(prediction: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 2; tries++) {
    const before = process.cpuUsage();
    choiceGrader.grade('C', prediction);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const SHORT = 8_000;
/** Six times the length takes 36 times as long where the time grows with its square. */
const LONGER = 6;
const MOST_GROWTH = 14;
/** What compiling and other work beside it may take, in milliseconds. */
const FLOOR = 60;

describe('replies that repeat themselves take linear time', () => {
  it.each([
    'the ',
    'the  ',
    ' the',
    'my ',
    'our ',
    'best ',
    'right ',
    'correct ',
    'final ',
    'clear ',
    'top ',
    'most likely ',
    'the right ',
    'the final ',
    'is correct  ',
    'det ',
    'A and ',
    'A, ',
    'answer is ',
    'answer ',
    'option ',
    'not ',
    'no, ',
    'La réponse est B. Non, ',
    'wait, no, ',
    'is B. ',
    'Option C is true. ',
    'B. In fact, ',
    'If I had to guess, ',
    '不是A，',
    '答案',
    '选项A、',
    '等等，',
    ' ',
    '\n',
    '| A | ',
    '| A | no |\n',
    '[A-',
    'Answer (',
    'Answer: [',
    'except ',
  ])('%j', (unit) => {
    for (const [before, behind] of [
      ['', ''],
      ['So the answer is C. ', ''],
    ]) {
      const text = (length: number): string => `${before}${unit.repeat(length / unit.length)}${behind}`;
      expect(cost(text(SHORT * LONGER))).toBeLessThan(FLOOR + cost(text(SHORT)) * MOST_GROWTH);
    }
  });
});
