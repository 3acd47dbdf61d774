/** Ranges of numbers and times: `6-8`, `10–20 °C`, `6 to 8`, `between 6 and 8`, `8:30 - 9:15`. */
import type { Expression } from '../../tree/expression.js';
import { unitOf } from '../../tree/units.js';
import { timeOfDay } from './times.js';

const END = String.raw`(\d{1,2}:\d{2}|[$€£]?\d[\d.,]{0,15})`;
const UNIT = String.raw`((?:\s?[A-Za-zµμΩ\u2126°%‰€][^\s\d,;:=+()]{0,12}(?:[23²³]|\s[A-Za-z][^\s\d,;:=+()]{0,12})?|\s?[%€])?)`;
const HYPHEN = new RegExp(String.raw`^${END}${UNIT}(\s?[-–—]\s?)${END}${UNIT}$`);
const WORDS = new RegExp(
  String.raw`^(?:from\s)?${END}${UNIT}\sto\s${END}${UNIT}$|^between\s${END}${UNIT}\sand\s${END}${UNIT}$`,
  'i',
);
const MAX_LENGTH = 80;

interface Ends {
  readonly low: string;
  readonly high: string;
  /** What stands between them where it is a dash and no sign between two terms. */
  readonly dash: string | undefined;
  readonly unit: string;
}

/** A unit that is known, or a word for what is counted; other letters are variables. */
const isMeasure = (unit: string): boolean =>
  /^[°%‰€]/.test(unit) || /^[a-z]{4}/i.test(unit) || /^[ap]\.?m\b/i.test(unit) || unitOf(unit).dimension !== '';

const sameMeasure = (one: string, other: string): boolean =>
  one === other || (unitOf(one).dimension === unitOf(other).dimension && unitOf(one).dimension !== '');

const isTime = (text: string): boolean => text.includes(':');

function endsOf(source: string): Ends | undefined {
  if (source.length > MAX_LENGTH) return undefined;
  const text = source
    .replace(/\\(?:text|mathrm|mbox)\s*\{([^{}]{0,30})\}/g, '$1')
    .replace(/\^\s*\{?\s*\\circ\s*\}?/g, '°')
    .replace(/\\[,;:! ]|~/g, ' ')
    .replace(/^\$(?=[^$]*\$$)|(?<=^\$[^$]*)\$$/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\s?\.$|^(?:[A-Za-z] ?= ?|(?:about|approximately|approx\.|around|roughly) )/g, '')
    .trim();
  const dashed = HYPHEN.exec(text);
  const found = dashed ?? WORDS.exec(text);
  if (found === null) return undefined;
  const parts = found.slice(1).filter((part) => part !== undefined);
  const [low = '', before = '', high = '', behind = ''] = dashed === null ? parts : parts.filter((_, i) => i !== 2);
  if (isTime(low) !== isTime(high)) return undefined;
  const number = (end: string): number => Number(end.replace(/[$€£,]/g, '').replace(/\.$/, ''));
  if (!isTime(low) && !(number(low) < number(high))) return undefined;
  // `6-8 hours`: the unit of both.
  const unit = behind.trim();
  const first = before.trim() === '' ? unit : before.trim();
  if (unit === '' ? first !== '' : !isMeasure(unit) || !sameMeasure(first, unit)) return undefined;
  // A letter that touches its number may be a variable: `2-3m`.
  const isTerm = /^[A-Za-z]$/.test(unit) && !behind.startsWith(' ');
  const dash = isTerm || (before !== '' && /^[A-Za-z]$/.test(first)) ? undefined : dashed?.[3];
  return { low: `${low} ${first}`.trim(), high: `${high} ${unit}`.trim(), dash, unit };
}

/** The range that a text is, with what reads its ends; undefined where it is none. */
export function rangeOf(text: string, end: (text: string) => Expression | undefined): Expression | undefined {
  const ends = endsOf(text);
  if (ends === undefined) return undefined;
  const [low, high] = [ends.low, ends.high].map((each) => timeOfDay(each)?.reading ?? end(each));
  return low === undefined || high === undefined ? undefined : { kind: 'call', name: 'range', inputs: [low, high] };
}

/**
 * Whether a reference is a range and no difference: two numbers, the smaller first, with a dash and no spaces beside it,
 * or with a unit. `3 - 5` may be either, and so may a hyphen in a formula.
 */
export function isRangeAlone(text: string, plain: boolean): boolean {
  const ends = /[\\=]/.test(text) ? undefined : endsOf(text);
  if (ends?.dash === undefined || !(plain || ends.dash.includes('–'))) return false;
  return !/\s/.test(ends.dash) || ends.unit !== '';
}

export const isRange = (node: Expression): boolean => node.kind === 'call' && node.name === 'range';
