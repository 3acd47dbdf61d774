/** Numbers and amounts in words: `forty-two`, `two thirds`, `eight apples`, `half an hour`, `two dozen eggs`. */
import { combine, integer, ONE, type Rational, rational } from '../../../../rational.js';
import { type Expression, numberOf } from '../tree/expression.js';
import { unitOf } from '../tree/units.js';

const UNITS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1_000,
  million: 1_000_000,
  billion: 1_000_000_000,
};

/** The value of `forty-two` or `three hundred and five`; `two and three` are two numbers. */
export function numberInWords(words: readonly string[]): bigint | undefined {
  if (words.length === 0 || words.length > 12) return undefined;
  let total = 0;
  let current = 0;
  let before: 'unit' | 'ten' | 'scale' | 'and' | undefined;
  for (const word of words) {
    const unit = UNITS.indexOf(word);
    const ten = TENS.indexOf(word);
    const scale = SCALES[word];
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
export function fractionInWords(words: readonly string[]): Expression | undefined {
  const last = words.at(-1) ?? '';
  const part = PARTS[last === 'halves' ? 'half' : last.replace(/s$/, '')];
  if (part === undefined) return undefined;
  if (words.length === 1) return last === 'half' ? numberOf(1n, 2n) : undefined;
  const count = words.length === 2 && words[0] === 'a' ? 1n : numberInWords(words.slice(0, -1));
  const value = count === undefined ? undefined : rational(count, part);
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

const NOT_COUNTED = new Set(
  'more less fewer than and out the half third quarter fourth fifth sixth eighth tenth halves thirds quarters fourths fifths sixths eighths tenths times point over dozen thousand million billion'.split(
    ' ',
  ),
);

const GROUPS: Readonly<Record<string, bigint>> = {
  dozen: 12n,
  hundred: 100n,
  thousand: 1_000n,
  million: 1_000_000n,
  billion: 1_000_000_000n,
};
const isArticle = (word: string | undefined): boolean => word === 'a' || word === 'an';

interface Read<T> {
  readonly value: T;
  /** Words after it. */
  readonly rest: readonly string[];
}

/** `two dozen`, `a hundred and five`, `twelve`, `2` at the beginning, and the group that it counts in. */
function leadingNumber(source: readonly string[]): (Read<bigint> & { readonly group?: bigint }) | undefined {
  const isGroup = isArticle(source[0]) && GROUPS[source[1] ?? ''] !== undefined;
  const words = isGroup ? ['one', ...source.slice(1)] : source[0] === 'dozen' ? ['one', ...source] : source;
  const [first = ''] = words;
  const length = /^\d/.test(first)
    ? 1
    : words.findLastIndex((_, end) => numberInWords(words.slice(0, end + 1)) !== undefined) + 1;
  const value = /^\d/.test(first) ? BigInt(first) : numberInWords(words.slice(0, length));
  if (value === undefined) return undefined;
  if (words[length] === 'dozen') return { value: value * 12n, group: 12n, rest: words.slice(length + 1) };
  const group = words.slice(0, length).findLast((word) => GROUPS[word] !== undefined);
  const found = { value, rest: words.slice(length) };
  return group === undefined ? found : { ...found, group: GROUPS[group] ?? value };
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

/** A value of something: without words a number, with those that can be counted or are a unit a quantity. */
function amountOf(value: Rational | undefined, words: readonly string[]): Expression | undefined {
  if (value === undefined) return undefined;
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
function ofOne(part: Rational, words: readonly string[]): Expression | undefined {
  const group = GROUPS[words[0] ?? ''];
  return group === undefined
    ? words.length === 0
      ? undefined
      : amountOf(part, words)
    : amountOf(combine(part, '*', integer(group)), words.slice(1));
}
