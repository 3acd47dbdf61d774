/** Amounts that are given twice, in other units or words: `75 minutes (1 hour 15 minutes)`, `50% (or 1/2)`, `36 inches, i.e. 3 feet`. */
import type { Expression } from '../../tree/expression.js';
import { unitOf } from '../../tree/units.js';

const MAX_LENGTH = 120;
const AGAIN = String.raw`(?:(?:or|i\.\s?e\.|ie|that is|that['’]s|which (?:is|equals|makes)|equals|equal to|=),?\s+)`;
const AMOUNT = String.raw`[^()=;:+*×÷^\n]{1,60}?`;
const IN_BRACKETS = new RegExp(String.raw`^(${AMOUNT})\s?\(${AGAIN}?(${AMOUNT})\)\.?$`, 'i');
const BEHIND = new RegExp(String.raw`^(${AMOUNT}),?\s${AGAIN}(${AMOUNT})\.?$`, 'i');
const NUMBERED =
  /[\d½¼¾]|\b(?:an?|half|one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty|dozen|quarters?)\b/i;

interface Restatement {
  readonly first: string;
  readonly second: string;
  /** Whether two amounts that are not the same contradict each other, rather than being two answers or a remark. */
  readonly contradicts: boolean;
}

/** What the last unit of an amount measures. */
function dimensionOf(amount: string): string {
  const unit = /^\s*[$€£]/.test(amount) ? amount.trim().charAt(0) : (/[A-Za-z%]+$/.exec(amount.trim())?.[0] ?? '');
  return unit === '' ? '' : unitOf(unit).dimension;
}

/** The two amounts of a text that may give one twice; undefined for any other text. */
export function restatement(text: string): Restatement | undefined {
  if (text.length > MAX_LENGTH || text.includes('\\') || !/\(|\s(?:or|i\.|ie|that|which|equals?|=)/.test(text))
    return undefined;
  const bracketed = IN_BRACKETS.exec(text);
  const [, first, second] = bracketed ?? BEHIND.exec(text) ?? [];
  if (first === undefined || second === undefined || !NUMBERED.test(first) || !NUMBERED.test(second)) return undefined;
  const dimension = dimensionOf(first);
  return { first, second, contradicts: bracketed !== null && dimension !== '' && dimension === dimensionOf(second) };
}

/** Whether an answer is a number or an amount in one unit or several. */
export const isAmount = (node: Expression): boolean =>
  node.kind === 'number' ||
  (node.kind === 'quantity' && isAmount(node.value)) ||
  (node.kind === 'sum' && node.terms.every(isAmount)) ||
  (node.kind === 'product' &&
    node.factors.every((factor) => isAmount(factor) || (factor.kind === 'power' && isAmount(factor.base))));

const BETWEEN = new RegExp(String.raw`^(?:\s?\(${AGAIN}?|,?\s${AGAIN})$`, 'i');

/** Whether what stands between two amounts says that the second is the first in other units. */
export function isRestated(first: string, between: string, second: string, behind: string): boolean {
  if (between.length > 20 || !BETWEEN.test(between) || between.includes('(') !== behind.startsWith(')')) return false;
  const dimension = dimensionOf(first);
  return dimension !== '' && dimension === dimensionOf(second);
}
