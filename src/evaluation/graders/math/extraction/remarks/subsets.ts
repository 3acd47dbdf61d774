/**
 * A result behind which the sentence names a part of it: `He has 12 apples left, 3 of which are green.` The part is left aside, where it
 * stands behind one value of the sentence alone. Linear in the length of the text.
 */
import { amountOf, PLAIN_NUMBER } from '../values/counted-values.js';
import { valuesIn } from '../values/prose.js';

const TAIL = 400;
/** A cheap look for the words below. */
const MAY_NAME_PART =
  /\b(?:of (?:which|whom|these|those|them)|including|includes?|among|amongst|having|as)\b|[(:,]\s*\d[^.]*\band\s+\d/i;

const THEM = '(?:which|whom|these|those|them)';
/** No further sentence, nor a conclusion. */
const REST = String.raw`(?:(?!\b(?:so|thus|hence|therefore|leaving|leaves|but|then)\b)[^.!?\n;=]|\.(?=\d)){0,120}`;
const PART = new RegExp(
  [
    String.raw`\s*[,;(–—-]\s*(?:and |with |only )?${PLAIN_NUMBER}(?:\s[a-z]+){0,2}\s+of\s+${THEM}\b${REST}`,
    String.raw`\s*[,;(–—-]?\s*(?:of|among|amongst)\s+(?:which|whom|them)\b${REST}`,
    String.raw`\s*[,;(–—-]?\s*(?:including|which includes?)\b${REST}`,
    String.raw`\s+with\s+${PLAIN_NUMBER}(?:\s[a-z]+){0,2}\s+of\s+${THEM}\b${REST}`,
    String.raw`\s*,?\s+(?:as|after|having)\s+(?:(?:he|she|it|they|we|[A-Z][a-z]+)\s+)?(?:[a-z]+(?:ed|en|ten|ld|nt|ve|id)\s+${PLAIN_NUMBER}|${PLAIN_NUMBER}(?:\s[a-z]+){0,2}\s+(?:were|was|are|is)\s+[a-z]+)${REST}`,
  ]
    .map((form) => `(?:${form})`)
    .join('|'),
  'gi',
);
/** `12 in total: 3 green and 9 red` */
const SPLIT = /\s*[:,;(–—-]\s*((?:\d+(?:\s[a-z]+){1,3}(?:,\s+|,?\s+and\s+)){1,4}\d+(?:\s[a-z]+){1,3})\)?[.!]?$/i;
/** The part is of what the sentence begins with: `Of the 12 apples, 3 of them are green.` */
const FROM = /^\W*(?:of|out of|from|among|if|when|since|because|as|after)\b/i;

/** A text without the part that its last sentence names behind its result. */
export function withoutSubset(text: string): string {
  const at = Math.max(0, text.length - TAIL);
  const tail = text.slice(at);
  if (!MAY_NAME_PART.test(tail)) return text;
  const start =
    at + Math.max(0, ...[...tail.matchAll(/[.!?]\s+(?=[A-Z])|\n/g)].map((end) => end.index + end[0].length));
  const sentence = text.slice(start).replace(/\$(\d[\d.,]*)\$/g, '$1');
  if ((start === 0 ? text.length > TAIL : start === at) || FROM.test(sentence)) return text;
  const split = SPLIT.exec(sentence);
  const cut = split ?? [...sentence.matchAll(PART)].at(0);
  if (cut === undefined || cut === null) return text;
  const before = sentence.slice(0, cut.index);
  const behind = sentence.slice(cut.index + cut[0].length);
  const [whole, ...others] = valuesIn(before);
  if (whole === undefined || others.length > 0 || !/^[$€£]?\d/.test(whole.inner) || !/^\W*$/.test(behind)) return text;
  const parts = (cut[0].match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((part) => amountOf(part));
  const isPart =
    split === null ? parts.length > 0 : parts.reduce((sum, part) => sum + part, 0) === amountOf(whole.inner);
  return isPart ? `${text.slice(0, start)}${before}.` : text;
}
