/**
 * What a reply goes on with once it has stated its answer: how it was found (`Explanation: ...`, `This is because 6 baskets hold 7 each.`),
 * what is to be noted, offers of help, and the next question of a model that completes a list of examples. Numbers there are not the
 * answer. Linear in the length of the text.
 */

const TAIL = 2000;
const LONGEST_REMARK = 200;

/** What a remark begins with, at the beginning of a sentence or line. */
const REMARK = [
  String.raw`(?:please )?note(?: that\b|:)|n\.?b\.?:|remember(?: that\b|:)|keep in mind\b|p\.?s\.?:`,
  String.raw`(?:this|that) (?:is|was|follows) because\b|the reason is\b|(?:this|that) makes sense\b|that is, \d[^.\n]{0,20} (?:minus|plus|times|divided)\b|(?:that|this) is \$?\d[\d.,]*(?: [a-z]+)? (?:more|less|fewer|older|younger) than\b`,
  String.raw`(?:if you (?:need|have|want|would like)|let me know|feel free|i hope (?:this|that|it)|i(?:['’]m| am) (?:[a-z]+ )?(?:confident|sure|certain))\b`,
  '(?:you|one|someone|some|many|people|students) (?:might|may|could) (?:be tempted|think|want) ',
  String.raw`i (?:subtracted|added|multiplied|divided|counted|took|used|computed|calculated)\b`,
  'difficulty:|source:|tags?:',
].join('|');
/** What only says how the answer was found. */
const WORKING = String.raw`here(?: is|['’]s) (?:the|a|my|how|why|an?)\b[^\n:]{0,60}:|(?:an? )?(?:explanation|reasoning|breakdown|justification|rationale|derivation|how (?:i|we) (?:got|found|did) (?:it|this|that))[*_]{0,2}\s*(?::|\n)|step \d+[:.]? verif(?:y|ication)\b`;
const STARTS = String.raw`(?<=[.!?][*_"”)]{0,3}\s{1,3}|\n\s{0,3}|\n\s{0,3}-{3,}\s{0,3}\n\s{0,3})[*_#>]{0,5}\s?`;
const REMARKS = new RegExp(`${STARTS}(?:${REMARK})`, 'giu');
const WORKINGS = new RegExp(`${STARTS}(?:${WORKING})`, 'giu');
/** The next example of a list: `Q: Sam has 3 dogs.` */
const NEXT_QUESTION = /\n\s{0,3}(?:q|question|problem|human|user)\s?:\s/giu;

/** A check of what stands alone or has a name in front, which ends by saying that it holds. */
const VERIFIES = new RegExp(
  String.raw`${STARTS}(?:(?:(?:let(?:['’]s| us)|to|we can|i(?:['’]ll| will)?) )?(?:double[- ]?check|check|verify)(?:ing)?\b[^.\n]{0,100}[:,]|\((?=[^()\n]{3,80}=[^()\n]{1,60}\)$))`,
  'giu',
);
/** `(We round 6.4 up because you can't rent a part of a bus.)` */
const BRACKETED = /[ \n]\((?:we|i|since|because|note|rounded|this|that)\s[^()\n=]{0,40}\d[^()\n]{0,120}\)[.!]?$/iu;
const HOLDS =
  /(?:\b(?:correct|right|true|holds?|works|checks? out|matches|satisfied|verified|consistent)|[✓✔✅])\W*$/iu;
const DOES_NOT = /n['’]t\b|≠|[✗✘❌]|\b(?:not|wrong|but|however|instead|so the answer|therefore|thus|answer is)\b/iu;
const NAMED = /(?:^|[^=<>])\b[a-z](?:_\w)?\s?=\s?[^=\n]{1,40}$/iu;
const STATED = /\\f?boxed|#{4}|\banswers?\b/iu;
/** Behind a remark something is concluded, which may be the answer. */
const CONCLUDES =
  /\\f?boxed|#{4}|\b(?:answer|so|thus|hence|therefore|then|wait|actually|total|altogether|instead|correct)\b|=/iu;
/** A value that stands alone on its line or in bold type, or that a sentence states. */
const VALUE = String.raw`[-−+]?[$€£]?\\?\$?\d[\d.,/]*\s?(?:%|°)?\$?(?:\s\p{L}+){0,3}`;
const ALONE = new RegExp(String.raw`^[*_#>\s]*(?:(?:[\p{L}\s]{0,40}:)\s*)?[*_]*${VALUE}[*_]*[.!]?[*_]*$`, 'iu');
const IN_BOLD = new RegExp(String.raw`\*\*${VALUE}[.!]?\*\*[^\n\d]{0,60}$`, 'iu');
const WORKED = /=\s*[*_$]*[-−]?[$€£]?\d[\d.,]*[*_$]*[.!]?$/u;
const IN_SENTENCE = /\p{L}{2,}[^\n]{0,200}\d[^\n]{0,80}$/u;

const lineBefore = (before: string): string => before.slice(before.lastIndexOf('\n') + 1).slice(-300);

/** The first place of `pattern` in front of which `isAnswered`, and behind which `mayGo`. */
function cutAt(
  text: string,
  pattern: RegExp,
  isAnswered: (before: string) => boolean,
  mayGo: (behind: string) => boolean,
): string {
  const from = Math.max(0, text.length - TAIL);
  for (const { index } of text.slice(from).matchAll(pattern)) {
    const before = text.slice(0, from + index).replace(/(?:\s|-{3,}|[*_#]+$)+$/, '');
    if (isAnswered(before) && mayGo(text.slice(from + index))) return before;
  }
  return text;
}

/** A reply without the remark in brackets that ends it. */
function withoutBracketed(text: string): string {
  const end = text.trimEnd();
  const at = BRACKETED.exec(end.slice(-LONGEST_REMARK))?.index;
  const before = at === undefined ? '' : end.slice(0, Math.max(0, end.length - LONGEST_REMARK) + at).trimEnd();
  return /\d/.test(lineBefore(before)) ? before : text;
}

/** A reply without the remarks behind its answer; a reply of nothing else is left as it is. */
export function withoutTrailingRemarks(source: string): string {
  const text = cutAt(
    source,
    NEXT_QUESTION,
    (before) => STATED.test(before),
    () => true,
  );
  const answered = cutAt(
    text,
    WORKINGS,
    (before) => ALONE.test(lineBefore(before)) || IN_BOLD.test(lineBefore(before)),
    (behind) => !STATED.test(behind) && !/\*\*[^*\n]*\d[^*\n]*\*\*/.test(behind),
  );
  const unchecked = cutAt(
    answered,
    VERIFIES,
    (before) =>
      [ALONE, NAMED].some((form) => form.test(lineBefore(before).replace(/[$.\s]+$/, ''))) ||
      IN_SENTENCE.test(lineBefore(before)),
    (behind) => HOLDS.test(behind) && !DOES_NOT.test(behind),
  );
  return cutAt(
    withoutBracketed(unchecked),
    REMARKS,
    (before) => [ALONE, IN_SENTENCE, WORKED].some((form) => form.test(lineBefore(before))),
    (behind) => /^[*_#>\s]*(?:this|that) makes sense/i.test(behind) || !CONCLUDES.test(behind),
  );
}
