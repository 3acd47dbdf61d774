/**
 * What a reply says that its answer is not: `The answer is not 9 but 8`, `It isn't 9. It is 8.`, `It is 8; it cannot be 9.` A value that
 * replaces the denied one takes its place; a denial of nothing but a value stays as `not 9`, which is not 9.
 */
import { BUT, NOT } from '../../../replies/retraction-words.js';
import { lastSentenceStart } from '../../../replies/sentences.js';

/** `The answer is not 9. It is not 8. It is 7.` */
const MAX_DENIALS = 4;
/** Longer replies in words are no short answers. */
const MAX_WORDS = 200;

/** The end of a text in which a point is denied. */
const MAX_POINT = 300;
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

/** `It's one fewer: 8.` */
const OFF_BY =
  '(?:(?:one|two|three|four|five|half|twice|double|\\d{1,3}) (?:fewer|less|more|higher|lower|greater|smaller|larger|that|as (?:many|much))(?: than that)?|half|twice|double)';

/** `is not 9 but 8`, `isn't 9. It is 8`, `cannot be 9: 8`. */
const REPLACED = new RegExp(
  String.raw`${DENIED}(?:neither\s{1,3})?${VALUE}${COUNTED}(?:,?\s{1,3}n?or\s{1,3}${VALUE}${COUNTED})?(?:\s{0,3}\([^()\n]{1,80}\))?(?:\s{0,3}(?:[,;.—–-]+\s{0,3})?(?:but|rather|instead)[,\s]+(?:rather|instead)?[,\s]*(?:${IS})?|\s{0,3}[,;.—–:-]+\s{0,3}(?:so\s{1,3})?${IS}(?:${OFF_BY}\s?[:,—–-]\s{0,3}(?:so\s{1,3})?)?|\s{0,3}:\s{0,3})(?=[*_]{0,2}${VALUE})`,
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

/** A sentence or clause at the end that denies a point or pair: `It is not the point (3, -7).` */
const POINT_DENIED = new RegExp(
  String.raw`(?:[.!;]\s{1,3}|\n\s{0,3}|,?\s(?:but|and)\s)(?:(?:however|but|so|note(?: that)?),?\s)?(?:${SUBJECT}|the (?:[a-z]+\s){0,2}[a-z]+)(?:\s|(?=['’]))(?:${IS_NOT})\s(?:the\s(?:[a-z]+\s){1,2})?(?<point>\([^()\n]{3,60}\))[.!]?\s*$`,
  'iu',
);
const numbersIn = (text: string): string => (text.match(/[-−]?\d(?:[\d./]*\d)?/g) ?? []).join().replaceAll('−', '-');

/** A text without a point that it denies at its end; empty where it has just stated it. */
function withoutDeniedPoint(text: string): string {
  const tail = text.slice(-MAX_POINT);
  const found = POINT_DENIED.exec(tail);
  if (found === null) return text;
  const before = text.slice(0, text.length - tail.length + found.index);
  const stated = numbersIn(before.slice(lastSentenceStart(before, MAX_POINT)));
  if (stated === '') return text;
  return stated.endsWith(numbersIn(found.groups?.point ?? '')) ? '' : before;
}

/** `not (as one may think) 9` */
const ASIDE =
  /\b(not)(?:\s{0,3}\([^()\d\n]{1,60}\)\s{0,3}|\s{0,3},\s{1,3}(?:as|like|though|however|contrary to)\b[^,.;\d\n]{1,60},\s{1,3})(?=[-−+$€£\d])/gi;

/** Other words for `not` in front of a value; `barely 8` is 8. */
const HARDLY = new RegExp(
  String.raw`(?<![\p{L}\p{N}'’])(?:(?:hardly|scarcely|by no means|in no way)(?:\s{1,3}(?:be|is|are|was|were|has|have|had))?|never\s{1,3}(?:is|are|was|were)|no way (?:that )?(?:it|this|that) (?:is|can be)|(?:(?:very |highly )?unlikely|not (?:very )?likely)(?:\s{1,3}to be)?|(?<=\b(?:is|are|was|were|be)\s{1,3}|['’]s\s{1,3})(?:far from|nowhere near|anything but)|(?<=\b(?:there (?:is|are|was|were|will be)|has|have|had)\s{1,3})no)(?:\s{1,3}(?:being|equal to|exactly))?\s{1,3}(?=[*_]{0,2}${VALUE}(?!-))`,
  'giu',
);
const MAY_BE_HARDLY = /\b(?:hardly|scarcely|no|far from|nowhere|anything|never|unlikely|likely)\b/i;

/** `red`, `on a Monday`: one or two words that are denied, but not `not only red`. */
const WORDS = String.raw`(?:(?:on|in|at|to|the|an?)\s){0,2}(?!(?:only|just|merely|simply|always|necessarily|all|every|yet|sure|really|quite|because|if|unless|when|until|including|counting|but|it|that|this|the)\b)\p{L}{3,}(?:\s(?!(?:but|rather|instead|it)\b)\p{L}{3,})?`;
const WORDS_END = String.raw`(?=${WORDS}[.!]?\s{0,3}$)`;
/** `is not red but blue`, `isn't red. It is blue`, `is not red: it is blue`. */
const WORDS_REPLACED = new RegExp(
  String.raw`(?:^not\s|${DENIED})${WORDS}(?:\s{0,3}[,;.—–-]?\s{0,3}\b(?:but|rather|instead)\s{1,3}(?:rather\s{1,3})?(?:is\s{1,3}|${IS})?|\s{0,3}[,;.—–:]\s{0,3}${IS})${WORDS_END}`,
  'iu',
);
/** `Not Tuesday. Monday.` */
const DENIED_FIRST = new RegExp(
  String.raw`^\W{0,3}(?:(?:it|that)(?:['’]s| is)\s)?not\s${WORDS}\s?[,;.:—–-]\s{1,3}${WORDS_END}`,
  'iu',
);
/** `I first thought Bob, but it's Ann.` */
const FIRST_THOUGHT = new RegExp(
  String.raw`^\W{0,3}(?:(?:at|on) first(?: glance)?,? )?(?:i (?:first |at first |initially |originally |had )?(?:thought|guessed|said)(?: (?:that )?it(?: was|['’]s)| of)?|my first (?:guess|thought|answer) was)\s${WORDS}\s?[,;.—–-]?\s(?:but\s|then\s|now\s)?(?:actually,?\s)?${IS}${WORDS_END}`,
  'iu',
);
/** `Tuesday, not Monday`, `blue rather than red`. */
const WORDS_BESIDE = new RegExp(
  String.raw`(?<=\p{L}{2}[*_"]{0,2})(?:\s?[,;(]\s?(?:and )?not|,?\s(?:rather than|instead of))\s${WORDS}\)?(?=[.!]?\s{0,3}$)`,
  'iu',
);

/** A short reply in words without those that it says its answer is not. */
function withoutDeniedWords(text: string): string {
  if (
    text.length > MAX_WORDS ||
    /[\d\\$?]/.test(text) ||
    !/n['’]t\s|\bnot\s|\b(?:rather|instead|thought|guess(?:ed)?|first)\s/i.test(text)
  )
    return text;
  return text
    .replace(FIRST_THOUGHT, '')
    .replace(DENIED_FIRST, '')
    .replace(WORDS_REPLACED, (denial) => (/^not/i.test(denial) ? '' : /^['’]/.test(denial) ? "'s " : 'is '))
    .replace(WORDS_BESIDE, '');
}

/** A reply without the values that it says its answer is not. */
export function withoutDenials(whole: string): string {
  const source = /\)[.!]?\s*$/.test(whole.slice(-10)) ? withoutDeniedPoint(whole) : whole;
  const plain = MAY_BE_HARDLY.test(source) ? source.replace(HARDLY, 'not ') : source;
  const text = /\bnot[\s,(]/i.test(plain) ? plain.replace(ASIDE, '$1 ') : plain;
  // `No, it isn't 8 but 9.` answers yes or no.
  if (/^\W*(?:yes|no|true|false)\b/i.test(text.slice(0, 20))) return text;
  const said = withoutDeniedWords(text);
  if (said !== text || !MAY_DENY.test(text)) return said;
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
