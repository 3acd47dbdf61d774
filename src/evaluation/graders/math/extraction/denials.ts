/**
 * What a reply says that its answer is not: `The answer is not 9 but 8`, `It isn't 9. It is 8.`, `It is 8; it cannot be 9.` A value that
 * replaces the denied one takes its place; a denial of nothing but a value stays as `not 9`, which is not 9.
 */
import { BUT, NOT } from '../../retraction-words.js';

/** `The answer is not 9. It is not 8. It is 7.` */
const MAX_DENIALS = 4;

/** A cheap look for the words below. */
const MAY_DENY =
  /n['’]t\s|\bcan\s?not\s|\b(?:not|never|neither|nicht|pas|no|non|não|niet)\s{1,3}[-−+$€£\d\\]|\b(?:not|never)\s{1,3}(?:possibly\s{1,3})?(?:be|equal)\b|(?:^|\s)не\s|不是/i;

const VALUE = String.raw`(?:\$[^$\n?]{1,60}\$|\\\([^\n?]{1,60}?\\\)|[-−+]?[$€£¥₹]?(?:\d(?:[\d.,/]*\d)?|\\[dt]?frac\s{0,3}\{[^{}\n]{1,40}\}\s{0,3}\{[^{}\n]{1,40}\}))`;
/** What is counted, behind a value that is denied. */
const COUNTED = String.raw`(?:\s?%|\s{1,3}(?!(?:but|it|that|and|or|because|since|as|if|when|than|less|more|rather|instead|so|only)\b)[a-z]+){0,2}?`;
const BE = '(?:possibly |simply |just |ever )?(?:be|equal)';
const IS_NOT = [
  String.raw`(?:is|are|was|were)\s{1,3}(?:definitely |certainly |actually |really |simply |clearly |just |of course )?(?:not|never)`,
  '(?:is|are|was|were) (?=neither)',
  String.raw`['’]s\s{1,3}(?:definitely |certainly |actually |really |simply |just )?not`,
  "(?:is|are|was|were)n['’]t",
  String.raw`(?:can\s?not|can['’]t|(?:could|must|should|will|would|does|do|did)(?:\s{1,3}not|n['’]t)|won['’]t|(?:can|could|will) never)\s{1,3}${BE}`,
].join('|');
const DENIED = String.raw`(?:\b|(?=['’]))(?:${IS_NOT})\s{0,3}(?:equal to\s{1,3})?(?:exactly\s{1,3})?`;
const SUBJECT =
  '(?:it|that|this|they|(?:the|my) (?:(?:correct|right|final|real|actual) )?(?:answer|result|value|total|number|sum))';
const IS = String.raw`(?:${SUBJECT})(?:['’]s| is| are| was| must be| should be| has to be| would be| equals)\s{1,3}(?:actually |really |in fact |rather |instead |exactly |just )?`;

/** `is not 9 but 8`, `isn't 9. It is 8`, `cannot be 9: 8`. */
const REPLACED = new RegExp(
  String.raw`${DENIED}(?:neither\s{1,3})?${VALUE}${COUNTED}(?:,?\s{1,3}n?or\s{1,3}${VALUE}${COUNTED})?(?:\s{0,3}\([^()\n]{1,80}\))?(?:\s{0,3}(?:[,;.—–-]+\s{0,3})?(?:but|rather|instead)[,\s]+(?:rather|instead)?[,\s]*(?:${IS})?|\s{0,3}[,;.—–:-]+\s{0,3}(?:so\s{1,3})?${IS}|\s{0,3}:\s{0,3})(?=[*_]{0,2}${VALUE})`,
  'gi',
);
/** `not 9 but 8`, `neither 9 nor 7 but 8`, `nicht 9, sondern 8`. */
const EXCHANGED = new RegExp(
  String.raw`(?<![\p{L}\p{N}'’])(?:(?:${NOT})\s{1,3}${VALUE}${COUNTED},?\s{1,3}(?:${BUT})|(?:no|non|não)\s{1,3}(es|è|é)\s{1,3}${VALUE},?\s{1,3}(?:${BUT})|neither\s{1,3}${VALUE}\s{1,3}nor\s{1,3}${VALUE},?\s{1,3}but)\s{1,3}(?=[*_]{0,2}${VALUE})|不是\s{0,3}${VALUE}[^\n,，]{0,4}[,，]?\s{0,3}而?(?=是)`,
  'giu',
);
/** A denial beside an answer: `It is 8; it can't be 9.`, `8, which isn't 9`. */
const BESIDE = new RegExp(
  String.raw`(?:\s{0,3}[,;.—–(-]\s{0,3}|\s{1,3})(?:(?:and|so|because|since|as|for)\s{1,3})?(?:${SUBJECT}|which)(?:\s{1,3}|(?=['’]))(?:${IS_NOT})\s{1,3}${VALUE}${COUNTED}\)?(?=\s{0,3}(?:[.!;,]\s{0,3}(?:[A-Z]|$)|$|\n))`,
  'gi',
);
const ALONE = new RegExp(`${DENIED}(?=[*_]{0,2}${VALUE})`, 'gi');
const FORMULA = /\bis not (?:\$([^$\n]{1,60})\$|\\\(([^\n]{1,60}?)\\\))/g;

/** `not (as one may think) 9` */
const ASIDE =
  /\b(not)(?:\s{0,3}\([^()\d\n]{1,60}\)\s{0,3}|\s{0,3},\s{1,3}(?:as|like|though|however|contrary to)\b[^,.;\d\n]{1,60},\s{1,3})(?=[-−+$€£\d])/gi;

/** A reply without the values that it says its answer is not. */
export function withoutDenials(source: string): string {
  const text = /\bnot[\s,(]/i.test(source) ? source.replace(ASIDE, '$1 ') : source;
  // `No, it isn't 8 but 9.` answers yes or no.
  if (!MAY_DENY.test(text) || /^\W*(?:yes|no|true|false)\b/i.test(text.slice(0, 20))) return text;
  let reply = text;
  for (let pass = 0; pass < MAX_DENIALS; pass++) {
    const shorter = reply.replace(REPLACED, (denial) => (/^['’]/.test(denial) ? "'s " : 'is '));
    if (shorter === reply) break;
    reply = shorter;
  }
  return reply
    .replace(EXCHANGED, (_, verb?: string) => (verb === undefined ? '' : `${verb} `))
    .replace(BESIDE, (denial, at: number, whole: string) =>
      /\d/.test(whole.slice(Math.max(0, at - 200), at)) ? '' : denial,
    )
    .replace(ALONE, (denial) => (/^['’]/.test(denial) ? "'s not " : 'is not '))
    .replace(FORMULA, (_, dollars?: string, brackets?: string) => `is not ${dollars ?? brackets ?? ''}`);
}
