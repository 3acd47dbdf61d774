/**
 * Outcomes in words with which a last sentence ends behind its numbers: how many solutions there are where no number says it (`…, so there are
 * infinitely many solutions.`), that a value is undefined, a day (`100 mod 7 = 2 days later, which is Wednesday.`, `In drei Tagen ist also
 * Donnerstag.`) and that something is not so (`91 = 7 × 13, so it is not prime.`). Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 300;

/** The last sentence without marks of emphasis and its full stop; empty where it is long, a question or a formula. */
function lastSentence(text: string): string {
  const end = text.trimEnd();
  const sentence = end.slice(lastSentenceStart(end, LONGEST)).replace(/\*\*|__/g, '');
  const isPlain = sentence.length < LONGEST - 1 && !/[\\?]/.test(sentence);
  return isPlain ? sentence.replace(/[.!\s]+$/, '') : '';
}

/** Where the clause begins that is stated. */
const BEGINS = String.raw`(?:^|[,;:]\s|\s[—–-]\s)(?:(?:and|so|thus|hence|therefore|then|which means(?: that)?|meaning(?: that)?|and so),?\s)?`;
const SUBJECT = String.raw`(?:(?:the|this|that|these|both)\s(?:[a-z]+\s){1,3}|it\s|we\s|they\s)`;
const SOLUTIONS = new RegExp(
  String.raw`${BEGINS}(?:there (?:are|is|exist|exists)|${SUBJECT}(?:has|have|admits?))\s(?:therefore\s|thus\s|then\s)?(?<outcome>infinitely many solutions|an infinite number of solutions|no (?:real )?solutions?)$`,
  'iu',
);
const VALUE = String.raw`(?:[\d(][\d\s()+\-*/−×÷^.]{1,40}|[a-z]\([^()\s]{1,12}\)\s?|${SUBJECT}|(?:division|dividing) by (?:zero|0)\s)`;
const UNDEFINED = new RegExp(
  String.raw`${BEGINS}${VALUE}\s?(?:is (?:therefore |thus |then |hence )?(?:undefined|not defined)|has no value)$`,
  'iu',
);
/** What is supposed or denied in the sentence may turn its outcome round. */
const OTHERWISE = /\b(?:if|unless|would|but|although|though|however|not (?:true|the case)|wrong|says?|said|thinks?)\b/i;

/** What the last sentence says of solutions or of a value that is none; undefined for any other text. */
export function statedOutcome(text: string): string | undefined {
  const sentence = lastSentence(text);
  if (OTHERWISE.test(sentence)) return undefined;
  const outcome = SOLUTIONS.exec(sentence)?.groups?.outcome?.toLowerCase();
  if (outcome !== undefined) return outcome.startsWith('no') ? 'no solution' : 'infinitely many solutions';
  return UNDEFINED.test(sentence) ? 'undefined' : undefined;
}

const DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const MONTH = '(?:January|February|March|April|May|June|July|August|September|October|November|December)';
const WHICH_IS = new RegExp(
  String.raw`\d[^.!?]*,\s(?:which is|that is|namely)\s(?:an?\s)?(?<words>${DAY}|${MONTH})$`,
  'u',
);
/** `also`, `donc`: a conclusion in another language. */
const CONCLUDED =
  /\s(?:ist|wird es|ist es|ce sera|c['’]est|sera|será|es|è|sarà|é)\s(?:also|daher|somit|folglich|demnach|donc|quindi|dunque|entonces|por (?:lo )?tanto|portanto)\s(?:ein\s|der\s|un[ea]?\s)?(?<words>\p{L}[\p{L}-]+)$/iu;
const DENIES = /n['’]t\b|(?<!\p{L})(?:not|never|nor|nicht|kein\p{L}*|nie|pas|jamais|no|non|não|nunca|mai)(?!\p{L})/iu;

/** The day or word that a last sentence comes to; undefined for any other text. */
export function wordAtEnd(text: string): string | undefined {
  const sentence = lastSentence(text);
  if (DENIES.test(sentence)) return undefined;
  return WHICH_IS.exec(sentence)?.groups?.words ?? CONCLUDED.exec(sentence)?.groups?.words;
}

/** What questions ask of a number or figure; of other things the opposite may have been asked (`so it is not a problem`). */
const PROPERTY =
  '(?:prime|even|odd|composite|divisible|equal|right(?:-angled)?|rational|irrational|isosceles|equilateral|congruent|similar|parallel|perpendicular|orthogonal|symmetric|continuous|differentiable|invertible|linear|injective|surjective|bijective|periodic|enough|possible|(?:prime|perfect|whole|rational|square|triangular|leap|right|magic)\\s\\p{L}+|multiple|factor|divisor|integer|square|cube|power|solution|root|palindrome|function|subspace|group|leap year)';
const NOT_SO = new RegExp(
  String.raw`\d[^?]*[,;:]\s(?:and\s)?(?:so|thus|hence|therefore|which means(?: that)?),?\s(?:it|this|that|\d+|[a-z]|the\s[a-z]+(?:\s[a-z]+)?)\s(?:is|was)(?:n['’]t|\snot)\s(?:an?\s)?${PROPERTY}(?:\s(?:by|of|to)\s\d+|\snumber|\striangle)?$`,
  'iu',
);

/** Whether the last sentence concludes that something is not so, and no other word answers a question of yes or no. */
export const concludesNot = (text: string): boolean =>
  NOT_SO.test(lastSentence(text)) && !/\b(?:yes|true)\b/i.test(text);
