/**
 * Solutions that only hold numbers: instructions and descriptions with ports, versions, telephone numbers or waiting times
 * in them, none of which is what the text comes to. Everything is linear in the length of the text.
 */
import { looksLikeProse, valuesIn } from '../values/prose.js';
import { AFTERTHOUGHT, CONCLUDES, SAID, SAID_BEHIND, SENTENCE_END } from './worked.js';

/** A result is stated at the end. */
const TAIL = 4_000;

/** An equation, but for a setting (`timeout=30`), and an operation, but for dates, ranges and paths. */
const ARITHMETIC =
  /(?<![A-Za-z_-]{3})\s?[=≈]\s?[^\n=]{0,20}\d|[A-Za-z]\s[=≈]\s[^\n=]{0,20}\d|\d%?\s?[*×÷^]\s?[$€£]?\d|\d\s?\+\s?[$€£]?\d|\d\s[-−–/x]\s[$€£]?\d|\d\s(?:[a-z]+\s){0,3}?(?:times|plus|minus|divided by|multiplied by)\s/i;

/** Short instructions, which are no sentences to `looksLikeProse`: `Call 4711.` */
const ORDERS = /^(?:please\s+)?(?:call|dial|phone|ring|press|enter|type|open|wait|see|use|set|install|run|restart)\s/i;

/** A verb in the imperative or infinitive, of those that state a result in other forms: `Take 2 tablets`. */
const TOLD_TO =
  /(?:^|[,;:–—]\s*|\b(?:and|then|or|please|must|should|can|may|not|don['’]t)\s+)(?:be|get|give|leave|have|need|take|pay|spend|save|make|total)\s+(?:[a-z]+\s+){0,2}$/i;

/** What is done to a number of things, in word problems that calculate in words. */
const DONE =
  /\b(?:he|she|they|we|i|who|each|all|[A-Z][a-z]+)\s+(?:(?:will|would|can|could|now|then|still|must)\s+)?(?:work|sell|sold|buy|bought|eat|ate|use|read|find|found|win|won|lose|lost|walk|drive|drove|run|ran|collect|drink|drank|bake|travel|cover|pack|pick|plant|own|keep|kept|receive|share|hold|contain|burn|see|saw|make|made)(?:s|es|ed|d)?\s+(?:only |about |exactly |a total of |another )?[$€£]?$/;

/** `The train arrives at 5:30 pm.`: a time or a date is an answer wherever a sentence that orders nothing ends with it. */
const ENDS_IN_TIME = new RegExp(
  String.raw`^(?:the|it|he|she|they|we|that|this|[A-Z][a-z]+ [a-z]+(?:s|ed))\b.*\b(?:at|by|on|in|until|since|from|to)\s(?:the )?(?:\d{1,2}(?::\d{2})?\s?(?:[ap]\.?\s?m\b|o['’]clock)|\d{1,2}:\d{2}|\d{1,2}(?:st|nd|rd|th)?\s(?:of )?MONTH|MONTH\s\d{1,2}(?:st|nd|rd|th)?|(?:1\d|20)\d{2})(?:,?\s\d{4})?[.!]*$`.replaceAll(
    'MONTH',
    '(?:January|February|March|April|May|June|July|August|September|October|November|December)',
  ),
  'i',
);
/** `width 5 cm, length 10 cm`: an answer of several amounts with their names. */
const NAMED_AMOUNTS =
  /^(?:\p{L}[\p{L} ]{1,30}[:=]?\s[-−$€£]?\d[\d.,]*(?:\s?[\p{L}%°]{1,12})?(?:\s*[,;]\s*|\s+and\s+|\s*\.?$)){2,}$/u;
/** `14 (pieces of chalk)`, `The loop runs 6 times.`: an amount in front, but for the number of a step, or a count at the end. */
const COUNTED = /^[-−$€£]{0,2}\d(?![\d.]*[.)]\s)|\b[a-z]+s\s\d[\d,]*\stimes[.!]?$/;
/** Behind the only number of a text: it is told for the sake of something else. */
const GOES_ON = /[,;:]\s|\b(?:to|and|or|but|so|before|after|until|while|when|if|that|which|who|because|then)\b/i;
const MOST_WORDS_BEHIND = 4;

/** Whether a sentence says that one of its numbers is the result. `alone`: it is the only number of the whole text. */
function statesResult(sentence: string, alone: boolean): boolean {
  return valuesIn(sentence).some(({ start, end }) => {
    const before = sentence.slice(Math.max(0, start - 160), start);
    const behind = sentence.slice(end);
    if (SAID_BEHIND.test(behind.slice(0, 80))) return true;
    if (!SAID.test(before) && !DONE.test(before)) return CONCLUDES.test(before) && !alone;
    if (TOLD_TO.test(before)) return false;
    if (!alone || CONCLUDES.test(before)) return true;
    return !GOES_ON.test(behind) && behind.trim().split(/\s+/).length <= MOST_WORDS_BEHIND;
  });
}

/** Whether a text in words holds numbers, but neither calculates with them nor ends by saying that one is its result. */
export function holdsNoResult(source: string): boolean {
  const text = source.slice(-TAIL).trim();
  if (!/\d/.test(text) || text.includes('\\') || !(looksLikeProse(text) || ORDERS.test(text))) return false;
  if (ARITHMETIC.test(text) || COUNTED.test(text) || NAMED_AMOUNTS.test(text.slice(0, 300))) return false;
  const sentences = text.split(SENTENCE_END).filter((sentence) => /\w/.test(sentence) && !AFTERTHOUGHT.test(sentence));
  const last = sentences.at(-1) ?? '';
  if (ENDS_IN_TIME.test(last) && !ORDERS.test(last)) return false;
  return !/\d/.test(last) || !statesResult(last, valuesIn(text).length < 2);
}
