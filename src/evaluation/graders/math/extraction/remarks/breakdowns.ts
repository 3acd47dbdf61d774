/**
 * The parts that a reply lists line by line behind their sum: `She spends $57 in all:`, `- shoes $40`, `- socks $17`. Where the last
 * numbers of the lines add up to the only number of the sentence in front of them, this is what they are the parts of, and the lines say
 * nothing more. Linear in the length of the text.
 */
import { sentencesOf } from '../../../replies/sentences.js';
import { amountOf } from '../values/counted-values.js';
import { valuesIn } from '../values/prose.js';

const TAIL = 2_000;
/** An item of a list, or a row of a table. */
const ITEM = /^\s{0,8}(?:[-*•+]\s|\d{1,2}[.)]\s|\|)/;
/** The line under the heading of a table. */
const RULE = /^\s*\|[\s:|-]+$/;
const NUMBERS = /(?<![\d.,])\d(?:[\d.,]*\d)?/g;
const TOTALS = /\b(?:total|sum|all|altogether|overall|answer)\b|=/i;
/** What announces the parts behind their sum. */
const ANNOUNCES =
  /^[*_\s]*(?:here(?: is|['’]s) )?(?:(?:the|a|its|my) )?(?:breakdown|by \p{L}+|in detail|details|split|namely)\b[^.\d]*$/iu;
/** What comes to something of its own behind the lines. */
const CONCLUDES =
  /\b(?:so|thus|hence|therefore|then|answer|total|altogether|in all|sum|left|remain\w*|instead|wait|actually|but|not|no|if|is|are|was|were|has|have|had|makes?|gives?|costs?|needs?|gets?|worth)\b|n['’]t\b|[=\\?:]/i;

/** A reply up to the lines of parts behind its sum. */
export function withoutBreakdown(text: string): string {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from).trimEnd();
  if (!/\n\s{0,8}(?:[-*•+]\s|\d{1,2}[.)]\s|\|)/.test(tail)) return text;
  const lines = tail.split('\n');
  const isItem = (line: string | undefined): boolean => line !== undefined && ITEM.test(line);
  const last = lines.findLastIndex((line) => isItem(line));
  let first = last;
  while (isItem(lines[first - 1])) first--;
  const rows = lines.slice(first, last + 1);
  const rule = rows.findIndex((line) => RULE.test(line));
  const parts = rows.slice(rule + 1);
  const before = lines.slice(0, first).join('\n').trimEnd();
  if (parts.length < 2 || before === '' || parts.some((line) => TOTALS.test(line))) return text;
  const behind = lines.slice(last + 1).join('\n');
  if (CONCLUDES.test(behind)) return text;
  const sentences = sentencesOf(before.slice(before.lastIndexOf('\n') + 1)).map((sentence) => sentence.trim());
  const stating = sentences.findLast((sentence) => !ANNOUNCES.test(sentence)) ?? '';
  const [whole, ...others] = valuesIn(stating);
  if (/\d/.test(behind) && !TOTALS.test(stating)) return text;
  if (whole === undefined || others.length > 0 || !/^[$€£]?\d/.test(whole.inner)) return text;
  const sum = parts.reduce((total, line) => total + amountOf(line.match(NUMBERS)?.at(-1)), 0);
  return Math.abs(sum - amountOf(whole.inner)) < 1e-9
    ? `${text.slice(0, from)}${before.slice(0, before.lastIndexOf(stating))}${stating.replace(/:$/, '.')}`
    : text;
}
