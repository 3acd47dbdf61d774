/**
 * An answer that a reply begins with, and facts behind it that only confirm it: how it was found backwards (`Melanie had 18. Working
 * backwards: 5 left → 10 → 18.`), what it is compared with (`Lisa is 14. Her brother is 8, and she's 6 years older.`) and its properties
 * (`The number is 35: its digits sum to 8.`). Only where the facts come to the answer by calculation. Linear in the length of the text.
 */
import { amountOf, NUMBER } from '../../values/counted-values.js';

const LONGEST = 500;
const VALUE = String.raw`(?<value>\d(?:[\d.,]*\d)?)`;
/** One number, in a sentence of its own. */
const STATED = String.raw`^(?<said>(?!\W*(?:if|let|suppose|since|because|when)\b)[^\d.!?:;=\n]{1,120}?\s[*_$]{0,3}${VALUE}[^\d.!?:;=\n]{0,60}[.!])[*_]{0,2}\s+`;
const BACKWARDS = new RegExp(
  String.raw`${STATED}[*_]{0,2}(?:(?:working|going|counting|reasoning) (?:it )?(?:backwards?|back|in reverse)|(?:in reverse|backwards))[:,][*_]{0,2}\s(?<rest>[^\n]+)$`,
  'iu',
);
/** `Her brother is 8, and she's 6 years older than him.` */
const COMPARED = new RegExp(
  String.raw`${STATED}(?:his|her|its|their|the)\s(?:[a-z]+\s){1,3}(?:is|has|was|had)\s(?<other>${NUMBER})(?:\s[a-z]+){0,3},?\s(?:and|as|since|because)\s(?:he|she|it|they)(?:['’](?:s|re)|\s(?:is|has|are|have|was|had))\s(?<by>${NUMBER})\s(?:[a-z]+\s){0,2}?(?<sort>more|older|taller|longer|heavier|larger|bigger|higher|less|fewer|younger|shorter|lighter|smaller|lower)(?:\s[a-z]+)?\sthan\s(?:him|her|it|them|that)[.!]?\s*$`,
  'iu',
);
const NUMBER_IS = String.raw`^(?<said>[^\d.!?:;=\n]{0,60}\b(?:number|integer|answer|code)\b[^\d.!?:;=\n]{0,40}\s(?:is|be)\s[*_$]{0,3}(?<value>\d{1,15})[*_$]{0,3})[.:;,–—-]{0,1}[*_]{0,2}\s(?:[–—-]\s)?`;
const DIGITS = new RegExp(
  String.raw`${NUMBER_IS}(?:since |because )?(?:its|the)\sdigits\s(?:sum|add up|add)\sto\s(?:[\d\s+]{1,60}=\s?)?(?<sum>\d{1,4})(?!\d)(?<rest>[^\n]*)$`,
  'iu',
);
const DIVISIBLE = new RegExp(
  String.raw`${NUMBER_IS}(?:since |because )?it(?:\sis|['’]s)\s(?:indeed\s)?(?:divisible by|a multiple of)\s(?<by>(?:(?:by|both|and|of)\s|\d{1,9}(?:,\s?|\s|(?=[.!]?\s*$)))+)[.!]?\s*$`,
  'iu',
);
const MORE = /^(?:more|older|taller|longer|heavier|larger|bigger|higher)$/i;
/** Something else comes of it. */
const GOES_ON =
  /\b(?:so|thus|hence|therefore|then|but|answer|total|altogether|giving|leaving|how|not|need|want|asked|adding|doubl\w+|twice|half)\b|n['’]t\b|[?;=]|\n/i;

const numbersIn = (text: string): readonly number[] => (text.match(/\d(?:[\d.,]*\d)?/g) ?? []).map(amountOf);

/** The sentence with the answer, where what follows comes to it. */
function confirmed(text: string): string | undefined {
  const backwards = BACKWARDS.exec(text)?.groups;
  if (backwards !== undefined) {
    const numbers = numbersIn(backwards.rest ?? '');
    return numbers.length > 1 && numbers.at(-1) === amountOf(backwards.value) ? backwards.said : undefined;
  }
  const { said, value, other, by, sort = '' } = COMPARED.exec(text)?.groups ?? {};
  if (said !== undefined) {
    const sum = amountOf(other) + (MORE.test(sort) ? 1 : -1) * amountOf(by);
    return Math.abs(sum - amountOf(value)) < 1e-9 ? said : undefined;
  }
  const digits = DIGITS.exec(text)?.groups;
  if (digits !== undefined) {
    // In a sentence of its own it may be what is asked for.
    if (/\.[*_]{0,2}\s+(?:its|the)\sdigits\s/i.test(text)) return undefined;
    const sum = [...(digits.value ?? '')].reduce((total, digit) => total + Number(digit), 0);
    return sum === Number(digits.sum) && !GOES_ON.test(digits.rest ?? '') ? digits.said : undefined;
  }
  const divided = DIVISIBLE.exec(text)?.groups;
  const divisors = numbersIn(divided?.by ?? '');
  const isMultiple = divisors.length > 0 && divisors.every((divisor) => Number(divided?.value) % divisor === 0);
  return isMultiple ? divided?.said : undefined;
}

/** A reply without the facts that only confirm the answer that it begins with. */
export function withoutConfirmingFacts(text: string): string {
  const reply = text.trim();
  if (reply.length > LONGEST || !/\d\D+\d/.test(reply) || reply.includes('\\')) return text;
  const said = confirmed(reply);
  return said === undefined ? text : `${said.replace(/\.$/, '')}.`;
}
