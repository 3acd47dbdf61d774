/** Answers in words that have a meaning in mathematics: numbers, dates, times of day, all reals, no solution. */
import { type Expression, negated, numberOf } from '../../tree/expression.js';
import { isVocabulary } from '../../tree/vocabulary.js';
import { amountInWords, fractionInWords, measureInWords, numberInWords, spelledAmount } from './amounts.js';
import { compoundInWords } from './compounds.js';
import { dateIn } from './dates.js';
import { divisionOf } from './divisions.js';
import { saysNoSolution } from './other-languages.js';
import { relatedValue } from './relations.js';
import { isWord } from './short-words.js';
import { timeOfDay } from './times.js';

const THERE_ARE = /^there (?:is|are) (?:exactly |only )?((?:[a-z]+[- ]){0,3}?[a-z]+)(?: [a-z]+){0,3}$/;

/** `There are five solutions.` */
function countIn(text: string): bigint | undefined {
  const words = THERE_ARE.exec(text.toLowerCase())?.[1]?.split(/[- ]/) ?? [];
  return words.length === 0 ? undefined : numberInWords(words);
}

const ALL_REALS =
  /^(?:(?:the )?set of )?(?:all|any|every|the)? ?(?:the )?reals?(?: (?:numbers?|values?|solutions?|line))?(?: (?:of |for )?[a-z])?$/;
const NOTHING =
  /^(?:(?:there (?:is|are|exists?)|(?:it|(?:the|this) (?:equation|system|inequality|problem)) has|has|have) )?(?:no|not any) (?:real |such |valid |possible |integer |positive )*(?:solutions?|roots?|values?|numbers?|answers?|reals?)(?: exists?)?$|^none$|^(?:the )?(?:empty set|null set)$/;
const NONE_LEFT =
  /^(?:so |thus |hence |therefore )?,?\s?none (?:of (?:them|it|these|those|the [a-z]+) )?(?:(?:is|are|was|were|will be) (?:left|remaining)|remains?|remained|left)$/i;
const MISSING =
  /^(?:(?:the |this )?(?:limit|value|slope|it) )?(?:is )?(?:dne|does not exist|doesnt exist|do not exist|undefined|not defined)$/;
const ENDLESS = /^(?:(?:there are|has|the system has) )?(?:infinitely many|infinite(?: number of)?)(?: solutions?)?$/;

/** Whether a text says that nothing is left of what was counted: a count of 0, and no thing. */
export const saysNoneLeft = (text: string): boolean => NONE_LEFT.test(text.slice(0, 61).replace(/[.!]$/, ''));

/** What a phrase of words alone means; undefined for any other words. */
export function phraseMeaning(words: string): Expression | undefined {
  if (words.length > 80) return undefined;
  const plain = words
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z]+/g, ' ')
    .trim();
  if (/\breals?\b/.test(plain) && ALL_REALS.test(plain)) return { kind: 'reals' };
  if (NOTHING.test(plain)) return { kind: 'set', items: [] };
  if (MISSING.test(plain)) return { kind: 'text', text: 'does not exist' };
  return ENDLESS.test(plain) ? { kind: 'text', text: 'infinitely many' } : undefined;
}

const HAN_DIGITS = '零一二三四五六七八九';

/** `七`, `二十五`: numbers below a hundred in Chinese characters. */
function hanNumber(text: string): bigint | undefined {
  const [, tens, ten, units = ''] = /^([二三四五六七八九]?)(十?)([零一二三四五六七八九]?)$/.exec(text) ?? [];
  if (tens === undefined || text === '' || (ten === '' && tens !== '' && units !== '')) return undefined;
  const digit = (character: string) => Math.max(0, HAN_DIGITS.indexOf(character));
  if (ten === '') return BigInt(digit(tens || units));
  return BigInt(10 * (tens === '' ? 1 : digit(tens)) + digit(units));
}

/** Whether two texts, one or both in words, are the same number. */
export function sameNumberInWords(left: string, right: string): boolean {
  const [a, b] = [left, right].map((text) => {
    const digits = text.replace(/,(?=\d{3})/g, '').replace('−', '-');
    if (/^-?\d{1,15}$/.test(digits)) return BigInt(digits);
    const read = readPhrase(text);
    return read?.kind === 'number' && read.value.denominator === 1n ? read.value.numerator : undefined;
  });
  return a !== undefined && a === b;
}

const ONE_WORD = new Set(['no', 'yes', 'true', 'false']);

const WORDS_IN_BRACES = /^\\?\{([A-Za-z][A-Za-z' ,-]*)\\?\}\.?$/;

/** `{red, blue, green}`, also with commands for text: a set of words, not of products of letters. */
function setOfWords(text: string): Expression | undefined {
  if (text.length > 300 || !text.includes('{') || !/^[A-Za-z\s]{0,40}\\?\{/.test(text)) return undefined;
  const plain = text
    .replace(/^\s*(?:[A-Za-z]+ ){1,5}(?:is|are) (?=\\?\{)/, '')
    .replace(/\\(?:text|mathrm)\s*\{([^{}\\]*)\}/g, '$1')
    .replace(/\\[,;: ]/g, ' ')
    .trim();
  const words = WORDS_IN_BRACES.exec(plain)?.[1]
    ?.split(/\s*,\s*(?:and\s+)?|\s+and\s+/)
    .map((word) => word.trim());
  if (
    words === undefined ||
    words.length < 2 ||
    words.includes('') ||
    !words.some((word) => word.split(/[ '-]+/).some(isWord))
  )
    return undefined;
  return { kind: 'set', items: words.map((word) => ({ kind: 'text', text: word })) };
}

/** The mark behind a word, which has no factorial. */
const EXCLAIMED = /(?<=[A-Za-z]{2})\s?!{1,3}(?=\.?\}?$)/;

const WORDED = /^[A-Za-z][A-Za-z ,.'’-]*$/;
const NEGATIVE = /^(?:minus|negative)\s+(?=[a-z])/i;

/** A number or amount in words, without its sign. */
function wordedAmount(text: string): Expression | undefined {
  const measure = compoundInWords(text) ?? spelledAmount(text) ?? measureInWords(text);
  if (measure !== undefined || text.length > 200 || !WORDED.test(text)) return measure;
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const value = numberInWords(words);
  return value === undefined ? (fractionInWords(words) ?? amountInWords(words)) : numberOf(value);
}

/** `minus two and a half`, `negative three quarters`, `minus twelve degrees`. */
function signedAmount(text: string): Expression | undefined {
  const sign = NEGATIVE.exec(text)?.[0];
  if (sign === undefined) return wordedAmount(text);
  const rest = text.slice(sign.length);
  // `minus a half`
  const amount = wordedAmount(rest) ?? (/^a half$/i.test(rest) ? numberOf(1n, 2n) : undefined);
  if (amount?.kind === 'quantity') return { ...amount, value: negated(amount.value) };
  return amount?.kind === 'number' ? negated(amount) : undefined;
}

/** Reads words that are not a formula: `three`, `12:00 p.m.`, `no solution` (not a product of letters). */
export function readPhrase(source: string): Expression | undefined {
  const text = source.replace(EXCLAIMED, '');
  const time = timeOfDay(text);
  if (time?.alone === true) return time.reading;
  const division = divisionOf(text);
  if (division !== undefined) return division;
  const date = dateIn(text);
  if (date !== undefined) return { kind: 'text', text: date };
  if (saysNoSolution(text)) return { kind: 'set', items: [] };
  const related = relatedValue(text);
  if (related !== undefined) return related;
  if (/^\\?\{\s*\\?\}$/.test(text)) return { kind: 'set', items: [] };
  const set = setOfWords(text);
  if (set !== undefined) return set;
  const han = text.length <= 3 && text.charCodeAt(0) > 0x4dff ? hanNumber(text) : undefined;
  if (han !== undefined) return numberOf(han);
  const bare = text.replace(/^\\text\s*\{([^{}\\]*)\}$/, '$1').replace(/[.\s]+$/, '');
  const amount = signedAmount(bare);
  if (amount !== undefined) return amount;
  if (bare.length > 200 || !WORDED.test(bare)) return undefined;
  const count = countIn(bare);
  if (count !== undefined) return numberOf(count);
  const words = bare.toLowerCase().match(/[a-z]+/g) ?? [];
  const meaning = phraseMeaning(bare);
  if (meaning !== undefined) return meaning;
  if (words.length === 1 && ONE_WORD.has(words[0] ?? '')) return { kind: 'text', text: bare };
  const prose = words.length > 1 && words.some((word) => word.length >= 4 && !isVocabulary(word));
  return prose ? { kind: 'text', text: bare } : undefined;
}

const NO_ANSWER =
  /^(?:i )?(?:have )?(?:no idea|(?:do not|dont|cannot|cant) (?:know|tell|say|solve it|answer)|not sure|unsure|idk|no answer|unclear|unparsable)(?: .{0,40})?$|^(?:n a|pass|tbd|error)$/;

/** Whether a text says that it gives no answer, or holds nothing but punctuation. */
export function isNoAnswer(text: string): boolean {
  if (text.length > 100) return false;
  // Classes of Unicode take over a millisecond to compile, and most answers hold a letter or digit of ASCII.
  if (!/[A-Za-z\d]/.test(text) && !/[\p{L}\p{N}∞∅ℝ]|\\\{|\{\s*\}/u.test(text)) return true;
  const plain = text
    .replace(/\\(?:text|mathrm|textbf|mbox)\b/g, ' ')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
  return NO_ANSWER.test(plain);
}
