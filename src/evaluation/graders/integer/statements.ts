/**
 * Statements of a whole number beside a value that is none, or beside other numbers: what is asked of a fraction behind its box
 * (`\boxed{\frac{16}{17}}, so m + n = 33`), a count (`there are twelve ways to arrange the 4 flags`), an amount in two units (`204
 * minutes, i.e. 3.4 hours`), a number with a remark about it (`64, the square of 8`) and an ordinal. Linear in the length of the text.
 */

import { boxesIn } from '../../../text/boxed.js';
import { NUMBER_WORD } from '../number-words.js';
import { sentencesOf } from '../replies/sentences.js';

const TAIL = 600;
const LONGEST_REPLY = 150;

const TERM = String.raw`(?:\d*[a-z](?:_\{?\d\}?)?|\d+)`;
/** A sum of letters or of the numbers that they stand for, and what it is: `m + n = 16 + 17 = 33`. */
const COMBINED = new RegExp(
  String.raw`(?<![\w\\^/])(?:${TERM}(?:\s*[+\-−]\s*${TERM}){1,4}|[mnpq]{2})\s*=\s*[^,;\n]{1,80}`,
  'gi',
);
const REQUESTED =
  /\b(?:answer|(?:requested|desired|required|final)\s+(?:sum|value|quantity|result|number|difference|product)|(?:sum|product) of (?:the |its )?(?:numerator and (?:the )?denominator|[a-z] and [a-z]))\s*(?:is|=|:)/i;
const UNSURE =
  /\b(?:not|never|if|would|were|but|suppose|because|since|as|check|wrong|incorrect|wait|actually|or|other|could|might|chance)\b|n['’]t\b|\?/i;

/** What a reply says behind its last box about the value in it: the sentence that holds what was asked for. */
export function statedBehindBox(reply: string): string | undefined {
  const box = boxesIn(reply).at(-1);
  if (box === undefined || !box.closed) return undefined;
  const behind = reply.slice(box.end, box.end + TAIL).replace(/^[\s$.,;:)\]\\]+/, '');
  for (const sentence of sentencesOf(behind).toReversed()) {
    if (UNSURE.test(sentence)) continue;
    const plain = sentence.replace(/\\[()[\]]|\$/g, ' ');
    const [combined, ...others] = [...plain.matchAll(COMBINED)].map(([equation]) => equation);
    if (others.length > 0) return undefined;
    if (combined !== undefined) return combined.trim().replace(/[.*\s]+$/, '');
    if (REQUESTED.test(plain)) return sentence;
  }
  return undefined;
}

const NUMBER = String.raw`\$?\d[\d,]*\$?|(?:an?\s)?${NUMBER_WORD}(?:(?:\s|-|\sand\s)${NUMBER_WORD})*`;
const COUNTED = new RegExp(
  String.raw`^(?:(?:so|thus|hence|therefore|consequently|finally|in total|overall|altogether|we find that|it follows that|this means that),?\s+){0,2}there\s+(?:are|is|were|will be|must be)\s+(?:(?:exactly|only|precisely|therefore|thus|altogether|a total of|in total)\s+){0,2}(${NUMBER})\s+(?!(?:${NUMBER_WORD}|dozens?|scores?|pairs?)\b)([a-z][^\n]*)$`,
  'i',
);
const NUMBERED = new RegExp(String.raw`[\d$]|\b${NUMBER_WORD}\b`, 'i');
/** What goes on to another number, or compares. */
const GOES_ON =
  /^(?:times|more|fewer|less|percent|and|or|out)\b|\b(?:so|total|giving|making|hence|thus|therefore|altogether|each|but|then|plus|minus|times|or|if)\b|\band\b[^$]*\d|,\s*(?:and|which|of)\b|\d\s*=\s*\d|≈/i;

/** The number of things that the last sentence says there are, where it names other numbers behind it. */
export function statedCount(reply: string): string | undefined {
  if (/\\f?boxed|\banswer\b|#{4}/i.test(reply.slice(-TAIL))) return undefined;
  const sentence = sentencesOf(reply.trim().slice(-TAIL)).at(-1) ?? '';
  const [, number, rest] = COUNTED.exec(sentence) ?? [];
  if (number === undefined || rest === undefined || !NUMBERED.test(rest) || GOES_ON.test(rest)) return undefined;
  // `There are 12 days in the plan, leaving 6 days.`
  if (/,[^,]*\d/.test(rest.replace(/\$[^$]*\$|\([^()]*\)/g, ''))) return undefined;
  return number.replace(/\$/g, '');
}

/** What a reply that is nothing but a number says of it. */
const REMARKED =
  /^\s*(-?\d[\d,]*)(?:,\s(?:which\b|an?\s(?=[a-z])|the\s(?!other|first|second|rest)(?=[a-z]))|\swhich\sis\s|\s\(=\s)[^,;\n]{1,100}$/i;
const REFUSED = /\b(?:not|never|wrong|incorrect|false|or|but|too|plus|more|less)\b|n['’]t\b|\?/i;

/** `64, the square of 8`, `64 (= 8 × 8)` */
export function remarkedNumber(reply: string): string | undefined {
  const number = reply.length > LONGEST_REPLY ? undefined : REMARKED.exec(reply)?.[1];
  return number === undefined || REFUSED.test(reply) ? undefined : number;
}

const ORDINALS = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
  'eleventh',
  'twelfth',
];
const ORDINAL = new RegExp(
  String.raw`^[*_\s]*(?:(?:so|thus|hence|therefore),?\s)?(?:it\s(?:is|was|happens|occurs)\s|(?:he|she|they)\s(?:came|finished|finishes|ended)\s)?(?:(?:on|in|at)\s)?(?:the\s)?[*_]*(?:(\d+)(?:st|nd|rd|th)|(${ORDINALS.join('|')}))[*_]*(?:\s(?:term|day|place|position|one|number|row|year|step|time|person|floor|week|month|house|seat|attempt|try|page|question|round))?[.!*_\s]*$`,
  'i',
);

/** A reply that is nothing but an ordinal, as its number: `the 12th term`. */
export function ordinalNumber(reply: string): string | undefined {
  const [, digits, word] = reply.length > LONGEST_REPLY ? [] : (ORDINAL.exec(reply) ?? []);
  return digits ?? (word === undefined ? undefined : `${ORDINALS.indexOf(word.toLowerCase()) + 1}`);
}

const AMOUNT = String.raw`[$€£]?\d[\d,]*(?:\.\d+)?(?:\s?[a-z]+)(?:(?:,?\s(?:and\s)?)\d[\d.]*\s[a-z]+){0,2}|[$€£]\d[\d,]*(?:\.\d+)?`;
const AGAIN = String.raw`(?:\s?=\s?|,?\s(?:i\.\s?e\.|that is|or(?:\sequivalently)?|which (?:is|equals)|equivalently|in other words|equal to),?\s|\s?\((?:=\s?|or\s|i\.e\.,?\s|that is,?\s)?)`;
const TWICE = new RegExp(
  String.raw`(?<![\d.,\w])(${AMOUNT})${AGAIN}(?:exactly\s)?(${AMOUNT})\)?(?:\s(?:in total|altogether|long|wide|high|tall|old))?[\s.!*]*$`,
  'i',
);

/** The two amounts that a reply ends with, the second in place of the first. */
export function amountGivenTwice(
  reply: string,
): { readonly text: string; readonly amounts: readonly [first: string, second: string] } | undefined {
  const [text, first, second] = TWICE.exec(reply.slice(-LONGEST_REPLY)) ?? [];
  return text === undefined || first === undefined || second === undefined
    ? undefined
    : { text, amounts: [first, second] };
}
