/** Half-open ranges of positions in a sequence of ids, and the ranges of the pieces that a text was made of. */

import type { Span } from '../method/alignment.js';
import { aNumber, objectWith, requireArguments } from '../method/arguments.js';
import type { LaidOutText } from './tokenizer/tokenizer.js';

export type { Span } from '../method/alignment.js';

export function spanLength(span: Span): number {
  return span.end - span.start;
}

/** The positions of a span, as a request for log-probs lists them. */
export function positionsOf(span: Span): number[] {
  requireArguments('positionsOf({ start: 0, end: 3 })', { span: [span, objectWith({ start: aNumber, end: aNumber })] });
  return Array.from({ length: spanLength(span) }, (_, i) => span.start + i);
}

/**
 * The tokens that begin in pieces `first` to `last`, both included. A token that crosses a border belongs to the piece
 * in which it begins, so that the spans of consecutive pieces leave no token out and share none: a full stop that is one
 * token with the line break after it belongs to the sentence, a tag that is one token with the line break after it to
 * the tag.
 */
export function spanOfPieces({ starts, borders }: LaidOutText, first: number, last = first): Span {
  const tokenAt = (piece: number): number => {
    const border = borders[piece];
    if (border === undefined) throw new RangeError(`the text has no piece ${piece}`);
    return firstFrom(starts, border);
  };
  return { start: tokenAt(first), end: tokenAt(last + 1) };
}

/** Where the first of the numbers, which never decrease, is that is not below a value; their count if all are. */
function firstFrom(numbers: readonly number[], value: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((numbers[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
