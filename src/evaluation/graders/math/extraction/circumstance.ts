/**
 * A result that stands before the time or rate that it holds for: `She has 12 left after 3 days.` Only where the sentence leaves no
 * other reading: what somebody does in a time (`He reads 12 books in 4 days`) may be asked for either number, and is left alone.
 */
import { unitOf } from '../tree/units.js';
import { valuesIn } from './prose.js';

const TAIL = 400;
const ADVERBS = '(?:only |exactly |now |still |about |approximately |just |a total of )*';
/** What the result is of, and no infinitive, relative or further clause. */
const NOUNS = String.raw`(?:\s+(?!(?:to|that|which|who|and|or|but|of|so|than|enough|if|when)\b)[a-z]+){0,3}?(?:\s+of (?:the )?[a-z]+)?`;
const PLACE = String.raw`(?:\s+(?:in|on|at|for) (?:the|his|her|their|its) [a-z]+)?`;
const LEFT = String.raw`\s+(?:left(?: over)?|remaining|in total|in all|altogether)`;
const DURING = String.raw`\s+(?:after|within|during|over)\s+(?:the |all |these |those |only |just |about |another |first |next |last |a total of )*`;
const IN = String.raw`\s+(?:after|within|during|over|in|for|per|every|each)\s+(?:the |all |these |those |only |just |about |another |first |next |last |a total of )*`;

/** What stands before the result, and between it and the circumstance, which is a time but for `costs 12 dollars for 3 people`. */
const FORMS: readonly (readonly [before: RegExp, between: RegExp, isRate?: true])[] = [
  // `has 12 apples left after 3 days`
  [
    new RegExp(
      String.raw`\b(?:has|have|had|is|are|was|were|be|leaves?|leaving)\s+(?:left with )?${ADVERBS}[$€£]?$`,
      'i',
    ),
    new RegExp(`^${NOUNS}${LEFT}${PLACE}${IN}$`, 'i'),
  ],
  // `has 12 apples after 3 days`, `there are 12 apples after 3 days`
  [
    new RegExp(String.raw`\b(?:has|have|had|(?:there (?:is|are|was|were|will be)))\s+${ADVERBS}[$€£]?$`, 'i'),
    new RegExp(`^${NOUNS}${PLACE}${DURING}$`, 'i'),
  ],
  // `costs 12 dollars for 3 hours`, `the total is 12 dollars for 3 hours`
  [
    new RegExp(
      String.raw`\b(?:costs?|totals?|amounts? to|comes? to|adds? up to|(?:total|cost|price|bill|sum|fee|fare|charge|amount|rent|income|salary|profit|balance|distance|population|number of [a-z]+)\b[^.,;\d]{0,40}\b(?:is|are|was|were|will be))\s+${ADVERBS}[$€£]?$`,
      'i',
    ),
    new RegExp(`^${NOUNS}${IN}$`, 'i'),
    true,
  ],
  // `12 apples remain after 3 days`
  [
    new RegExp(String.raw`(?:^|[.!?,:]\s+|\b(?:so|then|thus|hence|therefore|that)\s+)${ADVERBS}[$€£]?$`, 'i'),
    new RegExp(
      String.raw`^${NOUNS}\s+(?:remains?|remained|(?:is|are|was|were|will be) (?:left(?: over)?|remaining))${PLACE}${IN}$`,
      'i',
    ),
  ],
];
/** Other numbers, bounds and conditions. */
const VAGUE =
  /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|double|half|if|when|until|unless|not|never|more|less|fewer)\b/i;

/** The result in front of a time or rate at the end of a text; undefined for any other text. */
export function resultBeforeCircumstance(text: string): string | undefined {
  const tail = text.slice(-TAIL);
  // Most answers are formulas or numbers, which need no more than this look.
  if (!/\s(?:after|within|during|over|in|for|per|every|each)\s/i.test(tail)) return undefined;
  const sentences = tail.split(/(?<=[.!?])\s+(?=[A-Z])|\n+/);
  const at = sentences.findLastIndex((sentence) => /\d/.test(sentence));
  const sentence = sentences[at]?.trim() ?? '';
  const begins = at > 0 || text.length <= TAIL;
  if (!begins || sentence.length > 200 || VAGUE.test(sentence)) return undefined;
  const [circumstance, result, ...others] = valuesIn(sentence).reverse();
  if (circumstance === undefined || result === undefined || others.length > 0) return undefined;
  // `3 days`, or what the rate is of; the sentence ends with it.
  const behind = sentence.slice(circumstance.start).replace(/^[\d.,]+\s*/, '');
  const [, unit = ''] = /^([a-z]+)\s?[.!]?$/i.exec(behind) ?? [];
  if (unit === '' || !/^[\d.,]+(?:\s|$)/.test(circumstance.inner)) return undefined;
  const { dimension, counted } = unitOf(unit);
  const isTime = dimension === 'time^1' || dimension === 'month^1';
  const counts = counted.length > 0 && /s$|^people$/.test(unit);
  const before = sentence.slice(0, result.start) + (/^[$€£]/.exec(result.inner)?.[0] ?? '');
  // A unit that was read with the number belongs to what stands between.
  const digits = /^[-−]?[$€£]?[\d.,/]*\d/.exec(result.inner)?.[0].length ?? result.inner.length;
  const between = sentence.slice(result.start + digits, circumstance.start);
  const isResult = FORMS.some(
    ([left, middle, isRate]) =>
      (isTime || (isRate === true && counts && /\b(?:for|per|every|each)\s/i.test(between))) &&
      left.test(before) &&
      middle.test(between),
  );
  return isResult ? result.inner : undefined;
}
