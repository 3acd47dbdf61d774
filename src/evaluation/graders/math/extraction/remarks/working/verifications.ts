/**
 * A check behind a solution, over several lines as well: `x = 4`, `You can verify: 2(4) + 3 = 11`. It takes the value that stands in front of
 * it, and says nothing but equations and that they hold. What may as well go on with the solution (`Substituting x = 4 gives 11.`) is
 * a check where it comes to a number that an equation in front had. Linear in the length of the text.
 */
import { cutAt, isTried, lineBefore, STARTS } from '../behind/behind-answer.js';

const LONGEST = 500;
const IT =
  '(?:it|this|that|them|(?:the|our|my|your|this|these) (?:final )?(?:answers?|solutions?|results?|values?|work|calculations?))';
const HOW = String.raw`(?:,?\s(?:by\s|with\s|using\s)?(?:we\s|you\s|let['’]s\s|let us\s)?(?:can\s)?(?:substitut|plug|put|insert|replac)[^.:,\n]{0,80}?)`;
const AIM =
  "(?:(?:you|we|one|i) can (?:also |easily |quickly |now )?|(?:now |just )?to |let['’]?s |let me |let us |i(?:['’]ll| will) |we )";
const VERIFY =
  '(?:double[- ]?|quickly |quick |sanity |final )?(?:check|verify|confirm|test|verification|proof)(?:ing)?';
const VALUE = String.raw`\$?(?:[a-z]\s?=\s?)?[-−]?\d[\d./]{0,20}\$?`;
const SUBSTITUTES = String.raw`(?:substitut(?:ing|e)|plug(?:ging)?|insert(?:ing)?|put(?:ting)?)(?:\s(?:${VALUE}|${IT}|the value))?(?:\s(?:back|in|into)){0,3}(?:\s(?:(?:the|our)\s)?(?:(?:original|given|first)\s)?equation)?`;
const COMES = String.raw`(?:[:,]|\s(?:gives|yields|shows)(?:\sus)?|,?\s(?:we|you) (?:get|have|find|see))(?:\sthat)?`;
const CHECK = new RegExp(
  String.raw`${STARTS}[-(]?(?:${AIM})?${VERIFY}(?:\s${IT})?${HOW}?[*_]{0,2}(?:\s?[:,.]|\sthat\s|\n)[*_:]{0,3}`,
  'giu',
);
const SUBSTITUTION = new RegExp(
  String.raw`(?:${STARTS})(?:(?:indeed|now|then),?\s)?(?:(?:if|when) (?:you|we) )?${SUBSTITUTES}${COMES}`,
  'giu',
);
/** What a check says beside its equations. */
const CONFIRMS = new Set(
  'left right hand side sides lhs rhs equation equations original the of and both are equal is this that it its checks out true correct right holds hold works work matches match satisfied satisfies satisfy which gives give yields we get have becomes substitute substituting plug plugging back into in for with when value values solution answer as required expected given desired great good perfect indeed verified confirmed true valid our my you equals times plus minus divided by exactly done to check text quad checkmark cdot times frac dfrac left implies rightarrow'.split(
    ' ',
  ),
);
const HOLDS =
  /\b(?:so|thus|hence|therefore),?\s(?:it|this|that|everything|(?:the|our|my) (?:answer|solution|value|result)|\$?[a-z]\s?=\s?[-−\d./]+\$?)\s(?:is (?:indeed )?(?:correct|right|valid|true)|works|checks|holds|fits|satisfies)/gi;
/** Without a word of that, what comes out may be another result. */
const SAYS_SO =
  /\b(?:right|correct|true|holds|works|checks out|matches|satisfied|as (?:required|expected|given))\b|[✓✔✅]/i;
const NAMED = /(?<![\p{L}\\])[A-Za-z](?:_\w)?\s?=\s?[^=\n,;]{1,40}$/u;
/** `The width is 15 cm`, with no other number. */
const ONE_VALUE = /^\W{0,6}[^\d=\n]*\p{L}[^\d=\n]*\s[-−$€£*_\\]{0,6}\d[\d.,/]*[^\d=\n]{0,40}$/u;
/** `The numbers are 4 and 9` */
const LISTED = /\b(?:are|is|be)\s[^\d\n]{0,20}\d+(?:,\s\d+){0,4},?\sand\s\d+[^\d\n]{0,20}$/i;

const numbersIn = (text: string): readonly string[] => text.match(/\d+(?:[.,]\d+)*/g) ?? [];
/** The last line with something in it, without marks. */
const statedIn = (before: string): string =>
  lineBefore(before.slice(-LONGEST).replace(/(?:\s|\$|\\[\])])+$/, ''))
    .replace(/\\[[\]()]|[*$]/g, '')
    .replace(/[\s.]+$/, '');

/** Whether a text is nothing but equations, and words that confirm them. */
function isCheck(behind: string, stated: string): boolean {
  if (
    behind.length > LONGEST ||
    !/\d\s?\)?\]?\s*=\s*[-−$({]*\d/.test(behind) ||
    /[≠✗✘❌?<>]|\\n(?:e|eq)\b/.test(behind)
  )
    return false;
  const words = behind.replace(HOLDS, ' ').match(/\p{L}{2,}(?:['’]\p{L}+)?/gu) ?? [];
  // `Substituting back, y = 7`: another unknown.
  const other = /(?<![\p{L}\d)])([a-z])\s?=/iu.exec(behind)?.[1];
  if (other !== undefined && !stated.includes(other)) return false;
  return words.every((word) => CONFIRMS.has(word.toLowerCase()));
}

/** A reply without the check at its end. */
export function withoutVerification(text: string): string {
  if (!/verif|check|confirm|test|proof|substitut|plug|insert|put/i.test(text.slice(-2 * LONGEST))) return text;
  let stated = '';
  let known: readonly string[] = [];
  const uses = (behind: string): boolean => {
    const used = numbersIn(behind);
    const values = numbersIn(stated);
    return LISTED.test(stated) ? values.every((value) => used.includes(value)) : used.includes(values.at(-1) ?? '');
  };
  const checked = cutAt(
    text,
    CHECK,
    (before) => {
      stated = statedIn(before);
      return !isTried(stated) && [NAMED, ONE_VALUE, LISTED].some((form) => form.test(stated));
    },
    (behind, found) => uses(behind) && isCheck(behind.slice(found.length), stated),
  );
  if (checked !== text) return checked;
  return cutAt(
    text,
    SUBSTITUTION,
    (before) => {
      stated = statedIn(before);
      known = [...before.slice(-2 * LONGEST).matchAll(/=\s*[-−$]*(\d+(?:[.,]\d+)*)/g)].map(([, side]) => side ?? '');
      return !isTried(stated) && NAMED.test(stated);
    },
    (behind, found) => {
      const results = [...behind.matchAll(/=\s*[-−$({]*(\d+(?:[.,]\d+)*)/g)].map(([, side]) => side ?? '');
      const isKnown = known.slice(0, -1).includes(results.at(-1) ?? '-');
      return (isKnown || SAYS_SO.test(behind)) && uses(behind) && isCheck(behind.slice(found.length), stated);
    },
  );
}
