/** Sentences that say what an answer looks like and not which it is: `The answer has 7 digits.` Linear in the length of the text. */
import { NUMBER_WORD } from '../../../number-words.js';

const FEATURES =
  '(?:digits?|decimals?|decimal (?:places?|digits?)|significant (?:figures?|digits?)|letters?|characters?|words?|figures?|parts?|terms?)';
const COUNT = String.raw`(?:exactly |only |at (?:least|most) |about )?(?:\d{1,4}|${NUMBER_WORD})`;
const PROPERTY = new RegExp(
  String.raw`(?<=^|[.!?]\s{1,3}|\n)[ \t]{0,3}(?:(?:so|thus|hence|therefore|note that|note:),?\s)?(?:the|my|our|this|your)\s(?:final\s)?answer\s(?:(?:has|have|had|contains?|consists\sof|(?:should|must|will)\s(?:have|contain))\s${COUNT}[\s-]${FEATURES}\b|(?:is|should be|must be)\s(?:an?\s)?(?:\d{1,3}|${NUMBER_WORD})[\s-]digits?\s(?:number|integer|value)\b)[^.!?\n,;:=\d]*(?:[.!?]|$|(?=\n))`,
  'gi',
);

/** The text without sentences that only say how an answer is written. */
export const withoutProperties = (text: string): string => (/answer/i.test(text) ? text.replace(PROPERTY, ' ') : text);
