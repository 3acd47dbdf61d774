/**
 * A fraction in words that a last sentence states: at its end, beside numbers that say of what it is one (`each of the 8 kids gets one
 * eighth`), or as its subject (`Three-eighths of the pizza is left, since …`). Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { fractionInWords } from '../../reading/words/amounts.js';
import { OTHERWISE } from '../values/in-words.js';

const LONGEST = 200;
const COUNT = '(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven)';
const PART =
  '(?:halves|half|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|elevenths?|twelfths?)';
const FRACTION = String.raw`(?<fraction>a\s(?:half|quarter)|${COUNT}[\s-]${PART})`;
const WHOLE = String.raw`(?:\sof\s(?:the|a|an|his|her|their|its|all|this|that|these)(?:\s[a-z]+){1,3})`;
const END = String.raw`[.!]?\s*$`;

const MAY_HAVE = new RegExp(String.raw`\b${PART}\b`, 'i');
/** Numbers in front are given, and not what the fraction is said of (`3 slices, which is one quarter`). */
const AT_END = new RegExp(
  String.raw`^(?<before>[^=?;:]*?(?<!\b(?:which|that|or|and)\s)\b(?:is|are|was|were|be|gets?|got|receives?|received|eats?|ate|equals?|has|have|had|left with)\s(?:then\s|exactly\s|only\s|just\s)?)${FRACTION}(?:${WHOLE})?${END}`,
  'iu',
);
const SUBJECT = new RegExp(
  String.raw`^(?:(?:so|thus|hence|therefore|then|finally|in total),?\s)?(?:exactly\s|only\s)?${FRACTION}${WHOLE}\s(?:is|are|was|were|remains?|remained|has been|have been|will be|[a-z]{2,}ed)(?:\s(?!(?:and|or|but|not|of|than|more|less|what|how)\b)[a-z]+){0,4}(?:,?\s(?:since|because|as)\s(?![^.!?]*\b(?:so|thus|hence|therefore|then)\b)[^.!?\n]{1,120})?${END}`,
  'iu',
);

/** The fraction; undefined for any other text. */
export function fractionSaid(text: string): string | undefined {
  const sentence = text.slice(lastSentenceStart(text, LONGEST)).replace(/\*\*/g, '').trim();
  if (sentence.length >= LONGEST || !MAY_HAVE.test(sentence) || sentence.includes('\\')) return undefined;
  const found = SUBJECT.exec(sentence) ?? AT_END.exec(sentence);
  const { before = '', fraction = '' } = found?.groups ?? {};
  if (found === null || OTHERWISE.test(before)) return undefined;
  const words = fraction.toLowerCase().split(/[\s-]+/);
  return fractionInWords(words) === undefined ? undefined : words.join(' ');
}
