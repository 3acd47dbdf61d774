/** Amounts in words that a sentence says: `It takes half an hour.`, `So she has a dozen.` */

import { NUMBER_WORD } from '../../../number-words.js';
import { sentencesOf } from '../../../replies/sentences.js';
import { leadingAmount } from '../../reading/words/compounds.js';
import { datesIn } from '../../reading/words/dates.js';
import { readPhrase } from '../../reading/words/phrases.js';
import { SHORT_TIME, SPOKEN_TIME, TIME_OF_DAY, timeOfDay } from '../../reading/words/times.js';

const MAX_SENTENCE = 200;
const VERB =
  /(?:\b(?:is|are|was|were|be|has|have|had|gets?|got|gives?|gave|leaves?|makes?|made|needs?|costs?|takes?|took|lasts?|weighs?|equals?|buys?|bought|sells?|sold|eats?|ate|earns?|earned|pays?|paid|total of|at|by|until|(?:ends?|ended|left) (?:up )?with)|\b(?:that|it|this|there)['’]s)\s+(?:exactly |only |just |now |about |approximately |still |left with |worth |him |her |them )*/gi;
/** Denials, bounds and alternatives, whose number is not the one that is said. */
export const OTHERWISE =
  /\b(?:not|never|no|nor|neither|if|unless|when|than|least|most|or|either|maybe|perhaps)\b|n['’]t\b|\?/i;
const NUMBER = new RegExp(
  String.raw`\b(?:${NUMBER_WORD}|dozen|half|halves|thirds?|quarters?|noon|midday|midnight)\b`,
  'i',
);
const CONCLUDES = /^\W*(?:so|thus|hence|therefore|then|finally|in total|in all|altogether)\b/i;

function lastSentence(text: string): string {
  const last = sentencesOf(text.slice(-2 * MAX_SENTENCE), { beforeCapital: true }).findLast((sentence) =>
    /\w/.test(sentence),
  );
  return last?.trim().replace(/(?<![ap]\.m)[.!\s]+$/i, '') ?? '';
}

const TIMES = new RegExp(
  String.raw`(?<![\w-])${SPOKEN_TIME}|(?<=^|\b(?:at|by|until|before|is|was|says|shows)\s+)${SHORT_TIME}`,
  'gi',
);

/** Between times that are one answer: `quarter to four and half past four`. */
const JOINS = /^\s*(?:,|,?\s*(?:and|or|to|until))\s*$/i;

/**
 * The date or time of day with which a sentence ends, or several times that it lists: `They meet at a quarter to four.` Undefined where it is denied,
 * or may only say when something else was counted.
 */
export function timeInSentence(text: string): string | undefined {
  const sentence = lastSentence(text);
  if (sentence.length > MAX_SENTENCE) return undefined;
  const inDay = timeOfDayInSentence(sentence) ?? dateInSentence(sentence);
  if (inDay !== undefined) return inDay;
  const times = [...sentence.matchAll(TIMES)];
  let start = sentence.length;
  for (const { index, 0: time } of times.reverse()) {
    const end = index + time.length;
    if (start === sentence.length ? end < start : !JOINS.test(sentence.slice(end, start))) break;
    start = index;
  }
  const before = sentence.slice(0, start);
  const isCircumstance = /\d/.test(before) && /\b(?:by|before|after|until)\s+$/i.test(before);
  if (start === sentence.length || isCircumstance || OTHERWISE.test(before)) return undefined;
  const said = sentence.slice(start);
  // `10 to 4` alone is a ratio.
  return start > 0 || timeOfDay(said)?.alone !== false ? said : undefined;
}

/** The date with which a sentence ends that has no other number: `The report is due on May 14.` */
function dateInSentence(sentence: string): string | undefined {
  const dates = datesIn(sentence);
  const last = dates.at(-1);
  if (last === undefined || last.start === 0 || last.end < sentence.length) return undefined;
  const before = sentence.slice(0, last.start);
  const others = dates.slice(0, -1).reduce((rest, { inner }) => rest.replace(inner, ''), before);
  return /\d/.test(others) || OTHERWISE.test(before) ? undefined : last.inner;
}

const AT_TIME_OF_DAY = new RegExp(String.raw`^(?:([^\d]*\b(?:at|by|until|is|was))\s+)?(${TIME_OF_DAY})$`, 'i');

/** `They meet at 8 in the morning`; behind another number it may only say when that was counted. */
function timeOfDayInSentence(sentence: string): string | undefined {
  const [, before = '', said = ''] = AT_TIME_OF_DAY.exec(sentence) ?? [];
  const isSaid = before === '' ? timeOfDay(said)?.alone === true : !OTHERWISE.test(before) && !NUMBER.test(before);
  return said === '' || !isSaid ? undefined : said;
}

/** What makes the amount in front of it a part of something else, or only one of several things that are said. */
export const GOES_ON =
  /^(?:of (?!them\b)|and\b|times\b|more\b|less\b|fewer\b|past\b)|,|\b(?:and|but|while|who|which|that)\b/i;

/** The amount in words at the beginning, where nothing behind it is another: `eighteen dollars for the shirt`. */
function amountBefore(said: string): string | undefined {
  const found = leadingAmount(said);
  return found === undefined || NUMBER.test(found.rest) || GOES_ON.test(found.rest) ? undefined : found.said;
}

/**
 * The amount that the last sentence says, where no digits say another; undefined for any other text. With `inside`, other words may follow
 * it, as they do in a reply that is one sentence; behind another answer such a sentence only adds to it.
 */
export function amountInSentence(text: string, { inside = false } = {}): string | undefined {
  const tail = text.slice(-2 * MAX_SENTENCE);
  if (!NUMBER.test(tail)) return undefined;
  const sentence = lastSentence(tail);
  if (sentence.length > MAX_SENTENCE || /\d/.test(sentence) || OTHERWISE.test(sentence)) return undefined;
  if (/\d/.test(text) && !CONCLUDES.test(sentence)) return undefined;
  const first = sentence.search(NUMBER);
  if (first < 0) return undefined;
  for (const verb of [...sentence.matchAll(VERB)].reverse()) {
    const said = sentence.slice(verb.index + verb[0].length);
    // Another number in front of the verb may be the result as well.
    if (first < verb.index) continue;
    const reading = readPhrase(said);
    // A sum is one amount in several units.
    const isAmount = reading?.kind === 'number' || reading?.kind === 'quantity' || reading?.kind === 'sum';
    if (isAmount || /^(?:noon|midday|midnight)$/i.test(said)) return said;
    const leading = inside ? amountBefore(said) : undefined;
    if (leading !== undefined) return leading;
  }
  return undefined;
}
