/**
 * A result that stands before what it holds for: a time or rate (`She has 12 left after 3 days.`), the whole that it is a part of
 * (`Each gets 3 of the 12 apples.`), or what was taken away (`She has 8 left after eating 4.`). Only where the sentence leaves no
 * other reading: what somebody does in a time (`He reads 12 books in 4 days`) may be asked for either number, and is left alone.
 */
import { sentencesOf } from '../../../replies/sentences.js';
import { unitOf } from '../../tree/units.js';
import { valuesIn } from '../values/prose.js';

const TAIL = 400;
const ADVERBS = '(?:only |exactly |now |still |about |approximately |just |a total of )*';
/** What the result is of, and no infinitive, relative or further clause. */
const NOUNS = String.raw`(?:\s+(?!(?:to|that|which|who|and|or|but|of|so|than|enough|if|when)\b)[a-z]+){0,3}?(?:\s+of (?:the )?[a-z]+)?`;
const PLACE = String.raw`(?:\s+(?:in|on|at|for) (?:the|his|her|their|its) [a-z]+)?`;
const LEFT = String.raw`\s+(?:left(?: over)?|remaining|in total|in all|altogether)`;
const DURING = String.raw`\s+(?:after|within|during|over)\s+(?:the |all |these |those |only |just |about |another |first |next |last |a total of )*`;
const IN = String.raw`\s+(?:after|within|during|over|in|for|per|every|each)\s+(?:the |all |these |those |only |just |about |another |first |next |last |a total of )*`;

/** What stands before the result, and between it and the circumstance, which is a time but for `costs 12 dollars for 3 people`. */
type Form = readonly [before: RegExp, between: RegExp, isRate?: true];
const FORMS: readonly [Form, ...Form[]] = [
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
/** `It takes 20 minutes for 5 people` */
const TAKES: Form = [
  new RegExp(String.raw`\bit (?:takes|took|will take|would take)\s+${ADVERBS}$`, 'i'),
  /^\s+(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\s+for\s+(?:the |all |these |those |only )*$/i,
  true,
];
/** `has 8 apples left after eating 4`, `there are 8 left after she gave 4 away` */
const TAKEN_AWAY: readonly [before: RegExp, between: RegExp, behind: RegExp] = [
  FORMS[0][0],
  new RegExp(
    String.raw`^${NOUNS}${LEFT}${PLACE}\s+(?:after|once|when|because|since)\s+(?:(?:he|she|it|they|we|[A-Z][a-z]+|the [a-z]+)\s+)?[a-z]+(?:\s+(?:away|up|out|off|him|her|them|only|the|another))*\s+$`,
  ),
  /^\d[\d.,]*(?:\s+[a-z]+){0,4}\s?[.!]?$/,
];
/** `3 of the 12`, `3 out of 12`, `10 remain out of 12`: the number, what stands between, and the whole. */
const PART_OF_WHOLE =
  /(?<![\w.,/$€£%-])(\d[\d,]*)((?:\s+(?:(?:is|are|was|were)\s+)?(?:left(?: over)?|remains?|remained|remaining))?|(?:\s+[a-z]+){0,2}\s+(?:(?:is|are|was|were)\s+)?(?:left(?: over)?|remains?|remained|remaining))\s+(?:out of|of|(?<=\b(?:left|remains?|remaining)\s+)from)\s+(?:(?:all|the|his|her|their|its|our|these|those|original|initial|a total of)\s+)*(\d[\d,]*\d|\d)(?![\d%/]|\.\d)(\s+(?:[a-z]+\s+)?(?:remain|(?:is|are|was|were)\s+(?:left|remaining))\b)?/gi;
/** A share is asked for: `The probability is 1 out of 2.` */
const SHARE =
  /\b(?:probability|chances?|odds|likelihood|fraction|proportion|ratio|share)\b[^.\d]{0,60}\b(?:is|are|was|be|=|of)\s+(?:exactly |about |a )?(\d{1,9})\s+(?:out of|in)\s+(\d{1,9})(?: chance)?\s*[.!]?$/i;

/** Other numbers, bounds and conditions. */
const VAGUE =
  /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|double|half|if|when|until|unless|not|never|more|less|fewer)\b/i;

const wholeNumber = (digits: string): number => Number(digits.replaceAll(',', ''));

/** A sentence without the wholes of which it names a part; `5 out of 8 students` is a share. */
function withoutWholes(sentence: string): string {
  return sentence.replace(PART_OF_WHOLE, (same, part: string, between: string, whole: string, behind = '') =>
    wholeNumber(part) < wholeNumber(whole) && (between !== '' || behind !== '' || !/\bof\s+\d/.test(same))
      ? part + between + behind
      : same,
  );
}

/** The result in front of a time, a rate or a whole at the end of a text; undefined for any other text. */
export function resultBeforeCircumstance(text: string): string | undefined {
  const tail = text.slice(-TAIL);
  // Most answers are formulas or numbers, which need no more than this look.
  if (!/\s(?:after|within|during|over|in|for|per|every|each|of|from|once|when|because|since)\s/i.test(tail))
    return undefined;
  const sentences = sentencesOf(tail, { beforeCapital: true });
  const at = sentences.findLastIndex((sentence) => /\d/.test(sentence));
  const said = sentences[at]?.trim() ?? '';
  const begins = at > 0 || text.length <= TAIL;
  if (!begins || said.length > 200) return undefined;
  const [, part, whole] = SHARE.exec(said) ?? [];
  if (part !== undefined && whole !== undefined) return `${part}/${whole}`;
  const sentence = withoutWholes(said);
  if (VAGUE.test(sentence.replace(/\bwhen\b/i, ''))) return undefined;
  const [circumstance, result, ...others] = valuesIn(sentence).reverse();
  if (circumstance === undefined || others.length > 0) return undefined;
  // `1 out of 2` alone is a share.
  if (result === undefined)
    return sentence === said || /^\d[\d,]*$/.test(sentence.replace(/[.!]$/, ''))
      ? undefined
      : circumstance.inner.replace(/[.,]$/, '');
  // `3 days`, or what the rate is of; the sentence ends with it.
  const behind = sentence.slice(circumstance.start).replace(/^[\d.,]+\s*/, '');
  const digits = /^[-−]?[$€£]?[\d.,/]*\d/.exec(result.inner)?.[0].length ?? result.inner.length;
  // A unit that was read with the number belongs to what stands between.
  const between = sentence.slice(result.start + digits, circumstance.start);
  const before = sentence.slice(0, result.start) + (/^[$€£]/.exec(result.inner)?.[0] ?? '');
  const [has, takenAway, rest] = TAKEN_AWAY;
  if (has.test(before) && takenAway.test(between) && rest.test(sentence.slice(circumstance.start))) return result.inner;
  if (/\bwhen\b/i.test(sentence)) return undefined;
  const [, unit = ''] = /^([a-z]+)(?:\s+to\s+[a-z ]{1,60})?\s?[.!]?$/i.exec(behind) ?? [];
  if (unit === '' || !/^[\d.,]+(?:\s|$)/.test(circumstance.inner)) return undefined;
  const { dimension, counted } = unitOf(unit);
  const isTime = dimension === 'time^1' || dimension === 'month^1';
  const counts = counted.length > 0 && /s$|^people$/.test(unit);
  const isResult = [...FORMS, TAKES].some(
    ([left, middle, isRate]) =>
      (isTime || (isRate === true && counts && /\b(?:for|per|every|each)\s/i.test(between))) &&
      left.test(before) &&
      middle.test(between),
  );
  return isResult ? result.inner : undefined;
}
