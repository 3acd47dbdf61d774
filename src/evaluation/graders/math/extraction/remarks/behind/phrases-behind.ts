/**
 * Given numbers behind a result in its sentence: who takes part (`in 3 days if all 8 of them work`), what things are made from (`4 omelettes can
 * be made from the 12 eggs`), the calculation of the result in brackets (`33 (11 per child × 3 children)`), and the same temperature on
 * another scale. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';
import { amountOf, NUMBER, VALUE } from '../../values/counted-values.js';

const LONGEST = 300;
/** A cheap look for the words below. */
const MAY_HAVE = /\d\D*(?:\b(?:all|both|each|every|be)\b|\().*\d/i;

const END = String.raw`[*_]{0,2}[.!]?[*_]{0,2}\s*$`;
const LEADS = String.raw`(?:(?:so|thus|hence|therefore|then|finally|in total|altogether),?\s)?`;
const GIVEN = String.raw`(?:the|these|those|all|all the|his|her|their|its|our)\s(?:first\s|remaining\s|available\s)?${NUMBER}`;

/** One number in front, and nothing concluded behind; what somebody gets may depend on how many they sell, so only all of them count. */
const ALL_OF = new RegExp(
  String.raw`^(?<said>[^\d\n=?;]{3,120}\s[*_]{0,2}${VALUE}[*_]{0,2}),?\s(?:if|when|provided(?: that)?|as long as|assuming(?: that)?)\s(?:all|each of|every one of|both)\s(?:of\s)?(?:the\s|these\s|those\s|his\s|her\s|their\s)?\d+(?![\d.,%/])(?:\s(?!(?:sold|bought|eaten|lost|spent|so|and|but)\b)[a-z]+){1,8}${END}`,
  'iu',
);
/** `12 eggs ÷ 3 eggs per omelette = 4 omelettes can be made from the 12 eggs.` */
const MADE_FROM = new RegExp(
  String.raw`^(?:[^\n?;:]*=\s?|${LEADS}(?:only\s|exactly\s|at most\s)?)(?<result>[*_]{0,2}${NUMBER}(?:\s(?!(?:of|and|or|more|less|than|times|percent)\b)[a-z]+){1,3}[*_]{0,2})\s(?:can|could|may|will|would)\s(?:be\s[a-z]+(?:ed|en|de|ut|lt|ught|ld|un)|fit)\s(?:up\s|out\s)?(?:from|out of|of|with|using|into|by)\s${GIVEN}(?:\s[a-z]+){0,4}${END}`,
  'iu',
);
const DENIES =
  /\b(?:not|never|no|if|unless|neither|nor|or|would have|could have|says?|said|thinks?|thought)\b|n['’]t\b/i;

/** A calculation of two numbers with what they count. */
const CALCULATED = new RegExp(
  String.raw`^(?<before>[^()\n?]*?[*_]{0,2}(?<whole>${NUMBER})(?:\s(?!(?:or|and)\b)[a-z]+){0,3}[*_]{0,2})\s\((?:that is |i\.e\.,? |namely |from )?(?<left>${NUMBER})(?:\s[a-z]+){0,4}\s(?<sign>[-+*/×·÷−x])\s(?<right>${NUMBER})(?:\s[a-z]+){0,4}\)${END}`,
  'iu',
);
/** `100 degrees Celsius (212 °F)` */
const SCALE = String.raw`\s?(?:°|º|deg(?:rees?)?\.?)?\s?(?:celsius|fahrenheit|centigrade|[CF](?![a-z]))`;
const TEMPERATURE = new RegExp(
  String.raw`(?<first>[-−]?\d+(?:\.\d+)?${SCALE})\s\((?:or |about |approximately |i\.e\.,? |that is |≈\s?|=\s?)?(?<second>[-−]?\d+(?:\.\d+)?${SCALE})\)`,
  'iu',
);
const MAX_DIFFERENCE = 1;

const signed = (written: string): number => amountOf(written) * (/^[-−]/.test(written) ? -1 : 1);

/** The degrees Celsius of a temperature. */
function celsiusOf(written: string): number {
  const isFahrenheit = /f(?:ahrenheit)?$/i.test(written);
  return isFahrenheit ? ((signed(written) - 32) * 5) / 9 : signed(written);
}

/** A sentence without the same temperature on another scale; only the temperature where it has no other number. */
function withoutOtherScale(sentence: string): string {
  const { first = '', second = '' } = TEMPERATURE.exec(sentence)?.groups ?? {};
  const isSame =
    first !== '' &&
    /f[a-z]*$/i.test(first) !== /f[a-z]*$/i.test(second) &&
    Math.abs(celsiusOf(first) - celsiusOf(second)) <= MAX_DIFFERENCE;
  if (!isSame) return sentence;
  const scale = /f[a-z]*$/i.test(first) ? 'F' : 'C';
  const kept = `${/^[-−]?[\d.]+/.exec(first)?.[0]} °${scale}`;
  return /\d|\bnot\b|n['’]t\b/.test(sentence.replace(TEMPERATURE, '')) ? sentence.replace(TEMPERATURE, kept) : kept;
}

function calculated(left: number, sign: string, right: number): number {
  if (sign === '+') return left + right;
  if (sign === '-' || sign === '−') return left - right;
  return sign === '/' || sign === '÷' ? left / right : left * right;
}

/** A sentence without the calculation in brackets that comes to what stands in front of them. */
function withoutCalculation(sentence: string): string {
  const { before, whole = '', left, sign = '', right } = CALCULATED.exec(sentence)?.groups ?? {};
  if (before === undefined || DENIES.test(before)) return sentence;
  const result = calculated(amountOf(left), sign, amountOf(right));
  return Math.abs(result - signed(whole)) < 1e-9 ? `${before}.` : sentence;
}

/** A reply whose last sentence is without them. */
export function withoutPhrasesBehind(text: string): string {
  if (!MAY_HAVE.test(text.slice(-LONGEST))) return text;
  const end = text.trimEnd();
  const start = lastSentenceStart(end, LONGEST);
  const sentence = end.slice(start);
  if (sentence.length >= LONGEST || sentence.includes('\\')) return text;
  const said = ALL_OF.exec(sentence)?.groups?.said;
  if (said !== undefined && !DENIES.test(said)) return `${end.slice(0, start)}${said}.`;
  const result = MADE_FROM.exec(sentence)?.groups?.result;
  if (result !== undefined) return `${end.slice(0, start)}So it is ${result}.`;
  const kept = withoutCalculation(withoutOtherScale(sentence));
  return kept === sentence ? text : end.slice(0, start) + kept;
}
