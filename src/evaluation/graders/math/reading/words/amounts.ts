/** Numbers and amounts in words: `forty-two`, `two thirds`, `eight apples`, `half an hour`, `two dozen eggs`. */
import { combine, integer, ONE, type Rational, rational } from '../../../../../rational.js';
import { SCALES, TENS, UNITS } from '../../../number-words.js';
import { type Expression, numberOf } from '../../tree/expression.js';
import { unitOf } from '../../tree/units.js';

/** The value of `forty-two` or `three hundred and five`; `two and three` are two numbers. */
export function numberInWords(words: readonly string[]): bigint | undefined {
  if (words.length === 0 || words.length > 12) return undefined;
  let total = 0;
  let current = 0;
  let before: 'unit' | 'ten' | 'scale' | 'and' | undefined;
  for (const word of words) {
    const unit = UNITS.indexOf(word);
    const ten = TENS.indexOf(word);
    const scale = SCALES.get(word);
    if (unit >= 0) {
      if (before === 'unit' || (before === 'ten' && (unit === 0 || unit > 9))) return undefined;
      current += unit;
      before = 'unit';
    } else if (ten >= 0) {
      if (before === 'unit' || before === 'ten') return undefined;
      current += 20 + 10 * ten;
      before = 'ten';
    } else if (scale !== undefined && before !== 'and') {
      if (scale === 100) current = Math.max(1, current) * 100;
      else {
        total += Math.max(1, current) * scale;
        current = 0;
      }
      before = 'scale';
    } else if (word === 'and' && before === 'scale') before = 'and';
    else return undefined;
  }
  return before === 'and' ? undefined : BigInt(total + current);
}

const PARTS: ReadonlyMap<string, bigint> = new Map([
  ['half', 2n],
  ['third', 3n],
  ['quarter', 4n],
  ...'fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'
    .split(' ')
    .map((name, index) => [name, BigInt(index + 4)] as const),
  ...UNITS.slice(13).map((name, index) => [`${name}th`, BigInt(index + 13)] as const),
  ...TENS.map((name, index) => [name.replace(/y$/, 'ieth'), BigInt(10 * index + 20)] as const),
  ['hundredth', 100n],
  ['thousandth', 1_000n],
]);

/** `two thirds`, `one half`; `third` alone is a place in a row. */
export function fractionInWords(words: readonly string[]): Expression | undefined {
  const last = words.at(-1) ?? '';
  const part = PARTS.get(last === 'halves' ? 'half' : last.replace(/s$/, ''));
  if (part === undefined) return undefined;
  if (words.length === 1) return last === 'half' ? numberOf(1n, 2n) : undefined;
  const count = words.length === 2 && words[0] === 'a' ? 1n : numberInWords(words.slice(0, -1));
  // `twenty third` is a place in a row as well.
  if (count === undefined || (count > 9n && !last.endsWith('s'))) return undefined;
  const value = rational(count, part);
  return value === undefined ? undefined : { kind: 'number', value };
}

/** `eight apples`: a number in words with what it counts. */
export function amountInWords(words: readonly string[]): Expression | undefined {
  const length = words.findLastIndex((word) => UNITS.includes(word) || TENS.includes(word) || word === 'hundred') + 1;
  const value = length === 0 ? undefined : numberInWords(words.slice(0, length));
  const counted = words.slice(length);
  if (value === undefined || counted.length === 0 || counted.length > 3) return undefined;
  if (counted.some((word) => word.length < 3 || NOT_COUNTED.has(word))) return undefined;
  return { kind: 'quantity', value: numberOf(value), unit: counted.join(' ') };
}

const NOT_COUNTED = new Set([
  ...'more less fewer than and out the halves times point over dozen thousand million billion'.split(' '),
  ...[...PARTS.keys()].flatMap((part) => [part, `${part}s`]),
]);

const GROUPS: ReadonlyMap<string, bigint> = new Map([
  ['dozen', 12n],
  ...[...SCALES].map(([name, scale]) => [name, BigInt(scale)] as const),
]);
const isArticle = (word: string | undefined): boolean => word === 'a' || word === 'an';

interface Read<T> {
  readonly value: T;
  /** Words after it. */
  readonly rest: readonly string[];
}

/** `two dozen`, `a hundred and five`, `twelve`, `2` at the beginning, and the group that it counts in. */
function leadingNumber(source: readonly string[]): (Read<bigint> & { readonly group?: bigint }) | undefined {
  const isGroup = isArticle(source[0]) && GROUPS.get(source[1] ?? '') !== undefined;
  const words = isGroup ? ['one', ...source.slice(1)] : source[0] === 'dozen' ? ['one', ...source] : source;
  const [first = ''] = words;
  const length = /^\d/.test(first)
    ? 1
    : words.findLastIndex((_, end) => numberInWords(words.slice(0, end + 1)) !== undefined) + 1;
  const value = /^\d/.test(first) ? BigInt(first) : numberInWords(words.slice(0, length));
  if (value === undefined) return undefined;
  if (words[length] === 'dozen') return { value: value * 12n, group: 12n, rest: words.slice(length + 1) };
  const group = words.slice(0, length).findLast((word) => GROUPS.get(word) !== undefined);
  const found = { value, rest: words.slice(length) };
  return group === undefined ? found : { ...found, group: GROUPS.get(group) ?? value };
}

/** `half`, `a quarter`, `three quarters`, `one third` at the beginning. */
function leadingFraction(words: readonly string[]): Read<Rational> | undefined {
  for (const length of [2, 1]) {
    const taken = words.slice(0, length);
    const value = taken.length < length ? undefined : fractionInWords(taken);
    if (value?.kind === 'number') return { value: value.value, rest: words.slice(length) };
  }
  const quarter = words[0] === 'quarter' && words[1] === 'of' ? rational(1n, 4n) : undefined;
  return quarter === undefined ? undefined : { value: quarter, rest: words.slice(1) };
}

/** A value of something: without words a number, with those that can be counted or are a unit a quantity. A scale in front multiplies it. */
function amountOf(value: Rational | undefined, words: readonly string[]): Expression | undefined {
  if (value === undefined) return undefined;
  const scale = GROUPS.get(words[0] ?? '');
  // `two and a half million`
  if (scale !== undefined) return amountOf(combine(value, '*', integer(scale)), words.slice(1));
  if (words.length === 0) return { kind: 'number', value };
  if (words.length > 3 || words.some((word) => word.length < 3 || NOT_COUNTED.has(word))) return undefined;
  return { kind: 'quantity', value: { kind: 'number', value }, unit: words.join(' ') };
}

/** What `an` alone says one of; `a second` and `a bit` say other things as well. */
function isMeasure(word: string): boolean {
  return (
    !/^(?:second|bit|bar|mole|knot)$/.test(word) &&
    /^(?:time|month|length|mass|money|euro)\^1$/.test(unitOf(word).dimension)
  );
}

/**
 * `half an hour`, `a quarter of an hour`, `an hour and a half`, `two and a half hours`, `2 and a half`, `a dozen`, `half a dozen eggs`,
 * `a hundred`. Vague amounts (`a couple`, `a few`, `dozens`) are left as words.
 */
export function measureInWords(text: string): Expression | undefined {
  if (text.length > 60 || !/^(?:\d{1,3} and )?[A-Za-z][A-Za-z ,-]*$/.test(text)) return undefined;
  const words = text.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
  if (words.length > 9) return undefined;
  const part = leadingFraction(words);
  if (part !== undefined) {
    const isHalf = part.value.numerator === 1n && part.value.denominator === 2n;
    const of = part.rest[0] === 'of';
    const [, ...whole] = of ? part.rest : ['', ...part.rest];
    if (isArticle(whole[0]) && (of || isHalf)) return ofOne(part.value, whole.slice(1));
    // `half dozen`, `a half hour`
    const [next = ''] = part.rest;
    return isHalf && (next === 'dozen' || isMeasure(next)) ? ofOne(part.value, part.rest) : undefined;
  }
  const count = leadingNumber(words);
  const more = count?.rest.indexOf('and') ?? -1;
  if (count !== undefined && more >= 0) {
    const behind = leadingFraction(count.rest.slice(more + 1));
    const named = count.rest.slice(0, more);
    if (behind === undefined) return undefined;
    if (count.group !== undefined) {
      // `a dozen and a half` is one and a half of them.
      const isOne = count.value === count.group && more === 0;
      const value = combine(integer(count.group), '*', combine(ONE, '+', behind.value) ?? ONE);
      return isOne ? amountOf(value, behind.rest) : undefined;
    }
    const value = combine(integer(count.value), '+', behind.value);
    // `two and a half hours`, `two hours and a half`
    return named.length === 0
      ? amountOf(value, behind.rest)
      : behind.rest.length === 0
        ? amountOf(value, named)
        : undefined;
  }
  if (count?.group !== undefined) return amountOf(integer(count.value), count.rest);
  const [article, unit = '', joined, ...tail] = words;
  if (!isArticle(article) || !isMeasure(unit)) return undefined;
  if (joined === undefined) return amountOf(ONE, [unit]);
  const behind = joined === 'and' ? leadingFraction(tail) : undefined;
  return behind?.rest.length === 0 ? amountOf(combine(ONE, '+', behind.value), [unit]) : undefined;
}

/** A part of one: `half a mile`, `half a dozen eggs`, `a quarter of a million`. */
const ofOne = (part: Rational, words: readonly string[]): Expression | undefined =>
  words.length === 0 ? undefined : amountOf(part, words);

/** The digits of `three point five`, and the words behind them. */
function decimalInWords(words: readonly string[]): Read<Rational> | undefined {
  const point = words.indexOf('point');
  if (point < 0) return undefined;
  const whole = point === 0 ? 0n : numberInWords(words.slice(0, point));
  const behind = words.slice(point + 1);
  const other = behind.findIndex((word) => !(UNITS.indexOf(word) >= 0 && UNITS.indexOf(word) < 10));
  const digits = (other < 0 ? behind : behind.slice(0, other)).map((word) => UNITS.indexOf(word)).join('');
  if (whole === undefined || digits === '' || digits.length > 12) return undefined;
  const value = rational(BigInt(`${whole}${digits}`), 10n ** BigInt(digits.length));
  return value && { value, rest: behind.slice(digits.length) };
}

/** `three point five hours`, `five percent`, `7 twelfths`; `3 quarters` may be coins. */
export function spelledAmount(text: string): Expression | undefined {
  if (text.length > 80 || !/^(?:\d{1,4} )?[A-Za-z][A-Za-z -]*$/.test(text)) return undefined;
  const [first = '', ...others] = text.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
  if (/^\d/.test(first)) {
    const part = /s$/.test(others[0] ?? '') ? PARTS.get((others[0] ?? '').slice(0, -1)) : undefined;
    const value = part === undefined || part === 4n || others.length > 1 ? undefined : rational(BigInt(first), part);
    return value && { kind: 'number', value };
  }
  const words = [first, ...others];
  const decimal = decimalInWords(words);
  const isShare = words.at(-1) === 'percent';
  if (isShare) {
    const whole = decimal === undefined ? numberInWords(words.slice(0, -1)) : undefined;
    const value = decimal?.rest.length === 1 ? decimal.value : whole === undefined ? undefined : integer(whole);
    return value && { kind: 'quantity', value: { kind: 'number', value }, unit: '%' };
  }
  return decimal === undefined ? undefined : amountOf(decimal.value, decimal.rest);
}
