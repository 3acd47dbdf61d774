/**
 * Which tokens the released code of the paper counts as the contents of a tagged block (trainers/teacher_rewards.py,
 * `find_valid_subsequence`). It encodes the contents, blank lines included, by themselves, and looks for these ids in
 * the encoded whole: all of them; else without the first; else without the last; else without both. So blank lines count
 * where a text's own encoding agrees with the whole at its ends, and not where a token joins them with a tag.
 *
 * Two of its defects are not followed. It searches the whole sequence and can find the same ids elsewhere; here they
 * must stand between the tags. Where not even the shortened ids are found, it shortens the text itself and rewrites the
 * completion with escaped tags; here only the ids are shortened.
 */
import type { Span } from './spans.js';
import type { LaidOutText, Tokenizer } from './tokenizer/tokenizer.js';

/**
 * The span of the contents between pieces `first` and `last`, both included, whose text is `content`.
 * @throws {InputError} when the vocabulary cannot express the text
 */
export function releasedSpan(
  tokenizer: Tokenizer,
  { ids, starts, borders }: LaidOutText,
  content: string,
  first: number,
): Span {
  const begin = borders[first] ?? Number.NaN;
  const own = tokenizer.encode(content);
  const lengthOf = (id: number | undefined): number => (id === undefined ? 0 : tokenizer.bytesOf(id).length);

  /** Where own[from..to) stands in the whole, if it does. */
  const found = (from: number, to: number): Span | undefined => {
    const place = begin + (from === 1 ? lengthOf(own[0]) : 0);
    const start = starts.indexOf(place);
    if (start === -1) return undefined;
    for (let k = from; k < to; k++) if (ids[start + k - from] !== own[k]) return undefined;
    return { start, end: start + to - from };
  };
  for (let { length } = own; length > 0; length--) {
    const span =
      found(0, length) ??
      (length > 1 ? (found(1, length) ?? found(0, length - 1)) : undefined) ??
      (length > 2 ? found(1, length - 1) : undefined);
    if (span !== undefined) return span;
  }
  const nothing = starts.findIndex((start) => start >= begin);
  return { start: nothing, end: nothing };
}
