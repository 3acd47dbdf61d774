/**
 * The date on which something was or is, as a last sentence states it beside other numbers or in front of more words: `Apollo 11 landed on
 * July 20, 1969.`, `Rome fell on June 4, 1944, after months of fighting.` Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { datesIn } from '../../reading/words/dates.js';
import { OTHERWISE } from '../values/in-words.js';

const LONGEST = 300;
const OF_OTHERS = /\b(?:some|many|people|says?|said|thinks?|thought|believes?|claims?)\b/i;
/** At the end: what is stated is the date. */
const STATES = /\b(?:is|was|be|on|falls|get|becomes)\s$/i;
/** The number of a name: `Apollo 11`. */
const NAMES = /\p{Lu}\p{L}+\s\d{1,3}(?![\d.,%])/gu;
/** What behind the date may state something else. */
const GOES_ON = /\d|\b(?:or|but|not|so|thus|hence|therefore|then|instead)\b|n['’]t\b/i;
/** A clause with another date, which only says how far that is from the one in front. */
const FROM_ANOTHER =
  /^,?\s(?:(?:an?|[a-z]+|\d{1,3})\s(?:days?|weeks?|months?|years?)\s)?(?:after|before|since)\s(?!.*(?:[;:=]|\b(?:so|thus|hence|therefore|then|but|which)\b)).*$/is;

/** The last sentence without the mark at its end. */
function lastOf(text: string): string {
  const end = text.trimEnd();
  return end
    .slice(lastSentenceStart(end, LONGEST))
    .replace(/\*\*/g, '')
    .replace(/[.!]\s*$/, '');
}

/** The date; undefined for any other text. */
export function statedDate(text: string): string | undefined {
  const sentence = lastOf(withoutOtherDate(text));
  const dates = sentence.length < LONGEST ? datesIn(sentence) : [];
  const [first] = dates;
  const last = dates.at(-1);
  if (first === undefined || last === undefined || OF_OTHERS.test(sentence)) return undefined;
  const before = sentence.slice(0, last.start);
  if (last.end === sentence.length && STATES.test(before)) return OTHERWISE.test(before) ? undefined : last.inner;
  const lead = sentence.slice(0, first.start).replace(NAMES, '');
  const isAlone = dates.length === 1 && /\bon\s$/i.test(lead) && !/\d/.test(lead) && !OTHERWISE.test(lead);
  return isAlone && !GOES_ON.test(sentence.slice(first.end)) ? first.inner : undefined;
}

/** A reply whose last sentence states a date, without a clause behind it about another. */
export function withoutOtherDate(text: string): string {
  const end = text.trimEnd();
  const start = lastSentenceStart(end, LONGEST);
  const sentence = end.slice(start);
  const dates = sentence.length < LONGEST ? datesIn(sentence) : [];
  const [first, second, ...others] = dates;
  if (first === undefined || second === undefined || others.length > 0) return text;
  const lead = sentence.slice(0, first.start).replace(NAMES, '');
  const isStated = /\b(?:on|is|was)\s$/i.test(lead) && !/\d/.test(lead) && !OTHERWISE.test(lead);
  return isStated && FROM_ANOTHER.test(sentence.slice(first.end)) ? `${end.slice(0, start + first.end)}.` : text;
}
