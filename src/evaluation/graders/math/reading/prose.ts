/** Finds the value that a sentence states. Everything is linear in the length of the text. */
import { isVocabulary } from '../tree/vocabulary.js';

export interface Passage {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

const CJK = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Kana}]{3}/u;

/** Whether a text is a sentence rather than an answer. */
export function looksLikeProse(text: string): boolean {
  // Words within commands belong to formulas.
  const bare = text.includes('\\') ? text.replace(/\\[A-Za-z]+\s*(?:\{[^{}]*\})*/g, ' ') : text;
  const words = (bare.match(/[A-Za-z']{2,}/g) ?? []).filter((word) => !isVocabulary(word));
  if (bare !== text && !words.some((word) => word.length >= 4)) return CJK.test(bare);
  return words.length >= 3 || CJK.test(bare) || words.some((word) => /^(?:because|since|which|so)$/i.test(word));
}

const EMPHASIS = /(?<![\w)\]}*])(\*\*|__)(?=[^\s*_])([^*_\n]{1,400})(?<=\S)\1(?![\w([*])/g;

/** Without marks of emphasis and quotation; `2**3` is a power and stays. */
export function withoutMarks(text: string): string {
  return text
    .replace(EMPHASIS, '$2')
    .replace(/["“”`]/g, '')
    .trim()
    .replace(/^(?:\*\*|__)\s*|\s*(?:\*\*|__)$/g, '')
    .trim();
}

const DIGITS = String.raw`(?:\d{1,3}(?:[, ]\d{3})+(?!\d)(?:\.\d+)?|\d+[.,]\d+|\.\d+|\d+)`;
/** A bound is not the number in it, so the words and signs before the number belong to it. */
const BOUND = String.raw`(?:(?:(?:no |not )?(?:less|more|fewer|greater|larger|smaller) than(?: or equal to)?|at (?:least|most)|not)\s+|[<>≤≥]=?\s*)`;
const VALUE = [
  String.raw`(?:${DIGITS})?\\[dt]?frac\s*\{[^{}\n]{1,60}\}\s*\{[^{}\n]{1,60}\}`,
  String.raw`(?:${DIGITS})?\\sqrt\s*\{[^{}\n]{1,60}\}`,
  String.raw`(?:${DIGITS})?\\pi(?![A-Za-z])`,
  String.raw`\d{1,2}(?::\d{2})?\s*[ap]\.?\s?m(?![A-Za-z])\.?`,
  String.raw`${DIGITS}(?::${DIGITS})+`,
  String.raw`(?:${DIGITS}\s*)?[√∛]\s*\(?\d+\)?`,
  String.raw`${DIGITS}(?:\s*\/\s*\d+)?(?:\s*(?:%|percent\b|pct\b)|\s+(?:thousand|million|billion|trillion)\b)?`,
].join('|');
const VALUE_IN_TEXT = new RegExp(String.raw`(?<![\w.,\\^_{√:])${BOUND}?[-−]?\$?(?:${VALUE})(?![A-Za-z\d]{2}|\d)`, 'gi');

function passageOf(match: RegExpExecArray): Passage {
  return { start: match.index, end: match.index + match[0].length, inner: match[0].replace('$', '') };
}

/** The free-standing values of running text. */
function valuesIn(text: string): Passage[] {
  return [...text.matchAll(VALUE_IN_TEXT)].map(passageOf);
}

/** The last free-standing value of running text. */
export function lastValue(text: string): Passage | undefined {
  return valuesIn(text).at(-1);
}

/** Whether a sentence holds several values, none of which is said to be the result. */
export function isAmbiguous(text: string): boolean {
  return !text.includes('=') && valuesIn(text).length > 1;
}

/**
 * The value that a statement of the answer states: "7 apples, because ..." begins with it, "3 * 20 = 60 miles in all"
 * comes to it, "Jane began 3 hours ago" ends with it.
 */
export function statedValue(text: string): string | undefined {
  const values = valuesIn(text);
  const result = values.findLast(({ start, end }) => {
    return (
      /=\s*$/.test(text.slice(Math.max(0, start - 4), start)) && !/^\s*[-+*/×]\s*\d/.test(text.slice(end, end + 8))
    );
  });
  const [first] = values;
  const leads =
    first !== undefined &&
    !/[A-Za-z\d]/.test(text.slice(0, first.start)) &&
    !/^\s*[-+*/×=]\s*[\d(]/.test(text.slice(first.end, first.end + 8));
  return (result ?? (leads ? first : undefined) ?? values.at(-1))?.inner;
}
