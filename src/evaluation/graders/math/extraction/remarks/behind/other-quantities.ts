/**
 * Another quantity behind the result: `The mean is 51/3 = 17, whereas the median is 15.`, `sin 60° = √3/2, while cos 60° = 1/2.`, `The area
 * would be 96 cm², but that isn't what was asked.` Only where both sides name what they are the values of: who has how much (`Ann has 5
 * while Bob has 7`) may be asked for either. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';

const LONGEST = 300;
const MAY_ADD = /\b(?:while|whereas|asked|question|needed|required|would|of (?:them|these|those))\b/i;

const QUANTITY =
  '(?:mean|median|mode|range|average|variance|standard deviation|area|perimeter|circumference|volume|diameter|radius|height|width|length|hypotenuse|slope|intercept|sum|product|difference|quotient|remainder|gcd|lcm|gcf|hcf|greatest common (?:divisor|factor)|least common multiple|numerator|denominator|sine|cosine|tangent|maximum|minimum|speed|distance|velocity|acceleration|energy|power|mass|weight|density|pressure|temperature|cost|price|profit|revenue|discount|tax|tip|probability|number of [a-z]+)';
const FUNCTION = String.raw`\\?(?:sin|cos|tan|cot|log|ln|gcd|lcm)(?!\p{L})[^=,;\n]{1,30}`;
const NAMED = String.raw`(?:(?:the|its|their|his|her)\s(?:[a-z-]+\s){0,3}?${QUANTITY}(?:\s(?:of|for|in|between)\s[^=,;\n]{1,40}?)?\s(?:is|was|are|equals?|would (?:only\s)?be|=)\s|\$?${FUNCTION}\s?=)`;
/** A clause that gives the value of another quantity, and goes on with nothing. */
const OTHER = new RegExp(
  String.raw`^(?<said>[^\n]*?[\d})π²³]\$?[^\d\n=]{0,20}?),?\s(?:while|whereas)\s(?:\p{L}+,\s)?(?<other>${NAMED}(?:[^,;:\n]|,(?=\d{3})){1,80})$`,
  'iu',
);
/** The first quantity has its value in the same way. */
const OWN = new RegExp(
  String.raw`(?:\b${QUANTITY}\b[^\n]{0,80}?\s(?:is|was|are|equals?)\s|\b${QUANTITY}\s?=|${FUNCTION}=)`,
  'iu',
);
const DEPENDS = /^\W*(?:if|when|while|whereas|since|because|as|although|suppose|let|given)\b/i;
const GOES_ON =
  /\b(?:so|thus|hence|therefore|then|but|giving|leaving|total|difference is|together|not|answer|asked|now|new|today|this (?:year|month|week))\b|n['’]t\b|\?/i;
/** What stays as it was is not asked for, and a quotient has its remainder beside it. */
const UNCHANGED = /\b(?:unchanged|still|same|remains?|stays?|quotient|old|original|last (?:year|month|week)|ago)\b/i;

const NOT_ASKED =
  /(?:,|\s[–—-])?\s(?:but|though|although|however,?)\s(?:that|this|it)(?:['’]s|\sis|\swas)?\s?(?:n['’]t|not)\s(?:what\s(?:(?:was|is|is being|we (?:are|were)|we['’]re|(?:the|this) (?:question|problem)) ?(?:asked|asks|asking|wanted|needed|required|looking)(?:\sfor)?|(?:we (?:need|want)|you asked)(?:\sfor)?)|asked(?:\sfor)?|needed(?:\shere)?|required(?:\shere)?|the question)[.!]?\)?\s*$/i;
/** `(The mean would be 6.)` */
const WOULD_BE = new RegExp(
  String.raw`^\((?:(?:by contrast|for comparison|in comparison|note that),?\s)?(?:the|its|their)\s(?:[a-z-]+\s){0,3}?${QUANTITY}\swould\s(?:have been|be)\s[^()\n]{1,60}\)?\.?\)?\s*$`,
  'iu',
);
/** `27 small cubes; each face shows 9 of them`: of several alike. What some of them are may be asked for. */
const OF_THEM =
  /^(?<said>[^\n;=]*\b(?:has|have|are|is|contains?|makes?)\s(?:exactly\s)?\d[\d,]*(?:\s[a-z]+){1,3});\s(?:each|every)\s[^\d\n;=]{0,60}\d[\d,]*\sof\s(?:them|these|those)(?:\s[a-z]+){0,3}[.!]?\s*$/iu;

const QUANTITIES = new RegExp(String.raw`\b${QUANTITY}\b|\b(?:sin|cos|tan|cot|log|ln)(?!\p{L})`, 'iu');
/** Whether two clauses are about different quantities: the old price and the new one may both be asked for. */
const areDifferent = (said: string, other: string): boolean =>
  QUANTITIES.exec(said)?.[0].toLowerCase() !== QUANTITIES.exec(other)?.[0].toLowerCase();

/** A reply without the quantity that it names behind its result. */
export function withoutOtherQuantity(text: string): string {
  const tail = text.slice(-LONGEST);
  if (!/\d/.test(tail) || !MAY_ADD.test(tail) || tail.includes('\\boxed')) return text;
  const start = lastSentenceStart(text, LONGEST);
  const before = text.slice(0, start);
  const sentence = text.slice(start).trim();
  if (sentence.length >= LONGEST - 1) return text;
  const isAside = WOULD_BE.test(sentence) || (NOT_ASKED.test(sentence) && /\d/.test(sentence));
  if (isAside) return /\d/.test(before.slice(-LONGEST)) ? before.trimEnd() : text;
  const { said = '', other = '' } = (OTHER.exec(sentence) ?? OF_THEM.exec(sentence))?.groups ?? {};
  if (said === '' || DEPENDS.test(said) || UNCHANGED.test(said) || GOES_ON.test(other)) return text;
  return other === '' || (OWN.test(said) && /\d/.test(other) && areDifferent(said, other)) ? `${before}${said}.` : text;
}
