/**
 * The parts that a reply lists line by line behind their sum: `She spends $57 in all:`, `- shoes $40`, `- socks $17`. Where the last
 * numbers of the lines add up to the only number of the sentence in front of them, this is what they are the parts of, and the lines say
 * nothing more. Linear in the length of the text.
 */
import { sentencesOf } from '../../../../replies/sentences.js';
import { amountOf } from '../../values/counted-values.js';
import { valuesIn } from '../../values/prose.js';

const TAIL = 2_000;
/** An item of a list, or a row of a table. */
const ITEM = /^\s{0,8}(?:[-*•+]\s|\d{1,2}[.)]\s|\|)/;
const NUMBERS = /(?<![\d.,])\d(?:[\d.,]*\d)?/g;
const TOTALS = /\b(?:total|sum|all|altogether|overall|answer)\b|=/i;
/** What may come to something of its own behind the lines. */
const CONCLUDES =
  /\b(?:so|thus|hence|therefore|then|total|altogether|all|sum|left|but|not|no|is|are|was|were|has|have|had|makes?|gives?|costs?|needs?|gets?|worth)\b|n['’]t\b|[=\\?:]/i;

/** A reply up to the lines of parts behind its sum. */
export function withoutBreakdown(text: string): string {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from).trimEnd();
  const lines = tail.split('\n');
  const last = lines.findLastIndex((line) => ITEM.test(line));
  let first = last;
  while (ITEM.test(lines[first - 1] ?? '')) first--;
  const before = lines.slice(0, Math.max(0, first)).join('\n').trimEnd();
  // The heading of a table and the line under it have no numbers.
  const parts = lines.slice(first, last + 1).filter((line) => /\d/.test(line));
  if (parts.length < 2 || before === '' || parts.some((line) => TOTALS.test(line))) return text;
  const behind = lines.slice(last + 1).join('\n');
  if (CONCLUDES.test(behind)) return text;
  const stating =
    sentencesOf(before.slice(before.lastIndexOf('\n') + 1)).findLast((sentence) => /\d/.test(sentence)) ?? '';
  const [whole, ...others] = valuesIn(stating);
  if (/\d/.test(behind) && !TOTALS.test(stating)) return text;
  if (whole === undefined || others.length > 0 || !/^[$€£]?\d/.test(whole.inner)) return text;
  const sum = parts.reduce((total, line) => total + amountOf(line.match(NUMBERS)?.at(-1)), 0);
  return Math.abs(sum - amountOf(whole.inner)) < 1e-9
    ? `${text.slice(0, from)}${before.slice(0, before.lastIndexOf(stating))}${stating.replace(/:$/, '.')}`
    : text;
}
