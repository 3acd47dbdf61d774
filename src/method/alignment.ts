/**
 * One explanation in two tokenizations, as the reward needs it: which tokens of each side write the same piece of text.
 * The pieces are computed in text/alignment.ts.
 */
import { type Place, UsageError } from '../errors.js';
import { type LogProbs, sum } from './statistics.js';

/** Positions start, start + 1, ..., end - 1. Empty when start equals end. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A piece of text: the tokens of each side that write it. Spans count from the explanation's first token. */
export interface AlignedPiece {
  readonly teacher: Span;
  readonly student: Span;
}

/**
 * The log-prob of each piece on one side: the sum over its tokens, because the probability of a stretch of text is the
 * product over its tokens, in either tokenization.
 * @throws {UsageError} when the pieces do not cover the tokens in order and without gaps
 */
export function sumOverPieces(
  logProbs: LogProbs,
  pieces: readonly AlignedPiece[],
  side: 'teacher' | 'student',
  place: Place = {},
): Float64Array {
  const values = Float64Array.from(logProbs);
  let covered = 0;
  const sums = Float64Array.from(pieces, (piece, index) => {
    const { start, end } = piece[side];
    if (!(start === covered && Number.isInteger(end) && end >= start && end <= values.length)) {
      throw new UsageError(
        `piece ${index} has the ${side}'s tokens ${start} to ${end}; expected ${covered} to at most ${values.length}`,
        place,
      );
    }
    covered = end;
    return sum(values.subarray(start, end));
  });
  if (covered !== values.length) {
    throw new UsageError(`the pieces end at the ${side}'s token ${covered}; expected ${values.length}`, place);
  }
  return sums;
}
