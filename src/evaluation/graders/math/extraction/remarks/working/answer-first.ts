/**
 * A value that a reply begins with, and then only tells how it comes about: `315. We multiply 7 by 45, where 45 is the number of edges.`
 * Only where two numbers of what follows make the value, and nothing else is concluded. Linear in the length of the text.
 */
import { amountOf } from '../../values/counted-values.js';

const LONGEST = 400;
const FIRST =
  /^\s*[*_]{0,2}(?<sign>[$€£])?(?<number>\d(?:[\d.,]*\d)?)(?<noun>\s[a-z]+){0,2}[.!][*_]{0,2}\s+(?=[A-Z])(?<rest>[^\n]+)$/;
/** `**721.** One is the identity; the remaining 6! = 720.`: so large a number in bold type is no number of an item. */
const IN_BOLD = /^\s*\*\*(?<value>[$€£]?\d{3,}(?:[\d.,]*\d)?)[.!]?\*\*[.!]?\s+(?=[A-Z])(?<rest>[^\n*]+)$/;
/** What follows comes to something of its own, or takes the value back. */
const CONCLUDES =
  /\b(?:so|thus|therefore|hence|then|answer|wait|actually|but|however|not|no|sorry|oops|wrong|in total|altogether|finally|instead|if|would)\b|n['’]t\b|\\|\?|;/i;
const MAX_NUMBERS = 12;

/** Whether two of the numbers make the value. */
function makes(numbers: readonly number[], value: number): boolean {
  return numbers.some((a, index) =>
    numbers.some(
      (b, other) =>
        other > index &&
        [a * b, a + b, Math.abs(a - b), a / b, b / a].some((result) => Math.abs(result - value) < 1e-9),
    ),
  );
}

/** The value that a reply begins with, where the rest only tells how it comes about; else the reply. */
export function withoutWorkingBehind(text: string): string {
  if (text.length > LONGEST || !/^\s*[*_$€£]{0,3}\d/.test(text)) return text;
  const bold = IN_BOLD.exec(text.trimEnd())?.groups;
  if (bold?.value !== undefined && !CONCLUDES.test((bold.rest ?? '').replace(/;/g, ','))) return bold.value;
  const { sign = '', number = '', noun = '', rest = '' } = FIRST.exec(text.trimEnd())?.groups ?? {};
  if (rest === '' || CONCLUDES.test(rest)) return text;
  const value = amountOf(number);
  // `1. Add 5 and 7.` may be an item of a list.
  if (sign === '' && noun === '' && value < 10) return text;
  const numbers = (rest.match(/\d(?:[\d.,]*\d)?/g) ?? []).map(amountOf);
  return numbers.length <= MAX_NUMBERS && makes(numbers, value)
    ? text.slice(0, text.length - rest.length).trim()
    : text;
}
