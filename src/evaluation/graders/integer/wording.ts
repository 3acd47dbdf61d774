/**
 * Replies whose whole number is worded in ways of their own, as the math grader can read it: remainders (`10 ≡ 1 (mod 9)`, `a remainder
 * of 7 when divided by 1000`), and replies that were cut within a sentence behind their conclusion. Linear in the length of the text.
 */
import { sentencesOf } from '../replies/sentences.js';

const TAIL = 2_000;

/** `≡ 33 (mod 1000)` */
const CONGRUENT = /≡([^≡()\n]{1,40}?)\(\s*mod(?:ulo)?\s+\d[\d,]*\s*\)/g;
const DIVISOR = String.raw`(?:divid(?:ed|ing)|division)\s+(?:it\s+)?by\s+\$?\d[\d,]*\$?`;
/** `a remainder of 7 when divided by 1000` */
const REMAINDER = new RegExp(
  String.raw`\b(remainder\b[^.\d\n]{0,24}?\$?\d+\$?)\s+(?:when|if|upon|on|after)\s+[^.\n;]{0,40}?\b${DIVISOR}`,
  'gi',
);
/** `Dividing 10 by 9 gives a remainder of 1.`, `10 leaves remainder 1.` */
const DIVIDED =
  /(?<![\w^.,+*/=-]\s?)(?:dividing\s+\$?[\d,^{}]{1,20}\$?\s+by\s+\$?\d[\d,]*\$?|\$?\d[\d,^{}]{0,20}\$?(?:\s+divided\s+by\s+\$?\d[\d,]*\$?)?)(?=,?\s+(?:gives|leaves|yields|results in|has)\s+(?:an?\s+|the\s+)?remainder\b)/gi;

/** `The answer is 12 (mod 1000).` */
const STATED_RESIDUE =
  /(?<=\banswer[\s*]{0,3}(?:is|:)[\s*]{0,4}-?\d[\d,]{0,20}\*{0,2})\s\(mod(?:ulo)?\s\d[\d,]{0,20}\)/gi;

const withoutDivisors = (text: string): string =>
  /≡|\bremainder\b|\(mod/i.test(text)
    ? text.replace(STATED_RESIDUE, '').replace(CONGRUENT, '=$1').replace(REMAINDER, '$1').replace(DIVIDED, 'this')
    : text;

/** What no sentence ends with. */
const CUT =
  /(?:[,(=+\-−*×/<>:]|(?<![\p{L}\p{N}$\\^_'’])(?:the|an?|and|or|of|with|where|is|are|was|we|then|in|to|for|that|by|as|if|which|when|from|at|than|there|have|has|its|their|this|these|each|because|since|so|but|be))\s*$/iu;
const ENDED = /[.!?…*$)\]}"”✓✔✅]\s*$/;
const CONCLUDES =
  /\b(?:answer|total|sum|so|thus|hence|therefore|in all|altogether|conclude|finally)\b|\\f?boxed|#{4}|=/i;
const STATES = /\b(?:answer|total|in all|altogether)\b|\\f?boxed|#{4}/i;
const COUNTS = /\bthere (?:are|is)\b[^.\n]{0,60}\d/i;
const RETRACTS = /\b(?:wait|actually|oops|sorry|no|not|mistake|wrong|incorrect|forgot|correction|should)\b|n['’]t\b/i;
const BEGINS = String.raw`^\W*(?:(?:so|now|but|however|also|and|then),?\s)?`;
/** A check, another way or other words: what is said already stands. */
const CHECKS = new RegExp(
  String.raw`${BEGINS}(?:let(?:['’]?s| me| us)|we (?:can|could|may|will|should)|i (?:can|will|could)|we|to)?\s?(?:also |now |quickly )?(?:verif|check|confirm|double|sanity|alternatively|in other words|note\b|indeed\b|as an? (?:[a-z]+ )?check\b|another way)`,
  'i',
);
const GOES_ON = new RegExp(
  String.raw`${BEGINS}(?:let(?:['’]?s| me| us)|we (?:can|could|may)|for (?:example|instance)|to see)\b`,
  'i',
);
const FINAL = /\b(?:answer|total|in all|altogether|thus|hence|therefore|conclude)\b|\\f?boxed|#{4}/i;

/** A reply without a last sentence that was cut, where a conclusion stands before it; empty where the number of that sentence is all there is. */
function withoutCutSentence(reply: string): string {
  if (ENDED.test(reply.slice(-20))) return reply;
  const tail = reply.slice(-TAIL);
  const borders = [...tail.trimEnd().matchAll(/(?<=[.!?])\s+|\n\s*/g)];
  const border = borders.at(-1);
  const start = border === undefined ? 0 : border.index + border[0].length;
  const last = tail.slice(start);
  if (!/\d/.test(last) || RETRACTS.test(last)) return reply;
  const before = reply.slice(0, reply.length - last.length);
  const isCut = CUT.test(last);
  const concludes = CONCLUDES.test(last);
  const said = before.trimEnd().slice(-TAIL);
  const isCheck = CHECKS.test(last) && (isCut || !concludes);
  if (isCheck && /\d/.test(said) && (CONCLUDES.test(said) || COUNTS.test(said))) return before.trimEnd();
  if (!isCut) return reply;
  if (GOES_ON.test(last) && FINAL.test(sentencesOf(said).at(-1) ?? '')) return before.trimEnd();
  if (concludes || !/\p{L}{2,}\s+\p{L}{2,}/u.test(last)) return reply;
  return STATES.test(said) ? before.trimEnd() : '';
}

/** A reply as its whole number is looked for. */
export const asWholeNumberReply = (reply: string): string => withoutCutSentence(withoutDivisors(reply));
