/**
 * Operators in words behind or between numbers, as signs: `7 squared`, `2 to the power of 10`, `2 times the square root of 3`, `4 degrees
 * below zero`. Left as words they would leave a number that is another value. Linear in the length of the text.
 */
import { NUMBER_WORD, TENS, UNITS } from '../../../number-words.js';
import { unitOf } from '../../tree/units.js';
import { SUPERSCRIPTS } from '../tokens/characters.js';
import { numberInWords } from './amounts.js';

/** A cheap look: few texts have any of them. */
const MAY_HAVE =
  /\b(?:squared|cubed|doubled|tripled|halved|factorial|(?:square|cube) of|power|raised|to the (?:minus|negative)|root|below|rounds)\b|answer.{0,20}(?:%|percent)\s+of\s|\d\s?h\s?\d\d|\d and \d|\d (?:plus|minus|times|divided by) [a-z]/i;

const WORD = `(?:(?:${TENS.join('|')})-)?(?:${[...UNITS, ...TENS].sort((a, b) => b.length - a.length).join('|')}|hundred|thousand)`;
const DECIMAL = String.raw`\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,15})?`;
const NUMBER = `(?:${DECIMAL}|${WORD})`;
/** Not within a longer number, word or formula. */
const FREE = String.raw`(?<![\w.,^\\/{}'’]|${NUMBER_WORD}[\s-])`;

/** A number in digits: `forty-two` as `42`. */
function inDigits(number: string): string {
  if (!/^[a-z]{2}/i.test(number)) return number;
  return String(numberInWords(number.toLowerCase().split('-')) ?? number);
}

/** What may follow an operation: the end, a sign or what goes on with its value. `25 squared units` are an area. */
const FOLLOWS = String.raw`(?=\s*(?:$|[.,;:!?)\]}$*+\-−–—=≈/×·\n])|\s+(?:is|are|was|equals?|plus|minus|times|and|or|gives?|makes?|comes?|which|that|so|because|since|divided|multiplied)\b)`;

const BEHIND = '(?<operation>squared|cubed|doubled|tripled|halved|factorial)';
const OPERATED = new RegExp(
  String.raw`${FREE}(?<open>\$|\*\*)?(?<base>${NUMBER}|[b-hj-zB-HJ-Zπ])(?<close>\k<open>)?\s+${BEHIND}${FOLLOWS}`,
  'gi',
);
const OPERATED_BOX = new RegExp(
  String.raw`(?<box>\\boxed\s?\{\s?|\\\(\s?)(?<base>${DECIMAL})(?<close>\s?(?:\}\$?|\\\)))\s+${BEHIND}${FOLLOWS}`,
  'gi',
);

const OPERATED_BRACKET = new RegExp(String.raw`(?<=\w\))\s+${BEHIND}${FOLLOWS}`, 'gi');

const SIGNS: Readonly<Record<string, string>> = {
  squared: '²',
  cubed: '³',
  doubled: '·2',
  tripled: '·3',
  halved: '/2',
  factorial: '!',
};

const operated = (base: string, operation: string): string => inDigits(base) + (SIGNS[operation.toLowerCase()] ?? '');

const MINUS = String.raw`(?:[-−]\s?|minus\s|negative\s)`;
const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ');
const EXPONENT = String.raw`(?<minus>${MINUS})?(?:(?<ordinal>${ORDINALS.join('|')})|(?<exponent>\d{1,4}\/\d{1,4}|\d{1,4}|[nx](?![A-Za-z])|${WORD}))(?:st|nd|rd|th)?\b(?!\.\d)`;
const RAISED = new RegExp(
  String.raw`${FREE}(?<open>\$)?(?<base>${NUMBER})\k<open>\s+(?:(?:raised\s)?to\sthe\spower(?:\sof)?\s\$?${EXPONENT}\$?|(?:(?:raised\s)?to\sthe\s(?=\S+(?:\s\S+)?\spower\b|minus\b|negative\b|[-−])|raised\sto\s(?:the\s)?)\$?${EXPONENT.replace(/\?<(minus|ordinal|exponent)>/g, '?<$12>')}\$?(?:\spower\b)?)`,
  'gi',
);

/** An exponent above the line: a fraction has no such form. */
function raised(exponent: string, isNegative: boolean): string {
  const minus = isNegative ? '-' : '';
  if (exponent.includes('/')) return `^(${minus}${exponent})`;
  const above = exponent.replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? digit);
  return (isNegative ? '⁻' : '') + above.replace(/n/i, 'ⁿ').replace(/x/i, 'ˣ');
}

type Groups = Readonly<Record<string, string | undefined>>;

function power({ base = '', open = '', ...found }: Groups): string {
  const ordinal = found.ordinal ?? found.ordinal2;
  const exponent =
    ordinal === undefined
      ? (found.exponent ?? found.exponent2 ?? '')
      : `${ORDINALS.indexOf(ordinal.toLowerCase()) + 1}`;
  const written = /^[nx]$/i.test(exponent) ? exponent : inDigits(exponent);
  return `${open}${inDigits(base)}${raised(written, (found.minus ?? found.minus2) !== undefined)}${open}`;
}

/** `The answer is the square of 7.` */
const STATED_POWER = new RegExp(
  String.raw`(\banswer(?:\sis|:)\s+)(?:the\s)?(square|cube)\sof\s(${NUMBER})${FOLLOWS}`,
  'gi',
);
/** `7 plus two` */
const OPERAND = new RegExp(
  String.raw`(?<=\d\s(?:plus|minus|times|divided\sby)\s)(?!(?:one|hundred|thousand)\b)${WORD}${FOLLOWS}(?!\sand\s)`,
  'gi',
);

/** `2 times the square root of 3`; alone, the parser reads the root. */
const WITH_ROOT = new RegExp(
  String.raw`${FREE}(${NUMBER})\s(times|plus|minus|divided\sby|over)\s(?:the\s)?(square|cube)\sroot\sof\s(${NUMBER})(?![\w.^/]*\d)`,
  'gi',
);

const SCALE = String.raw`(?:\s?°\s?[CF]?(?![A-Za-z])|\sdegrees?(?:\s(?:celsius|fahrenheit|[CF]\b))?)`;
const BELOW = String.raw`\s+below\s+(?:zero\b|0(?![\d.]*\d))${SCALE}?`;
const BELOW_ZERO = new RegExp(`${FREE}(?<![-−])(${NUMBER})(${SCALE}?)${BELOW}`, 'gi');
const BOX_BELOW_ZERO = new RegExp(String.raw`(\\boxed\s?\{\s?)(\d[\d.]*)([^{}\d]{0,20}\}\$?)(${SCALE}?)${BELOW}`, 'gi');

/** `The answer is 7% of 300, that is 21.` */
const SHARE = new RegExp(
  String.raw`(\banswer(?:\sis|:)\s+)(${DECIMAL})\s?(?:\\?%|percent)\s+of\s+(\$?)(${DECIMAL})(?![\w.,%]*\d)(?:,?\s(?:that is|which is|that's|which equals|i\.e\.|or|namely|equals|is),?\s+(?=[$€£]?\d))?(?<stated>[$€£]?\d)?`,
  'gi',
);

/** `7.5 rounds to 8` comes to what it is rounded to; `rounds to 2 decimal places` does not say to which. */
const ROUNDED = new RegExp(
  String.raw`${FREE}[-−]?[$€£]?${DECIMAL}\s+rounds\s+(?:up\s|down\s|off\s)?to\s+(?=[-−]?[$€£]?\d[\d.,]*(?!\d|\s?(?:d\.?p|s\.?f|sig|dec|digit|place)))`,
  'gi',
);

/** A time of day in French: `à 14 h 30`. */
const HOURS = /(?<=\b(?:vers|dès)\s|à\s)([01]?\d|2[0-3])\s?h\s?([0-5]\d)(?![\d\p{L}])/gu;

/** `1 and 3/8 inches` is one length; without a unit, two numbers may be listed. */
const MIXED =
  /(?<![\w.,/\\^-]|\b(?:are|were|both|between|either)\s)(\d{1,4}) and (\d{1,3})\/(\d{1,3})(?=\s([A-Za-z]{1,12})\b)/g;

/** The text with signs for operators in words. */
export function withOperatorSigns(text: string): string {
  if (!MAY_HAVE.test(text)) return text;
  return text
    .replace(RAISED, (...found) => power(found.at(-1)))
    .replace(WITH_ROOT, (_, left: string, sign: string, root: string, radicand: string) => {
      const operator = /^(?:over|div)/i.test(sign) ? 'divided by' : sign.toLowerCase();
      return `${inDigits(left)} ${operator} ${root.toLowerCase() === 'cube' ? '∛' : '√'}${inDigits(radicand)}`;
    })
    .replace(
      STATED_POWER,
      (_, said: string, name: string, base: string) => said + operated(base, /^s/i.test(name) ? 'squared' : 'cubed'),
    )
    .replace(OPERATED_BOX, (...found) => {
      const { box = '', base = '', close = '', operation = '' }: Groups = found.at(-1);
      return `${box}${operated(base, operation)}${close}`;
    })
    .replace(OPERATED_BRACKET, (...found) => operated('', (found.at(-1) as Groups).operation ?? ''))
    .replace(OPERATED, (...found) => {
      const { open = '', base = '', close = '', operation = '' }: Groups = found.at(-1);
      const value = operated(base, operation);
      // The sign at the end of a sentence may be its mark.
      return open + (value.endsWith('!') && open !== '$' ? `(${value})` : value) + close;
    })
    .replace(OPERAND, inDigits)
    .replace(BELOW_ZERO, (_, number: string, scale: string) => `-${inDigits(number)}${scale}`)
    .replace(BOX_BELOW_ZERO, '$1-$2$3$4')
    .replace(SHARE, (...found) => {
      const [, said = '', part = '', money = '', whole = ''] = found as string[];
      const { stated }: Groups = found.at(-1);
      return said + (stated ?? `${money}${part.replaceAll(',', '')}·${whole.replaceAll(',', '')}/100`);
    })
    .replace(ROUNDED, '')
    .replace(HOURS, '$1:$2')
    .replace(MIXED, (said, whole: string, top: string, bottom: string, unit: string) =>
      Number(top) < Number(bottom) && unitOf(unit).dimension !== '' ? `${whole} ${top}/${bottom}` : said,
    );
}
