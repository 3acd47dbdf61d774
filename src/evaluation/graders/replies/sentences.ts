/** Where the sentences of a reply begin and end. */

const BORDER = /[.!?…][*_"”)]{0,3}\s+|\n\s*/g;
/** Also behind the full stop of Chinese and Japanese. */
export const ANY_BORDER = /[.!?…。][*_"”)]{0,3}\s+|\n\s*/g;

/** Where the last sentence of a text begins, at most `longest` characters from its end. */
export function lastSentenceStart(text: string, longest: number, border: RegExp = BORDER): number {
  const from = Math.max(0, text.length - longest);
  const last = [...text.slice(from).trimEnd().matchAll(border)].at(-1);
  return last === undefined ? from : from + last.index + last[0].length;
}

const BEFORE_CAPITAL = /(?<=[.!?]\)?)\s+(?=[A-Z])|\n+/;
const ANYWHERE = /(?<=[.!?][$*_)]{0,3})\s+|\n\s*/;

/** The sentences of a text; with `beforeCapital` only where the next one begins with a capital, as `5 ft. 3 in.` is one. */
export const sentencesOf = (text: string, { beforeCapital = false } = {}): readonly string[] =>
  text.split(beforeCapital ? BEFORE_CAPITAL : ANYWHERE);
