/**
 * What a reply says of other values behind its answer: `He can buy 8. 9 would cost too much.`, `11 is prime, 12 is not.` Where all that
 * is said of the last value is that it will not do, the answer stands before it. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';
import { NUMBER, VALUE } from '../values/counted-values.js';

const TAIL = 400;

const END = String.raw`\)?[.!]?\s*$`;

const TOO =
  '(?:be|cost|take|weigh|come to|last|need|require|use)? ?(?:far |way |much |already |just )?too (?:many|much|few|little|big|large|small|high|low|long|short|heavy|expensive|wide|far|late|early)';
const HE = '(?:the )?[a-z]+';
const BEYOND = `(?:exceed|surpass|be (?:over|above|beyond|more than|outside)|go (?:over|above|beyond)|cost more than|take more than) (?:it|that|this|${HE} (?:has|have|had|can)|(?:his|her|their|its|our|the|that|this) [a-z]+)(?: [a-z]+){0,2}`;
const NOT_ENOUGH = '(?:be enough|be sufficient|suffice|be allowed|be possible|do|work|have enough)';
const TAKES = '(?:afford|buy|get|take|carry|fit|make|have|fill|pay for)';
/** Said of the value in front: it will not do. */
const WILL_NOT_DO = `(?:(?:would|will|is|are|were|was) (?:already |just |clearly )?(?:${TOO}|${BEYOND}|over (?:it|the [a-z]+)|more than ${HE} (?:has|have|can [a-z]+))|(?:would(?: not|n['’]t)|will not|won['’]t) (?:${NOT_ENOUGH}|fit)|(?:is|are|was|were)(?: not|n['’]t) (?:enough|sufficient|allowed|possible)|costs? (?:too much|more than ${HE} (?:has|have|can [a-z]+))|would leave (?:people|someone|somebody|some(?: [a-z]+)?|one|one [a-z]+|a few(?: [a-z]+)?) (?:behind|out|over|without|standing))(?: [a-z]+){0,5}`;
const HOLDS = '(?:give|hold|make|fill|yield|feed|carry|cover|seat|provide|reach|be|serve)s?';
/** `5 would give only 20 cookies`, `3 buses hold only 120 of the 150 pupils` */
const GIVES_TOO_LITTLE = [
  `(?:would|will|could) (?:(?:only|just) ${HOLDS}|${HOLDS} (?:only|just)) ${NUMBER}(?: [a-z]+){0,3}`,
  `(?:(?:only|just) ${HOLDS}|${HOLDS} (?:only|just)) ${NUMBER} (?:[a-z]+ )?of the ${NUMBER}(?: [a-z]+){0,2}`,
].map((gives) => `(?:${NUMBER}|two|three|four|five|six|seven|eight|nine|ten)(?: [a-z]+)?? ${gives}`);
/** A clause about one value that will not do. */
const REFUSED = [
  ...GIVES_TOO_LITTLE,
  `${VALUE} ${WILL_NOT_DO}`,
  `(?:buying|taking|using|having|carrying|ordering|adding) ${VALUE} ${WILL_NOT_DO}`,
  `(?:for|with|at) ${VALUE},? ${HE} (?:${WILL_NOT_DO}|(?:would|will|do|does)(?: not|n['’]t) (?:have|be) enough(?: [a-z]+){0,4})`,
  `${HE} (?:cannot|can['’]t|can not|could not|couldn['’]t) ${TAKES} ${VALUE}`,
].join('|');
/** Behind a sentence, or as a clause of its own. */
const BEHIND = new RegExp(
  String.raw`(?:(?<=[.!][*_]{0,2})\s{1,3}|\s?[;:(–—]\s?|,\s(?:(?:because|since|as|while|but|and|for)\s)?|\s(?:because|since|as|while|but|and)\s)(?:(?:because|since|as)\s)?(?:${REFUSED})${END}`,
  'iu',
);

const PREDICATE = String.raw`(?!(?:not|never|so|because|since)\b)[a-z]+(?:\s(?!(?:not|never|so|because|since|but|and|while|whereas|though|although)\b)[a-z]+){0,4}`;
/** `11 is prime, but 12 is not.`: one thing that is so, and another that is not. */
const CONTRAST = new RegExp(
  String.raw`^(?:(?:so|thus|hence|therefore),?\s)?(?:the number\s)?(?<is>${VALUE})\sis\s(?:an?\s|the\s)?${PREDICATE}(?:\s?[,;.–—]\s?|\s)(?:(?:but|and|while|whereas|though|although)\s)?${VALUE}\s(?:is not|isn['’]t)(?:\s[a-z]+){0,4}${END}`,
  'iu',
);
/** `12 passed, so 8 did not.` */
const REMAINING = new RegExp(
  String.raw`^(?:(?:since|as|because|if)\s)?${VALUE}(?:\sof (?:them|the [a-z]+))?\s[a-z][a-z\s]{1,40},\s(?:(?:so|thus|hence|therefore|then|and so),?\s)(?<left>${VALUE})\s(?:do|did|does|are|were|have|had|will|could|can)(?: not|n['’]t|not)(?:\s[a-z]+){0,4}${END}`,
  'iu',
);

const numbersIn = (text: string): readonly string[] => text.match(/[-−]?\d(?:[\d.,/]*\d)?/g) ?? [];

/** `x = 3 or x = -2 (rejected)` */
const REJECTED = new RegExp(
  String.raw`(?:,|,?\s(?:or|and))\s\$?(?:[a-z]\s?=\s?)?${NUMBER}\$?\s\((?:which is |this is )?(?:rejected|reject|discarded|discard|extraneous|invalid|impossible|not (?:valid|possible|allowed|a solution))\b[^()\n]{0,80}\)${END}`,
  'iu',
);

/** `(Not 8, as the 5 includes the one he ate.)` */
const NOT_THAT = new RegExp(String.raw`\s\((?:and )?not\s${VALUE}[,;:]\s[^()\n]{1,120}\)[.!]?\s*$`, 'iu');
/** A reply without the values behind its answer that it says will not do. */
export function withoutRefusedNeighbours(text: string): string {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  if (
    !/n['’]t\b|\b(?:not|cannot|would|will|only|just|too|over|more|reject(?:ed)?|discard(?:ed)?|extraneous|invalid|impossible)\b/i.test(
      tail,
    )
  )
    return text;
  const refused = BEHIND.exec(tail) ?? REJECTED.exec(tail) ?? NOT_THAT.exec(tail);
  if (refused !== null) {
    const before = tail.slice(0, refused.index);
    const stated = numbersIn(before.slice(lastSentenceStart(before, TAIL)));
    // `Either 8 or 9, but 9 is too big.` weighs the value that is refused.
    if (stated.length > 0 && !numbersIn(refused[0]).some((value) => stated.includes(value)))
      return text.slice(0, from) + before;
  }
  let start = lastSentenceStart(text, TAIL);
  let sentence = text.slice(start);
  // `11 is prime. 12 is not.`
  if (/^\S+(?:\s[a-z]+){0,2}\s(?:is not|isn['’]t)\b/.test(sentence) && start > 0) {
    start = lastSentenceStart(text.slice(0, start).replace(/[\s.!]+$/, ''), TAIL);
    sentence = text.slice(start).replace(/[.!]\s+(?=\S)/, ', ');
  }
  const found = CONTRAST.exec(sentence) ?? REMAINING.exec(sentence);
  const stands = found?.groups?.is ?? found?.groups?.left;
  return stands === undefined ? text : `${text.slice(0, start)}${stands}`;
}
