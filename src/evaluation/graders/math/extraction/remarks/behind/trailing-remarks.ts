/**
 * What a reply goes on with once it has stated its answer: how it was found (`Explanation: ...`, `This is because 6 baskets hold 7 each.`),
 * what is to be noted, and offers of help. Numbers there are not the answer. Linear in the length of the text.
 */
import { cutAt, endsInBold, isAlone, lineBefore, STARTS, saysValue } from './behind-answer.js';

const LONGEST_REMARK = 200;

/** What a remark begins with, at the beginning of a sentence or line. */
const REMARK = [
  String.raw`(?:please )?note(?: that\b|:)|n\.?b\.?:|remember(?: that\b|:)|keep in mind\b|p\.?s\.?:`,
  String.raw`(?:this|that) (?:is|was|follows) because\b|the reason is\b|(?:this|that) makes sense\b|that is, \d[^.\n]{0,20} (?:minus|plus|times|divided)\b|(?:that|this)(?: is|['’]s) \$?\d[\d.,]*(?: [a-z]+)? (?:more|less|fewer|older|younger) than\b`,
  String.raw`(?:if you (?:need|have|want|would like)|let me know|feel free|i hope (?:this|that|it)|i(?:['’]m| am) (?:[a-z]+ )?(?:confident|sure|certain))\b`,
  '(?:you|one|someone|some|many|people|students) (?:might|may|could) (?:be tempted|think|want) ',
  String.raw`i (?:subtracted|added|multiplied|divided|counted|took|used|computed|calculated)\b`,
  'difficulty:|source:|tags?:',
  // `12 + 24 = 36. Here the 24 stands for the girls.`
  String.raw`(?:here,?|where|in which) (?:the )?\d[\d.,]* (?:stands for|represents|denotes|is (?:the|how many))\b`,
].join('|');
/** What only says how the answer was found. */
const WORKING = String.raw`here(?: is|['’]s) (?:the|a|my|how|why|an?)\b[^\n:]{0,60}:|(?:an? )?(?:explanation|reasoning|breakdown|justification|rationale|derivation|how (?:i|we) (?:got|found|did) (?:it|this|that))[*_]{0,2}\s*(?::|\n)|step \d+[:.]? verif(?:y|ication)\b`;
const REMARKS = new RegExp(`${STARTS}(?:${REMARK})`, 'giu');
/** `The sale price is 60 - 12 = $48. You save $12!` */
const SAVED = new RegExp(String.raw`${STARTS}(?:so )?(?:you|he|she|they|we) saves? [$€£]\d[\d.,]*[!.]*\s*$`, 'giu');
const PRICE = /\b(?:price|cost|total|pays?|bill)\b[^.\n]*=\s*[*_$]*[$€£]\d[\d.,]*[*_$]*[.!]?$/iu;
const WORKINGS = new RegExp(`${STARTS}(?:${WORKING})`, 'giu');

/** `(We round 6.4 up because you can't rent a part of a bus.)` */
const BRACKETED = /[ \n]\((?:we|i|since|because|note|rounded|this|that)\s[^()\n=]{0,40}\d[^()\n]{0,120}\)[.!]?$/iu;
const STATED = /\\f?boxed|#{4}|\banswers?\b/iu;
/** Behind a remark something is concluded, which may be the answer. */
const CONCLUDES =
  /\\f?boxed|#{4}|\b(?:answer|so|thus|hence|therefore|then|wait|actually|total|altogether|instead|correct)\b|=/iu;
/** `I'm fairly confident in this answer (about 95%).` */
const SURE = /\bi(?:['’]m| am) (?:[a-z]+ )?(?:confident|sure|certain) (?:in|of|about) (?:this|that|my|the) answer\b/iu;
const isWorked = (line: string): boolean => /=\s*[*_$]*[-−]?[$€£]?\d[\d.,]*[*_$]*[.!]?$/u.test(line);

/** A reply without the remark in brackets that ends it. */
function withoutBracketed(text: string): string {
  const end = text.trimEnd();
  const at = BRACKETED.exec(end.slice(-LONGEST_REMARK))?.index;
  const before = at === undefined ? '' : end.slice(0, Math.max(0, end.length - LONGEST_REMARK) + at).trimEnd();
  return /\d/.test(lineBefore(before)) ? before : text;
}

/** A reply without the remarks behind its answer; a reply of nothing else is left as it is. */
export function withoutTrailingRemarks(source: string): string {
  const answered = cutAt(
    source,
    WORKINGS,
    (before) => isAlone(lineBefore(before)) || endsInBold(lineBefore(before)),
    (behind) => !STATED.test(behind) && !/\*\*[^*\n]*\d[^*\n]*\*\*/.test(behind),
  );
  return cutAt(
    cutAt(withoutBracketed(answered), SAVED, (before) => PRICE.test(lineBefore(before))),
    REMARKS,
    (before) => [isAlone, saysValue, isWorked].some((form) => form(lineBefore(before))),
    (behind) => /^[*_#>\s]*(?:this|that) makes sense/i.test(behind) || !CONCLUDES.test(behind.replace(SURE, '')),
  );
}
