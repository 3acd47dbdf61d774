/** Finds the value that a sentence states. Everything is linear in the length of the text. */
import { compoundInWords } from '../../reading/words/compounds.js';
import { isRestated } from '../../reading/words/restated.js';
import { SPOKEN_TIME } from '../../reading/words/times.js';
import { areDescending, isUnitSymbol, unitOf } from '../../tree/units.js';
import { isVocabulary } from '../../tree/vocabulary.js';
import { bracketedIn } from './bracketed.js';

export interface Passage {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

const CJK = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Kana}]{3}/u;

/** Whether a text holds a word of Chinese, Japanese or Korean. The classes take over a millisecond to compile. */
function hasCjk(text: string): boolean {
  return /[^\0-\u{3ff}]/u.test(text) && CJK.test(text);
}

/** Whether a text is a sentence rather than an answer. */
export function looksLikeProse(text: string): boolean {
  // Words within commands belong to formulas.
  const bare = text.includes('\\') ? text.replace(/\\[A-Za-z]+\s*(?:\{[^{}]*\})*/g, ' ') : text;
  const words = (bare.match(/[A-Za-z']{2,}/g) ?? []).filter((word) => !isVocabulary(word));
  if (bare !== text && !words.some((word) => word.length >= 4)) return hasCjk(bare);
  return words.length >= 3 || hasCjk(bare) || words.some((word) => /^(?:because|since|which|so)$/i.test(word));
}

const EMPHASIS = /(?<![\w)\]}*])(\*\*|__)(?=[^\s*_])([^*_\n]{1,400})(?<=\S)\1(?![\w([*])/g;

/** Without marks of emphasis and quotation; `2**3` is a power and stays. */
export function withoutMarks(text: string): string {
  return text
    .replace(EMPHASIS, '$2')
    .replace(/["“”`]/g, '')
    .trim()
    .replace(/^\*([^\s*][^*\n]{0,100})\*(?=\.?$)/, '$1')
    .replace(/^(?:\*\*|__)\s*|(?<!\s)\s*(?:\*\*|__)$/g, '')
    .trim();
}

const DIGITS = String.raw`(?:\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|\d{1,3}(?:[, ]\d{3})+(?!\d)(?:\.\d+)?|\d+[.,]\d+|\.\d+|\d+)`;
/** A bound is not the number in it, nor is a root its radicand, so what stands before the number belongs to it. */
const BEFORE = String.raw`(?:(?:(?:no |not )?(?:less|more|fewer|greater|larger|smaller) than(?: or equal to)?|at (?:least|most)|not|(?:(?:square|cube) )?root(?: of)?|minus|negative|half(?: of)?|twice|(?:natural )?log(?:arithm)?(?: of)?)\s+|[<>≤≥]=?\s*)`;
const BEFORE_ABROAD = String.raw`(?:(?:nicht|keine?|(?:mehr|weniger) als|mindestens|höchstens|pas|au (?:moins|plus)|(?:moins|plus|más|menos|mais) (?:de|que)|al menos|no es|não é|non è|не)\s+|不(?:是|等于)\s*)`;
/** A cheap look for those. */
const ABROAD =
  /nicht|kein|als |mindestens|höchstens|pas |moins|plus de|plus que|más|menos|mais|no es|não|non è|не |不/i;
const VALUE = [
  // `It is x² + x.`
  String.raw`(?<=\b(?:is|are|get|gets|gives|equals|becomes|obtain|be)\s[-−]?|[=:*]\s?[-−]?)[A-Za-z][⁰¹²³⁴-⁹⁺⁻ⁿˣ]+`,
  // `2 and a half`
  String.raw`\d{1,9} and (?:a (?:half|third|quarter)|(?:one|two|three|four|five|six|seven) (?:half|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?))(?![\w-]|\s+of\b)`,
  String.raw`\d{0,9}[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]`,
  String.raw`(?=[a-z\d\s-]{0,30}\s\d)${SPOKEN_TIME}`,
  String.raw`(?:${DIGITS})?\\[dt]?frac\s*\{[^{}\n]{1,60}\}\s*\{[^{}\n]{1,60}\}`,
  String.raw`(?:${DIGITS})?\\sqrt\s*\{[^{}\n]{1,60}\}`,
  String.raw`(?:${DIGITS})?\\pi(?![A-Za-z])`,
  String.raw`\d{1,2}(?:[:.]\d{2})?\s*[ap]\.?\s?m(?![A-Za-z])\.?`,
  String.raw`12(?::00)?\s+(?:noon|midday|midnight)\b|\d{1,2}:\d{2}\s+(?:in the (?:morning|afternoon|evening)|at night)\b`,
  `${DIGITS}(?::${DIGITS})+`,
  // `10–20`, a range.
  `${DIGITS}–${DIGITS}`,
  String.raw`(?<!\bfrom\s)${DIGITS}\s+to\s+${DIGITS}`,
  String.raw`\d{1,3}[ -](?:ft\.?|foot|feet)[ -]\d{1,2}(?=\s?(?:tall\b|[.,;!?)](?!\d)|$))`,
  String.raw`\d+\s+[1-9]\d?\/[1-9]\d{0,2}(?![\d/])`,
  // `3万5千` whole, of which a part is another number; `3千克` is a mass.
  String.raw`${DIGITS}\s?(?:[万萬亿億만억]|[百千천](?![克米瓦卡赫帕伏焦分]))[\d百千천万萬亿億만억]*`,
  String.raw`\d{1,3}\s?h\s?[0-5]\d(?![\dA-Za-z])`,
  String.raw`(?:${DIGITS}\s*)?[√∛]\s*\(?\d+\)?`,
  String.raw`${DIGITS}(?:\s*\/\s*\d+)?(?:\s*(?:%|‰|percent\b|pct\b)|\s?[€¢£¥₹](?!\d)|\s+(?:thousand|million|billion|trillion)\b)?`,
].join('|');
const valueIn = (before: string) =>
  new RegExp(String.raw`(?<![\w.,\\^_{√:])${before}{0,2}[-−]?[$€£¥₹]?(?:${VALUE})(?![A-Za-z\d]{2}|\d)`, 'gi');
const VALUE_IN_TEXT = valueIn(BEFORE);
const VALUE_ABROAD = valueIn(`(?:${BEFORE}|${BEFORE_ABROAD})`);

const MAX_FORMULA = 80;
/** What a formula in running text is made of, but for words: `2x + 5`, `AD = 3 + 2√2`. */
const RAISED = '⁰¹²³⁴-⁹⁺⁻ⁿˣ';
/** One character at a time: of longer pieces, a row of digits could be divided in as many ways as there are subsets. */
const OPERAND_LEFT = new RegExp(
  String.raw`(?:^|[\s,;:]|(?<=[\s=:])[-−])((?:[A-Za-zπθ\d.()${RAISED}]|[√^](?=\d)|_(?=[\w.]*\^\d))+)$`,
);
/** A sign in front of a value: `−π/4`, `-x + 3`. */
const UNARY_LEFT = /(?:^|(?<=[\s=:]))[-−]$/;
const SIGN_LEFT = /\s*[-−+*/^×·=≈]\s*$/;
const RIGHT =
  /^(?:!(?=\s+[a-z]|\s*[-+*/=)])|[⁰¹²³⁴-⁹⁺⁻ⁿˣ]+|\^\(-?\d+(?:\/\d+)?\)|\s+(?:times|plus|minus|divided by)\s+(?=[\d(√])|[A-Za-z](?![A-Za-z])|\^\d+|[(√π]|\s*[-−+*/^×·]\s*(?=[\d(√π.]|[A-Za-z](?![A-Za-z]))|[\d.]+(?=[^\d]|$)|\))/;

/** A function of the number: `sqrt(5)`, `2 ln 5`, `\\sqrt5`. */
const FUNCTION_LEFT =
  /(?:[\d.]+\s?\*?\s?)?(?:\b(?:sqrt|cbrt|log|ln|sin|cos|tan|exp|abs|floor|ceil)|\\[A-Za-z]+)\s*[({]?\s*$/;

/** Where the formula begins that the text before a number belongs to. */
function formulaStart(text: string, start: number): number {
  let from = start;
  for (;;) {
    const before = text.slice(Math.max(0, from - MAX_FORMULA), from);
    const called = FUNCTION_LEFT.exec(before)?.[0];
    if (called !== undefined && start - from <= MAX_FORMULA) {
      from -= called.length;
      continue;
    }
    const sign = SIGN_LEFT.exec(before)?.[0];
    if (sign === undefined) return from;
    const operand = OPERAND_LEFT.exec(before.slice(0, before.length - sign.length))?.[1];
    if (operand === undefined || start - from > MAX_FORMULA)
      return from < start && UNARY_LEFT.test(before) ? from - 1 : from;
    // `is −π/4`
    if (from < start && /^\s+[-−]$/.test(sign) && /^[a-z]{2,}$/i.test(operand)) return from - 1;
    from -= sign.length + operand.length;
  }
}

function formulaEnd(text: string, start: number, end: number): number {
  let to = end;
  let open = text.slice(start, end).split('(').length - text.slice(start, end).split(')').length;
  while (to - end < MAX_FORMULA) {
    const next = RIGHT.exec(text.slice(to, to + MAX_FORMULA))?.[0];
    if (next === undefined || (next === ')' && open <= 0)) break;
    open += next === '(' ? 1 : next === ')' ? -1 : 0;
    to += next.length;
  }
  return to;
}

const UNIT_AFTER =
  /^\s+((?:square |cubic )?[A-Za-zµμΩ\u2126]+(?:(?:\/| per )[A-Za-z]+(?: squared| cubed)?|\^[23]|⁻?[¹²³])?(?:\s?[·⋅*]?\s?[A-Za-zµμΩ]{1,4}⁻[¹²³])*)/;

const UNIT_ATTACHED = /^([A-Za-z]{1,3})([²³]|\^[23])?(?![\w^(²³])/;

/** A number with the rest of its formula, or with its unit. */
function passageOf(text: string, match: RegExpExecArray): Passage {
  const start = formulaStart(text, match.index);
  const plain = match.index + match[0].length;
  // `1,000.99m²`
  const [attached = '', symbol = '', power] = UNIT_ATTACHED.exec(text.slice(plain, plain + 12)) ?? [];
  if (/\d$/.test(match[0]) && isUnitSymbol(symbol)) {
    const degree = power === undefined ? '' : `^${power.replace('²', '2').replace('³', '3').replace('^', '')}`;
    return { start, end: plain + attached.length, inner: `${text.slice(start, plain).trim()} ${symbol}${degree}` };
  }
  const end = /[\w)⁰¹²³⁴-⁹⁺⁻ⁿˣ]$/.test(match[0]) ? formulaEnd(text, start, plain) : plain;
  const [whole = '', unit = ''] = UNIT_AFTER.exec(text.slice(end, end + 40)) ?? [];
  const measured = unit !== '' && unit !== 'in' && unitOf(unit).dimension !== '';
  const to = measured ? end + whole.length : end;
  return { start, end: to, inner: text.slice(start, to).trim() };
}

/** The unit that a value is in; undefined where it is more than a number with a unit. */
function unitIn(value: string): string | undefined {
  const [, currency, name] = /^(?:[^=]*=\s*)?(?:([$€£])\d[\d.,]*|\d[\d.,]*\s+([A-Za-z]+))$/.exec(value) ?? [];
  return currency ?? name;
}

const WORDS_BEHIND = [/^\s+and\s+[a-z]+[- ][a-z]+\s+[a-z]+\b/i, /^\s+and\s+[a-z]+\s+[a-z]+\b/i];
const WORDS_BEFORE = [/\b[a-z]+[- ][a-z]+\s+[a-z]+\s+and\s+$/i, /\b[a-z]+\s+[a-z]+\s+and\s+$/i];

/** A value with the part of its amount that is in words: `3 dollars and fifty cents`. */
function withWords(text: string, value: Passage): Passage {
  if (unitIn(value.inner) === undefined) return value;
  const behind = text.slice(value.end, value.end + 60);
  const before = text.slice(Math.max(0, value.start - 60), value.start);
  for (const pattern of /^\s+and\s/i.test(behind) ? WORDS_BEHIND : []) {
    const end = value.end + (pattern.exec(behind)?.[0].length ?? 0);
    const inner = text.slice(value.start, end);
    if (end > value.end && compoundInWords(inner) !== undefined) return { start: value.start, end, inner };
  }
  for (const pattern of /\sand\s+$/i.test(before) ? WORDS_BEFORE : []) {
    const start = value.start - (pattern.exec(before)?.[0].length ?? 0);
    const inner = text.slice(start, value.end);
    if (start < value.start && compoundInWords(inner) !== undefined) return { start, end: value.end, inner };
  }
  return value;
}

/** In front of several things: `The sides are 3 m and 50 cm.` */
const SEVERAL = /(?<!\bthere\s+)\b(?:are|were|both|either|between|include)\s+$/i;

/** Values with amounts in several units as one: `3 hours and 20 minutes`. */
function withCompounds(text: string, values: readonly Passage[]): Passage[] {
  const found: Passage[] = [];
  let units: string[] = [];
  for (const [index, value] of values.entries()) {
    const before = found.at(-1);
    const unit = unitIn(value.inner);
    const next = values[index + 1];
    // `In 3 hours, 20 minutes are lost.`
    const isListed = next !== undefined && /^,?\s+and\s+$/i.test(text.slice(value.end, next.start));
    const isJoined =
      before !== undefined &&
      unit !== undefined &&
      units.length > 0 &&
      (isListed ? /^,?\s+(?:and\s+)?$/i : /^(?:,?\s+and)?\s+$/i).test(text.slice(before.end, value.start)) &&
      areDescending([...units, unit]) &&
      !SEVERAL.test(text.slice(Math.max(0, before.start - 20), before.start));
    if (isJoined) {
      found[found.length - 1] = { start: before.start, end: value.end, inner: text.slice(before.start, value.end) };
      units.push(unit);
    } else {
      found.push(withWords(text, value));
      units = unit === undefined ? [] : [unit];
    }
  }
  return found;
}

/** Values with amounts that are given twice as one: `75 minutes (1 hour 15 minutes)`. */
function withRestatements(text: string, values: readonly Passage[]): Passage[] {
  const found: Passage[] = [];
  for (const value of values) {
    const before = found.at(-1);
    const isSecond =
      before !== undefined &&
      isRestated(before.inner, text.slice(before.end, value.start), value.inner, text.slice(value.end, value.end + 1));
    if (!isSecond) {
      found.push(value);
      continue;
    }
    const end = value.end + (text.charAt(value.end) === ')' ? 1 : 0);
    found[found.length - 1] = { start: before.start, end, inner: text.slice(before.start, end) };
  }
  return found;
}

/** The free-standing values of running text; those of one formula or amount are one value. */
export function valuesIn(text: string): Passage[] {
  const found: Passage[] = [];
  const brackets = bracketedIn(text);
  let taken = 0;
  const takeBrackets = (before: number): void => {
    for (let next = brackets[taken]; next !== undefined && next.start < before; next = brackets[++taken])
      found.push(next);
  };
  for (const match of text.matchAll(ABROAD.test(text) ? VALUE_ABROAD : VALUE_IN_TEXT)) {
    takeBrackets(match.index + match[0].length);
    const last = found.at(-1);
    if (last !== undefined && match.index + match[0].length <= last.end) continue;
    const next = passageOf(text, match);
    if (last !== undefined && next.start < last.end) {
      if (next.end > last.end) {
        found[found.length - 1] = { start: last.start, end: next.end, inner: text.slice(last.start, next.end).trim() };
      }
    } else found.push(next);
  }
  takeBrackets(text.length);
  return withRestatements(text, withCompounds(text, found));
}

const TAIL = 10_000;

const SAID_BEFORE =
  /(?:^|[=:]|\b(?:is|are|was|were|be|equals?|equal to|gets?|gives?|has|have|had|needs?|costs?|makes?|made|totals?|answer|so)|\b(?:total|sum|value|cost|price|length|area|volume|distance|speed|rate|probability|average|mean) of)\s*(?:exactly|only|about|approximately|a total of)?\s*\$?$/i;
/** Numbers in words are values as well, and so are those that are only spoken of. */
const OTHER_NUMBERS =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|twice|double|half|more than|less than|fewer than)\b/i;
/** `It prints `: a subject and its verb. */
const SUBJECT_AND_VERB = /^(?:it|this|that|he|she|they|we|the [a-z]+) [a-z]{3,}(?:s|ed) $/i;
const TIME = /^\d{1,2}(?::\d{2})?\s*[ap]\.?\s?m/i;

const ANNOUNCED = /\b(?:so|thus|then|hence|therefore|get|have|find|obtain|gives|conclude|that)[\s,:]*$/i;

/** Whether a short reference in words states its last value, rather than a fact that holds a number. */
export function statesItsValue(text: string): boolean {
  const values = valuesIn(text);
  const last = values.at(-1);
  if (last === undefined) return true;
  const before = text.slice(0, last.start);
  if (last.inner.includes('='))
    return values.length > 1 || !/[A-Za-z]{3}/.test(before) || SAID_BEFORE.test(before) || ANNOUNCED.test(before);
  if (values.length > 1 || OTHER_NUMBERS.test(text)) return false;
  return TIME.test(last.inner) || SAID_BEFORE.test(before) || SUBJECT_AND_VERB.test(before.slice(0, 60));
}

/** The last free-standing value of running text. */
export function lastValue(text: string): string | undefined {
  return valuesIn(text.slice(-TAIL)).at(-1)?.inner;
}

/** What follows an answer that is given with its reason: `6 because 12 / 2 = 6`. */
const REASON =
  /^(?:\s+(?!(?:and|or|plus|minus|times|divided)\b)[A-Za-z]+){0,4}\s*[,;:(–—-]?\s*\b(?:because|since|as|for|given)\b/i;

/**
 * The value that a statement of the answer states: "7 apples, because ..." begins with it, "3 * 20 = 60 miles in all"
 * comes to it, "Jane began 3 hours ago" ends with it.
 */
export function statedValue(text: string): string | undefined {
  const values = valuesIn(text.slice(0, TAIL));
  const result = values.findLast(({ inner }) => inner.includes('='));
  const [first] = values;
  const leads =
    first !== undefined &&
    !/[A-Za-z\d]/.test(text.slice(0, first.start)) &&
    !/^\s+(?:more|less|fewer|out of|of \d|squared|cubed)\b/.test(text.slice(first.end, first.end + 12));
  if (leads && REASON.test(text.slice(first.end, first.end + 80))) return first.inner;
  return (result ?? (leads ? first : undefined) ?? values.at(-1))?.inner;
}
