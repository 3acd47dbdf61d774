/** Checks behind an answer: `x = 5. Check: 5 - 3 = 2.` Their results are not the answer. Linear in the length of the text. */

import { lastSentenceStart } from '../../../../replies/sentences.js';
import { cutAt, isAlone, isTried, lineBefore, STARTS, saysValue } from '../behind/behind-answer.js';

const TAIL = 600;

/** What a check begins with, at the beginning of a sentence or line. */
const IT = '(?:it|this|that|(?:the|our|my|this) (?:answer|solution|result|value))';
const CHECK = String.raw`(?:(?:then|now|next|finally|so),?\s)?(?:(?:to |we |we can |let us |let['’]s |let me |i (?:will |can )?)?(?:double[- ]?)?(?:check|verify)(?:ing)?(?: ${IT})?|(?:(?:as|here is|for) )?(?:an? |the )?(?:quick |sanity |short |final |brief )?(?:check(?:ing)?|verif(?:ication|ying)|proof|test)(?: of ${IT})?)[*_]{0,2}\s*(?:[:,.][*_]{0,2}|\sthat(?=\s))`;
/** The same in words that may go on with the solution as well. */
const SUBSTITUTES = String.raw`(?:(?:then|now),?\s)?(?:then(?=[^.\n]{3,80},?\sas (?:required|expected|given|desired|stated)\b)|indeed|plug(?:ging)?|substitut(?:ing|e)|insert(?:ing)?)(?:\s(?:it|this|that|the value|\$?[a-z]\s?=\s?-?\d+\$?))?(?:\s(?:back|in|into)){0,2}(?!\s(?:the |this |our )?(?:expression|formula|function)\b)(?:\s(?:the )?(?:original )?equation|\s[a-z\d][a-z\d\s+*/^()-]{0,20})?(?::|,|\s(?:gives|yields|we (?:get|have|find))(?: that)?:?)?`;
/** Equations of numbers and names, and words that only confirm. */
const EQUATIONS = String.raw`\s*(?:[-−+*/×·÷^=().,;!\s\d$[\]{}✓✔✅☑️]|\\(?:cdot|times|div|d?frac|left|right|checkmark|quad|[()[\],;! ])(?![A-Za-z])|(?<![A-Za-z])[a-z](?![A-Za-z])(?!\s*=)|\b(?:and|so|which|is|this|that|it|true|correct|right|works|holds|checks out|matches|as (?:required|expected|given|desired))\b){3,}`;
const CHECKED = new RegExp(
  String.raw`(?:[.!;]\**\s{1,3}|\n\s{0,3})[*_#]{0,4}\s?(?:(${CHECK})|${SUBSTITUTES})(?=${EQUATIONS}(?:,? (?:which|and (?:this|that)) (?![^=\n]*(?:\b(?:not|so|but)\b|n['’]t))[^=\n]{0,80})?$)(?=[^=]{0,200}\d[^=]{0,200}=\s?[$(]?[-−]?\d)`,
  'iu',
);
/** A reason that only repeats the equation: `x = 5, because 5 - 3 = 2`, also where the value is named again: `When x = 3, 2(3) + 1 = 7.` */
const REASONED = new RegExp(
  String.raw`(?:,?\s(?:because|since|as|for)(?=${EQUATIONS}$)|(?:[.!;]\**\s{1,3}|\n\s{0,3})(?:(?:this|that|it) (?:works|is (?:right|correct|true)|holds|fits|checks out),? (?:because|since|as|for)|(?:when|if|for|with|at) (\$?[a-z]\s?=\s?[-−]?[\d./]{1,20}\$?),?(?: then)?)(?=${EQUATIONS}$))(?=[^=]{0,200}\d[^=]{0,200}=\s?[$(]?[-−]?\d)`,
  'iu',
);
/** A reason that says what the result of its equation is of: `because 12 * 2 = 24 muffins are needed` */
const REASONED_IN_WORDS =
  /,?\s(?:because|since|as|for)\s\$?\d[\d,.]*(?:\s[a-z]+){0,2}\s?[-−+*/×·÷x]\s?[-−+*/×·÷x().,$€£\d\s]{0,40}\d\s?=\s?[-−]?[$€£]?\d[\d.,]*(?:\s(?!(?:so|thus|hence|therefore|and|but|or|not|answer|instead)\b)[a-z]+){1,8}[.!]?\s*$/iu;
/** What the reason does not begin with: `He bakes for 12 days because 12 * 2 = 24 muffins are needed.` */
const IN_PASSING = /\b(?:for|in|of|on|at|after|with|by|from)\s\$?\d[\d,.]*(?:\s[a-z]+){0,3}$/i;
/** `x = 5` at the end of a sentence. */
const NAMED = /(?<![\p{L}\\])[A-Za-z](?:_\w)?\s?=\s?[^=\n,;]{1,40}$/u;
/** `20 - 3 = 17`, behind which a check stands. */
const WORKED = /\d\s?=\s?[-−$]?\d[\d.,]{0,20}$/;
/** `She needs 6 trays`, of which `6 * 4 = 24` is the reason: one number, and the equation begins with it. */
const COUNTED = /^(?:[^\d.!?\n=]{0,200}[.!?]\s)?[^\d.!?\n=]{0,120}?(\d[\d,.]{0,20})[^\d.!?\n=]{0,120}$/u;
/** The same in a sentence: `Check: in 12 years he will be 48, twice his son's 24.` */
const TOLD_CHECK =
  /(?:[.!;]\**\s{1,3}|\n\s{0,3})[*_#]{0,4}\s?(?:(?:(?:to |let['’]s |let me |let us |we )?(?:(?:double[- ]?|quick |sanity )?check|verify|confirm)|verification|proof)[*_]{0,2}(?::|(?<=\bto (?:check|verify|confirm)),)[*_]{0,2}\s+|(?<indeed>indeed,?\s+))(?![^\n]*(?:n['’]t|≠|[✗✘❌?]|\b(?:answer|so|thus|therefore|hence|but|not|no|wrong|false|fails?|actually|should|instead|wait|too)\b))(?:[^.!\n]|\.(?=\d)){0,60}\d(?:[^.!\n]|\.(?=\d)){1,60}\d(?:[^.!\n]|\.(?=\d)){0,60}[.!]?[\s✓✔✅☑]*$/iu;
/** A check that is the working: in front of it nothing but what is given, and it comes to a total. */
const WORKING =
  /^(\W{0,3}we (?:have|know|are given|start with)\b[^.!?\n\d]{0,60}\d[\d,]*(?:\s(?!(?:left|remaining|over|in|total|altogether)\b)[a-z]+){0,3}(?:\.\s+|\n\s*))[*_]{0,2}(?:check|verify)[*_]{0,2}:[*_]{0,2}\s+(?=[^.!?\n]*\d[^.!?\n]*(?:\b(?:total|altogether|in all)\b[^.!?\n\d]{0,12}\d[\d,]*|\d[\d,]*(?:\s[a-z]+){0,2}\s(?:in total|in all|altogether))(?:\s[a-z]+){0,2}[.!]?\s*$)/iu;
/** A function of numbers that is worked out. */
const CALCULATED = /\\(?:log|ln|lg|sqrt|d?binom|frac|gcd)[^=\n]{1,60}=\s?[-−]?\d[\d.,]{0,20}$/;
/** A sentence with its value. */
const SAID = /(?:^|[\s*$])(?:\p{L}{2,}|[a-z]\s?=)[^=\n]{0,200}\d[^=\n]{0,60}$/u;

/** A check that ends by saying that it holds, in whatever words. */
const VERIFIES = new RegExp(
  String.raw`${STARTS}(?:(?:(?:let(?:['’]s| us| me)|to|we can|we|i(?:['’]ll| will)?) )?(?:quick |sanity )?(?:double[- ]?check|check|verif(?:y|ication)|confirm|(?:plugg|substitut|insert|putt)(?=ing\b))(?:ing)?\b[^.\n]{0,100}[:,]|\((?=[^()\n]{3,80}=[^()\n]{1,60}\)$))`,
  'giu',
);
const HOLDS =
  /(?:\b(?:correct|right|true|holds?|works|checks? out|matches|satisfied|verified|consistent|as (?:required|expected|given|desired|stated)|(?:matches|matching|agrees?|agrees? exactly|fits|consistent|in agreement) (?:with )?(?:the|what|his|her|their|its|our)\b[^.!?\n]{0,100})|[✓✔✅]|[.!]\s+(?:great|good|perfect|nice|yes|exactly|done|correct))\W*$/iu;
/** What may as well go on with the solution: only where it takes the stated value. */
const SUBSTITUTED = /^\W*(?:plugging|substituting|inserting|putting)\b/i;
const DOES_NOT =
  /n['’]t\b|≠|[✗✘❌]|\b(?:not|wrong|false|fails?|but|however|instead|so the answer|therefore|thus|answer is)\b/iu;
const NAMED_ALONE = /(?:^|[^=<>])\b[a-z](?:_\w)?\s?=\s?[^=\n]{1,40}$/iu;

/** The end of the line that stands before a check. */
function statedBefore(before: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1).replace(/[$*\s.\])\\]+$/, '');
  return line.slice(-300);
}

const numbersIn = (text: string): readonly string[] => text.match(/\d(?:[\d.,]*\d)?/g) ?? [];
/** Whether what is called a check works out all of several numbers: `She has 6 bags of 7. Check: 6 times 7 is 42.` */
function worksOut(stated: string, check: string): boolean {
  const [given, used] = [numbersIn(stated.slice(lastSentenceStart(stated, TAIL))), numbersIn(check)];
  const result = used.at(-1) ?? '';
  return given.length > 1 && !given.includes(result) && given.every((number) => used.includes(number));
}

/** The first number of an equation behind a reason: `6` of `because 6 * 4 = 24`. */
const REASON_FROM = /^\W*\w+\s\$?(\d[\d,.]*)(?:\s[a-z]+){0,2}?\s*[-−+*/×·÷x]/;

/** A reply without the check at its end, where it states what it checks in front of it. */
export function withoutCheck(source: string): string {
  let inFront: readonly string[] = [];
  const text = cutAt(
    source,
    VERIFIES,
    (before) => {
      const line = lineBefore(before);
      const bare = line.replace(/[$.\s]+$/, '');
      inFront = numbersIn(bare.slice(lastSentenceStart(bare, TAIL)));
      return !isTried(line) && (isAlone(bare) || NAMED_ALONE.test(bare) || saysValue(line));
    },
    (behind) =>
      HOLDS.test(behind) &&
      !DOES_NOT.test(behind) &&
      (!SUBSTITUTED.test(behind) || numbersIn(behind).includes(inFront.at(-1) ?? '')),
  );
  const working = text.length > TAIL ? null : WORKING.exec(text);
  if (working?.[1] !== undefined) return working[1] + text.slice(working[0].length);
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  const mayCheck =
    /=/.test(tail) &&
    /check|verif|proof|test|indeed|plug|substitut|insert|because|since|as|for|when|if|with|at|then/i.test(tail);
  const checked = mayCheck ? CHECKED.exec(tail) : null;
  const told = checked === null && /check|verif|proof|confirm|indeed/i.test(tail) ? TOLD_CHECK.exec(tail) : null;
  const found = checked ?? told;
  if (found !== null) {
    const before = text.slice(0, from + found.index).trimEnd();
    const stated = statedBefore(before);
    const isCheck = told !== null || found[1] !== undefined;
    // `9. Indeed, 9 times 9 equals 81.`
    const isOther = told?.groups?.indeed !== undefined && numbersIn(stated).join() !== numbersIn(told[0])[0];
    if (isTried(stated) || (told !== null && (isOther || worksOut(stated, told[0])))) return text;
    if (NAMED.test(stated) || (isCheck && (SAID.test(stated) || WORKED.test(stated)))) return before;
    if (checked !== null) return text;
  }
  const inWords = mayCheck ? REASONED_IN_WORDS.exec(tail) : null;
  const reasoned = mayCheck ? (REASONED.exec(tail) ?? inWords) : null;
  if (reasoned === null) return text;
  const before = text.slice(0, from + reasoned.index).trimEnd();
  const stated = statedBefore(before);
  const again = reasoned[1]?.replace(/[\s$]/g, '');
  if (reasoned === inWords && IN_PASSING.test(stated)) return text;
  const isSame = again === undefined || stated.replace(/[\s$]/g, '').endsWith(again);
  const counted = COUNTED.exec(stated)?.[1];
  // `$\\log_2 32 = 5$, as $2^5 = 32$`
  const isChain = /^\W{0,3}(?:because|since|as)\b/i.test(tail.slice(reasoned.index)) && CALCULATED.test(stated);
  const isReason = counted !== undefined && REASON_FROM.exec(tail.slice(reasoned.index))?.[1] === counted;
  return isSame && (NAMED.test(stated) || isReason || isChain) ? before : text;
}
