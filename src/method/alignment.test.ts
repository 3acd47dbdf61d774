import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { sumOverPieces } from './alignment.js';
import { asLogProbs } from './statistics.js';

describe('sums over pieces', () => {
  const pieces = [
    { start: 0, end: 2 },
    { start: 2, end: 3 },
    { start: 3, end: 3 },
  ].map((span) => ({ teacher: span, student: span }));

  it('add the log-probs of each piece', () => {
    expect(Array.from(sumOverPieces(asLogProbs(asLogProbs([-1, -0.5, -2])), pieces, 'student'))).toEqual([-1.5, -2, 0]);
    expect(() => sumOverPieces(asLogProbs(asLogProbs([-1])), pieces, 'student')).toThrow(UsageError);
  });
});
