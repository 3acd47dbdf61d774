/** Finds where something begins that stands behind an answer, in front of which the answer is stated. */

const TAIL = 2000;
/** In front of what is found, spaces and marks are left aside over so many characters. */
const MARKS = 200;

/** The beginning of a sentence or line, with the marks of emphasis, headings and quotations in front of it. Source of a pattern. */
export const STARTS = String.raw`(?<=[.!?][*_"”)]{0,3}\s{1,3}|\n\s{0,3}|\n\s{0,3}-{3,}\s{0,3}\n\s{0,3})[*_#>]{0,5}\s?`;

const VALUE = String.raw`[-−+]?[$€£]?\\?\$?\d[\d.,/]*\s?(?:%|°)?\$?(?:\s\p{L}+){0,3}`;
const ALONE = new RegExp(String.raw`^[*_#>\s]*(?:(?:[\p{L}\s]{0,40}:)\s*)?[*_]*${VALUE}[*_]*[.!]?[*_]*$`, 'iu');
const IN_BOLD = new RegExp(String.raw`\*\*${VALUE}[.!]?\*\*[^\n\d]{0,60}$`, 'iu');
const IN_SENTENCE = /\p{L}{2,}[^\n]{0,200}\d[^\n]{0,80}$/u;

/** The last line of what stands before, or its end. */
export const lineBefore = (before: string): string => before.slice(before.lastIndexOf('\n') + 1).slice(-300);

/** Whether a line is a value alone. */
export const isAlone = (line: string): boolean => ALONE.test(line);
/** Whether a line ends with a value in bold type. */
export const endsInBold = (line: string): boolean => IN_BOLD.test(line);
/** Whether a line is a sentence with a value. */
export const saysValue = (line: string): boolean => IN_SENTENCE.test(line);

const TRIED = /^\W*(?:let|suppose|assume|try|test|say|guess|if|for|when)\b/i;
/** Whether a line ends by trying or setting a value, which has yet to be checked. */
export const isTried = (line: string): boolean => TRIED.test(line.split(/[.!?]\s+(?=\S)/).at(-1) ?? '');

/** A text up to the first place of `pattern`, which finds all, in front of which `isAnswered` and from which on `mayGo`. */
export function cutAt(
  text: string,
  pattern: RegExp,
  isAnswered: (before: string) => boolean,
  mayGo: (behind: string, found: string) => boolean = () => true,
): string {
  const from = Math.max(0, text.length - TAIL);
  for (const { index, 0: found } of text.slice(from).matchAll(pattern)) {
    const near = Math.max(0, from + index - MARKS);
    const marked = text.slice(near, from + index);
    const before = text.slice(0, near) + marked.replace(/(?:\s|(?<!-)-{3,}|[*_#]+$)+$/, '');
    if (isAnswered(before) && mayGo(text.slice(from + index), found)) return before;
  }
  return text;
}
