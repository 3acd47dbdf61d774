/**
 * Half-open ranges of positions in a sequence of ids, and sequences joined from segments, so that spans need no search.
 */
import type { Span } from '../method/alignment.js';
import { type TokenIds, tokenIds } from './tokens.js';

export type { Span } from '../method/alignment.js';

export function spanLength(span: Span): number {
  return span.end - span.start;
}

/** The positions of a span, as a request for log-probs lists them. */
export function positionsOf(span: Span): number[] {
  return Array.from({ length: spanLength(span) }, (_, i) => span.start + i);
}

/** Joins segments. The spans are those of the segments, in order. */
export function concatenate(segments: readonly TokenIds[]): {
  readonly ids: TokenIds;
  readonly spans: readonly Span[];
} {
  const ids: number[] = [];
  const spans = segments.map((segment) => {
    const start = ids.length;
    for (const id of segment) ids.push(id);
    return { start, end: ids.length };
  });
  return { ids: tokenIds(ids), spans };
}
