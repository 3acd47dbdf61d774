/** Answers in words that have a meaning in mathematics: numbers, dates, times of day, all reals, no solution. */
import { rational } from '../../../../rational.js';
import { type Expression, numberOf } from '../tree/expression.js';
import { isVocabulary } from '../tree/vocabulary.js';
import { dateIn } from './dates.js';

const UNITS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Readonly<Record<string, number>> = { hundred: 100, thousand: 1_000, million: 1_000_000 };

/** The value of `forty-two` or `three hundred and five`. */
function numberInWords(words: readonly string[]): bigint | undefined {
  let total = 0;
  let current = 0;
  let numbers = 0;
  for (const word of words.slice(0, 12)) {
    const unit = UNITS.indexOf(word);
    const ten = TENS.indexOf(word);
    const scale = SCALES[word];
    if (unit >= 0) current += unit;
    else if (ten >= 0) current += 20 + 10 * ten;
    else if (scale === 100) current = Math.max(1, current) * 100;
    else if (scale !== undefined) {
      total += Math.max(1, current) * scale;
      current = 0;
    } else if (word === 'and' && numbers > 0) continue;
    else return undefined;
    numbers++;
  }
  return numbers === 0 || words.length > 12 ? undefined : BigInt(total + current);
}

const PARTS: Readonly<Record<string, bigint>> = {
  half: 2n,
  third: 3n,
  quarter: 4n,
  fourth: 4n,
  fifth: 5n,
  sixth: 6n,
  eighth: 8n,
  tenth: 10n,
};

/** `two thirds`, `one half`; `third` alone is a place in a row. */
function fractionInWords(words: readonly string[]): Expression | undefined {
  const last = words.at(-1) ?? '';
  const part = PARTS[last === 'halves' ? 'half' : last.replace(/s$/, '')];
  if (part === undefined) return undefined;
  if (words.length === 1) return last === 'half' ? numberOf(1n, 2n) : undefined;
  const count = words.length === 2 && words[0] === 'a' ? 1n : numberInWords(words.slice(0, -1));
  const value = count === undefined ? undefined : rational(count, part);
  return value === undefined ? undefined : { kind: 'number', value };
}

/** `eight apples`: a number in words with what it counts. */
function amountInWords(words: readonly string[]): Expression | undefined {
  const length = words.findLastIndex((word) => UNITS.includes(word) || TENS.includes(word) || word === 'hundred') + 1;
  const value = length === 0 ? undefined : numberInWords(words.slice(0, length));
  const counted = words.slice(length);
  if (value === undefined || counted.length === 0 || counted.length > 3) return undefined;
  if (counted.some((word) => word.length < 3 || NOT_COUNTED.has(word))) return undefined;
  return { kind: 'quantity', value: numberOf(value), unit: counted.join(' ') };
}

const NOT_COUNTED = new Set(
  'more less fewer than and out the half third quarter fourth fifth sixth eighth tenth halves thirds quarters fourths fifths sixths eighths tenths times point over dozen thousand million billion'.split(
    ' ',
  ),
);

const THERE_ARE = /^there (?:is|are) (?:exactly |only )?((?:[a-z]+[- ]){0,3}?[a-z]+)(?: [a-z]+){0,3}$/;

/** `There are five solutions.` */
function countIn(text: string): bigint | undefined {
  const words = THERE_ARE.exec(text.toLowerCase())?.[1]?.split(/[- ]/) ?? [];
  return words.length === 0 ? undefined : numberInWords(words);
}

const CLOCK = /^(\d{1,2})(?::(\d{2}(?::\d{2})?))?\s*([ap])\.?\s*m\.?$/i;

/** `8:15 p.m.` and `08:15PM` as one text. */
function timeOfDay(text: string): Expression | undefined {
  if (text.length > 40) return undefined;
  const plain = text.replace(
    /\\(?:text|mathrm)\s*\{([^{}]*)\}|[$~]|\\[,;: ]/g,
    (_, inner?: string) => ` ${inner ?? ''}`,
  );
  const [, hour, minute = '00', half] = CLOCK.exec(plain.replace(/\s+/g, ' ').trim()) ?? [];
  if (hour === undefined || half === undefined) return undefined;
  return { kind: 'text', text: `${Number(hour)}:${minute.replace(/:00$/, '')}${half.toLowerCase()}m` };
}

const ALL_REALS =
  /^(?:(?:the )?set of )?(?:all|any|every|the)? ?(?:the )?reals?(?: (?:numbers?|values?|solutions?|line))?(?: (?:of |for )?[a-z])?$/;
const NOTHING =
  /^(?:(?:there (?:is|are|exists?)|(?:it|(?:the|this) (?:equation|system|inequality|problem)) has|has|have) )?(?:no|not any) (?:real |such |valid |possible |integer |positive )*(?:solutions?|roots?|values?|numbers?|answers?|reals?)(?: exists?)?$|^none$|^(?:the )?(?:empty set|null set)$/;
const MISSING =
  /^(?:(?:the |this )?(?:limit|value|slope|it) )?(?:is )?(?:dne|does not exist|doesnt exist|do not exist|undefined|not defined)$/;
const ENDLESS = /^(?:(?:there are|has|the system has) )?(?:infinitely many|infinite(?: number of)?)(?: solutions?)?$/;

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

/** Reads words that are not a formula: `three`, `12:00 p.m.`, `no solution` (not a product of letters). */
export function readPhrase(text: string): Expression | undefined {
  const time = timeOfDay(text);
  if (time !== undefined) return time;
  const date = dateIn(text);
  if (date !== undefined) return { kind: 'text', text: date };
  const han = text.length <= 3 && text.charCodeAt(0) > 0x4dff ? hanNumber(text) : undefined;
  if (han !== undefined) return numberOf(han);
  const bare = text.replace(/^\\text\s*\{([^{}\\]*)\}$/, '$1').replace(/[.\s]+$/, '');
  if (bare.length > 200 || !/^[A-Za-z][A-Za-z ,.'’-]*$/.test(bare)) return undefined;
  const [first = '', ...others] = bare.toLowerCase().match(/[a-z]+/g) ?? [];
  const words = [first, ...others];
  const value = numberInWords(words);
  if (value !== undefined) return numberOf(value);
  const opposite = first === 'minus' || first === 'negative' ? numberInWords(others) : undefined;
  if (opposite !== undefined) return numberOf(-opposite);
  const count = countIn(bare);
  if (count !== undefined) return numberOf(count);
  const fraction = fractionInWords(words);
  if (fraction !== undefined) return fraction;
  const amount = amountInWords(words);
  if (amount !== undefined) return amount;
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
