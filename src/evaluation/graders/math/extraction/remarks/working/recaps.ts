/**
 * What an answer comes of, told behind it: `5 apples left. He started with 12 and gave away 7.` Only where the two numbers come to the
 * answer in front, and nothing is concluded from them. Linear in the length of the text.
 */
import { amountOf, PLAIN_NUMBER } from '../../values/counted-values.js';

const LONGEST = 240;
const NOUNS = String.raw`(?:\s(?!(?:so|and|then|but|or)\b)[a-z]+){0,3}?`;
const LEFT = '(?:left(?: over)?|remain(?:s|ing|ed)?)';
/** A bare answer, or what is left: `5 apples`, `He has 5 apples left`. */
const ANSWER = String.raw`(?:(?:${PLAIN_NUMBER})${NOUNS}|(?:(?:[A-Z][a-z]*\s){1,3}(?:has|have|had)|[Tt]here (?:are|is|were))\s${PLAIN_NUMBER}${NOUNS}\s${LEFT}|${PLAIN_NUMBER}${NOUNS}(?:\s(?:are|is|were))?\s${LEFT})`;
const BEGAN =
  '(?:had|started (?:out )?with|began with|baked|bought|made|picked|(?:(?:there )?were)|owned|collected|brought)';
/** Verbs of taking away; `bought 7 more` would add. */
const LOST =
  '(?:gave|ate|sold|lost|spent|used|threw|dropped|broke|took|lent|donated|paid|handed|drank|removed|returned)';
const AWAY = '(?:\\s(?:away|out|up|back|off|of them|only))?';
/** `He started with 12 and gave away 7.` */
const RECAP = new RegExp(
  String.raw`^(?<answer>\W{0,3}${ANSWER}[*_]{0,2})(?:[.!][*_]{0,2}\s+|\n\s*)(?:[A-Z][a-z]*\s){0,3}(?:[a-z]+\s)?${BEGAN}\s(?<all>${PLAIN_NUMBER})${NOUNS}(?:,?\s(?:and|but)\s(?:(?:he|she|they|it|we|then)\s)?|\.\s(?:(?:Then|He|She|They|It|We|[A-Z][a-z]+)\s){1,2}|\.\s(?=\d))(?:${LOST}${AWAY}\s(?<lost>${PLAIN_NUMBER})${NOUNS}${AWAY}|(?<gone>${PLAIN_NUMBER})${NOUNS}\s(?:were|was|have been|are)\s(?:sold|eaten|lost|used|given|taken|broken|removed|spent|gone)${AWAY})[.!]?\s*$`,
  'u',
);

/** A reply without the two numbers that its answer is the difference of. */
export function withoutRecap(text: string): string {
  if (text.length > LONGEST) return text;
  const { answer, all, lost, gone } = RECAP.exec(text)?.groups ?? {};
  if (answer === undefined) return text;
  return Math.abs(amountOf(all) - amountOf(lost ?? gone) - amountOf(answer)) < 1e-9 ? answer : text;
}
