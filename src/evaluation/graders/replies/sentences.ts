/** Where the sentences of a reply begin. */

const BORDER = /[.!?…][*_"”)]{0,3}\s+|\n\s*/g;
/** Also behind the full stop of Chinese and Japanese. */
export const ANY_BORDER = /[.!?…。][*_"”)]{0,3}\s+|\n\s*/g;

/** Where the last sentence of a text begins, at most `longest` characters from its end. */
export function lastSentenceStart(text: string, longest: number, border: RegExp = BORDER): number {
  const from = Math.max(0, text.length - longest);
  const last = [...text.slice(from).trimEnd().matchAll(border)].at(-1);
  return last === undefined ? from : from + last.index + last[0].length;
}
