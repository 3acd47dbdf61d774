/** Amounts in several units, in words or digits: `one hour and thirty minutes`, `3 dollars and fifty cents`, `six feet six inches`. */
import { integer, type Rational, rational } from '../../../../../rational.js';
import { type Expression, sum } from '../../tree/expression.js';
import { areDescending, unitOf } from '../../tree/units.js';
import { numberInWords } from './amounts.js';

const MAX_LENGTH = 100;
const MAX_PARTS = 4;
const WORDS = /^[\dA-Za-z][\w ,.-]*$/;

interface Part {
  readonly value: Expression;
  readonly unit: string;
  /** Whether the number is in words, as `an` is. */
  readonly inWords: boolean;
}

/** A number and the unit behind it, at the beginning of some words, and how many words they are. */
function partIn(words: readonly string[]): { readonly part: Part; readonly length: number } | undefined {
  const [first = ''] = words;
  const inWords = !/^\d/.test(first);
  const isOne = first === 'a' || first === 'an';
  // The longest number: `five hundred` of `five hundred meters`.
  const count =
    !inWords || isOne ? 1 : words.findLastIndex((_, end) => numberInWords(words.slice(0, end + 1)) !== undefined) + 1;
  const number = isOne ? 1n : inWords ? numberInWords(words.slice(0, count)) : undefined;
  const unit = words[count];
  if (unit === undefined || count === 0 || !/^[a-z]{2,}$/.test(unit) || unitOf(unit).dimension === '') return undefined;
  const value = number === undefined ? decimal(first) : integer(number);
  return value && { part: { value: { kind: 'number', value }, unit, inWords }, length: count + 1 };
}

function decimal(text: string): Rational | undefined {
  const [, whole, places = ''] = /^(\d{1,9})(?:\.(\d{1,4}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : rational(BigInt(whole + places), 10n ** BigInt(places.length));
}

/** The inches behind feet, whose unit may be left out where the amount ends: `six foot two`. */
function inchesIn(words: readonly string[], before: readonly Part[]): ReturnType<typeof partIn> {
  const number = before.length === 1 && /^f(?:oot|eet)$/.test(before[0]?.unit ?? '') ? numberInWords(words) : undefined;
  if (number === undefined || number >= 12n) return undefined;
  const value: Expression = { kind: 'number', value: integer(number) };
  return { part: { value, unit: 'inches', inWords: true }, length: words.length };
}

/**
 * The amount that a text is as a whole, as a sum; undefined for any other text, and for two parts in digits, which the parser reads.
 * Every unit is smaller than the one before and measures the same, so that `two apples and three pears` is none.
 */
export function compoundInWords(text: string): Expression | undefined {
  if (
    text.length > MAX_LENGTH ||
    !WORDS.test(text) ||
    !/[A-Za-z]\W+(?:and\W+)?(?:\d|[a-z]+\W+[a-z]+)|f(?:oo|ee)t\s[a-z]/i.test(text)
  )
    return undefined;
  const words = text.toLowerCase().match(/[a-z]+|\d[\d.]*|,/g) ?? [];
  const parts: Part[] = [];
  const joints: string[] = [];
  for (let at = 0; at < words.length; ) {
    let joint = '';
    for (; words[at] === ',' || words[at] === 'and'; at++) joint += words[at];
    joints.push(joint);
    const found = partIn(words.slice(at)) ?? inchesIn(words.slice(at), parts);
    if (found === undefined || parts.length === MAX_PARTS) return undefined;
    parts.push(found.part);
    at += found.length;
  }
  const [before, ...between] = joints;
  const areJoints = before === '' && between.every((joint) => /^(?:,|,?and)?$/.test(joint));
  const isJoined = areJoints && (between.at(-1)?.endsWith('and') === true || between.every((joint) => joint === ''));
  const isRead = parts.length > 2 || parts.some(({ inWords }) => inWords);
  if (parts.length < 2 || !isJoined || !isRead || !areDescending(parts.map(({ unit }) => unit))) return undefined;
  return sum(parts.map(({ value, unit }) => ({ kind: 'quantity', value, unit })));
}

/** The amount or number in words that a text begins with, and the words behind it: `eighteen dollars` of `eighteen dollars for the shirt`. */
export function leadingAmount(text: string): { readonly said: string; readonly rest: string } | undefined {
  // `a hundred dollars`
  const words =
    text
      .toLowerCase()
      .replace(/^an?(?= (?:hundred|thousand|million|billion)\b)/, 'one')
      .match(/[a-z]+|\d[\d.]*|,/g) ?? [];
  const split = (length: number) => ({ said: words.slice(0, length).join(' '), rest: words.slice(length).join(' ') });
  for (let length = Math.min(words.length, 4 * MAX_PARTS); length > 3; length--) {
    if (compoundInWords(words.slice(0, length).join(' ')) !== undefined) return split(length);
  }
  const single = partIn(words);
  if (single !== undefined) return single.part.inWords ? split(single.length) : undefined;
  const count = words.slice(0, 12).findLastIndex((_, end) => numberInWords(words.slice(0, end + 1)) !== undefined) + 1;
  // `one` may stand for a thing: `It is one for the shelf.`
  return count === 0 || (count === 1 && words[0] === 'one') ? undefined : split(count);
}
